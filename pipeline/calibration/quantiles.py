"""The bound that loses at most a given share of a mixture: a language's own sample, and what its relatives say.

The mixture gives the own sample the weight n / (n + k), so a bound at retention 1 - a loses at most a (n + k) / n of
the own sample, however small that is. That is how shrinkage keeps its promise: an average of two bounds would not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shards.arrays import Floats

_TINY = 1e-9  # of a share: sums of weights are not exact


@dataclass(frozen=True)
class Pool:
    """Values in ascending order, and for each the weight of the greater ones; the whole pool has `weight`."""

    values: Floats
    above: Floats
    weight: float

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> "Pool":
        """Return the pool of values and their weights."""
        order = np.argsort(values, kind="stable")
        weights = weights[order]
        return cls(values[order], weights[::-1].cumsum()[::-1] - weights, float(weights.sum()))

    def upper(self, tails: Floats) -> Floats:
        """Return, per tail weight, the least value with no more weight above it.

        That is infinity for a negative tail, and minus infinity for one that takes the whole pool.
        """
        if not len(self.values):
            return np.where(tails < -_TINY, np.inf, -np.inf)
        first = len(self.above) - np.searchsorted(self.above[::-1], tails + _TINY, side="right")
        bounds = np.where(tails < -_TINY, np.inf, self.values[np.minimum(first, len(self.values) - 1)])
        return np.where(tails >= self.weight - _TINY, -np.inf, bounds)


def upper_bounds(own: Floats, weights: Floats, pool: Pool, tail: float) -> Floats:
    """Return, per row of weights over the own values (ascending), the least bound that `tail` of the mixture exceeds.

    The own weights of a row and the pool's add up to 1. Above an own value v, a mass o of the own sample is left, and
    the pool may lose what remains of the tail: the bound is the least of max(v, the pool's bound at tail - o).
    """
    above = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    at = above - weights
    everything = weights.sum(axis=1, keepdims=True)
    below = pool.upper(tail - everything)
    bounds = np.maximum(own[None, :], pool.upper(tail - at))
    return np.asarray(np.concatenate([below, bounds], axis=1).min(axis=1), np.float64)


def bootstrapped(weights: Floats, groups: npt.NDArray[np.int64], seed: int, rounds: int) -> Floats:
    """Return the weights of so many samples drawn from the groups (hosts, articles) with replacement, a row each.

    The first row is the sample itself. A draw of nothing but empty groups cannot occur: every group has a document.
    """
    size = int(groups.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), rounds)
    return np.vstack([weights[None, :], weights[None, :] * drawn[:, groups]])
