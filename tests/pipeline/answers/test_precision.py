"""Precision and recall, and how sure they are."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.precision import Case, rightness, wilson


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (10, 10, 0.7225, 1.0),
        (0, 10, 0.0, 0.2775),
        (50, 100, 0.4038, 0.5962),
        (96, 100, 0.9016, 0.9843),
    ],
)
def test_the_interval_is_wilsons(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_the_share_and_shrinks_with_evidence(right: int, wrong: int) -> None:
    low, high = wilson(right, right + wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low - 1e-12 <= right / (right + wrong) <= high + 1e-12
        wider = wilson(right * 4, (right + wrong) * 4)
        assert wider[1] - wider[0] <= high - low


def test_precision_is_of_what_is_dropped_and_recall_of_what_people_would_drop() -> None:
    cases = [Case(True, True)] * 8 + [Case(False, True)] * 2 + [Case(True, False)] * 24 + [Case(False, False)] * 66
    found = rightness("all", cases)
    assert (found.precision.documents, found.precision.value) == (10, 0.8)
    assert (found.recall.documents, found.recall.value) == (32, 0.25)
    assert (found.precision.low, found.precision.high) == wilson(8, 10)
    nothing = rightness("none", [Case(False, False)])
    assert (nothing.precision.value, nothing.precision.low, nothing.precision.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize("seed", range(20))
def test_the_shares_are_of_the_run_and_not_of_the_sample(seed: int) -> None:
    """A stratum of which a tenth is drawn counts tenfold; the interval does not count it as more than was read."""
    chance = random.Random(seed)
    whole = [Case(chance.random() < 0.3, dropped, 1.0) for dropped in [True] * 300 + [False] * 3000]
    drawn = chance.sample(whole[:300], 150) + chance.sample(whole[300:], 300)
    weighed = [Case(case.wrong, case.dropped, 2.0 if case.dropped else 10.0) for case in drawn]
    there, here = rightness("", whole).recall, rightness("", weighed).recall
    assert there.value is not None
    assert here.low <= there.value <= here.high
    assert here.high - here.low > there.high - there.low
    equal = [Case(case.wrong, case.dropped, 7.0) for case in drawn]
    plain = rightness("", drawn)
    assert rightness("", equal).recall.low == pytest.approx(plain.recall.low)
