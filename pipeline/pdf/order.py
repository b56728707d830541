"""The order in which the fragments of a page are read: that of the content stream, unless it is proved to be another.

A page is cut along gutters, stripes that few fragments cross; what crosses one cuts the columns beside it in bands
(XY-cut: Nagy and Seth 1984). The regions that are left are the columns of the page. Most programs write column by
column, and know better than any rule what follows what, so the cuts decide the order only where the stream goes from
one side of a gutter to the other again and again, or upwards within a column.
"""

from typing import NamedTuple

import numpy as np

from pipeline.pdf.fragments import Fragments
from shards.arrays import Places
from shards.compiled import compiled, inner

_MARGIN = 0.2  # of the width of the text, on either side, in which no gutter is looked for
_NARROWEST = 0.5  # heights: of a gutter
_FEWEST = 4  # fragments on either side of a gutter
_WIDTH = 0.22  # of the width of the text: what the fragments beside a gutter have at least, on average
_BESIDE = 0.25  # of the height of the lower column: how far the columns must stand beside each other
_CROSSING = 0.8  # times the fragments of the smaller side: how many may cross
_DEPTH = 3
_SWITCHES, _SWITCHED = 3, 0.35  # from side to side, of fragments of the smaller side, that are still in order
_RISES, _RISEN = 2, 0.12  # upwards, of all fragments


class Reading(NamedTuple):
    """The fragments of a page in the order in which they are read, and the region, from 0, that each of them is in."""

    order: Places
    region: Places  # of each fragment, by its place in the stream


@compiled
def reading_order(page: Fragments) -> Reading:
    """Return the order of the fragments of a page."""
    count = len(page.first)
    regions = np.zeros(count, np.int64)
    members = np.arange(count)
    rtl = bool(2 * np.sum(page.rtl) > count)
    cuts = _cut(page, members, regions, rtl)
    if _is_out_of_order(page, rtl):
        return Reading(cuts, regions)
    return Reading(np.arange(count), regions)


@compiled
def _is_out_of_order(page: Fragments, rtl: bool) -> bool:
    count = len(page.first)
    rises, pairs = 0, 0
    for index in range(1, count):
        overlap = min(page.right[index], page.right[index - 1]) - max(page.left[index], page.left[index - 1])
        width = min(page.right[index] - page.left[index], page.right[index - 1] - page.left[index - 1])
        pairs += 1
        if overlap > 0.3 * width and page.y[index] > page.y[index - 1] + 0.5 * page.size[index]:
            rises += 1
    if rises > max(_RISES, _RISEN * pairs):
        return True
    members = np.arange(count)
    left, right = _gutter(page, members)
    if right <= left:
        return False
    last, switches = 0, 0
    sides = np.zeros(3, np.int64)
    for index in range(count):
        side = _side(page, index, left, right)
        sides[side] += 1
        if side and last and side != last:
            switches += 1
        if side:
            last = side
    return bool(switches > max(_SWITCHES, _SWITCHED * min(sides[1], sides[2])))


@inner
def _side(page: Fragments, index: int, left: float, right: float) -> int:
    """Return on which side of a gutter a fragment is: 1 or 2, or 0 if it crosses."""
    middle = (left + right) / 2
    if page.right[index] <= middle:
        return 1
    return 2 if page.left[index] >= middle else 0


@compiled
def _cut(page: Fragments, members: Places, regions: Places, rtl: bool) -> Places:
    """Write the region of every member, and return the members in the order of the cuts."""
    order = np.zeros(len(members), np.int64)
    done, region = 0, 0
    # What is still to be cut, the next at the end: members[begin:end], and how deep the cut is.
    begins, ends, depths = [0], [len(members)], [0]
    spare = np.zeros(len(members), np.int64)
    while len(begins) > 0:
        begin, end, depth = begins.pop(), ends.pop(), depths.pop()
        some = members[begin:end]
        left, right = _gutter(page, some) if depth < _DEPTH else (0.0, 0.0)
        if right <= left:
            _in_rows(page, some, rtl)
            for index in some:
                order[done], regions[index] = index, region
                done += 1
            region += 1
            continue
        parts = _bands(page, some, spare[begin:end], left, right, rtl)
        for part in range(len(parts) - 2, -1, -1):
            first, crosses = parts[part]
            if parts[part + 1][0] > first:
                begins.append(begin + first)
                ends.append(begin + parts[part + 1][0])
                depths.append(_DEPTH if crosses else depth + 1)
    return order


@compiled
def _bands(page: Fragments, some: Places, spare: Places, left: float, right: float, rtl: bool) -> list[tuple[int, int]]:
    """Sort members into bands, and within a band into columns and what crosses; return where the parts begin.

    Beside each beginning stands whether its members cross the gutter; the last is the end of all.
    """
    keys = np.zeros(len(some), np.int64)
    for at in range(len(some)):
        side = _side(page, some[at], left, right)
        above = 0
        for other in some:
            if _side(page, other, left, right) == 0 and page.y[other] > page.y[some[at]]:
                above += 1
        part = 2 if side == 0 else (side - 1 if not rtl else 2 - side)
        keys[at] = 3 * above + part
    order = np.argsort(keys, kind="mergesort")
    for at in range(len(some)):
        spare[at] = some[order[at]]
    some[:] = spare[: len(some)]
    parts = [(0, 0)]
    parts.pop()
    last = -1
    for at in range(len(some)):
        key = keys[order[at]]
        if last >= 0 and last % 3 == 2 and key % 3 == 2:  # one that crosses follows on another
            last = key
        if key != last:
            parts.append((at, 1 if key % 3 == 2 else 0))
        last = key
    parts.append((len(some), 0))
    return parts


@compiled
def _in_rows(page: Fragments, some: Places, rtl: bool) -> None:
    """Sort members from top to bottom, and those of a row in the direction of the script."""
    order = np.argsort(-page.y[some], kind="mergesort")
    sorted_ = some[order]
    begin = 0
    while begin < len(sorted_):
        first = sorted_[begin]
        end = begin + 1
        while end < len(sorted_) and page.y[first] - page.y[sorted_[end]] < 0.4 * max(
            page.size[first], page.size[sorted_[end]]
        ):
            end += 1
        row = sorted_[begin:end]
        places = -page.right[row] if rtl else page.left[row]
        some[begin:end] = row[np.argsort(places, kind="mergesort")]
        begin = end


@compiled
def _gutter(page: Fragments, some: Places) -> tuple[float, float]:
    """Return the left and right of the best gutter between members, or an empty one if there is none."""
    none = (0.0, 0.0)
    if len(some) < 2 * _FEWEST:
        return none
    low, high = page.left[some].min(), page.right[some].max()
    height = float(np.median(page.size[some]))
    width = int(high - low)
    if width < 8 * height or width > 20_000:
        return none
    cover = np.zeros(width + 2, np.int64)
    for index in some:
        cover[max(0, int(page.left[index] - low))] += 1
        cover[min(width + 1, int(page.right[index] - low) + 1)] -= 1
    cover = np.cumsum(cover)
    first, last = int(_MARGIN * width), int((1 - _MARGIN) * width)
    best, found = 0.0, none
    at = first
    while at < last:
        end = at
        while end < last and cover[end] == cover[at]:
            end += 1
        valley = (at == first or cover[at - 1] > cover[at]) and (end == last or cover[end] > cover[at])
        if valley and end - at >= _NARROWEST * height:
            score = _score(page, some, low + at, low + end, high - low, height)
            if score > best:
                best, found = score, (float(low + at), float(low + end))
        at = end
    return found


@compiled
def _score(page: Fragments, some: Places, left: float, right: float, width: float, height: float) -> float:
    """Return how good a gutter is; 0 if it is none."""
    counts, widths = np.zeros(3, np.int64), np.zeros(3, np.float64)
    lows, highs = np.full(3, 1e9), np.full(3, -1e9)
    for index in some:
        side = _side(page, index, left, right)
        counts[side] += 1
        widths[side] += page.right[index] - page.left[index]
        lows[side], highs[side] = min(lows[side], page.y[index]), max(highs[side], page.y[index])
    smaller = min(counts[1], counts[2])
    if smaller < _FEWEST or counts[0] >= _CROSSING * smaller:
        return 0.0
    if min(widths[1] / counts[1], widths[2] / counts[2]) < _WIDTH * width:
        return 0.0
    beside = min(highs[1], highs[2]) - max(lows[1], lows[2])
    if beside < _BESIDE * min(highs[1] - lows[1], highs[2] - lows[2]):
        return 0.0
    return float((smaller - counts[0]) * (1 + 0.1 * (right - left) / height))
