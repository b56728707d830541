"""A signal of one document beside its bound: what it did to the document."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from filters.base import Bound, Range, Signal

NEAR = 0.1  # of a bound's edge: a value so close to it has nearly decided

Missing: TypeAlias = Literal["rejected_before", "undefined"]
Outcome: TypeAlias = Literal["rejects", "would_reject", "flags", "near", "holds", "rejected_before", "undefined"]


@dataclass(frozen=True)
class Measurement:
    """A signal of a document: what was measured, what is allowed, and whether it decided."""

    name: str
    value: float | str | None
    bound: Bound
    decided: bool = False
    reached: bool = True  # whether the document came to the filter: one rejected before was not measured

    @property
    def missing(self) -> Missing | None:
        """Why there is no value, if there is none: `undefined` is what this text or its language does not have."""
        if not self.reached:
            return "rejected_before"
        return "undefined" if isinstance(self.value, float) and math.isnan(self.value) else None

    @property
    def broken(self) -> bool:
        """Whether the value lies outside of the bound; a signal that was never measured breaks nothing."""
        measured = self.reached and self.value is not None
        return self.decided or (measured and bool(as_stored(self.bound).broken(self._values)[0]))

    @property
    def outcome(self) -> Outcome:
        """What the signal did to the document, the first that holds of: decided, broken all the same, missing, near."""
        if self.broken:
            return "flags" if self.bound.action == "flag" else "rejects" if self.decided else "would_reject"
        return self.missing or ("near" if self._room <= NEAR else "holds")

    @property
    def _values(self) -> Signal:
        if isinstance(self.bound, Range):
            return np.array([self.value], np.float32)
        return np.array([self.value], np.object_)

    @property
    def _room(self) -> float:
        """How far the value is from the nearest edge of its bound, as a share of that edge."""
        if not isinstance(self.bound, Range) or not isinstance(self.value, float | int):
            return math.inf
        edges = [edge for edge in (self.bound.min, self.bound.max) if edge]  # of 0 there is no share
        return min((abs(self.value - edge) / abs(edge) for edge in edges), default=math.inf)


def as_stored(bound: Bound) -> Bound:
    """Return a bound with the precision in which signals are stored: a value on the edge stays on it."""
    if not isinstance(bound, Range):
        return bound
    edges = {"min": bound.min, "max": bound.max}
    return bound.model_copy(update={name: float(np.float32(e)) for name, e in edges.items() if e is not None})
