"""Language models of n-grams: what cannot be made of a text is said."""

import numpy as np
import pytest

from filters.models.ngrams import thirds


def test_thirds_are_even_and_leave_out_what_has_no_words() -> None:
    assert thirds(np.array([1.0, 2.0, 3.0, 4.0, np.nan, 5.0, 6.0, 7.0])).tolist() == [3.0, 5.0]
    with pytest.raises(ValueError, match="no words"):
        thirds(np.array([np.nan, np.nan]))
