"""The lines at the head and foot of pages, and what is measured of them: geometry, shape and repetition, no words.

`running_model.npz` was fitted on these columns, in this order: a change here is a change of the model
(`pipeline/training/running_titles.py`).
"""

import re
from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.pdf.lines import Lines
from shards.arrays import Mask, Places

HEAD, FOOT = 4, 5  # lines of a page that may be running, from its top and from its bottom
_SAME = 6.0  # points by which the heights of a title may differ from page to page
_WINDOW = 3  # pages before and after in which a line must come again
_DIGITS = re.compile(r"\d+|\b[ivxlcIVXLC]+\b")
_PAGE = re.compile(r"\W*(?:[^\W\d]{1,12}\W+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\W+(?:[^\W\d]{1,6}\W+)?\d{1,4})?\W*")
_NOTICE = re.compile(r"©|\(c\)|doi|issn|isbn|https?:|www\.|\bvol\.?\b|\bno\.|\b(?:19|20)\d\d\b", re.IGNORECASE)
_LONG = 200  # characters of a line that is no running title

Floats = npt.NDArray[np.float32]


class Edges(NamedTuple):
    """Lines at the edges of pages, and their features."""

    lines: Places
    features: Floats  # a row a line
    again: Mask  # whether it comes again on a page near by, at the same height; numbers may differ
    first: Mask  # whether it is the first of those that do


def body_size(lines: Lines) -> float:
    """Return the size of most characters."""
    if not len(lines.size):
        return 0.0
    sizes, places = np.unique(np.round(lines.size, 1), return_inverse=True)
    return float(sizes[np.argmax(np.bincount(places, weights=lines.last - lines.first))])


def edges(lines: Lines, texts: list[str], bottoms: Floats, tops: Floats) -> Edges:
    """Return the lines at the edges of pages, given the bottom and top of every page."""
    found, columns = _places(lines, len(bottoms))
    shapes = [_DIGITS.sub("0", texts[index]) for index in found]
    again, first = _repeated(lines, found, shapes)
    body = max(body_size(lines), 1.0)
    page = lines.page[found]
    height = np.maximum(tops - bottoms, 1)[page]
    lefts, rights = _margins(lines, len(bottoms))
    width = np.maximum(rights - lefts, 1)[page]
    pages = len(np.unique(lines.page))
    some = [texts[index] for index in found]
    features = np.column_stack(
        [
            (tops[page] - lines.y[found]) / height,
            (tops[page] - lines.y[found]) / body,
            (lines.y[found] - bottoms[page]) / body,
            *columns.T,
            lines.size[found] / body,
            (lines.right[found] - lines.left[found]) / width,
            (lines.left[found] - lefts[page]) / width,
            (rights[page] - lines.right[found]) / width,
            [min(len(text), _LONG) for text in some],
            [sum(map(str.isdigit, text)) / max(1, len(text)) for text in some],
            [_PAGE.fullmatch(text) is not None for text in some],
            [_NOTICE.search(text) is not None for text in some],
            again if pages > 1 else np.full(len(found), -1),
            np.full(len(found), min(pages, 10)),
            lines.ends[found],
            lines.lower[found],
            lines.marker[found],
            lines.cells[found],
            lines.hyphen[found],
        ]
    ).astype(np.float32)
    return Edges(found, features, again, first)


def _margins(lines: Lines, pages: int) -> tuple[Floats, Floats]:
    lefts, rights = np.full(pages, np.inf, np.float32), np.full(pages, -np.inf, np.float32)
    np.minimum.at(lefts, lines.page, lines.left)
    np.maximum.at(rights, lines.page, lines.right)
    return lefts, rights


def _places(lines: Lines, pages: int) -> tuple[Places, Floats]:
    """Return the lines at the edges, and of each its rank and distances.

    Columns: the rank from the top and from the bottom, up to 9; how far the next line is above and below, in heights;
    how many lines the page has; and how far along the stream of the page it stands, from 0 to 1.
    """
    starts = np.searchsorted(lines.page, np.arange(pages + 1))
    found, rows = [], []
    for begin, end in pairwise(starts.tolist()):
        count = end - begin
        if not count:
            continue
        order = begin + np.argsort(-lines.y[begin:end], kind="stable")
        heights, ranks = lines.y[order].tolist(), np.argsort(np.argsort(lines.stream[begin:end])) / max(1, count - 1)
        chosen = range(count) if count <= HEAD + FOOT else (*range(HEAD), *range(count - FOOT, count))
        for at in chosen:
            line = int(order[at])
            size = max(float(lines.size[line]), 1.0)
            above = _next(heights, at, -1, size)
            below = _next(heights, at, 1, size)
            found.append(line)
            rows.append((min(at, 9), min(count - 1 - at, 9), above, below, min(count, 60), float(ranks[line - begin])))
    return np.array(found, np.int64), np.array(rows, np.float32).reshape(-1, 6)


def _next(heights: list[float], at: int, step: int, size: float) -> float:
    """Return how far the next line on another row is, in heights, up to 20."""
    other = at + step
    while 0 <= other < len(heights):
        distance = abs(heights[other] - heights[at]) / size
        if distance > 0.3:
            return min(distance, 20.0)
        other += step
    return 20.0


def _repeated(lines: Lines, found: Places, shapes: list[str]) -> tuple[Mask, Mask]:
    seen: dict[str, list[tuple[int, float, int]]] = defaultdict(list)
    for at, (line, shape) in enumerate(zip(found.tolist(), shapes, strict=True)):
        if len(shape) <= _LONG and (len(shape) < 12 or any(map(str.isalpha, shape))):
            seen[shape].append((int(lines.page[line]), float(lines.y[line]), at))
    again, first = np.zeros(len(shapes), np.bool_), np.zeros(len(shapes), np.bool_)
    for places in seen.values():
        if len(places) < 2:
            continue
        for position, (page, y, at) in enumerate(places):
            near = places[max(0, position - 8) : position + 9]
            again[at] = any(
                other != page and abs(other - page) <= _WINDOW and abs(y - height) < _SAME for other, height, _ in near
            )
            first[at] = position == 0
    return again, first
