"""Fonts of type 3: glyphs that a document draws itself, as dvips has TeX's fonts in pixels (most papers before 2000).

Their size is in their matrix, of which pdfium does not tell, and their glyphs have no names: what characters mean is
then guessed from their numbers, which are TeX's (OT1: Knuth, Computer Modern Typefaces, 1986), and the text must prove
it (`pipeline.pdf.garbled`).
"""

import numpy as np
import numpy.typing as npt

from shards.arrays import Bytes
from shards.compiled import compiled, inner

_UNTRUE = 0.4  # times the height of a character: a size below it is none
_TALL, _SMALL = 0.7, 0.44  # of the size: the height of capitals, digits and ascenders, and that of an x
_LEVEL = 0.5  # points by which baselines of a line differ
_OT1 = np.array(
    [
        *(0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3D2, 0x3A6, 0x3A8, 0x3A9),  # capitals of Greek
        *(0xFB00, 0xFB01, 0xFB02, 0xFB03, 0xFB04),
        *(0x131, 0x237, 0x60, 0xB4, 0x2C7, 0x2D8, 0xAF, 0x2DA, 0xB8),
        *(0xDF, 0xE6, 0x153, 0xF8, 0xC6, 0x152, 0xD8, 0x20),
    ],
    np.int32,
)


@compiled
def in_tex(code: int) -> int:
    """Return what the character of this number is in a text font of TeX, or 0 if it is none."""
    if code < 0x20:
        return int(_OT1[code])
    if code == 0x22:
        return 0x201D
    if code == 0x27:
        return 0x2019
    if code == 0x5C:
        return 0x201C
    if code == 0x60:
        return 0x2018
    if 0x7B <= code < 0x80:
        return (0x2013, 0x2014, 0x2DD, 0x2DC, 0xA8)[code - 0x7B]
    return code if code < 0x7F else 0


@compiled
def correct_sizes(
    codes: npt.NDArray[np.int32], boxes: npt.NDArray[np.float32], size: npt.NDArray[np.float32], kind: Bytes
) -> None:
    """Correct sizes that are untrue by the heights of the letters on their line.

    `boxes` is [characters, 6]: left, right, bottom, top, x and y of the origin.
    """
    count = len(codes)
    untrue = np.zeros(count, np.bool_)
    for at in range(count):
        untrue[at] = not kind[at] and size[at] < _UNTRUE * (boxes[at, 3] - boxes[at, 2])
    if not untrue.any():
        return
    known = np.zeros(count, np.float32)  # sizes of lines, one for each of their characters
    begin = 0
    while begin < count:
        if not untrue[begin]:
            begin += 1
            continue
        end, tall, small = begin, np.float32(0), np.float32(0)
        while end < count and (kind[end] or (untrue[end] and abs(boxes[end, 5] - boxes[begin, 5]) < _LEVEL)):
            height = boxes[end, 3] - boxes[end, 5]
            if untrue[end] and _is_tall(codes[end]):
                tall = max(tall, height)
            elif untrue[end] and 0x61 <= codes[end] <= 0x7A:
                small = max(small, height)
            end += 1
        known[begin:end] = tall / _TALL if tall > 0 else small / _SMALL
        begin = end
    sound = known[known > 0]
    if not len(sound):
        return
    usual = np.float32(np.median(sound))
    for at in range(count):
        if untrue[at]:
            size[at] = known[at] if known[at] > 0 else usual


@inner
def _is_tall(code: int) -> bool:
    """Return whether a letter or digit is as high as capitals are."""
    if 0x30 <= code <= 0x39 or 0x41 <= code <= 0x5A:
        return True
    return code in (0x62, 0x64, 0x66, 0x68, 0x6B, 0x6C, 0xFB00, 0xFB01, 0xFB02, 0xFB03, 0xFB04)
