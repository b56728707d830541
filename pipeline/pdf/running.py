"""Running titles and page numbers: what stands at the head or foot of pages and is no part of their text."""

import re
from collections import defaultdict
from itertools import pairwise

import numpy as np

from pipeline.pdf.lines import Lines
from shards.arrays import Mask

_OUTER = 0.14  # of the height of a page: where running titles stand
_EDGE = 3  # rows from the top or bottom of a page, at most
_SAME = 6.0  # points
_WINDOW = 3  # pages before and after in which a line must come again
_DIGITS = re.compile(r"\d+|\b[ivxlcIVXLC]+\b")


def running_lines(lines: Lines, texts: list[str], heights: list[tuple[float, float]]) -> Mask:
    """Return which lines are running titles or page numbers, given the bottom and top of every page."""
    found = np.zeros(len(texts), np.bool_)
    body = body_size(lines)
    seen: dict[str, list[tuple[int, float, int]]] = defaultdict(list)
    for index in _edges(lines, heights):
        text = texts[index]
        if len(text) <= 200:
            seen[_DIGITS.sub("0", text)].append((int(lines.page[index]), float(lines.y[index]), index))
    for shape, places in seen.items():
        if len(places) < 2 or not (any(map(str.isalpha, shape)) or len(shape) < 12):
            continue
        for position, (page, y, index) in enumerate(places):
            if any(
                other != page and abs(other - page) <= _WINDOW and abs(y - height) < _SAME
                for other, height, _ in places[max(0, position - 8) : position + 9]
            ):
                found[index] = position > 0 or lines.size[index] <= 1.12 * body
    return found


def body_size(lines: Lines) -> float:
    """Return the size of most characters."""
    sizes, places = np.unique(np.round(lines.size, 1), return_inverse=True)
    if not len(sizes):
        return 0.0
    return float(sizes[np.argmax(np.bincount(places, weights=lines.last - lines.first))])


def _edges(lines: Lines, heights: list[tuple[float, float]]) -> list[int]:
    """Return the lines in the outer parts of pages, those of a document in order."""
    bottoms, tops = np.array([low for low, _ in heights]), np.array([high for _, high in heights])
    low, high = bottoms[lines.page], tops[lines.page]
    place = (lines.y - low) / np.maximum(high - low, 1)
    outer = (place < _OUTER) | (place > 1 - _OUTER)
    starts = np.searchsorted(lines.page, np.arange(len(heights) + 1))
    kept = np.zeros(len(lines.page), np.bool_)
    for begin, end in pairwise(starts):
        by_height = begin + np.argsort(lines.y[begin:end], kind="stable")
        kept[by_height[:_EDGE]] = kept[by_height[-_EDGE:]] = True
    return [int(index) for index in np.flatnonzero(outer & kept)]
