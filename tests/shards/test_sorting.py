"""Sorting within compiled loops gives what numpy's stable sort gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shards.sorting import stable_order

KEYS = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))


@given(arrays(np.uint64, st.integers(0, 70), elements=KEYS))
def test_rows_with_equal_keys_keep_their_order(keys: np.ndarray) -> None:
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()
