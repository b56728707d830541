"""Arrow tables in the file or the stream format (a `datasets` cache, a shard of ours): a document a row.

Rejected rows, by reason: `no_text`. The provenance of a row is its number in the file, and the digest of the columns
that are read.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

import pyarrow as pa

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.columnar import Columnar, Damaged
from pipeline.sources.fields import Fields
from pipeline.sources.parquet import batch_rows, check_columns


class Arrow(Columnar):
    """Arrow IPC files and streams."""

    kind: Literal["arrow"] = "arrow"
    fields: Fields = Fields()  # which field of a record is which column

    suffixes: ClassVar[tuple[str, ...]] = (".arrow", ".arrows", ".feather", ".ipc")

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every row of the file."""
        names = self.shape(split.file).names
        check_columns(self.fields, names, split.file)
        number = 0
        try:
            for batch in self.batches(split.file, self.fields.top_level(names)):
                yield from batch_rows(self, self.fields, batch, split.name, number)
                number += batch.num_rows
        except (Damaged, pa.ArrowException) as error:
            raise ShardError(f"{split.file}: row {number}: {error}") from error
