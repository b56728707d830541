"""Fragments of a page: what stands on one line without a gap, in the order of the content stream.

pdfium ends a line where the content stream goes elsewhere. Such a line is cut where the gap is wider than words stand
apart in it; what a change of font has divided is put together again. The characters of a line with right-to-left
letters are taken by their places (`right_to_left`).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.text.characters import ALPHABETIC, MARK, NUMBER, SYMBOL, UNSPACED
from pipeline.pdf.characters import REPLACEMENT, Characters
from pipeline.pdf.clusters import glyphs, repeated
from pipeline.pdf.right_to_left import by_place, is_rtl, runs_left_to_right, to_logical_order
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

ASCENT, DESCENT = 0.78, 0.22  # of a character's size, above and below its baseline
_OVERLAP = 0.25  # of the smaller height: what overlaps less stands on another line
_WIDE, _FEW, _TIMES = 1.0, 1.2, 2.2  # a gap in heights; where a line has few words; times the median gap of its words
_EVEN, _WIDEST = 1.08, 4.0  # the words of a justified line stand equally far apart, which is up to so many heights
_UNWRITTEN = 0.7  # heights: a gap without a space, on a page whose words have spaces between them
_UNSAID, _CLOSE = 0.2, 0.06  # heights: a gap that is a space though pdfium says none, where letters stand this close
_NEIGHBOUR, _MARKER = 0.55, 3.0  # gaps in heights across which neighbours in the stream are one; behind a bullet


class Fragments(NamedTuple):
    """Fragments in the order of the stream: `text` holds their code points, one after the other."""

    text: npt.NDArray[np.int32]
    first: Places  # of each fragment, in `text`
    last: Places  # one past
    left: npt.NDArray[np.float32]
    right: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]  # of the baseline
    size: npt.NDArray[np.float32]
    stream: npt.NDArray[np.int32]  # the place of its first character in the content stream
    rtl: npt.NDArray[np.uint8]  # 1: it has right-to-left letters


@compiled
def fragments(page: Characters, properties: npt.NDArray[np.uint16]) -> Fragments:
    """Return the fragments of a page."""
    count = len(page.codes)
    room = 2 * count + 16
    out = Fragments(
        np.zeros(room, np.int32),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.int32),
        np.zeros(count, np.uint8),
    )
    order = np.zeros(count, np.int64)
    spaced = np.zeros(count, np.bool_)  # before which a space without a width stands
    has_spaces = _has_spaces(page)
    gaps = np.zeros(count + 1, np.float32)
    number, length, begin = 0, 0, 0
    while begin < count:
        end, rtl = _line_end(page, begin)
        if rtl:
            end = _row_end(page, begin, end)
            seen = by_place(page, begin, end, order, spaced, properties)
        else:
            seen = _in_turn(page, begin, end, order)
        number, length = _cut(page, order[:seen], spaced, rtl, has_spaces, gaps, out, number, length, properties)
        begin = end
        while begin < count and (page.codes[begin] == 10 or page.codes[begin] == 13):
            begin += 1
    number = _merged(out, number, properties)
    return Fragments(
        out.text[:length],
        out.first[:number],
        out.last[:number],
        out.left[:number],
        out.right[:number],
        out.y[:number],
        out.size[:number],
        out.stream[:number],
        out.rtl[:number],
    )


@compiled
def _in_turn(page: Characters, begin: int, end: int, order: Places) -> int:
    """Write the characters of a line into `order` as they come, without repeated clusters; return how many they are."""
    glyph = glyphs(page, begin, end, 1)
    several = False
    for at in range(end - begin):
        several = several or glyph[at] != at
    again = repeated(page, begin, end, glyph, False) if several else np.zeros(end - begin, np.bool_)
    seen = 0
    for index in range(begin, end):
        if not again[index - begin]:
            order[seen] = index
            seen += 1
    return seen


@inner
def _line_end(page: Characters, begin: int) -> tuple[int, bool]:
    """Return where the line ends that begins there, and whether it has right-to-left letters."""
    last, rtl = -1, False
    for index in range(begin, len(page.codes)):
        code = page.codes[index]
        if code == 10 or code == 13:
            return index, rtl
        if page.generated[index] or code == 32:
            continue
        if last >= 0 and _apart(page, last, index):
            return index, rtl
        last = index
        rtl = rtl or is_rtl(code)
    return len(page.codes), rtl


@inner
def _row_end(page: Characters, begin: int, end: int) -> int:
    """Return where the row ends of which a right-to-left line is the beginning: pdfium divides it where marks stand."""
    while True:
        after = end
        while after < len(page.codes) and (page.generated[after] or page.codes[after] == 32):
            after += 1
        before = end - 1
        while before > begin and (page.generated[before] or page.codes[before] == 32):
            before -= 1
        if (
            after >= len(page.codes)
            or page.generated[before]
            or abs(page.y[after] - page.y[before]) > 0.5 * page.size[before]
        ):
            return end
        further, rtl = _line_end(page, after)
        if not rtl and further - after > 3:
            return end
        end = further


@inner
def _apart(page: Characters, one: int, other: int) -> bool:
    low = max(page.y[one] - DESCENT * page.size[one], page.y[other] - DESCENT * page.size[other])
    high = min(page.y[one] + ASCENT * page.size[one], page.y[other] + ASCENT * page.size[other])
    return bool(high - low < _OVERLAP * min(page.size[one], page.size[other]))


@inner
def _has_spaces(page: Characters) -> bool:
    """Return whether most spaces of a page are written, and not only left: between words without one is a wide gap."""
    written, left = 0, 0
    for index in range(len(page.codes)):
        if page.codes[index] == 32:
            written += page.generated[index] == 0
            left += page.generated[index] != 0
    return written > left


@compiled
def _cut(
    page: Characters,
    order: Places,
    spaced: Mask,
    rtl: bool,
    has_spaces: bool,
    gaps: npt.NDArray[np.float32],
    out: Fragments,
    number: int,
    length: int,
    properties: npt.NDArray[np.uint16],
) -> tuple[int, int]:
    """Write the fragments of a line, whose characters are given in the direction of its text."""
    words, spaces, pending, written = 0, False, False, False
    last = -1
    # The gaps between words first: their median says how wide one may be, or that the line is justified.
    least, most = np.float32(1e9), np.float32(0)
    for at in range(len(order)):
        index = order[at]
        if page.generated[index] or page.codes[index] == 32 or page.codes[index] == 0xA0:
            pending = True
            spaces = spaces or not page.generated[index]
            continue
        if last >= 0:
            gap = page.left[last] - page.right[index] if rtl else page.left[index] - page.right[last]
            if pending or gap > 0.25 * page.size[index]:
                gaps[words] = gap
                words += 1
                least, most = min(least, gap), max(most, gap)
        last, pending = index, False
    even = words >= 2 and most < _EVEN * least
    typical = np.float32(np.median(gaps[:words])) if words >= 4 or even else np.float32(0.0)
    last, first = -1, 0
    for at in range(len(order)):
        index = order[at]
        if page.generated[index] or page.codes[index] == 32 or page.codes[index] == 0xA0:
            written = written or not page.generated[index]
            continue
        if last >= 0:
            height = max(page.size[last], page.size[index])
            gap = page.left[last] - page.right[index] if rtl else page.left[index] - page.right[last]
            limit = max(_WIDE * height, _TIMES * typical) if typical > 0 else _FEW * height
            limit = min(limit, _WIDEST * height)
            if has_spaces and not written and not even:
                limit = min(limit, _UNWRITTEN * height)
            if gap > limit or (not rtl and gap < -1.5 * height and not properties[page.codes[index]] & MARK):
                number, length = _write(page, order[first:at], spaced, rtl, spaces, out, number, length, properties)
                first = at
        last, written = index, False
    if last >= 0:
        number, length = _write(page, order[first:], spaced, rtl, spaces, out, number, length, properties)
    return number, length


@compiled
def _write(
    page: Characters,
    order: Places,
    spaced: Mask,
    rtl: bool,
    spaces: bool,
    out: Fragments,
    number: int,
    length: int,
    properties: npt.NDArray[np.uint16],
) -> tuple[int, int]:
    """Write a fragment, with a space between its words, and return the number of fragments and of code points."""
    begin = length
    pending = False
    last = -1
    left, right, stream = np.float32(1e9), np.float32(-1e9), 1 << 30
    sizes = np.zeros(len(order), np.float32)
    bases = np.zeros(len(order), np.float32)
    seen, letters = 0, 0
    close = not rtl and _stand_close(page, order)
    for at in range(len(order)):
        index = order[at]
        code = page.codes[index]
        if page.generated[index] or code == 32 or code == 0xA0:
            pending = True
            continue
        if last >= 0 and not (properties[code] & MARK):
            if rtl:
                gap = page.left[last] - page.right[index]
                other = runs_left_to_right(code, properties) or runs_left_to_right(page.codes[last], properties)
                limit = 0.5 if (spaces or len(page.spaces)) and not other else 0.14
                pending = pending or spaced[index] or gap > limit * page.size[index]
            elif properties[page.codes[last]] & MARK:
                pending = pending or page.left[index] - right > 0.14 * page.size[index]
            elif close and _begins_word(code, properties) and not properties[page.codes[last]] & UNSPACED:
                pending = pending or page.left[index] - page.right[last] > _UNSAID * page.size[index]
        if pending and last >= 0:
            out.text[length] = 32
            length += 1
        out.text[length] = code
        length += 1
        last, pending = index, False
        left, right = min(left, page.left[index]), max(right, page.right[index])
        stream = min(stream, index)
        sizes[seen], bases[seen] = page.size[index], page.y[index]
        seen += 1
        if is_rtl(code):
            letters += 1
    if last < 0:
        return number, length
    if rtl:
        to_logical_order(out.text[begin:length], properties)
    out.first[number], out.last[number] = begin, length
    out.left[number], out.right[number], out.stream[number] = left, right, stream
    out.size[number], out.y[number] = np.median(sizes[:seen]), np.median(bases[:seen])
    out.rtl[number] = letters > 0
    return number + 1, length + 1  # one more, for the space if the next is put behind it


@compiled
def _stand_close(page: Characters, order: Places) -> bool:
    """Return whether the letters of a piece stand close, as they do unless it is spaced out."""
    gaps = np.zeros(len(order), np.float32)
    seen, last = 0, -1
    for index in order:
        if page.generated[index] or page.codes[index] == 32 or page.codes[index] == 0xA0:
            last = -1
            continue
        if last >= 0:
            gaps[seen] = (page.left[index] - page.right[last]) / page.size[index]
            seen += 1
        last = index
    return seen > 2 and bool(np.median(gaps[:seen]) < _CLOSE)


@inner
def _begins_word(code: int, properties: npt.NDArray[np.uint16]) -> bool:
    """Return whether a word of a script with spaces may begin with a character."""
    return bool(properties[code] & (ALPHABETIC | NUMBER) and not properties[code] & (UNSPACED | MARK))


@inner
def _merged(out: Fragments, number: int, properties: npt.NDArray[np.uint16]) -> int:
    """Put neighbours in the stream together that stand on one line and near, and return how many are left.

    Their texts stand one behind the other, so what is between them has to fit in the room of the text: a space does.
    """
    kept = 0
    for index in range(1, number):
        height = min(out.size[kept], out.size[index])
        rtl = out.rtl[kept] or out.rtl[index]
        gap = out.left[kept] - out.right[index] if rtl else out.left[index] - out.right[kept]
        level = abs(out.y[kept] - out.y[index]) < 0.5 * max(out.size[kept], out.size[index])
        marker = _is_marker(out.text[out.first[kept] : out.last[kept]], properties)
        near = -0.3 * height < gap < (_MARKER * max(out.size[kept], out.size[index]) if marker else _NEIGHBOUR * height)
        if not (level and near):
            kept += 1
            out.first[kept], out.last[kept], out.stream[kept] = out.first[index], out.last[index], out.stream[index]
            out.left[kept], out.right[kept], out.rtl[kept] = out.left[index], out.right[index], out.rtl[index]
            out.y[kept], out.size[kept] = out.y[index], out.size[index]
            continue
        begin, count = out.last[kept], out.last[index] - out.first[index]
        spaced = gap > 0.14 * height and begin < out.first[index]
        if spaced:
            out.text[begin] = 32
            begin += 1
        for step in range(count):
            out.text[begin + step] = out.text[out.first[index] + step]
        if out.last[index] - out.first[index] > out.last[kept] - out.first[kept] or marker:
            out.y[kept], out.size[kept] = out.y[index], out.size[index]
        out.last[kept] = begin + count
        out.left[kept], out.right[kept] = min(out.left[kept], out.left[index]), max(out.right[kept], out.right[index])
        out.rtl[kept] = rtl
    return kept + 1 if number else 0


@inner
def _is_marker(text: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> bool:
    """Return whether a text is a bullet, or the number of an item: `12.`, `(a)`."""
    if len(text) == 1:
        return bool(properties[text[0]] & SYMBOL) or text[0] == REPLACEMENT
    if len(text) > 5:
        return False
    named = False
    for code in text[:-1]:
        named = named or bool(properties[code] & (NUMBER | ALPHABETIC))
    return named and (text[-1] == 46 or text[-1] == 41)  # full stop, closing bracket
