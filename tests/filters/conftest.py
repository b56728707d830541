from collections.abc import Callable

import pyarrow as pa
import pytest

from shards.schema import PAGE, batch_of

Batch = Callable[..., pa.RecordBatch]


@pytest.fixture(scope="session")
def batch() -> Batch:
    """Return a function that makes a batch of documents of texts; a keyword is a column, given by one value for all."""

    def make(*texts: str, **columns: object) -> pa.RecordBatch:
        rows = [
            {"id": f"{i:032x}", "source": "test", "source_id": str(i), "text": text} | columns
            for i, text in enumerate(texts)
        ]
        return batch_of(rows, PAGE)

    return make
