"""Values counted into histograms, beside the bound that they are held to."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.words import number
from shards.arrays import Floats, Mask

BINS = 32


@dataclass(frozen=True)
class Histogram:
    """Values by size: bin n holds those from edge n to edge n + 1; the outermost also hold what lies beyond."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    undefined: int = 0  # measured, and without a value
    outside: tuple[int, ...] = ()  # of each bin, how many break their bound; (): nothing has one

    @property
    def values(self) -> int:
        """How many there are, but for those undefined."""
        return sum(self.counts)

    def place(self, value: float) -> float:
        """Return where a value stands, in bins from the left; within a bin in proportion."""
        if value <= self.edges[0]:
            return 0.0
        if value >= self.edges[-1]:
            return float(len(self.counts))
        left = bisect_right(self.edges, value) - 1
        return left + (value - self.edges[left]) / (self.edges[left + 1] - self.edges[left])


@dataclass(frozen=True)
class Limits:
    """What is allowed, both ends included; None: any."""

    min: float | None = None
    max: float | None = None

    def __str__(self) -> str:
        low, high = (None if edge is None else number(edge) for edge in (self.min, self.max))
        if low is None or high is None:
            return f"≥ {low}" if low else f"≤ {high}" if high else ""
        return f"{low} – {high}"

    def broken(self, values: Floats) -> Mask:
        """Return which values lie outside; those undefined are none of them."""
        low: Mask = values < (-np.inf if self.min is None else self.min)
        return low | (values > (np.inf if self.max is None else self.max))

    def beyond(self, values: Floats) -> int:
        """Return how many values lie outside."""
        return int(np.count_nonzero(self.broken(values)))


ANY = Limits()


def scaled_edges(values: Floats, marks: Sequence[float] = (), bins: int = BINS) -> tuple[float, ...]:
    """Return edges between which values that are defined are told apart, with the marks (bounds) inside.

    Even steps from the first to the 99th hundredth; by the logarithm where most lies far below the greatest.
    """
    known = values[np.isfinite(values)]
    inside = np.array([mark for mark in marks if np.isfinite(mark)])
    ends = np.percentile(known, (1, 50, 99)) if len(known) else np.array([0.0, 0.5, 1.0])
    low, middle, high = float(ends[0]), float(ends[1]), float(ends[2])
    far = [mark for mark in inside.tolist() if mark <= 10 * max(high, 0)] or inside.tolist()
    low, high = min([low, *far]), max([high, *far])
    if high <= low:
        high = low + max(1.0, abs(low))
    if low >= 0 and high > 20 * max(middle, 1) and middle > 0:
        edges = np.expm1(np.linspace(np.log1p(low), np.log1p(high), bins + 1))
    else:
        edges = np.linspace(low, high, bins + 1)
    return tuple(float(edge) for edge in edges)


def counted(values: Floats, edges: Sequence[float], broken: Mask | None = None) -> Histogram:
    """Return how many values lie in each bin, and how many of them break their bound."""
    known = ~np.isnan(values)
    counts = _counts(values[known], edges)
    outside = () if broken is None else _counts(values[known & broken], edges)
    return Histogram(tuple(edges), counts, int(np.count_nonzero(~known)), outside)


def _counts(values: Floats, edges: Sequence[float]) -> tuple[int, ...]:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), np.asarray(edges))
    return tuple(counts.tolist())
