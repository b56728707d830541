"""Where a paragraph begins: of every line, whether it goes on with the one before it.

A line that could have taken the first word of the next and did not is the last of its paragraph. That, indents,
distances and sizes decide within a column; from column to column and page to page a paragraph goes on where its last
line is full and ends no sentence, and the next is not indented.
"""

import numpy as np
import numpy.typing as npt

from pipeline.pdf.lines import Lines
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

NEW, ROW, ON = 0, 1, 2  # a paragraph begins; a row of the same table; the paragraph goes on
_SIZES = 0.12  # by how much the sizes of a paragraph's lines may differ
_INDENT = 0.7  # heights
_SPREAD = 1.28  # times the usual distance between lines
_TITLES = 1.6  # the same, of lines that are larger than the body's
_SHORT = 0.25  # of the column's width
_AROUND = 60  # lines above and below that say where a column ends
_FITS = 1.05  # times the width of a word


@compiled
def continued(lines: Lines, order: Places, body: float) -> npt.NDArray[np.int8]:
    """Return, for each line of the order, whether it goes on: `NEW`, `ROW` or `ON`."""
    count = len(order)
    out = np.zeros(count, np.int8)
    starts, ends = _edges(lines, order)
    leadings = _leadings(lines, order)
    for at in range(1, count):
        a, b = order[at - 1], order[at]
        if lines.row[a] or lines.row[b]:
            same = lines.row[a] and lines.row[b] and lines.page[a] == lines.page[b]
            out[at] = ROW if same else NEW
        elif abs(lines.size[a] - lines.size[b]) > _SIZES * lines.size[a] or lines.marker[b]:
            continue
        elif lines.hyphen[a] and lines.lower[b]:
            out[at] = ON
        elif lines.page[a] != lines.page[b] or lines.region[a] != lines.region[b] or lines.y[b] > lines.y[a]:
            out[at] = ON if _over(lines, a, b, starts[at - 1], ends[at - 1], starts[at]) else NEW
        else:
            c = order[at + 1] if at + 1 < count else b
            spread = (_TITLES if lines.size[a] > 1.15 * body else _SPREAD) * leadings[at]
            goes_on = _within(lines, a, b, c, starts[at - 1], ends[at - 1], spread, out[at - 1] != ON)
            out[at] = ON if goes_on else NEW
    return out


@inner
def _over(lines: Lines, a: int, b: int, start: float, end: float, next_start: float) -> bool:
    """Return whether a paragraph goes on from the last line of a column, from `start` to `end`, to the next's first.

    A line that stands in the middle of its column is a title's; lines of an item of a list are indented in both.
    """
    sign = -1.0 if lines.rtl[a] and lines.rtl[b] else 1.0
    a_start, a_end = _span(lines, a, sign)
    b_start, _ = _span(lines, b, sign)
    indent, before, after = _INDENT * lines.size[a], a_start - start, b_start - next_start
    room = end - a_end
    middle = min(before, room) > indent and abs(before - room) < lines.size[a]
    indented = after > indent and not lines.marker[a] and abs(after - before) > 0.3 * lines.size[a]
    return not (_fits(lines, a, b, room) or lines.ends[a] or middle or indented)


@inner
def _within(lines: Lines, a: int, b: int, c: int, start: float, end: float, spread: float, opens: bool) -> bool:
    """Return whether a paragraph goes on from `a` to `b` of the same column.

    `c` is the line after, or `b` if there is none; `opens` is whether `a` is the first line of its paragraph.
    """
    sign = -1.0 if lines.rtl[a] and lines.rtl[b] else 1.0
    a_start, a_end = _span(lines, a, sign)
    b_start, _ = _span(lines, b, sign)
    if lines.y[a] - lines.y[b] > spread:
        return False
    further = b_start - a_start > _INDENT * lines.size[a]
    indented = further and not lines.marker[a] and a_start - start < 0.3 * lines.size[a]
    if indented and not (c != b and _hangs(lines, b, c, sign)):
        return False
    room = end - a_end
    short = room > _SHORT * (end - start)
    if _fits(lines, a, b, room) and (lines.ends[a] or short or indented):
        return False
    outdented = a_start - b_start > _INDENT * lines.size[a] and not opens
    return not (outdented and lines.ends[a])


@inner
def _fits(lines: Lines, a: int, b: int, room: float) -> bool:
    """Return whether the first word of `b` would have had room behind `a`."""
    return bool(room > _FITS * lines.word[b] + 0.2 * lines.size[a])


@inner
def _span(lines: Lines, line: int, sign: float) -> tuple[float, float]:
    """Return where a line starts and ends in the direction of its text."""
    if sign > 0:
        return float(lines.left[line]), float(lines.right[line])
    return -float(lines.right[line]), -float(lines.left[line])


@inner
def _hangs(lines: Lines, b: int, c: int, sign: float) -> bool:
    """Return whether the line after an indented one is indented as far: not the first line of a paragraph then."""
    b_start, _ = _span(lines, b, sign)
    c_start, _ = _span(lines, c, sign)
    near = lines.page[b] == lines.page[c] and lines.region[b] == lines.region[c]
    return bool(near and abs(b_start - c_start) < 0.3 * lines.size[b] and not lines.ends[b])


@compiled
def _edges(lines: Lines, order: Places) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return, for each line of the order, where its column starts and ends, in the direction of its text.

    A column's lines of one size say where it ends: titles over several columns, which no gutter may divide, are larger.
    What stands beside a line, in the margin of a page, is of another column.
    """
    count = len(order)
    starts, ends = np.zeros(count, np.float32), np.zeros(count, np.float32)
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and _same_column(lines, order[end - 1], order[end]):
            end += 1
        for at in range(begin, end):
            line = order[at]
            low, high = lines.left[line], lines.right[line]
            for near in range(max(begin, at - _AROUND), min(end, at + _AROUND + 1)):
                other = order[near]
                beside = lines.left[other] >= lines.right[line] or lines.right[other] <= lines.left[line]
                if not beside and abs(lines.size[other] - lines.size[line]) <= _SIZES * lines.size[line]:
                    low, high = min(low, lines.left[other]), max(high, lines.right[other])
            starts[at], ends[at] = (-high, -low) if lines.rtl[line] else (low, high)
        begin = end
    return starts, ends


@inner
def _same_column(lines: Lines, a: int, b: int) -> bool:
    """Return whether a line goes on below another, in its region of the page."""
    same = lines.page[a] == lines.page[b] and lines.region[a] == lines.region[b]
    return bool(same and lines.y[b] < lines.y[a] + lines.size[a])


@compiled
def _leadings(lines: Lines, order: Places) -> npt.NDArray[np.float32]:
    """Return, for each line of the order, how far the lines around it usually stand apart."""
    count = len(order)
    gaps = np.zeros(count, np.float32)
    for at in range(1, count):
        a, b = order[at - 1], order[at]
        same = lines.page[a] == lines.page[b] and lines.region[a] == lines.region[b]
        alike = abs(lines.size[a] - lines.size[b]) <= _SIZES * lines.size[a]
        gap = lines.y[a] - lines.y[b]
        if same and alike and 0.5 * lines.size[a] < gap < 3 * lines.size[a]:
            gaps[at] = gap / lines.size[a]
    known = gaps[gaps > 0]
    usual = float(np.median(known)) if len(known) else 1.3
    out = np.zeros(count, np.float32)
    for at in range(count):
        near = gaps[max(0, at - 12) : at + 13]
        near = near[near > 0]
        here = float(np.median(near)) if len(near) > 4 else usual
        out[at] = max(0.9, here) * lines.size[order[at]]
    return out


@compiled
def notes(lines: Lines, bottoms: npt.NDArray[np.float32], tops: npt.NDArray[np.float32], body: float) -> Mask:
    """Return which lines are notes: small, at the foot of a column, with nothing but notes behind them."""
    count = len(lines.page)
    out = np.zeros(count, np.bool_)
    open_ = True
    for back in range(count):
        at = count - 1 - back
        if back and (lines.page[at] != lines.page[at + 1] or lines.region[at] != lines.region[at + 1]):
            open_ = True
        place = (lines.y[at] - bottoms[lines.page[at]]) / max(1.0, tops[lines.page[at]] - bottoms[lines.page[at]])
        open_ = open_ and lines.size[at] < 0.93 * body and place < 0.5 and not lines.row[at]
        out[at] = open_
    return out
