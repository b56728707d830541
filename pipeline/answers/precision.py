"""How often filters are right, by what people say of documents: precision and recall, with 95 % intervals.

precision   of what a filter would drop, the share that people would drop
recall      of what people would drop, the share that the filter would

A filter is asked about the documents that came to it, and would drop one that lies outside of a bound of its, whichever
filter was first. A document counts for those of its stratum that were not drawn (`Label.weight`): shares are of the
run. The intervals are Wilson's, for as many documents as the weights are worth (Kish 1965): the square of their sum by
the sum of their squares.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054  # the normal quantile of a 95 % interval


def wilson(right: float, total: float, z: float = Z95) -> tuple[float, float]:
    """Return the interval in which a proportion lies (Wilson 1927), [0, 1] if nothing was seen."""
    if not total:
        return 0.0, 1.0
    share = right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Share:
    """A weighted share of documents, with its 95 % interval."""

    documents: int
    value: float | None  # None: of nothing
    low: float
    high: float


@dataclass(frozen=True)
class Case:
    """A document that people decided on, and what a filter would do with it."""

    wrong: bool  # people would drop it
    dropped: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Rightness:
    """How often a filter, a bound or a chain is right."""

    name: str
    cases: int
    precision: Share
    recall: Share


def share(cases: Sequence[Case], holds: Sequence[bool]) -> Share:
    """Return the share of the cases for which something holds."""
    whole = sum(case.weight for case in cases)
    if not whole:
        return Share(0, None, 0.0, 1.0)
    value = sum(case.weight for case, held in zip(cases, holds, strict=True) if held) / whole
    worth = whole * whole / sum(case.weight**2 for case in cases)
    return Share(len(cases), value, *wilson(value * worth, worth))


def rightness(name: str, cases: Iterable[Case]) -> Rightness:
    """Return the precision and the recall of what drops documents."""
    every = list(cases)
    dropped, wrong = [case for case in every if case.dropped], [case for case in every if case.wrong]
    precision = share(dropped, [case.wrong for case in dropped])
    return Rightness(name, len(every), precision, share(wrong, [case.dropped for case in wrong]))
