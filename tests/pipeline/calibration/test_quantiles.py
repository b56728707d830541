"""The bound of a mixture, against its definition."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.calibration.quantiles import Pool, bootstrapped, upper_bounds

values = st.lists(st.integers(0, 12).map(float), min_size=0, max_size=30)


def by_definition(own: list[float], own_weight: float, pool: list[float], tail: float) -> float:
    """Return the least value of either that no more than the tail of the mixture exceeds."""
    weighted = [(v, own_weight / len(own)) for v in own] + [(v, (1 - own_weight) / len(pool)) for v in pool]
    return min(v for v, _ in weighted if sum(w for other, w in weighted if other > v) <= tail + 1e-9)


@example(own=[0.0], pool=[1.0], share=0.75, tail=0.4)
@given(own=values, pool=values, share=st.sampled_from([0.25, 0.5, 0.75]), tail=st.sampled_from([0.0, 0.01, 0.1, 0.4]))
def test_the_bound_is_the_least_that_loses_no_more_than_the_tail(
    own: list[float], pool: list[float], share: float, tail: float
) -> None:
    if not own and not pool:
        return
    share = 0.0 if not own else 1.0 if not pool else share
    weights = np.full((1, len(own)), share / max(len(own), 1))
    relatives = Pool.of(np.array(pool), np.full(len(pool), (1 - share) / max(len(pool), 1)))
    (found,) = upper_bounds(np.sort(np.array(own)), weights, relatives, tail)
    assert found == by_definition(own, share, pool, tail)


@given(own=st.lists(st.floats(0, 1), min_size=1, max_size=40), pool=st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_small_sample_keeps_its_share_whatever_its_relatives_say(own: list[float], pool: list[float]) -> None:
    n, k, tail = len(own), 50, 0.1
    share = n / (n + k)
    relatives = Pool.of(np.array(pool), np.full(len(pool), (1 - share) / len(pool)))
    (bound,) = upper_bounds(np.sort(np.array(own)), np.full((1, n), share / n), relatives, tail)
    assert np.mean(np.array(own) > bound) <= tail * (n + k) / n + 1e-9


def test_the_first_bootstrapped_sample_is_the_sample_and_groups_stay_together() -> None:
    weights, groups = np.array([1.0, 0.5, 0.5]), np.array([0, 1, 1])
    drawn = bootstrapped(weights, groups, seed=3, rounds=50)
    assert drawn[0].tolist() == weights.tolist()
    assert (drawn[:, 1] == drawn[:, 2]).all()
    assert {tuple(row) for row in drawn.tolist()} == {(1.0, 0.5, 0.5), (2.0, 0.0, 0.0), (0.0, 1.0, 1.0)}
    assert (bootstrapped(weights, groups, seed=3, rounds=50) == drawn).all()
