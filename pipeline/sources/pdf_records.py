"""PDFs that crawls fetched: their text in the place of the payload, under the address and headers of their record."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from pipeline.media_types import media_type
from pipeline.sources.archive import Member
from pipeline.sources.base import Row, Skipped, Source
from pipeline.sources.pdf import Pdf

PDF = "application/pdf"
_HEAD = b"%PDF-"
_HEAD_WITHIN = 1024
_OF_THE_FILE = (
    *("text", "title", "author", "published", "doi", "license", "license_url", "evidence", "measured"),
    "rejected_by",
)


def is_pdf(payload: bytes) -> bool:
    """Return whether a payload is a PDF file, whatever type was declared."""
    return _HEAD in payload[:_HEAD_WITHIN]


def with_texts(source: Source, name: str, rows: Iterable[Row], skipped: Skipped | None) -> Iterator[Row]:
    """Yield the rows of a crawl's file, those that are PDFs with what they say; the reasons of `pdf` reject them."""
    reader = None
    for row in rows:
        if media_type(row.get("content_type")) != PDF or not row.get("payload"):
            yield row
            continue
        reader = reader or _reader(source)
        payload, where = row["payload"], row["provenance"]
        identity = sha256(payload).hexdigest()
        record = Member(row["source_id"], where["offset"] or 0, len(payload), payload, identity, identity)
        for parsed in reader.parsed(name, [record], skipped):
            yield row | {key: parsed[key] for key in _OF_THE_FILE if parsed.get(key) is not None} | {"payload": None}


def _reader(source: Source) -> Pdf:
    declared = {name: getattr(source, name) for name in Source.model_fields if name not in ("kind", "prefix")}
    return Pdf.model_validate(declared)
