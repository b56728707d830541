"""Values in bins, and what they are held to."""

import numpy as np
import pytest

from pipeline.answers.histograms import Limits, scaled_edges


def test_counts_far_apart_are_told_apart_by_their_logarithm() -> None:
    values = np.array([10.0] * 60 + [100.0] * 30 + [100_000.0] * 10)
    steps = np.diff(scaled_edges(values, [50]))
    assert steps[-1] > 100 * steps[0]
    even = np.diff(scaled_edges(np.linspace(0, 1, 100), [0.6]))
    assert even == pytest.approx([even[0]] * len(even))


@pytest.mark.parametrize(
    ("limits", "told", "outside"),
    [(Limits(), "", 0), (Limits(min=50), "≥ 50", 2), (Limits(max=0.25), "≤ 0.25", 2), (Limits(0.5, 50), "0.5 – 50", 3)],
)
def test_limits_say_what_is_allowed_and_count_what_is_not(limits: Limits, told: str, outside: int) -> None:
    assert str(limits) == told
    assert limits.beyond(np.array([0.1, 0.25, 50, 51, np.nan])) == outside
