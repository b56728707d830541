"""Parquet tables: a document a row, in tasks of whole row groups, reading the mapped columns only.

Texts may be strings or bytes. Rejected rows, by reason: `no_text`, `not_utf8` (a value of the row is not). The
provenance of a row is its number in the file, and the digest of the columns that are read. A row group that is damaged
is read as far as it goes, and the file is named; the row groups behind it are read. Files are read in a child process.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import pyarrow as pa

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Source, Split, part
from pipeline.sources.columnar import Columnar, Damaged
from pipeline.sources.fields import Fields, content_digest, mapped
from pipeline.sources.names import File
from pipeline.words import counted


class Parquet(Columnar):
    """Parquet files; one with several row groups is read in several tasks."""

    kind: Literal["parquet"] = "parquet"
    fields: Fields = Fields()  # which field of a record is which column
    # bytes of a file that one task reads, in whole row groups; smaller means more tasks in parallel
    bytes_per_task: int = 256 << 20

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")
    signature: ClassVar[bytes] = rb"^PAR[1E]"

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return ranges of row groups that hold about `bytes_per_task` of the file each."""
        if size <= self.bytes_per_task:
            return [part(file)]
        groups = len(self.shape(file.uri).groups)
        tasks = min(groups, -(-size // self.bytes_per_task))
        bounds = [groups * index // tasks for index in range(tasks + 1)]
        return [part(file, bounds[index], bounds[index + 1]) for index in range(tasks)]

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every row of the split's row groups."""
        shape = self.shape(split.file)
        check_columns(self.fields, shape.names, split.file)
        columns = self.fields.top_level(shape.names)
        groups = range(split.start or 0, len(shape.groups) if split.end is None else split.end)
        first = sum(shape.groups[: groups.start])
        damage = list[str]()
        for group in groups:
            number = first
            try:
                for batch in self.batches(split.file, columns, group):
                    yield from batch_rows(self, self.fields, batch, split.name, number)
                    number += batch.num_rows
            except (Damaged, pa.ArrowException) as error:
                damage.append(f"row {number}: {error}")
            first += shape.groups[group]
        if damage:
            raise ShardError(f"{split.file}: damaged in {counted(len(damage), 'row group')}, the first at {damage[0]}")


def batch_rows(source: Source, fields: Fields, batch: pa.RecordBatch, name: str, first: int) -> Iterator[Row]:
    """Yield the rows of a batch whose first row is the `first` of the file; bytes that are no text are rejected.

    Raises
    ------
    pa.ArrowInvalid
        when the batch is not what it says: offsets that lead nowhere.
    """
    for number, record in enumerate(map(_decoded, _records(batch)), first):
        digest = content_digest(record)
        where = source.place(name, digest, row=number)
        if _has_bytes(record):
            yield source.rejected("not_utf8", digest, where)
        else:
            yield source.guarded(partial(mapped, source, fields, record, where, digest), digest, where)


def _records(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    try:
        batch.validate(full=True)
        return _rows_of(batch)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        as_bytes = pa.schema([pa.field(column.name, _bytes_of(column.type)) for column in batch.schema])
        if as_bytes == batch.schema:
            raise
    columns = [column.cast(kind) for column, kind in zip(batch.columns, as_bytes.types, strict=True)]
    batch = pa.RecordBatch.from_arrays(columns, schema=as_bytes)
    batch.validate(full=True)
    return _rows_of(batch)


def _rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist(maps_as_pydicts="lossy")  # a field of a map is found by its key
    return rows


def _bytes_of(kind: pa.DataType) -> pa.DataType:
    """Return a type with bytes in place of strings."""
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        return pa.binary()
    if pa.types.is_large_string(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind):
        return _bytes_of(kind.value_type)
    if pa.types.is_list(kind):
        return pa.list_(_bytes_of(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _bytes_of(field.type)) for field in kind])
    return kind


def _decoded(value: Any) -> Any:
    """Return a value with strings in place of bytes, where they are UTF-8."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if isinstance(value, dict):
        return {key: _decoded(each) for key, each in value.items()}
    return value


def _has_bytes(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_has_bytes, value.values() if isinstance(value, dict) else value))
    return isinstance(value, bytes)


def check_columns(fields: Fields, names: Sequence[str], uri: str) -> None:
    """Raise a `ShardError` that names the columns that there are, if the text is read from none of them."""
    if why := fields.missing(names):
        raise ShardError(f"{uri}: {why}")
