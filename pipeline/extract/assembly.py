"""The kept blocks of a page as the text a model should see: lines, list items, table rows, code with its spaces."""

import html
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.characters import HYPHEN, NINE, SPACE, ZERO, is_letter
from pipeline.extract.markup import SPACE_BREAK, Outline
from pipeline.extract.tags import CELL, TAGS
from shards.compiled import compiled, inner

LI = TAGS["li"]
OL = TAGS["ol"]
TR = TAGS["tr"]
PRE = TAGS["pre"]
DEEPEST = 12  # lists in lists that are told apart
NEWLINE, BAR, COMMA = (ord(mark) for mark in "\n|,")
MOST_EMPTY = 8  # cells without text that are written before one that has some
LONGEST_LINE = 160  # bytes of a row of several cells that is written in one line, lists and tables in its cells too


def assembled(markup: npt.NDArray[np.uint8], page: Outline, kept: npt.NDArray[np.bool_]) -> str:
    """Return the text of the kept blocks."""
    text = _assembled(markup, page, kept).tobytes().decode("utf-8", "replace")
    return html.unescape(text) if "&" in text else text


def all_text(markup: npt.NDArray[np.uint8], page: Outline) -> str:
    """Return the text of every block, a line for each piece between tags."""
    text = _all_text(markup, page.run_start, page.run_end).tobytes().decode("utf-8", "replace")
    return html.unescape(text) if "&" in text else text


@compiled
def _all_text(
    markup: npt.NDArray[np.uint8], starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]
) -> npt.NDArray[np.uint8]:
    out, at = np.empty(len(markup) + len(starts), np.uint8), 0
    for run in range(len(starts)):
        if starts[run] >= 0:
            for source in range(starts[run], ends[run]):
                out[at] = markup[source]
                at += 1
            out[at] = NEWLINE
            at += 1
    return out[:at].copy()


class _Around(NamedTuple):
    """Of each element, the nearest list item, cell and row that it is or is in, and whether it is preformatted.

    Of items, in how many lists they are, and which of an ordered one (0: of one without an order). In a row of one line
    there is no other row or cell; `column` is which of its cells one is.
    """

    item: npt.NDArray[np.int32]
    lists: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    cell: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    column: npt.NDArray[np.int32]
    pre: npt.NDArray[np.bool_]
    one_line: npt.NDArray[np.bool_]


@compiled
def _assembled(
    markup: npt.NDArray[np.uint8], page: Outline, kept: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:  # one pass
    around = _around(page, _of_one_line(page, kept))
    begun = np.zeros(len(page.tag), np.bool_)  # items of which something is written
    out = np.zeros(_most(page, kept), np.uint8)
    at, last = 0, 0  # the element of the block before; 0, the root, is in no list and no table
    for block in range(len(kept)):
        if not kept[block]:
            continue
        element = page.block_element[block]
        row, cell, item = around.row[element], around.cell[element], around.item[element]
        in_line = around.one_line[row]
        same_row, same_cell = row > 0 and row == around.row[last], cell == around.cell[last]
        if at > 0:
            at = _parted(out, at, same_row and (in_line or not same_cell), same_cell)
        if in_line and not same_cell:
            first = around.column[around.cell[last]] + 1 if same_row else 0
            at = _empty(out, at, min(around.column[cell] - first, MOST_EMPTY))
        if item > 0 and not begun[item] and cell <= item and not in_line:
            begun[item] = True
            at = _marked(out, at, min(around.lists[item] - 1, DEEPEST), around.number[item])
        at, last = _written(markup, page, block, around.pre[element], in_line, out, at), element
    return out[:at]


@compiled
def _of_one_line(page: Outline, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return, per element, whether it is a row of several cells that a line holds: little text, and no code."""
    elements = len(page.tag)
    row, cell = np.zeros(elements, np.int32), np.zeros(elements, np.int32)
    size, cells, code = np.zeros(elements, np.int32), np.zeros(elements, np.int32), np.zeros(elements, np.bool_)
    for element in range(1, elements):
        up, tag = page.parent[element], page.tag[element]
        row[element] = element if tag == TR else row[up]
        cell[element] = element if CELL[tag] else cell[up]
        code[row[element]] |= tag == PRE
    held = np.zeros(elements, np.bool_)  # cells of which something is kept
    rows = np.zeros(elements, np.int32)  # in the cells of a row; as many as it has cells are tables side by side
    for block in range(len(kept)):
        element = page.block_element[block]
        if kept[block]:
            held[cell[element]] = True
            for run in range(page.first_run[block], page.first_run[block + 1]):
                size[row[element]] += page.run_end[run] - page.run_start[run]
    one_line = np.zeros(elements, np.bool_)
    for element in range(elements - 1, 0, -1):  # what is in a row in a cell is in the cells and rows around it
        up = page.parent[element]
        if CELL[page.tag[element]] and held[element]:
            cells[row[element]] += 1
            held[cell[up]] = True
        elif page.tag[element] == TR:
            one_line[element] = (
                cells[element] > max(1, rows[element]) and size[element] <= LONGEST_LINE and not code[element]
            )
            size[row[up]] += size[element]
            rows[row[up]] += 1 + rows[element]
            code[row[up]] |= code[element]
    return one_line


@compiled
def _around(page: Outline, one_line: npt.NDArray[np.bool_]) -> _Around:
    elements = len(page.tag)
    item, cell, row = np.zeros(elements, np.int32), np.zeros(elements, np.int32), np.zeros(elements, np.int32)
    lists, number, items = np.zeros(elements, np.int32), np.zeros(elements, np.int32), np.zeros(elements, np.int32)
    column, columns = np.zeros(elements, np.int32), np.zeros(elements, np.int32)
    pre = np.zeros(elements, np.bool_)
    for element in range(1, elements):
        up, tag = page.parent[element], page.tag[element]
        item[element] = element if tag == LI else item[up]
        lists[element] = lists[up] + (tag == LI)
        if tag == OL and page.number[element] > 0:
            items[element] = page.number[element] - 2
        if tag == LI and page.tag[up] == OL:
            items[up] = page.number[element] - 1 if page.number[element] > 0 else items[up] + 1
            number[element] = items[up]
        in_line = one_line[row[up]]
        row[element] = element if tag == TR and not in_line else row[up]
        cell[element] = element if CELL[tag] and not (in_line and cell[up] > row[up]) else cell[up]
        if cell[element] == element and one_line[row[element]]:
            column[element] = columns[row[element]]
            columns[row[element]] += 1
        pre[element] = tag == PRE or pre[up]
    return _Around(item, lists, number, cell, row, column, pre, one_line)


@inner
def _parted(out: npt.NDArray[np.uint8], at: int, in_line: bool, same_cell: bool) -> int:
    """Write what parts a block from the one before; return where it ends."""
    if not in_line:
        out[at] = NEWLINE
        return at + 1
    if not same_cell:
        out[at], out[at + 1], out[at + 2] = SPACE, BAR, SPACE
        return at + 3
    last = out[at - 1]
    if is_letter(last) or ZERO <= last <= NINE:
        out[at] = COMMA
        at += 1
    out[at] = SPACE
    return at + 1


@inner
def _empty(out: npt.NDArray[np.uint8], at: int, cells: int) -> int:
    """Write so many cells that hold nothing, so that what follows stays in its column; return where they end."""
    for _ in range(cells):
        out[at], out[at + 1] = BAR, SPACE
        at += 2
    return at


@inner
def _marked(out: npt.NDArray[np.uint8], at: int, deeper: int, number: int) -> int:
    """Write the mark of a list's item, two spaces further in for each list around it; return where it ends."""
    for _ in range(2 * deeper):
        out[at] = SPACE
        at += 1
    if number == 0:
        out[at], out[at + 1] = HYPHEN, SPACE
        return at + 2
    digits = 1
    while number >= 10**digits:
        digits += 1
    for place in range(digits):
        out[at + digits - 1 - place] = ZERO + number // 10**place % 10
    out[at + digits], out[at + digits + 1] = 46, SPACE
    return at + digits + 2


@inner
def _most(page: Outline, kept: npt.NDArray[np.bool_]) -> int:
    """Return how many bytes the text has at most."""
    size = 0
    for block in range(len(kept)):
        if kept[block]:
            size += 2 * DEEPEST + 2 * MOST_EMPTY + 16
            for run in range(page.first_run[block], page.first_run[block + 1]):
                size += page.run_end[run] - page.run_start[run] + 1
    return size


@inner
def _written(
    markup: npt.NDArray[np.uint8],
    page: Outline,
    block: int,
    pre: bool,
    in_line: bool,
    out: npt.NDArray[np.uint8],
    at: int,
) -> int:
    """Write the runs of a block, with white space as a browser shows it, and return where its text ends."""
    begun, pending = False, False
    for run in range(page.first_run[block], page.first_run[block + 1]):
        start, end = page.run_start[run], page.run_end[run]
        if start == SPACE_BREAK or (start < 0 and in_line):
            pending = begun
            continue
        if start < 0:
            if begun:
                out[at] = NEWLINE
                at += 1
            pending = False
            continue
        for source in range(start, end):
            byte = markup[source]
            if pre:
                if begun or byte != NEWLINE:
                    out[at] = byte
                    at += 1
                    begun = True
            elif byte <= SPACE:
                pending = begun
            else:
                if pending and out[at - 1] != NEWLINE:
                    out[at] = SPACE
                    at += 1
                out[at] = byte
                at += 1
                begun, pending = True, False
    while at > 0 and out[at - 1] <= SPACE:
        at -= 1
    return at
