from collections.abc import Callable

import pyarrow as pa

from filters.chain import judge
from filters.mc4 import MC4

Batch = Callable[..., pa.RecordBatch]


def test_mc4_asks_for_three_long_lines(batch: Batch) -> None:
    judgement = judge([MC4()], batch("\n".join(["x" * 200] * 3), "\n".join(["x" * 200] * 2 + ["x" * 199])))
    assert judgement.documents["rejected_by"].to_pylist() == [None, "mc4.long_lines"]
