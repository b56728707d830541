"""What the tests of the sources share."""

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import pytest

from pipeline.sources.base import Row, Source, batches
from shards.schema import PAGE

Rows: TypeAlias = Callable[..., list[Row]]  # every row of a file with some content, or of a source
OneRow: TypeAlias = Callable[..., Row]  # the only row of one


@pytest.fixture(scope="session")
def read() -> Rows:
    """Give a function that returns every row of a source, checked against the schema on the way."""

    def rows_of(source: Source, skipped: Counter[str] | None = None) -> list[Row]:
        rows = [row for split in source.splits() for row in source.read(split, skipped)]
        read_as = list(batches(rows))
        assert sum(batch.num_rows for batch in read_as) == len(rows)
        assert all(batch.schema == PAGE for batch in read_as)
        return rows

    return rows_of
