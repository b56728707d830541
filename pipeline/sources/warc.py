"""WARC files: pages from `response` and `resource` records, text from the `conversion` records of WET files.

A row has the payload as the server meant it (transfer and content encoding undone), the HTTP headers in order, and a
provenance from which `reread` finds the record again. `request`, `metadata`, `warcinfo` and `continuation` records
are no documents and are counted; the opt-outs that our own crawl notes of a page in a `metadata` record become the
page's evidence. Rejected rows, by reason:

    corrupt, truncated, length, too_large   the record is not whole (see `warc_records.Record`)
    http, encoding                          the HTTP head, or the body's encoding, cannot be read
    status                                  an answer other than 200
    revisit                                 a visit that found what an earlier one had found
    empty                                   no payload
    not_text, not_prose                     an image, an archive …; a stylesheet, a script, data

PDFs are read as by the source `pdf`, whose reasons reject them: `pdf.scanned`, ….
"""

import hashlib
import json
import logging
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, ClassVar, Literal

import pyarrow as pa
import xxhash
from fastwarc.warc import WarcRecord, WarcRecordType

from filters.optouts.decide import captured
from pipeline.errors import PipelineError, ShardError
from pipeline.media_types import page_type
from pipeline.sources.base import Row, Skipped, Source, Split, byte_ranges, evidence, opened, part
from pipeline.sources.names import File
from pipeline.sources.pdf import MEASURES
from pipeline.sources.pdf_records import PDF, is_pdf, with_texts
from pipeline.sources.warc_heads import with_standard_heads
from pipeline.sources.warc_records import LENGTH, MAX_HEADER, NotWarcError, Record, is_packed, record_at, records
from pipeline.words import counted

logger = logging.getLogger(__name__)

_DOCUMENTS = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit | WarcRecordType.conversion
_OK = 200
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r\n")
_EXPANSION = 4  # times `max_record_bytes`: the size of a body whose encoding has been undone
_CHUNK = 1 << 20
_HEAD_END = b"\r\n\r\n"
_NOTES = 2  # records after a page, at most, of which one may be the note: the request stands between
_JSON = "application/json"
_TYPE_WITHIN = 1 << 10  # bytes of a record in which its type stands
_DIGESTED = 1 << 20  # compressed bytes that are digested, at most, of a record of which nothing could be read


class Warc(Source):
    """WARC and WET files, uncompressed, gzip or zstd; Common Crawl's lists of paths with a `prefix`."""

    kind: Literal["warc"] = "warc"
    bytes_per_task: int = 256 << 20  # bytes of a file that one task reads; smaller means more tasks in parallel
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`
    pdf: Literal["read", "skip"] = "read"  # PDFs: `read` them like the source `pdf`, or reject them as `not_text`

    suffixes: ClassVar[tuple[str, ...]] = (".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz", ".wet.zst")
    signature: ClassVar[bytes] = rb"WARC/\d"
    libraries: ClassVar[tuple[str, ...]] = ("fastwarc", "isal", "pypdfium2")

    def measures(self) -> tuple[str, ...]:
        return MEASURES if self.pdf == "read" else ()

    @property
    def gives_pages(self) -> bool:
        return not all(
            re.search(r"\bwet\b", pattern) for pattern in self.paths
        )  # Common Crawl's texts, its wet.paths.gz

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return byte ranges of a compressed file; an uncompressed one has no sure sign of where a record begins."""
        if size <= self.bytes_per_task:
            return [part(file)]
        with opened(file.uri) as content:
            packed = is_packed(content.read_at(8, 0))
        return byte_ranges(file, size, self.bytes_per_task) if packed else [part(file)]

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every record of the split that is, or should have been, a document.

        What a crawl noted of a page stands in a metadata record after it, which may lie behind the split's end. A file
        that is damaged or breaks off is read as far as records can be found in it, and is then a `ShardError`.
        """
        with opened(split.file) as file:
            try:
                readable = _whole_or_named(
                    split.file, records(file, split.start or 0, split.end, self.max_record_bytes), skipped
                )
                behind = records(file, split.end, None, self.max_record_bytes) if split.end is not None else iter(())
                rows = self._rows(split.name, file, readable, islice(behind, _NOTES), skipped)
                yield from with_texts(self, split.name, rows, skipped)
            except NotWarcError as error:
                raise ShardError(f"{split.file}: {error}") from error

    def _rows(
        self,
        name: str,
        file: pa.NativeFile,
        readable: Iterator[Record],
        behind: Iterator[Record],
        skipped: Skipped | None,
    ) -> Iterator[Row]:
        """Yield rows, each when the record of the next begins; where the file breaks off, the last one goes out too."""
        held: Row | None = None
        try:
            for record in readable:
                row = self._row(name, file, record, skipped)
                if row is None:
                    held = held and with_note(held, record)
                    continue
                if held is not None:
                    yield held
                held = row
            for record in behind if held is not None else ():
                held = held and with_note(held, record)
        except Exception:
            if held is not None:
                yield held
            raise
        if held is not None:
            yield held

    def _row(self, name: str, file: pa.NativeFile, record: Record, skipped: Skipped | None) -> Row | None:
        try:
            return record_row(self, name, file, record, self.max_record_bytes, skipped)
        except (PipelineError, OSError):  # of the file: what is wrong with the record is told otherwise
            raise
        except Exception:
            logger.warning("%s.crashed: %s at %d", self.kind, name, record.offset, exc_info=True)
            digest = _digest(record.data)
            where = self.place(name, digest, offset=record.offset, length=record.length)
            return self.rejected("crashed", digest, where)


def _whole_or_named(uri: str, readable: Iterator[Record], skipped: Skipped | None) -> Iterator[Record]:
    """Yield the records, and raise when all have gone by if some place in the file could not be read."""
    places, lost, last = list[int](), 0, None
    for record in readable:
        if record.damage == "corrupt":
            places.append(record.offset)
            lost += record.length or len(record.data)
        last = record
        yield record
    breaks_off = last is not None and last.damage == "truncated"  # before the end, it is a record of a wrong length
    if last is not None and breaks_off:
        places.append(last.offset)
        lost += last.length or len(last.data)
    if places:
        if skipped is not None:
            skipped["warc.unreadable_bytes"] += lost
        end = ", and it is truncated" if breaks_off else ""
        raise ShardError(
            f"{uri}: damaged in {counted(len(places), 'place')}, the first at byte {places[0]}: {lost:,} bytes{end}"
        )


def record_row(
    source: Source,
    name: str,
    file: pa.NativeFile,
    record: Record,
    max_record_bytes: int,
    skipped: Skipped | None = None,
) -> Row | None:
    """Return the row of a record of the file that the source calls so, or None, counted, if it is no document."""
    warc = _parsed(record)
    if warc is None or record.damage is not None:
        return _damaged(source, name, file, record, warc)
    if warc.record_type & _DOCUMENTS:
        return _whole(source, name, record, warc, _EXPANSION * max_record_bytes)
    if skipped is not None:
        skipped[f"{source.kind}.{warc.record_type}"] += 1
    return None


def with_note(row: Row, record: Record) -> Row:
    """Return the row with the opt-outs that a metadata record notes of it; nobody has judged them yet."""
    if record.damage is not None or b"metadata" not in record.data[:_TYPE_WITHIN]:
        return row
    warc = _parsed(record)
    if warc is None or warc.record_type != WarcRecordType.metadata:
        return row
    about = (warc.headers.get("WARC-Concurrent-To") or "").strip("<> ")
    if about != row["source_id"].strip("<> ") or not (warc.headers.get("Content-Type") or "").startswith(_JSON):
        return row
    try:
        note = json.loads(warc.reader.read())
        said = [(each["mechanism"], each["raw"], each["where"], each["digest"]) for each in note["preferences"]]
    except (ValueError, KeyError, TypeError):  # another crawler's note
        return row
    noted = [
        evidence(raw, where, kind=mechanism, digest=digest) | {"subject": None}
        for mechanism, raw, where, digest in said
        if isinstance(raw, str) and isinstance(where, str) and captured(str(mechanism), raw, where) is not None
    ]
    return {**row, "evidence": [*row.get("evidence", ()), *noted]} if noted else row


def _whole(source: Source, name: str, record: Record, warc: WarcRecord, limit: int) -> Row:
    digest = _digest(record.data)
    source_id = warc.record_id or digest
    columns = _identity(warc)
    content = _content(warc, with_standard_heads(record.data), limit)
    if content.reason == "not_text" and getattr(source, "pdf", "skip") == "read" and is_pdf(content.payload):
        content = replace(content, reason=None, columns=content.columns | {"content_type": PDF})
    if content.reason is None and warc.headers.get("WARC-Truncated"):
        content = replace(content, reason="truncated")  # the crawler stopped reading: half a document is not a document
    where = source.place(name, digest, offset=record.offset, length=record.length)
    columns["payload_digest"] = xxhash.xxh3_128_hexdigest(content.payload)
    if content.reason is not None:
        return source.rejected(content.reason, source_id, where, **columns, **content.columns)
    if warc.record_type == WarcRecordType.conversion:
        try:
            return source.row(source_id, where, content.payload.decode("utf-8-sig"), **columns)
        except UnicodeDecodeError:
            columns["content_type"] = "text/plain"  # leave the charset to the extraction
    return source.row(source_id, where, payload=content.payload, **columns, **content.columns)


def _damaged(source: Source, name: str, file: pa.NativeFile, record: Record, warc: WarcRecord | None) -> Row:
    length = _DIGESTED if record.length is None else min(record.length, _DIGESTED)
    digest = record.digest or _digest(record.data or file.read_at(length, record.offset))
    source_id = (warc.record_id if warc else None) or digest
    where = source.place(name, digest, offset=record.offset, length=record.length)
    return source.rejected(record.damage or "corrupt", source_id, where, **(_identity(warc) if warc else {}))


def reread(source: Source, where: Mapping[str, Any], max_record_bytes: int = 64 << 20) -> bytes:
    """Return the payload of the record that a row's provenance points at, from the source's paths as they are now.

    Raises
    ------
    ShardError
        when the source has no such file, or no record there has the digest: the file is not the one that was read.
    """
    with opened(source.located(where["file"])) as file:
        for record in record_at(file, where["offset"], max_record_bytes):
            if record.damage is None and _digest(record.data) == where["digest"]:
                warc = _parsed(record)
                if warc is not None:
                    return _content(warc, with_standard_heads(record.data), _EXPANSION * max_record_bytes).payload
    raise ShardError(f"{where['file']}: no record at byte {where['offset']} has the digest {where['digest']}")


@dataclass(frozen=True)
class _Content:
    """The payload of a record, what is known of it, and why it is no document, if it is none."""

    payload: bytes
    columns: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None


def _parsed(record: Record) -> WarcRecord | None:
    # fastwarc 2.0 allocates what a record declares, and takes the process with it if that is 1 PB.
    data = record.data if record.damage is None else LENGTH.sub(b"", record.data[:MAX_HEADER])
    try:
        return WarcRecord.from_bytes(with_standard_heads(data))
    except OSError:
        return None


def _identity(warc: WarcRecord) -> dict[str, Any]:
    url = warc.headers.get("WARC-Target-URI")
    return {"url": url.strip("<> ") if url else None, "fetched_at": warc.record_date}


def _content(warc: WarcRecord, data: bytes, limit: int) -> _Content:
    kind = warc.record_type
    if kind == WarcRecordType.revisit:
        return _Content(b"", reason="revisit")
    if kind == WarcRecordType.response and not (warc.headers.get("WARC-Target-URI") or "").startswith("dns:"):
        return _answer(warc, data, limit)
    payload = warc.reader.read()
    if kind == WarcRecordType.conversion:
        return _Content(payload, reason=None if payload.strip() else "empty")
    return _judged(payload, warc.headers.get("Content-Type"), {})


def _answer(warc: WarcRecord, data: bytes, limit: int) -> _Content:
    """Return the payload of an HTTP response."""
    try:
        http, payload = _body(warc, data, "all", limit)
    except OSError:
        return _undecoded(data, limit)
    if http.status_code is None:
        return _Content(payload, reason="http")
    columns = {"headers": [{"name": name, "value": value} for name, value in http.to_tuples()]}
    declared = http.get("Content-Type")
    if http.status_code != _OK:
        return _Content(payload, columns | {"content_type": declared}, "status")
    if len(payload) > limit:
        return _Content(b"", columns | {"content_type": declared}, "too_large")
    return _judged(payload, declared, columns)


def _undecoded(data: bytes, limit: int) -> _Content:
    """Return the payload of a response whose encoding could not be undone: servers declare encodings and send none."""
    try:
        http, payload = _body(WarcRecord.from_bytes(data), data, "none", limit)
    except OSError:
        return _Content(b"", reason="http")
    payload = _inflated(_unchunked(http, payload), http.get("Content-Encoding") or "", limit)
    columns = {"headers": [{"name": name, "value": value} for name, value in http.to_tuples()]}
    if http.status_code != _OK:
        return _Content(payload, columns, "status")
    content = _judged(payload, http.get("Content-Type"), columns)
    still_encoded = content.reason == "not_text" and page_type(http.get("Content-Type"), b"")[1] is None
    return _Content(payload, content.columns, "encoding") if still_encoded else content


def _body(warc: WarcRecord, data: bytes, decoding: Any, limit: int) -> tuple[Any, bytes]:
    """Return the HTTP headers, and the body up to a byte more than the limit."""
    warc.is_http = True  # whatever type the WARC header gives the block
    warc.parse_http(auto_decode=decoding)
    http = warc.http_headers
    if decoding == "none" or ("Content-Encoding" not in http and "Transfer-Encoding" not in http):
        head = data.find(_HEAD_END, data.find(_HEAD_END) + len(_HEAD_END))
        plain = head >= 0 and http.status_code is not None
        return http, data[head + len(_HEAD_END) :] if plain else warc.reader.read()  # a slice is eight times faster
    body = bytearray()
    while len(body) <= limit and (chunk := warc.reader.read(_CHUNK)):  # fastwarc allocates what is asked for
        body += chunk
    return http, _unchunked(http, bytes(body))


def _unchunked(http: Any, body: bytes) -> bytes:
    """Return a body without the sizes of its chunks, as far as they go: one that breaks off is left as it is read."""
    if "chunked" not in (http.get("Transfer-Encoding") or "").lower():
        return body
    parts, at = list[bytes](), 0
    while (size := _CHUNK_SIZE.match(body, at)) and (length := int(size[1], 16)) > 0:
        end = size.end() + length
        if not parts and body[end : end + 2] != b"\r\n":
            return body  # it only looks like one: the sizes were taken out before
        parts.append(body[size.end() : end])
        at = end + 2
    return b"".join(parts) or body


def _inflated(payload: bytes, encoding: str, limit: int) -> bytes:
    """Return what a body inflates to, whatever stands behind its end, or the body if it is not compressed so."""
    if "gzip" in encoding.lower():
        bits = 31
    elif "deflate" in encoding.lower():
        bits = 15 if payload[:1] == b"\x78" else -15  # most servers send it raw
    else:
        return payload
    try:
        return zlib.decompressobj(wbits=bits).decompress(payload, limit + 1)
    except zlib.error:
        return payload


def _judged(payload: bytes, declared: str | None, columns: dict[str, Any]) -> _Content:
    if not payload:
        return _Content(payload, columns | {"content_type": declared}, "empty")
    kind, reason = page_type(declared, payload)
    keeps = reason is not None or (declared or "").lower().startswith(kind or "")
    return _Content(payload, columns | {"content_type": declared if keeps else kind}, reason)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
