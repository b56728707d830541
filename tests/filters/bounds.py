"""The bounds of a filter as plain numbers, to be held against those of a paper."""

from filters.base import Filter, Range


def limits(filter: Filter) -> dict[str, tuple[float | None, float | None]]:
    """Return the least and the greatest value that each signal may have; None: no limit."""
    bounds = filter.bounds()
    assert all(isinstance(bound, Range) for bound in bounds.values())
    return {name: (bound.min, bound.max) for name, bound in bounds.items() if isinstance(bound, Range)}
