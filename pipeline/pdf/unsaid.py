"""What a page draws and pdfium's text leaves out: spaces with their places, and glyphs under a text that others have.

Skia's PDFs (of Chromium, of Android) draw each space as an object of its own, of which pdfium keeps at most a space
without a place; and of a cluster of several glyphs one has the text (`ActualText`) and the others none. Where glyphs
stand that have no characters, pdfium finds a gap, and takes it for one between words. So on pages with combining marks
or right-to-left letters the text objects without characters are asked for, and only spaces that are drawn are believed.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw as pdfium

from filters.text.characters import MARK
from pipeline.pdf.calls import (
    OBJECT,
    OBJECT_BOUNDS,
    OBJECT_OF,
    OBJECT_TYPE,
    address,
    addresses,
    bounds_of,
    handle_at,
    integer_of,
)
from pipeline.pdf.characters import SPACE, Characters, only
from pipeline.pdf.right_to_left import is_rtl
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

_TEXT = 1  # pdfium's FPDF_PAGEOBJ_TEXT
_LEVEL = 0.3  # heights: how far from its line's baseline a space may be
_GAP = 0.14  # heights: a gap that is no space is narrower than this
_SLACK = 0.25  # heights: by which the box of a letter may reach into a space
_MOST = 50_000  # objects that are looked at


def with_spaces(found: Characters, page: Any, text: Any, properties: npt.NDArray[np.uint16]) -> Characters:
    """Return the characters of a page with the spaces that are drawn, and without those that pdfium made up."""
    if found.quarter or not _is_concerned(found.codes, properties):
        return found
    count = min(pdfium.FPDFPage_CountObjects(page), _MOST)
    spaces = _drawn(addresses(), address(page), address(text), found, count)
    if not len(spaces):
        return found
    spaces = spaces[np.lexsort((spaces[:, 0], spaces[:, 1]))]
    return only(found, ~_made_up(found, spaces))._replace(spaces=spaces)


@compiled
def _is_concerned(codes: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> bool:
    concerned = False
    for code in codes:
        concerned = concerned or (code >= 0x300 and (bool(properties[code] & MARK) or is_rtl(code)))
    return concerned


@compiled
def _drawn(functions: Places, page: int, text: int, found: Characters, count: int) -> npt.NDArray[np.float32]:
    """Return the places of spaces without characters; other glyphs without any widen the character before them."""
    owners = np.zeros(len(found.codes), np.int64)
    for at in range(len(found.codes)):
        if not found.generated[at]:
            owners[at] = handle_at(functions[OBJECT_OF], text, found.place[at])
    order = np.argsort(owners, kind="mergesort")
    known = owners[order]
    box = np.zeros(4, np.float32)
    where = box.ctypes.data
    spaces = np.zeros((count, 2), np.float32)
    number, last = 0, -1
    for place in range(count):
        handle = handle_at(functions[OBJECT], page, place)
        if integer_of(functions[OBJECT_TYPE], handle) != _TEXT:
            continue
        behind = int(np.searchsorted(known, handle, side="right"))
        if behind and known[behind - 1] == handle:
            last = int(order[behind - 1])
            continue
        if not bounds_of(functions[OBJECT_BOUNDS], handle, where, where + 4, where + 8, where + 12):
            continue
        if box[2] - box[0] < 0.01:
            spaces[number, 0], spaces[number, 1] = box[0], box[1]
            number += 1
        elif last >= 0 and _stands_behind(found, last, box):
            found.right[last] = max(found.right[last], box[2])
    return spaces[:number]


@inner
def _stands_behind(found: Characters, last: int, box: npt.NDArray[np.float32]) -> bool:
    """Return whether a glyph without characters goes on where a left-to-right character ends."""
    size = found.size[last]
    level = abs(box[1] - found.y[last]) < size and not is_rtl(found.codes[last])
    return bool(level and box[2] > found.left[last] and box[0] < found.right[last] + _SLACK * size)


@compiled
def _made_up(found: Characters, spaces: npt.NDArray[np.float32]) -> Mask:
    """Return which spaces stand in no gap and where none is drawn."""
    out = np.zeros(len(found.codes), np.bool_)
    last = -1
    for at in range(len(found.codes)):
        if not found.generated[at]:
            if found.codes[at] != SPACE:
                last = at
            continue
        if found.codes[at] != SPACE or last < 0:
            continue
        after = at + 1
        while after < len(found.codes) and (found.generated[after] or found.codes[after] == SPACE):
            after += 1
        if after == len(found.codes) or is_rtl(found.codes[last]) or is_rtl(found.codes[after]):
            continue
        if abs(found.y[after] - found.y[last]) > _LEVEL * found.size[last]:
            continue
        gap = found.left[after] - found.right[last]
        out[at] = -found.size[last] < gap < _GAP * found.size[last] and not _is_drawn(found, spaces, last, after)
    return out


@inner
def _is_drawn(found: Characters, spaces: npt.NDArray[np.float32], last: int, after: int) -> bool:
    size = found.size[last]
    for at in range(len(spaces)):
        level = abs(spaces[at, 1] - found.y[last]) < _LEVEL * size
        if level and found.right[last] - _SLACK * size < spaces[at, 0] < found.left[after] + _GAP * size:
            return True
    return False
