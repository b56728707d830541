"""The document: one definition of every column, written into every shard.

`DOCUMENT` is the row of a kept, rejected or published shard. `PAGE` is a document that has not been extracted yet:
the same columns and the bytes it comes from. Changing either changes the file format and belongs in the changelog.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import xxhash

EVIDENCE = pa.struct(
    [
        pa.field("kind", pa.string(), nullable=False),  # what was read: link_rel, json_ld, meta_robots, …
        pa.field("value", pa.string(), nullable=False),  # as it stands there
        pa.field("where", pa.string()),  # http, head, body, footer, robots.txt, source
        pa.field("subject", pa.string()),  # what it speaks of: document, site, media, mention, …
        pa.field("digest", pa.string()),  # sha256 of what was read, hex
    ]
)

PROVENANCE = pa.struct(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("offset", pa.int64()),  # of the record's first byte in the file, or its row number
        pa.field("length", pa.int64()),  # bytes in the file
        pa.field("digest", pa.string()),  # of the payload: sha256, hex
    ]
)

DOCUMENT = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("author", pa.string()),
        pa.field("published", pa.date32()),
        pa.field("url", pa.string()),
        pa.field("doi", pa.string()),
        pa.field("fetched_at", pa.timestamp("s", tz="UTC")),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_id", pa.string(), nullable=False),
        pa.field("contributor", pa.string()),
        pa.field("license", pa.string()),
        pa.field("license_class", pa.string()),  # of `filters.licences.verdicts`; null until it is published
        pa.field("license_url", pa.string()),
        pa.field("license_scope", pa.string()),
        pa.field("license_confidence", pa.float32()),
        pa.field("evidence", pa.list_(EVIDENCE)),
        pa.field("language", pa.string()),
        pa.field("language_score", pa.float32()),
        pa.field("domain", pa.string()),
        pa.field("domains", pa.list_(pa.string())),
        pa.field("quality_score", pa.float32()),
        pa.field("quality_source", pa.string()),
        pa.field("register", pa.string()),
        pa.field("safety_tier", pa.string()),
        pa.field("characters", pa.int64()),  # code points of the text as published; null until then
        pa.field("bytes", pa.int64()),  # of the same text in UTF-8
        pa.field("tokens", pa.int64()),
        pa.field("duplicates", pa.int32()),
        pa.field("provenance", PROVENANCE),
        pa.field("flagged_by", pa.list_(pa.string())),  # `filter.signal` of each bound that keeps it out of a release
        pa.field("rejected_by", pa.string()),
    ]
)

PUBLISHED = pa.schema([field for field in DOCUMENT if field.name not in ("flagged_by", "rejected_by")])

HEADERS = pa.list_(pa.struct([pa.field("name", pa.string()), pa.field("value", pa.string())]))

PAGE = pa.schema(
    [
        *DOCUMENT,
        pa.field("payload", pa.large_binary()),  # null where the source gave text
        pa.field("content_type", pa.string()),  # as declared, parameters included
        pa.field("headers", HEADERS),  # of the HTTP response, in order
    ]
)


def document_id(source: str, source_id: str) -> str:
    """Return the id of a record: 32 hex digits that are the same in every run and on every machine."""
    return xxhash.xxh3_128_hexdigest(f"{source}\x1f{source_id}".encode())


def storable(text: str) -> str:
    """Return the text with lone surrogates, which JSON and HTML can spell and UTF-8 cannot, replaced by U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def batch_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return the rows as one batch of the schema; a key a row lacks is null, a key the schema lacks is an error."""
    unknown = {key for row in rows for key in row} - set(schema.names)
    if unknown:
        raise KeyError(f"not columns of the schema: {sorted(unknown)}")
    return pa.RecordBatch.from_arrays(
        [pa.array((row.get(field.name) for row in rows), field.type, size=len(rows)) for field in schema],
        schema=schema,
    )


def with_columns(batch: pa.RecordBatch, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return the batch with the named columns replaced; they must be in its schema, which stays as it is."""
    arrays = list(batch.columns)
    for name, column in columns.items():
        index = batch.schema.get_field_index(name)
        if index < 0:
            raise KeyError(f"{name} is not a column of the schema: {batch.schema.names}")
        arrays[index] = column.cast(batch.schema.field(index).type)
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def project(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterable[pa.RecordBatch]:
    """Yield the batches with the schema's columns only, in the schema's order."""
    for batch in batches:
        yield pa.RecordBatch.from_arrays([batch.column(name) for name in schema.names], schema=schema)
