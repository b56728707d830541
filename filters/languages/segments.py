"""Stretches of a document that are long enough to be identified, and short enough to be in one language."""

from collections.abc import Sequence

_READ = 300  # characters of a stretch that are looked at: identification hardly improves beyond
_LEAST = 150  # when there are many: many opinions on a document are worth more than long ones
_ENOUGH = 300  # characters: lines are joined until they have that many
_MOST = 600  # characters: a longer line is cut


def segments(text: str) -> list[tuple[int, int]]:
    """Return the stretches (start, end) that make up the text: whole lines, joined when short and cut when long."""
    found: list[tuple[int, int]] = []
    start = end = 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        while end - start > _MOST:
            cut = _cut(text, start)
            found.append((start, cut))
            start = cut
        if end - start >= _ENOUGH:
            found.append((start, end))
            start = end
    if start < end:
        found.append((start, end))
    return found


def read(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the part of each stretch that is looked at: the fewer there are, the more of each."""
    most = min(_READ, max(_LEAST, 3 * _READ // max(len(spans), 1)))
    return [(start, min(end, start + most)) for start, end in spans]


def _cut(text: str, start: int) -> int:
    """Return where to cut a line: after the last space, if it has one in the second half; else anywhere."""
    space = text.rfind(" ", start + _ENOUGH, start + _MOST)
    return space + 1 if space > 0 else start + _MOST


def sample(spans: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return at most so many of the stretches, evenly spaced from the first to the last."""
    if len(spans) <= most:
        return list(spans)
    if most == 1:
        return [spans[len(spans) // 2]]
    return [spans[round(index * (len(spans) - 1) / (most - 1))] for index in range(most)]
