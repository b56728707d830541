"""A run is as long as no column changes; its rows are told by comparing neighbours."""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.runs import first_of_runs, run_bounds, run_starts

PAIRS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", "海內", "bonjour"])), max_size=20)


@given(PAIRS)
def test_runs_are_those_of_itertools_groupby(rows: list[tuple[int, str]]) -> None:
    columns = np.array([number for number, _ in rows], np.uint64), np.array([word for _, word in rows], np.str_)
    lengths = [len(list(group)) for _, group in itertools.groupby(rows)]
    bounds = [0, *itertools.accumulate(lengths)]
    assert run_bounds(*columns).tolist() == bounds
    assert np.flatnonzero(first_of_runs(*columns)).tolist() == bounds[:-1]
    assert run_starts(*columns).tolist() == np.repeat(np.array(bounds[:-1], int), lengths).tolist()


def test_a_change_in_any_column_begins_a_run() -> None:
    one, other = np.array([1, 1, 1, 2]), np.array([5, 6, 6, 6])
    assert first_of_runs(one, other).tolist() == [True, True, False, True]
    assert first_of_runs(one).tolist() == [True, False, False, True]


@pytest.mark.parametrize("kind", [np.uint64, np.int64, np.bool_])
def test_no_rows_are_no_runs(kind: type) -> None:
    nothing: npt.NDArray[Any] = np.zeros(0, kind)
    assert first_of_runs(nothing).tolist() == []
    assert run_bounds(nothing).tolist() == [0]
    assert run_starts(nothing).tolist() == []
