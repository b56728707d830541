"""CSV and TSV: a document a row under a line of column names, plain or compressed.

What separates the values is told from the first lines, unless it is declared. A stray quote, which no other closes
where it could, is a character like any other. Rejected rows, by reason: `columns` (more or fewer than are named),
`not_decodable`, `no_text`, and `truncated` where a compressed file breaks off. The provenance of a row is its number in
the file, the names not counted, and the digest of its values.
"""

import csv
import io
from collections.abc import Iterator
from typing import IO, ClassVar, Literal

from pydantic import Field, field_validator

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.csv_records import delimiter_of, records
from pipeline.sources.fields import Fields, Table, content_digest, mapped
from pipeline.sources.parquet import check_columns
from pipeline.sources.streams import DamagedError, decompressed
from pipeline.sources.transcoding import encoding_of, known_encoding


class Delimited(Table):
    """Files of comma-separated values, or separated by another character; RFC 4180 quoting."""

    kind: Literal["csv"] = "csv"
    fields: Fields = Fields()  # which field of a record is which column
    # the separator of values; null: a comma, semicolon, tab or bar, detected from the first lines
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    # the character set of the files; a row that is not valid in it is rejected; null: UTF-8, or UTF-16 if a file
    # begins with its mark
    encoding: str | None = None

    suffixes: ClassVar[tuple[str, ...]] = tuple(
        suffix + packed for suffix in (".csv", ".tsv") for packed in ("", ".gz", ".zst", ".bz2", ".xz")
    )

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        return encoding and known_encoding(encoding)

    def columns(self, file: str) -> list[str]:
        """Return the names of the columns."""
        with decompressed(file) as stream:
            return next(self._records(Split(file=file, name=file), stream))

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every record of the file."""
        number = 0
        with decompressed(split.file) as stream:
            try:
                for number, values in enumerate(self._records(split, stream)):
                    if number == 0:
                        names = values
                        check_columns(self.fields, names, split.file)
                    elif values:
                        yield self._row(split.name, number - 1, names, values)
                    elif skipped is not None:
                        skipped[f"{self.kind}.empty_line"] += 1
            except csv.Error as error:
                raise ShardError(f"{split.file}: row {number}: {error}") from error
            except DamagedError:
                where = self.place(split.name, content_digest([]), row=number)
                yield self.rejected("truncated", f"{split.name}:{number}", where)
                raise ShardError(f"{split.file}: its compression is truncated at row {number}") from None

    def _records(self, split: Split, stream: IO[bytes]) -> Iterator[list[str]]:
        """Yield the values of the first line that has any, which are names, and of all that follow."""
        head: bytes = stream.peek(1)  # type: ignore[attr-defined]  # of a buffered reader
        encoding = self.encoding or encoding_of(head)
        delimiter = self.delimiter or delimiter_of(head.decode(encoding, "replace"), split.name)
        lines = io.TextIOWrapper(stream, encoding, "surrogateescape", newline="")
        rows = records(lines, delimiter)
        names = next((values for values in rows if values), None)
        if names is None:
            raise ShardError(f"{split.file}: no line of column names")
        yield names
        number = 0
        for number, values in enumerate(rows, 1):  # noqa: B007 - how many
            yield values
        if number == 0 and b"\n" not in head and b"\r" not in head:
            raise ShardError(f"{split.file}: it ends in the line of column names")

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
