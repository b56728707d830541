"""What the tests of the sources share."""

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import pytest

from pipeline.errors import ShardError
from pipeline.sources.base import Row, Skipped, Source, batches
from pipeline.stages.guard import read_rows
from shards.schema import PAGE

Rows: TypeAlias = Callable[..., list[Row]]  # every row of a file with some content, or of a source
OneRow: TypeAlias = Callable[..., Row]  # the only row of one


@pytest.fixture(scope="session")
def read() -> Rows:
    """Give a function that returns every row of a source, checked against the schema on the way.

    What is wrong with its files is in `unreadable`, if that is given; if they gave no rows, it is raised.
    """

    def rows_of(source: Source, skipped: Counter[str] | None = None, unreadable: list[str] | None = None) -> list[Row]:
        counts, damage = Skipped() if skipped is None else skipped, list[str]()
        rows = [row for split in source.splits() for row in read_rows(source, split, counts, damage)]
        if damage and not rows:
            raise ShardError(damage[0])
        if unreadable is not None:
            unreadable += damage
        read_as = list(batches(rows))
        assert sum(batch.num_rows for batch in read_as) == len(rows)
        assert all(batch.schema == PAGE for batch in read_as)
        return rows

    return rows_of
