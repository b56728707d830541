"""A batch of documents whose words, lines and n-grams are computed once and shared by every filter."""

from collections.abc import Mapping

import pyarrow as pa

from shards.schema import with_columns


class Documents:
    """A batch of documents (`DOCUMENT` or `PAGE` columns) and what is derived from its texts, computed on first use."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @property
    def texts(self) -> pa.StringArray:
        """The texts, in order."""
        return self.batch.column("text")

    def with_columns(self, columns: Mapping[str, pa.Array]) -> "Documents":
        """Return these documents with columns replaced; what was derived from unchanged texts is kept."""
        return Documents(with_columns(self.batch, columns))
