"""JSON Lines: a document a line, plain or compressed (gzip, zstd, bzip2, xz); or an array of documents.

Rejected rows, by reason: `not_json`, `not_utf8` (`not_decodable` in a charset that was declared), `no_text`,
`too_large`, and `truncated` where a file breaks off. Empty lines are counted. The provenance of a line is its place in
the decompressed file, and the digest of its bytes without its end.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import IO, Any, ClassVar, Literal

from pydantic import field_validator

from pipeline.errors import ShardError
from pipeline.media_types import BYTE_ORDER_MARK, compression
from pipeline.sources.base import Row, Skipped, Source, Split, byte_ranges, opened, part
from pipeline.sources.fields import Fields, mapped
from pipeline.sources.json_values import values
from pipeline.sources.names import File
from pipeline.sources.streams import CHUNK, DamagedError, Line, decompressed, lines, skip_to_line
from pipeline.sources.transcoding import is_wide, known_encoding, transcoded

_ARRAY = re.compile(rb"\[\s*(?:\{|\]|\r?\n|$)")  # of records, or of nothing: a line may be an array of its own
_OPEN = re.compile(rb'\{\s*(?:$|"(?:[^"\\]|\\.)*"\s*:)')  # the first line of a record that goes on below
_FIRST_LINES = 50  # none of which is a record, if it is so

_LOOKED_AT = 1_000  # records, for the keys that there are: not every record has every one


class Jsonl(Source):
    """JSON Lines files; an uncompressed one is read in several tasks."""

    kind: Literal["jsonl"] = "jsonl"
    fields: Fields = Fields()  # which field of a record is which column
    encoding: str = "utf-8"  # the character set of the files; a record that is not valid in it is rejected
    bytes_per_task: int = 256 << 20  # bytes of a file that one task reads; smaller means more tasks in parallel
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = tuple(
        suffix + packed for suffix in (".jsonl", ".ndjson", ".json") for packed in ("", ".gz", ".zst", ".bz2", ".xz")
    )

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        return known_encoding(encoding)

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return byte ranges of an uncompressed file of lines, and any other whole."""
        if size <= self.bytes_per_task or is_wide(self.encoding):
            return [part(file)]
        with opened(file.uri) as content:
            whole = compression(content.read_at(6, 0)) is not None or _is_no_lines(content.read_at(CHUNK, 0))
        return [part(file)] if whole else byte_ranges(file, size, self.bytes_per_task)

    def columns(self, file: str) -> list[str] | None:
        """Return the keys of the first records, if there are any."""
        keys: dict[str, None] = {}
        encoding = "utf-8" if is_wide(self.encoding) else self.encoding
        with decompressed(file) as packed:
            stream = transcoded(packed, self.encoding)
            most = self.max_record_bytes
            if _is_no_lines(_peeked(stream)):
                texts = (value.data for value in values(stream, most))
            else:
                texts = (line.data for line in lines(stream, 0, None, most))
            for data in islice(texts, _LOOKED_AT):
                with suppress(ValueError, RecursionError):
                    record = json.loads(data.removeprefix(BYTE_ORDER_MARK).decode(encoding))
                    keys |= dict.fromkeys(record if isinstance(record, dict) else ())
        return list(keys) or None

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every record that begins in the split; one is a line, unless the file is one array."""
        with decompressed(split.file) as packed:
            stream = transcoded(packed, self.encoding)
            if not split.start and _is_no_lines(_peeked(stream)):
                yield from self._values(split, stream)
                return
            start = skip_to_line(stream, split.start or 0)
            for line in lines(stream, start, split.end, self.max_record_bytes):
                if line.data.strip() or line.damage:
                    yield self._row(split.name, line)
                    if line.damage == "truncated":
                        raise ShardError(
                            f"{split.file}: its compression is truncated at byte {line.offset} of its text"
                        )
                elif skipped is not None:
                    skipped[f"{self.kind}.empty_line"] += 1

    def _values(self, split: Split, stream: IO[bytes]) -> Iterator[Row]:
        for value in values(stream, self.max_record_bytes):
            digest = hashlib.sha256(value.data).hexdigest()
            if value.damage:
                where = self.place(split.name, digest, offset=value.offset, length=len(value.data))
                yield self.rejected(value.damage, f"{split.name}:{value.offset}", where)
                raise ShardError(f"{split.file}: {value.damage} from byte {value.offset} on")
            yield self._row(split.name, Line(value.offset, len(value.data), value.data, digest))

    def _row(self, file: str, line: Line) -> Row:
        digest = line.digest
        where = self.place(file, digest, offset=line.offset, length=line.length)
        if line.damage:
            return self.rejected(line.damage, digest if line.length else f"{file}:{line.offset}", where)
        try:
            encoding = "utf-8" if is_wide(self.encoding) else self.encoding
            record: Any = json.loads(line.data.removeprefix(BYTE_ORDER_MARK).decode(encoding))
        except UnicodeDecodeError:
            return self.rejected("not_utf8" if self.encoding == "utf-8" else "not_decodable", digest, where)
        except (ValueError, RecursionError):
            return self.rejected("not_json", digest, where)
        if not isinstance(record, dict):
            return self.rejected("not_json", digest, where)
        return self.guarded(lambda: mapped(self, self.fields, record, where, digest), digest, where)


def _peeked(stream: IO[bytes]) -> bytes:
    try:
        head: bytes = stream.peek(CHUNK)  # type: ignore[attr-defined]  # of a buffered reader
    except DamagedError:
        return b""
    return head


def _is_no_lines(head: bytes) -> bool:
    """Return whether a file that begins so is an array of records, or has records of several lines each."""
    head = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if head.startswith(b"["):
        return _ARRAY.match(head) is not None
    first, *others = head.splitlines()[:_FIRST_LINES] or [b""]
    return _OPEN.match(first) is not None and bool(others) and not any(map(_is_object, (first, *others)))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
