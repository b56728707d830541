"""CSV and TSV: a document a row under a line of column names, plain or compressed.

Rejected rows, by reason: `columns` (more or fewer than are named), `not_decodable`, `no_text`, and `truncated` where a
compressed file breaks off. The provenance of a row is its number in the file, the names not counted, and the digest of
its values.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Source, Split
from pipeline.sources.fields import Fields, content_digest, mapped
from pipeline.sources.streams import DamagedError, decompressed

csv.field_size_limit(64 << 20)


class Delimited(Source):
    """Files of comma-separated values, or separated by another character; RFC 4180 quoting."""

    kind: Literal["csv"] = "csv"
    fields: Fields = Fields()  # which field of a record is which column
    delimiter: str = Field(",", min_length=1, max_length=1)  # what separates the values of a line
    encoding: str = "utf-8-sig"  # the charset of the files; a row that is not in it is rejected

    suffixes: ClassVar[tuple[str, ...]] = tuple(
        suffix + packed for suffix in (".csv", ".tsv") for packed in ("", ".gz", ".zst", ".bz2", ".xz")
    )

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise ValueError(f"{encoding} is no encoding that Python knows") from error
        return encoding

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every record of the file."""
        with decompressed(split.file) as stream:
            lines = io.TextIOWrapper(stream, self.encoding, "surrogateescape", newline="")
            reader = csv.reader(lines, delimiter=self.delimiter)
            names = next(reader, None)
            if not names:
                raise ShardError(f"{split.file}: no line of column names")
            number = -1
            try:
                for number, values in enumerate(reader):
                    if values:
                        yield self._row(split.name, number, names, values)
                    elif skipped is not None:
                        skipped[f"{self.kind}.empty_line"] += 1
            except csv.Error as error:
                raise ShardError(f"{split.file}: row {number + 1}: {error}") from error
            except DamagedError:
                where = self.place(split.name, content_digest([]), row=number + 1)
                yield self.rejected("truncated", f"{split.name}:{number + 1}", where)

    def _row(self, file: str, number: int, names: list[str], values: list[str]) -> Row:
        digest = content_digest(values)
        where = self.place(file, digest, row=number)
        if any(not value.isascii() and _UNDECODED.intersection(value) for value in values):
            return self.rejected("not_decodable", digest, where)
        if len(values) != len(names):
            return self.rejected("columns", digest, where)
        record = dict(zip(names, values, strict=True))
        return self.guarded(lambda: mapped(self, self.fields, record, where, digest), digest, where)


_UNDECODED = {chr(0xDC00 + byte) for byte in range(0x80, 0x100)}  # how `surrogateescape` spells a byte
