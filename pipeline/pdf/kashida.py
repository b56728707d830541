"""Strokes that lengthen Arabic words, where a font's map takes them for something else.

Programs justify Arabic by a stroke between letters that join (kashida, U+0640). LibreOffice's fonts map its glyph to
some character of the text: a digit in the middle of every third word, or a row of slashes. A narrow sign that is none
of Arabic, between two letters that join and without a gap, is such a stroke, if the page has it again and again:
letters and digits by themselves, other signs only in rows, for `km/h` is written so too. The letter behind it takes its
room.
"""

import numpy as np
import numpy.typing as npt

from filters.text.characters import ALPHABETIC, MARK, NUMBER
from pipeline.pdf.characters import SPACE, Characters, only
from pipeline.pdf.right_to_left import is_rtl
from shards.arrays import Mask
from shards.compiled import compiled, inner

_WIDTH = 0.4  # heights: no digit is as narrow
_CLOSE = 0.3  # heights: by which the boxes of neighbours may be apart or overlap
_OFTEN = 3  # times on a page
_CODES = 0x3000  # what is looked at: signs of Latin fonts
# Letters that do not join with what follows them: alef, dal, reh, waw and their relatives, teh marbuta, hamza
_UNJOINED = np.array(
    [*range(0x621, 0x626), 0x627, 0x629, *range(0x62F, 0x633), 0x648, *range(0x671, 0x678), *range(0x688, 0x69A), 0x6C0,
     *range(0x6C3, 0x6CC), 0x6CF, 0x6D5, 0x6EE, 0x6EF], np.int32
)  # fmt: skip


def without_strokes(found: Characters, properties: npt.NDArray[np.uint16]) -> Characters:
    """Return the characters of a page without strokes that are taken for signs."""
    strokes = _strokes(found, properties, _UNJOINED)
    if not strokes.any():
        return found
    return only(found, ~strokes)


@compiled
def _strokes(found: Characters, properties: npt.NDArray[np.uint16], unjoined: npt.NDArray[np.int32]) -> Mask:
    count = len(found.codes)
    out = np.zeros(count, np.bool_)
    times = np.zeros(_CODES, np.int64)
    at = 0
    while at < count:
        end = _stroke_end(found, at, properties, unjoined)
        if end > at:
            code = found.codes[at]
            times[code] += bool(properties[code] & (ALPHABETIC | NUMBER)) or end > at + 1
            out[at:end] = True
        at = max(end, at + 1)
    for at in range(count):
        out[at] = out[at] and times[found.codes[at]] >= _OFTEN
        if out[at]:
            before, after = _neighbours(found, at, at + 1, properties)
            behind = after if found.left[before] > found.left[after] else before
            found.right[behind] = max(found.right[behind], found.right[at])
    return out


@inner
def _neighbours(found: Characters, at: int, end: int, properties: npt.NDArray[np.uint16]) -> tuple[int, int]:
    """Return the characters before and after some, marks and their like passed over; -1 and the end where none is."""
    before, after = at - 1, end
    while before >= 0 and (properties[found.codes[before]] & MARK or found.codes[before] == found.codes[at]):
        before -= 1
    while after < len(found.codes) and (properties[found.codes[after]] & MARK or found.codes[after] == found.codes[at]):
        after += 1
    return before, after


@compiled
def _stroke_end(found: Characters, at: int, properties: npt.NDArray[np.uint16], unjoined: npt.NDArray[np.int32]) -> int:
    """Return where a row of one sign ends that may be a stroke, or where it begins if it is none."""
    code = found.codes[at]
    if code <= SPACE or code >= _CODES or is_rtl(code) or found.generated[at] or properties[code] & MARK:
        return at
    end = at
    while end < len(found.codes) and found.codes[end] == code and not found.generated[end]:
        if found.right[end] - found.left[end] > _WIDTH * found.size[end]:
            return at
        end += 1
    before, after = _neighbours(found, at, end, properties)
    if before < 0 or after >= len(found.codes) or not (_is_letter(found, before) and _is_letter(found, after)):
        return at
    rightmost = found.left[before] > found.left[after]
    first, last = (before, after) if rightmost else (after, before)
    right, left = (at, end - 1) if rightmost else (end - 1, at)
    touches = (
        abs(found.left[first] - found.right[right]) < _CLOSE * found.size[first]
        and abs(found.left[left] - found.right[last]) < _CLOSE * found.size[first]
        and abs(found.y[first] - found.y[right]) < 0.1 * found.size[first]
    )
    joined = found.codes[last] != 0x621 and not np.any(unjoined == found.codes[first])
    return end if touches and joined else at


@inner
def _is_letter(found: Characters, at: int) -> bool:
    code = found.codes[at]
    return bool(not found.generated[at] and (0x620 <= code < 0x64B or 0x66E <= code < 0x6D4))
