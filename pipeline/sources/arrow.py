"""Arrow tables in the file or the stream format (a `datasets` cache, a shard of ours): a document a row.

Rejected rows, by reason: `no_text`. The provenance of a row is its number in the file, and the digest of the columns
that are read.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

import pyarrow as pa

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Split, opened
from pipeline.sources.fields import Fields, Table
from pipeline.sources.parquet import batch_rows, check_columns

_FILE_MAGIC = b"ARROW1"


class Arrow(Table):
    """Arrow IPC files and streams."""

    kind: Literal["arrow"] = "arrow"
    fields: Fields = Fields()  # which field of a record is which column

    suffixes: ClassVar[tuple[str, ...]] = (".arrow", ".arrows", ".feather", ".ipc")

    def columns(self, file: str) -> list[str]:
        """Return the names of the columns."""
        try:
            with opened(file) as content:
                return next((list(batch.schema.names) for batch in _batches(content)), [])
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise ShardError(f"{file}: {error}") from error

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every row of the file."""
        number = 0
        with opened(split.file) as file:
            try:
                for batch in _batches(file):
                    check_columns(self.fields, batch.schema.names, split.file)
                    batch = batch.select(self.fields.top_level(batch.schema.names))
                    yield from batch_rows(self, self.fields, batch, split.name, number)
                    number += batch.num_rows
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last for the name of a column
                raise ShardError(f"{split.file}: row {number}: {error}") from error


def _batches(file: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    if file.read_at(len(_FILE_MAGIC), 0) == _FILE_MAGIC:
        reader = pa.ipc.open_file(file)
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)
    else:
        file.seek(0)
        yield from pa.ipc.open_stream(file)
