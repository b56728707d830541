"""The characters of a page: code points with their boxes, turned so that the page's text runs from left to right.

Coordinates are points, from the lower left; y is that of the baseline. The height of a character is its font's size as
it appears on the page: boxes of fonts are not to be relied on (LibreOffice's have no ascent).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.pdf.calls import (
    FONT_SIZE,
    GENERATED,
    LOOSE_BOX,
    MATRIX,
    ORIGIN,
    UNICODE,
    UNMAPPED,
    filled,
    filled_twice,
    integer,
    real,
)
from pipeline.pdf.type3 import correct_sizes, in_tex
from shards.arrays import Bytes, Mask, Places
from shards.compiled import compiled

HYPHEN_AT_END = 0x2D  # pdfium marks a hyphen at the end of a line by a code of its own
REPLACEMENT = 0xFFFD
BULLET = 0x2022
SPACE = 0x20
WIDTHLESS = 2  # a space that the page has and whose place pdfium does not know: `pipeline.pdf.unsaid` finds it
_TURNED = 0.97  # the cosine of the angle by which a character may lean from its quarter: 14 degrees


class Characters(NamedTuple):
    """The characters of a page in the order of its content stream."""

    codes: npt.NDArray[np.int32]
    left: npt.NDArray[np.float32]
    right: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]  # of the baseline
    size: npt.NDArray[np.float32]
    x: npt.NDArray[np.float32]  # where its glyph was set: several characters may be one glyph's
    generated: Bytes  # 1: a space or line end that pdfium found; the page has none there; 2: `WIDTHLESS`
    place: npt.NDArray[np.int32]  # its number in pdfium's text of the page
    spaces: npt.NDArray[np.float32]  # [spaces, 2]: x and y of those that pdfium leaves out, from left to right
    unmapped: int  # how many have no code point of their own, or one that means nothing
    real: int  # how many the page has
    quarter: int  # by how many quarters the page was turned
    askew: int  # how many were left out, as they run in another direction


def only(found: Characters, kept: Mask) -> Characters:
    """Return the characters of a page that are kept."""
    return found._replace(
        codes=found.codes[kept],
        left=found.left[kept],
        right=found.right[kept],
        y=found.y[kept],
        size=found.size[kept],
        x=found.x[kept],
        generated=found.generated[kept],
        place=found.place[kept],
    )


@compiled
def characters(functions: Places, page: int, count: int, guessed: bool = False) -> Characters:
    """Return the characters of a text page, which is named by its address.

    `guessed` is whether characters without a meaning are taken for what their numbers mean in the fonts of TeX.
    """
    codes = np.zeros(count, np.int32)
    boxes = np.zeros((count, 6), np.float32)  # left, right, bottom, top of the loose box, x and y of the origin
    size = np.zeros(count, np.float32)
    kind = np.zeros(count, np.uint8)
    turn = np.zeros(count, np.int8)
    indices = np.zeros(count, np.int32)
    rectangle = np.zeros(4, np.float32)
    matrix = np.zeros(6, np.float32)
    origin = np.zeros(2, np.float64)
    quarters = np.zeros(4, np.int64)
    unmapped, real_ones, number = 0, 0, 0
    for index in range(count):
        code = integer(functions[UNICODE], page, index)
        if integer(functions[GENERATED], page, index) == 1:
            codes[number], kind[number], indices[number] = code, 1, index
            number += 1
            continue
        real_ones += 1
        if 0xDC00 <= code < 0xE000 and number and 0xD800 <= codes[number - 1] < 0xDC00:
            codes[number - 1] = 0x10000 + ((codes[number - 1] - 0xD800) << 10) + (code - 0xDC00)
            continue
        if code == 0xFFFE or code == 0x02:
            code = HYPHEN_AT_END
        elif 0xF0A7 <= code <= 0xF0B7:  # of the font Symbol or Wingdings: what programs have as a bullet
            code = BULLET
        elif integer(functions[UNMAPPED], page, index) == 1 or code < 0x20 or _means_nothing(code):
            unmapped += 1
            code = in_tex(code) if guessed else REPLACEMENT if code >= 0x20 else 0
        if code == 0 or code == 0xFEFF:
            continue
        filled(functions[LOOSE_BOX], page, index, rectangle.ctypes.data)
        filled(functions[MATRIX], page, index, matrix.ctypes.data)
        filled_twice(functions[ORIGIN], page, index, origin.ctypes.data, origin.ctypes.data + 8)
        if code == SPACE and rectangle[2] - rectangle[0] < 0.01:
            codes[number], kind[number], boxes[number, 0], indices[number] = code, WIDTHLESS, rectangle[0], index
            number += 1
            continue
        codes[number], indices[number] = code, index
        size[number] = real(functions[FONT_SIZE], page, index) * np.hypot(matrix[2], matrix[3])
        boxes[number, 0], boxes[number, 1] = rectangle[0], rectangle[2]
        boxes[number, 2], boxes[number, 3] = rectangle[3], rectangle[1]
        boxes[number, 4], boxes[number, 5] = origin[0], origin[1]
        turn[number] = _quarter(matrix[0], matrix[1])
        if turn[number] >= 0:
            quarters[turn[number]] += 1
        number += 1
    quarter = int(np.argmax(quarters))
    correct_sizes(codes[:number], boxes, size, kind)
    return _turned(
        codes[:number], boxes, size, kind, turn, indices, quarter, unmapped, real_ones, number - int(quarters[quarter])
    )


@compiled
def _means_nothing(code: int) -> bool:
    private = 0xE000 <= code < 0xF900 or code >= 0xF0000
    return private or code == REPLACEMENT or 0x7F <= code < 0xA0


@compiled
def _quarter(across: float, along: float) -> int:
    length = np.hypot(across, along)
    if length == 0:
        return 0
    if abs(across) > _TURNED * length:
        return 0 if across > 0 else 2
    if abs(along) > _TURNED * length:
        return 1 if along > 0 else 3
    return -1


@compiled
def _turned(
    codes: npt.NDArray[np.int32],
    boxes: npt.NDArray[np.float32],
    size: npt.NDArray[np.float32],
    kind: Bytes,
    turn: npt.NDArray[np.int8],
    indices: npt.NDArray[np.int32],
    quarter: int,
    unmapped: int,
    real_ones: int,
    others: int,
) -> Characters:
    number = 0
    left, right, y, along = np.zeros_like(size), np.zeros_like(size), np.zeros_like(size), np.zeros_like(size)
    spread = np.zeros(len(codes), np.int32)
    askew = 0
    for index in range(len(codes)):
        if not kind[index]:
            if turn[index] != quarter:
                askew += 1
                continue
            x0, x1, y0, y1, x, base = boxes[index]
            if quarter == 0:
                left[number], right[number], y[number], along[number] = x0, x1, base, x
            elif quarter == 1:
                left[number], right[number], y[number], along[number] = y0, y1, -x, base
            elif quarter == 2:
                left[number], right[number], y[number], along[number] = -x1, -x0, -base, -x
            else:
                left[number], right[number], y[number], along[number] = -y1, -y0, x, -base
        elif kind[index] == WIDTHLESS and quarter == 0:
            left[number] = right[number] = boxes[index, 0]
        spread[number], size[number], kind[number] = codes[index], size[index], kind[index]
        indices[number] = indices[index]
        number += 1
    return Characters(
        spread[:number], left[:number], right[:number], y[:number], size[:number], along[:number], kind[:number],
        indices[:number], np.zeros((0, 2), np.float32), unmapped, real_ones, quarter, askew,
    )  # fmt: skip
