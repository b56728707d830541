"""Lines of a page in the order in which they are read, and what their first and last characters say of them.

A line is a fragment, or several that stand on one row: the cells of a table.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.text.characters import ALPHABETIC, LOWER, NUMBER, SYMBOL, TERMINAL, UNSPACED
from pipeline.pdf.characters import REPLACEMENT
from pipeline.pdf.fragments import Fragments
from pipeline.pdf.order import Reading
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

TAB = 9
_IDEOGRAPHS = 0x2E80  # from here on, lines are divided between any two characters
_UNMARKED = 9  # characters: words of Thai, Lao and Khmer, which no space ends, are shorter for the most part
_LEVEL = 0.45  # of a height: how far the baselines of cells may be apart
_ALIGNED = 1.0  # heights: how far the edges of cells in a column may be apart
_HYPHENS = (0x2D, 0x2010, 0xAD)
_BULLETS = (0x2022, 0x25AA, 0x25CF, 0x25E6, 0x2023, 0x25A0, 0x25CB, REPLACEMENT)  # • ▪ ● ◦ ‣ ■ ○
_DASHES = (0x2D, 0x2013, 0x2014, 0x2A, 0xB7)  # - – — * ·


class Lines(NamedTuple):
    """Lines of a page, or of a document one page after the other."""

    text: npt.NDArray[np.int32]  # code points of all lines; tabs stand between cells
    first: Places  # of each line, in `text`
    last: Places
    page: npt.NDArray[np.int32]
    region: npt.NDArray[np.int32]  # the column of the page
    left: npt.NDArray[np.float32]
    right: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]
    size: npt.NDArray[np.float32]
    word: npt.NDArray[np.float32]  # the width of its first word
    cells: npt.NDArray[np.int32]
    row: Mask  # whether it is a row of a table
    rtl: Mask
    ends: Mask  # whether it ends a sentence
    hyphen: Mask  # whether it ends in a letter and a hyphen
    marker: Mask  # whether it begins as an item of a list does
    lower: Mask  # whether it begins with a small letter
    stream: npt.NDArray[np.int32]


def together(pages: Sequence[Lines]) -> Lines:
    """Return the lines of all pages as one."""
    starts = np.cumsum([0, *(len(page.text) for page in pages)])
    columns = [np.concatenate([page[column] for page in pages]) for column in range(len(Lines._fields))]
    moved = np.repeat(starts[:-1], [len(page.first) for page in pages])
    return Lines(columns[0], columns[1] + moved, columns[2] + moved, *columns[3:])


@compiled
def lines(number: int, page: Fragments, reading: Reading, properties: npt.NDArray[np.uint16]) -> Lines:
    """Return the lines of the page of this number."""
    order = reading.order
    count = len(order)
    rows = np.zeros(count + 1, np.int64)  # where in `order` each row begins
    found = 0
    for at in range(count):
        if at == 0 or not _beside(page, reading, order[at - 1], order[at]):
            rows[found] = at
            found += 1
    rows[found] = count
    out = Lines(
        np.zeros(len(page.text) + count, np.int32),
        np.zeros(found, np.int64),
        np.zeros(found, np.int64),
        np.full(found, number, np.int32),
        np.zeros(found, np.int32),
        np.zeros(found, np.float32),
        np.zeros(found, np.float32),
        np.zeros(found, np.float32),
        np.zeros(found, np.float32),
        np.zeros(found, np.float32),
        np.zeros(found, np.int32),
        np.zeros(found, np.bool_),
        np.zeros(found, np.bool_),
        np.zeros(found, np.bool_),
        np.zeros(found, np.bool_),
        np.zeros(found, np.bool_),
        np.zeros(found, np.bool_),
        np.zeros(found, np.int32),
    )
    length = 0
    for line in range(found):
        cells = order[rows[line] : rows[line + 1]]
        out.row[line] = len(cells) > 1 and (
            (line > 0 and _aligned(page, cells, order[rows[line - 1] : rows[line]]))
            or (line + 1 < found and _aligned(page, cells, order[rows[line + 1] : rows[line + 2]]))
            or len(cells) > 3
        )
        length = _fill(out, line, page, reading, cells, length, properties)
    return Lines(
        out.text[:length], out.first, out.last, out.page, out.region, out.left, out.right, out.y, out.size, out.word,
        out.cells, out.row, out.rtl, out.ends, out.hyphen, out.marker, out.lower, out.stream,
    )  # fmt: skip


@inner
def _beside(page: Fragments, reading: Reading, one: int, other: int) -> bool:
    """Return whether a fragment stands behind another on its row."""
    level = abs(page.y[one] - page.y[other]) < _LEVEL * max(page.size[one], page.size[other])
    slack = 0.3 * page.size[one]
    ltr = page.left[other] > page.right[one] - slack
    rtl = page.left[one] > page.right[other] - slack and (page.rtl[one] or page.rtl[other])
    return bool(level and (ltr or rtl) and reading.region[one] == reading.region[other])


@inner
def _aligned(page: Fragments, cells: Places, others: Places) -> bool:
    """Return whether a cell, other than the first, has an edge or its middle where one of another row has it."""
    if len(others) < 2:
        return False
    for at in range(1, len(cells)):
        one = cells[at]
        slack = _ALIGNED * page.size[one]
        for to in range(1, len(others)):
            other = others[to]
            left, right = page.left[one] - page.left[other], page.right[one] - page.right[other]
            if min(abs(left), abs(right), abs(left + right) / 2) < slack:
                return True
    return False


@inner
def _fill(
    out: Lines,
    line: int,
    page: Fragments,
    reading: Reading,
    cells: Places,
    length: int,
    properties: npt.NDArray[np.uint16],
) -> int:
    out.first[line] = length
    left, right, size = np.float32(1e9), np.float32(-1e9), np.float32(0)
    for at in range(len(cells)):
        cell = cells[at]
        if at:
            out.text[length] = TAB if out.row[line] else 32
            length += 1
        for place in range(page.first[cell], page.last[cell]):
            out.text[length] = page.text[place]
            length += 1
        left, right = min(left, page.left[cell]), max(right, page.right[cell])
        if page.size[cell] > size:
            size, out.y[line] = page.size[cell], page.y[cell]
        out.rtl[line] = out.rtl[line] or bool(page.rtl[cell])
    out.last[line] = length
    out.left[line], out.right[line], out.size[line] = left, right, size
    out.region[line], out.cells[line], out.stream[line] = reading.region[cells[0]], len(cells), page.stream[cells[0]]
    text = out.text[out.first[line] : length]
    out.word[line] = (right - left) * _word(text, properties) / max(1, len(text))
    out.ends[line] = _ends_sentence(text, properties)
    out.hyphen[line] = len(text) > 1 and text[-1] in _HYPHENS and bool(properties[text[-2]] & (ALPHABETIC | NUMBER))
    out.marker[line] = is_item(text, properties)
    out.lower[line] = len(text) > 0 and bool(properties[text[0]] & LOWER)
    return length


@inner
def _word(text: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> int:
    """Return how many characters could not be left behind on the line before."""
    for at in range(len(text)):
        code = text[at]
        if code == 32 or code == TAB:
            return at
        if properties[code] & UNSPACED:
            return at + 1 if code >= _IDEOGRAPHS else min(at + _UNMARKED, len(text))
    return len(text)


@inner
def _ends_sentence(text: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> bool:
    """Return whether a text ends with a mark that ends sentences, or a colon; quotes and note numbers may follow."""
    at = len(text) - 1
    while at > 0 and len(text) - at < 5:
        code = text[at]
        if properties[code] & TERMINAL or code == 0x3A or code == 0xFF1A or code == 0x3B or code == 0x2026:
            return True
        if not (properties[code] & (NUMBER | SYMBOL)) or code == 0x2C or code == 0x2D:
            return False
        at -= 1
    return False


@inner
def is_item(text: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> bool:
    """Return whether a line begins with a bullet, or a number or letter with a mark, and a space."""
    count = len(text)
    if count < 2:
        return False
    first = text[0]
    if text[1] == 32 or text[1] == TAB:
        if first in _BULLETS or first in _DASHES:
            return True
    elif first in _BULLETS:
        return True
    at = 1 if first == 40 else 0  # an opening bracket
    digits = at
    while digits < count and digits - at < 3 and properties[text[digits]] & NUMBER:
        digits += 1
    if digits == at:
        if not properties[text[at]] & ALPHABETIC:
            return False
        digits = at + 1
    if digits + 1 >= count:
        return False
    return bool(((text[digits] == 46 and at == 0) or text[digits] == 41) and (text[digits + 1] == 32))
