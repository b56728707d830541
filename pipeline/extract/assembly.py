"""The kept blocks of a page as the text a model should see: lines, list items, table rows, code with its spaces.

What has no words is left out: list items of a lone bullet, the numbers of the lines beside code. Links that stand side
by side without a space are parted by one, if their letters would run together.
"""

import html
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.extract.markup import Outline
from pipeline.extract.tags import CELL, TAGS
from shards.compiled import compiled

LI: Final = TAGS["li"]
TR: Final = TAGS["tr"]
PRE: Final = TAGS["pre"]
NEWLINE: Final = 10
SPACE: Final = 32


def assembled(markup: npt.NDArray[np.uint8], page: Outline, kept: npt.NDArray[np.bool_]) -> str:
    """Return the text of the kept blocks."""
    text = _assembled(markup, page, kept).tobytes().decode("utf-8", "replace")
    return html.unescape(text) if "&" in text else text


@compiled
def _assembled(
    markup: npt.NDArray[np.uint8], page: Outline, kept: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:  # one pass
    elements = len(page.tag)
    item = np.zeros(elements, np.int32)  # the nearest list item, cell, row and preformatted element of each
    cell = np.zeros(elements, np.int32)
    row = np.zeros(elements, np.int32)
    pre = np.zeros(elements, np.bool_)
    for element in range(1, elements):
        up, tag = page.parent[element], page.tag[element]
        item[element] = element if tag == LI else item[up]
        cell[element] = element if CELL[tag] else cell[up]
        row[element] = element if tag == TR else row[up]
        pre[element] = tag == PRE or pre[up]
    kept = kept.copy()
    size = 0
    for block in range(len(kept)):
        if kept[block]:
            element = page.block_element[block]
            kept[block] = not (
                (pre[element] and _numbers_lines(markup, page, block))
                or (item[element] > 0 and cell[element] <= item[element] and _is_bullet(markup, page, block))
            )
        if kept[block]:
            size += 8
            for run in range(page.first_run[block], page.first_run[block + 1]):
                size += page.run_end[run] - page.run_start[run] + 1
    out = np.zeros(size, np.uint8)
    at, last_item, last_cell, last_row = 0, 0, 0, 0
    for block in range(len(kept)):
        if not kept[block]:
            continue
        element = page.block_element[block]
        if at > 0:
            same_row = row[element] > 0 and row[element] == last_row and cell[element] != last_cell
            if same_row:
                out[at], out[at + 1], out[at + 2] = SPACE, 124, SPACE
                at += 3
            else:
                out[at] = NEWLINE
                at += 1
        if item[element] > 0 and item[element] != last_item and cell[element] <= item[element]:
            out[at], out[at + 1] = 45, SPACE
            at += 2
        last_item, last_cell, last_row = item[element], cell[element], row[element]
        begun, pending, linked_to = False, False, -1
        for run in range(page.first_run[block], page.first_run[block + 1]):
            start, end = page.run_start[run], page.run_end[run]
            if start < 0:
                if begun:
                    out[at] = NEWLINE
                    at += 1
                pending, linked_to = False, -1
                continue
            if page.run_linked[run] and linked_to >= 0 and not (pre[element] or pending):
                pending = _joins_links(markup, linked_to, start)
            linked_to = end if page.run_linked[run] else -1
            for source in range(start, end):
                byte = markup[source]
                if pre[element]:
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
    return out[:at]


@compiled
def _is_bullet(markup: npt.NDArray[np.uint8], page: Outline, block: int) -> bool:
    """Return whether a block is one of · • – — * - | and nothing else."""
    sign, width = np.uint32(0), 0
    for run in range(page.first_run[block], page.first_run[block + 1]):
        for at in range(max(page.run_start[run], 0), max(page.run_end[run], 0)):
            if markup[at] > SPACE:
                sign = np.uint32(sign << 8 | markup[at])
                width += 1
                if width > 3:
                    return False
    return sign in (0xC2B7, 0xE280A2, 0xE28093, 0xE28094, 42, 45, 124)


@compiled
def _numbers_lines(markup: npt.NDArray[np.uint8], page: Outline, block: int) -> bool:
    """Return whether a block is three or more numbers, each by one more than the one before, and nothing else."""
    numbers, last, number, digits = 0, 0, 0, 0
    for run in range(page.first_run[block], page.first_run[block + 1]):
        start, end = page.run_start[run], page.run_end[run]
        for at in range(start, end + 1) if start >= 0 else range(1):
            byte = markup[at] if start >= 0 and at < end else np.uint8(SPACE)
            if 48 <= byte <= 57 and digits < 7:
                number = 10 * number + int(byte) - 48
                digits += 1
            elif byte > SPACE:
                return False
            elif digits > 0:
                if numbers > 0 and number != last + 1:
                    return False
                numbers, last, number, digits = numbers + 1, number, 0, 0
    return numbers > 2


@compiled
def _joins_links(markup: npt.NDArray[np.uint8], end: int, start: int) -> bool:
    """Return whether a link ends between two runs of text whose letters, of scripts with spaces, would run together."""
    if not (_is_spaced(markup, end - 1) and _is_spaced(markup, start)):
        return False
    for at in range(end, start - 2):
        if markup[at] == 60 and markup[at + 1] == 47 and markup[at + 2] | 32 == 97 and not _is_spaced(markup, at + 3):
            return True
    return False


@compiled
def _is_spaced(markup: npt.NDArray[np.uint8], at: int) -> bool:
    """Return whether a letter stands or ends here: ASCII, or of two bytes (Latin, Greek, Cyrillic, Arabic …)."""
    byte = markup[at]
    if 0x80 <= byte < 0xC0:
        byte = markup[at - 1]
    return bool(97 <= (byte | 32) <= 122 or 0xC3 <= byte < 0xE0)
