"""The document: one definition of every column, written into every shard.

`DOCUMENT` is the row of a kept, rejected or published shard. `PAGE` is a document that has not been extracted yet:
the same columns and the bytes it comes from. Changing either changes the file format and belongs in the changelog.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import pyarrow as pa
import xxhash

Subject: TypeAlias = Literal["general", "life_health", "materials", "meteorology", "fluid_mechanics"]
GENERAL: Subject = "general"
DOMAINS: tuple[Subject, ...] = get_args(Subject)  # what a source can say of the column `domain`

EVIDENCE = pa.struct(
    [
        pa.field("kind", pa.string(), nullable=False),  # what was read: link_rel, json_ld, meta_robots, …
        pa.field("value", pa.string(), nullable=False),  # as it stands there
        pa.field("where", pa.string()),  # http, head, body, footer, robots.txt, source
        pa.field("subject", pa.string()),  # what it speaks of: document, site, media, mention, …
        pa.field("digest", pa.string()),  # sha256 of what was read, hex
    ]
)

# The place of a record, which is the same wherever its collection lies: no path of a machine, no bucket.
PROVENANCE = pa.struct(
    [
        pa.field("source", pa.string(), nullable=False),  # the name of the collection
        pa.field("file", pa.string(), nullable=False),  # its name within the collection: `pipeline.sources.names`
        # Of the record's first byte: in the file; in a compressed WARC or bzip2 dump, of the member or stream that
        # holds the record; in any other compressed file, in what it decompresses to. Null where there are rows.
        pa.field("offset", pa.int64()),
        pa.field("row", pa.int64()),  # the number of a row of a table, from 0
        pa.field("length", pa.int64()),  # bytes from `offset`; null if unknown
        # SHA-256, hex, of the record's bytes: of the whole file, as it lies, if that is one record; of a WARC record
        # from its header to the end of its block, uncompressed; of a line without its end; of a member of an archive;
        # of a row, of its fields as canonical JSON (`pipeline.sources.fields.content_digest`). Of a record that is not
        # whole, of the bytes that are there.
        pa.field("digest", pa.string()),
    ]
)

DOCUMENT = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # 32 hex digits, of `source` and `source_id`: `document_id`
        pa.field("text", pa.string(), nullable=False),  # the main text; its paragraphs are lines
        pa.field("title", pa.string()),  # as the source or the page gives it
        pa.field("author", pa.string()),  # one or several names, in order, with `; ` between: `pipeline.authors`
        pa.field("published", pa.date32()),  # the day on which it first appeared; a missing month or day is the first
        pa.field("url", pa.string()),  # the address that it was read from, or that its record names
        pa.field("doi", pa.string()),  # Digital Object Identifier, bare and in lower case: 10.1000/182
        pa.field("fetched_at", pa.timestamp("s", tz="UTC")),  # when the record was captured
        pa.field("source", pa.string(), nullable=False),  # the name of the collection
        pa.field("source_id", pa.string(), nullable=False),  # the id it has there: a WARC-Record-ID, a DOI, a digest
        pa.field("contributor", pa.string()),  # who supplied the collection
        pa.field("license", pa.string()),  # an SPDX expression
        pa.field("license_class", pa.string()),  # class of the licence: permissive, sharealike, …; set on publication
        pa.field("license_url", pa.string()),  # the deed that was linked
        pa.field("license_scope", pa.string()),  # what the licence was found to cover: document, site, …
        pa.field("license_confidence", pa.float32()),  # from 0 to 1
        pa.field("evidence", pa.list_(EVIDENCE)),  # what licence and opt-outs rest on
        pa.field("language", pa.string()),  # of the main text, ISO 639-3 and ISO 15924: zho_Hans
        pa.field("language_score", pa.float32()),  # from 0 to 1
        pa.field("domain", pa.string()),  # the subject: the likeliest of `domains`
        pa.field("domains", pa.list_(pa.string())),  # every subject that it may be of, the likeliest first
        pa.field("quality_score", pa.float32()),  # greater is better; comparable within one `quality_source`
        pa.field("quality_source", pa.string()),  # what gave `quality_score`: the name of a model, with its version
        pa.field("register", pa.string()),  # the kind of text: news, encyclopaedia, forum, …
        pa.field("safety_tier", pa.string()),  # 0 to 3, as the filter `safety` has it; null where it was not asked
        pa.field("characters", pa.int64()),  # Unicode code points of `text`; set on publication
        pa.field("bytes", pa.int64()),  # of `text` in UTF-8; set on publication
        pa.field("tokens", pa.int64()),  # of `text`, by one named tokenizer for all; null if they were not counted
        pa.field("duplicates", pa.int32()),  # how many documents this one stands for, itself included
        pa.field("provenance", PROVENANCE),  # where the record lies, and its digest
        # XXH3 of 128 bits, hex, of the payload that a record wraps: of an HTTP response its body, decoded; of a record
        # told in sentences, of what it says (`pipeline.sources.telling`). Null where the record is the payload.
        pa.field("payload_digest", pa.string()),
        pa.field("flagged_by", pa.list_(pa.string())),  # `filter.signal` of each bound that keeps it out of a release
        pa.field("rejected_by", pa.string()),  # `step.signal` that rejected it, or `kind.reason` of its reader
    ]
)

UNPUBLISHED = ("payload_digest", "flagged_by", "rejected_by")

PUBLISHED = pa.schema([field for field in DOCUMENT if field.name not in UNPUBLISHED])

HEADERS = pa.list_(pa.struct([pa.field("name", pa.string()), pa.field("value", pa.string())]))

PAGE = pa.schema(
    [
        *DOCUMENT,
        pa.field("payload", pa.large_binary()),  # null where the source gave text
        pa.field("content_type", pa.string()),  # as declared, parameters included
        pa.field("headers", HEADERS),  # of the HTTP response, in order
        pa.field("measured", pa.map_(pa.string(), pa.int32())),  # what its reader counted, by signal: `pdf.pages`
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
    given = {key for row in rows for key in row}
    if unknown := given - set(schema.names):
        raise KeyError(f"not columns of the schema: {sorted(unknown)}")
    return pa.RecordBatch.from_arrays(
        [
            pa.array([row.get(field.name) for row in rows], field.type)
            if field.name in given
            else pa.nulls(len(rows), field.type)
            for field in schema
        ],
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
