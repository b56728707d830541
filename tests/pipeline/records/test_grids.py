import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.records import grids
from pipeline.records.grids import number, summary

FLOATS = st.floats(-1e6, 1e6, width=32) | st.just(np.nan)


@given(arrays.arrays(np.float32, arrays.array_shapes(max_dims=3, max_side=6), elements=FLOATS), st.integers(1, 9))
def test_the_extremes_of_an_array_are_those_of_its_slabs(values: np.ndarray, slab: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grids, "SLAB", slab)
        found = summary(lambda part: values[part], values.shape)
    valid = values[~np.isnan(values)]
    if not len(valid):
        assert found is None
        return
    assert found is not None
    assert (found.low, found.high, found.count) == (valid.min(), valid.max(), len(valid))
    assert (values[found.low_at], values[found.high_at]) == (found.low, found.high)
    assert found.missing == values.size - len(valid)
    assert found.mean == pytest.approx(valid.mean(dtype=np.float64), rel=1e-6, abs=1e-9)


def test_what_is_masked_is_missing_and_what_is_too_much_is_not_read() -> None:
    values = np.ma.masked_equal(np.array([[3, -99], [5, 4]]), -99)
    found = summary(lambda part: values[part], values.shape)
    assert found is not None
    assert (found.low, found.high, found.missing, found.high_at) == (3, 5, 1, (1, 0))
    assert summary(lambda part: values[part], values.shape, 3) is None
    assert summary(lambda part: np.array(["a"])[part], (1,)) is None


def test_a_number_is_spelt_as_it_is_stored() -> None:
    assert [number(value) for value in (np.float32(0.1), np.int16(-3), 2.0, np.float64(1e-7))] == [
        "0.1",
        "-3",
        "2",
        "1e-07",
    ]
    assert number(290.15000000000003, packed=True) == "290.15"
