"""Parquet tables: a document a row, in tasks of whole row groups, reading the mapped columns only.

Rejected rows, by reason: `no_text`. The provenance of a row is its number in the file, and the digest of the columns
that are read. A row group that cannot be read fails its task: its neighbours are other tasks.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Source, Split, opened, part
from pipeline.sources.fields import Fields, content_digest, mapped
from pipeline.sources.names import File


class Parquet(Source):
    """Parquet files; one with several row groups is read in several tasks."""

    kind: Literal["parquet"] = "parquet"
    fields: Fields = Fields()  # which field of a record is which column
    bytes_per_task: int = 256 << 20  # how much of a file one task reads, in whole row groups

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return ranges of row groups that hold about `bytes_per_task` of the file each."""
        if size <= self.bytes_per_task:
            return [part(file)]
        with opened(file.uri) as content:
            groups = parquet_file(content, file.uri).num_row_groups
        tasks = min(groups, -(-size // self.bytes_per_task))
        bounds = [groups * index // tasks for index in range(tasks + 1)]
        return [part(file, bounds[index], bounds[index + 1]) for index in range(tasks)]

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every row of the split's row groups."""
        with opened(split.file) as file:
            table = parquet_file(file, split.file)
            groups = range(split.start or 0, table.num_row_groups if split.end is None else split.end)
            columns = self.fields.top_level(table.schema_arrow.names)
            number = sum(table.metadata.row_group(group).num_rows for group in range(groups.start))
            try:
                for batch in table.iter_batches(256, list(groups), columns, use_threads=False):
                    yield from batch_rows(self, self.fields, batch, split.name, number)
                    number += batch.num_rows
            except pa.ArrowException as error:
                raise ShardError(f"{split.file}: row {number}: {error}") from error


def batch_rows(source: Source, fields: Fields, batch: pa.RecordBatch, name: str, first: int) -> Iterator[Row]:
    """Yield the rows of a batch whose first row is the `first` of the file.

    Raises
    ------
    pa.ArrowInvalid
        when the batch is not what it says: strings that are no UTF-8, offsets that lead nowhere.
    """
    batch.validate(full=True)
    for number, record in enumerate(batch.to_pylist(), first):
        digest = content_digest(record)
        yield mapped(source, fields, record, source.place(name, digest, row=number), digest)


def parquet_file(file: pa.NativeFile, uri: str) -> pq.ParquetFile:
    """Return an opened Parquet file; a `ShardError` if it is none."""
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, UnicodeDecodeError) as error:  # the second for a column whose name is no UTF-8
        raise ShardError(f"{uri}: not a Parquet file: {error}") from error
