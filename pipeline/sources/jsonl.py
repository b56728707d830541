"""JSON Lines: a document a line, plain or compressed (gzip, zstd, bzip2, xz).

Rejected rows, by reason: `not_json`, `not_utf8`, `no_text`, `too_large`, and `truncated` where a compressed file
breaks off. Empty lines are counted. The provenance of a line is its place in the decompressed file, and the digest of
its bytes without its end.
"""

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pipeline.media_types import BYTE_ORDER_MARK, compression
from pipeline.sources.base import Row, Skipped, Source, Split, byte_ranges, opened, part
from pipeline.sources.fields import Fields, mapped
from pipeline.sources.names import File
from pipeline.sources.streams import Line, decompressed, lines, skip_to_line


class Jsonl(Source):
    """JSON Lines files; an uncompressed one is read in several tasks."""

    kind: Literal["jsonl"] = "jsonl"
    fields: Fields = Fields()  # which field of a record is which column
    bytes_per_task: int = 256 << 20  # how much of a file one task reads
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = tuple(
        suffix + packed for suffix in (".jsonl", ".ndjson", ".json") for packed in ("", ".gz", ".zst", ".bz2", ".xz")
    )

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return byte ranges of an uncompressed file, and a compressed one whole."""
        if size <= self.bytes_per_task:
            return [part(file)]
        with opened(file.uri) as content:
            packed = compression(content.read_at(6, 0)) is not None
        return [part(file)] if packed else byte_ranges(file, size, self.bytes_per_task)

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every line that begins in the split."""
        with decompressed(split.file) as stream:
            start = skip_to_line(stream, split.start or 0)
            for line in lines(stream, start, split.end, self.max_record_bytes):
                if line.data.strip() or line.damage:
                    yield self._row(split.name, line)
                elif skipped is not None:
                    skipped[f"{self.kind}.empty_line"] += 1

    def _row(self, file: str, line: Line) -> Row:
        digest = line.digest
        where = self.place(file, digest, offset=line.offset, length=line.length)
        if line.damage:
            return self.rejected(line.damage, digest if line.length else f"{file}:{line.offset}", where)
        try:
            record: Any = json.loads(line.data.removeprefix(BYTE_ORDER_MARK).decode())
        except UnicodeDecodeError:
            return self.rejected("not_utf8", digest, where)
        except (ValueError, RecursionError):
            return self.rejected("not_json", digest, where)
        if not isinstance(record, dict):
            return self.rejected("not_json", digest, where)
        return self.guarded(lambda: mapped(self, self.fields, record, where, digest), digest, where)
