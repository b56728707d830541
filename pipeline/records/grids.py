"""What the values of an array say: how many, the least and the greatest with their places, the mean.

Arrays of any size are read in slabs along their first axis. Values are spelt as they are stored: a float of 32 bits by
its shortest decimal, one that was unpacked by a scale with seven digits.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from pipeline.records.facts import Fact, Record, content_of, present, said

Place: TypeAlias = tuple[int, ...]

TOLD = 2  # fields of a file that are told in sentences: its table has them all
SLAB = 4 << 20  # values that are read at a time
LARGEST = 1 << 28  # values of a file that are read: an array that is more than is left of these is counted as left out


@dataclass
class Summary:
    """The extremes of an array with their places, its mean, and how many values it has and lacks."""

    count: int
    missing: int
    low: Any
    high: Any
    low_at: Place
    high_at: Place
    mean: float


def summary(read: Callable[[slice], Any], shape: Sequence[int], most: int = LARGEST) -> Summary | None:
    """Return the summary of an array of numbers; None if it has none, or more than `most`."""
    size = math.prod(shape)
    row = math.prod(shape[1:])
    if not shape or not 0 < size <= most:
        return None
    statistics: Summary | None = None
    total = 0.0
    step = max(1, SLAB // max(row, 1))
    for first in range(0, shape[0], step):
        raw = np.ma.asanyarray(read(slice(first, first + step)))
        if raw.dtype.kind not in "iuf":
            return None
        slab = np.ma.masked_invalid(raw, copy=False)
        valid = int(slab.count())
        part = _extremes(slab, first) if valid else None
        total += float(slab.sum(dtype=np.float64)) if valid else 0.0
        statistics = _with(statistics, part, valid, slab.size - valid)
    if statistics is None or statistics.count == 0:
        return None
    statistics.mean = total / statistics.count
    return statistics


def _extremes(slab: Any, first: int) -> tuple[Any, Any, Place, Place]:
    low, high = int(slab.argmin()), int(slab.argmax())
    places = [np.unravel_index(flat, slab.shape) for flat in (low, high)]
    below, above = ((int(place[0]) + first, *(int(one) for one in place[1:])) for place in places)
    return slab.flat[low], slab.flat[high], below, above


def _with(
    statistics: Summary | None, part: tuple[Any, Any, Place, Place] | None, valid: int, missing: int
) -> Summary | None:
    """Return a summary with a slab added."""
    if part is None:
        if statistics is not None:
            statistics.missing += missing
            return statistics
        return Summary(0, missing, None, None, (), (), 0.0)
    low, high, low_at, high_at = part
    if statistics is None or statistics.count == 0:
        return Summary(valid, missing + (statistics.missing if statistics else 0), low, high, low_at, high_at, 0.0)
    statistics.count, statistics.missing = statistics.count + valid, statistics.missing + missing
    if low < statistics.low:
        statistics.low, statistics.low_at = low, low_at
    if high > statistics.high:
        statistics.high, statistics.high_at = high, high_at
    return statistics


def number(value: Any, *, packed: bool = False) -> str:
    """Return a number as it is stored; one that was unpacked by a scale with seven digits."""
    if isinstance(value, int | np.integer):
        return str(int(value))
    if packed:
        return f"{float(value):.7g}"
    shortest = str(value.item() if isinstance(value, np.float64) else value)
    return shortest.removesuffix(".0")


def mean(value: float) -> str:
    """Return a mean, which no record has: six digits."""
    return f"{value:.6g}"


def field(name: str, statistics: Summary, spelling: Callable[[Any], str] = number, **more: Fact | None) -> Record:
    """Return what the values of an array say as a record of its own; `more` adds facts to those, or replaces them."""
    facts: dict[str, Fact | None] = {
        "name": name,
        "Name": name[:1].upper() + name[1:],
        "low": spelling(statistics.low),
        "high": spelling(statistics.high),
        "mean": mean(statistics.mean),
        "count": str(statistics.count),
        "missing": str(statistics.missing) if statistics.missing else None,
        **more,
    }
    return Record("fields", present(facts), content_of(said(facts)))
