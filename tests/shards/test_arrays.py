"""Arrow without pandas: what is looked up and what is found are the same as with it."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shards.arrays import only_row, text_scalar


@given(st.text(), st.lists(st.text(), max_size=5))
def test_a_text_compares_as_arrow_s_own(text: str, others: list[str]) -> None:
    assert text_scalar(text).as_py() == text
    column = pa.array([*others, text, None])
    assert pc.equal(column, text_scalar(text)).equals(pc.equal(column, text))


@given(st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)), st.text())
def test_a_row_is_as_arrow_gives_it(instant: datetime | None, text: str) -> None:
    whole = None if instant is None else instant.replace(microsecond=0)
    kinds = [("fetched_at", pa.timestamp("s", "UTC")), ("text", pa.string()), ("seen", pa.timestamp("us", "UTC"))]
    row = {"fetched_at": whole, "text": text, "seen": whole}
    table = pa.Table.from_pylist([row], pa.schema(kinds))
    assert list(only_row(table).items()) == list(table.to_pylist()[0].items())


def test_more_than_one_row_is_a_defect() -> None:
    with pytest.raises(ValueError, match="too many values"):
        only_row(pa.table({"text": ["a", "b"]}))
