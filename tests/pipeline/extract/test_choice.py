"""The blocks that promise the most are kept, without those that are hidden."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract.block_text import block_text
from pipeline.extract.choice import best_choice, sizes_of, without_hidden
from pipeline.extract.markup import outline

Floats = npt.NDArray[np.float32]
TEXT = "The river rose by two metres in the night, and the old bridge was closed to all traffic before the morning."


def promised_f1(chances: Floats, sizes: Floats, kept: npt.NDArray[np.bool_]) -> float:
    """Return the F1 that the probabilities, taken at their word, promise for the blocks that are kept."""
    right = chances.astype(np.float64) * sizes
    whole = float(sizes[kept].sum() + right.sum())
    return 2 * float(right[kept].sum()) / whole if whole else 0.0


def test_the_blocks_of_the_highest_promise_are_kept() -> None:
    chances, sizes = np.array([0.9, 0.1, 0.8, 0.5], np.float32), np.array([50, 80, 40, 1], np.float32)
    kept = best_choice(chances, sizes, 1.0)
    assert kept.tolist() == [True, False, True, True]
    assert promised_f1(chances, sizes, kept) > 0.85
    assert best_choice(chances[:0], sizes[:0], 1.0).tolist() == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0, width=32), st.floats(0.5, 500.0, width=32)), min_size=1, max_size=8))
def test_no_other_cut_promises_more(blocks: list[tuple[float, float]]) -> None:
    chances, sizes = np.array(blocks, np.float32).T
    kept = best_choice(chances, sizes, 1.0)
    for cut in chances:
        assert promised_f1(chances, sizes, chances >= cut) <= promised_f1(chances, sizes, kept) + 1e-6


@pytest.mark.parametrize(("least", "kept"), [(0.35, [True, True, False]), (0.8, [True, True, True])])
def test_hidden_text_goes_where_enough_is_seen(least: float, kept: list[bool]) -> None:
    html = f"<p>{TEXT}</p><p>{TEXT}</p><div style='display:none'>{TEXT}</div>"
    markup = np.frombuffer(html.encode(), np.uint8)
    page = outline(markup)
    sizes = sizes_of(block_text(markup, page))
    assert without_hidden(np.ones(3, np.bool_), sizes, page, least).tolist() == kept
