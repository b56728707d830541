"""Lines with right-to-left letters: their characters by place, and their text in logical order.

pdfium reverses such lines by rules of its own, brackets and numbers included: the order of its characters is not
used.
"""

import numpy as np
import numpy.typing as npt

from filters.text.characters import ALPHABETIC, MARK, NUMBER, SPACE, UNSPACED
from pipeline.pdf.characters import Characters
from pipeline.pdf.clusters import glyphs, repeated
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

_MIXED = 24  # characters by which pdfium's bidi may part those of one glyph
_GAP = 0.12  # heights: what a space is at least


@inner
def is_rtl(code: int) -> bool:
    """Return whether a letter is Hebrew, Arabic or of another script that runs from right to left."""
    return bool(
        0x590 <= code < 0x660
        or 0x66A <= code < 0x6F0
        or 0x6FA <= code < 0x900
        or 0xFB1D <= code < 0xFE00
        or 0xFE70 <= code < 0xFEFF
        or 0x10800 <= code < 0x11000
        or 0x1E800 <= code < 0x1F000
    )


@compiled
def by_place(
    page: Characters, begin: int, end: int, order: Places, spaced: Mask, properties: npt.NDArray[np.uint16]
) -> int:
    """Write the characters of a line into `order` from right to left, and return how many they are.

    What pdfium has generated is left out, and clusters that are repeated. Letters go by their right edge, and marks
    behind the letter over which they stand. `spaced` tells before which characters a space is drawn.
    """
    keys = np.zeros(end - begin, np.float32)
    glyph = glyphs(page, begin, end, _MIXED)
    again = repeated(page, begin, end, glyph, True)
    descends = _descends(page, begin, end)
    seen = 0
    for index in range(begin, end):
        if page.generated[index] or again[index - begin]:
            continue
        key = _key(page, begin, end, index, glyph, properties)
        at = seen
        while at > 0 and (keys[at - 1] > key or _goes_before(page, begin, index, order[at - 1], glyph, descends)):
            at -= 1
        for later in range(seen, at, -1):
            keys[later], order[later] = keys[later - 1], order[later - 1]
        keys[at], order[at] = key, index
        seen += 1
    for place in range(len(page.spaces)):
        _mark_spaced(page, order[:seen], page.spaces[place, 0], page.spaces[place, 1], spaced)
    # A mark goes behind the letter over which it stands.
    for at in range(seen):
        index = order[at]
        if properties[page.codes[index]] & MARK and at + 1 < seen:
            base = order[at + 1]
            middle = (page.left[index] + page.right[index]) / 2
            if (
                not properties[page.codes[base]] & (MARK | SPACE)
                and page.left[base] <= middle <= page.right[base]
                and not (at > 0 and page.left[order[at - 1]] <= middle <= page.right[order[at - 1]])
            ):
                order[at], order[at + 1] = base, index
    return seen


@inner
def _goes_before(page: Characters, begin: int, index: int, other: int, glyph: Places, descends: bool) -> bool:
    """Return whether a character goes before an earlier one of its glyph: it stands to its right, or pdfium, which
    reversed the line, reversed the text of the glyph with it.
    """
    if glyph[other - begin] != glyph[index - begin]:
        return False
    further = page.left[index] - page.left[other]
    return bool(further > 0.01 or (abs(further) <= 0.01 and descends))


@inner
def _descends(page: Characters, begin: int, end: int) -> bool:
    """Return whether pdfium has the right-to-left letters of a line in the order in which they are read."""
    down, up, last = 0, 0, -1
    for index in range(begin, end):
        if page.generated[index] or not is_rtl(page.codes[index]):
            continue
        if last >= 0:
            down += page.left[index] < page.left[last]
            up += page.left[index] > page.left[last]
        last = index
    return down > up


@inner
def _key(
    page: Characters, begin: int, end: int, index: int, glyph: Places, properties: npt.NDArray[np.uint16]
) -> float:
    """Return by what a character is put in order, ascending: where its glyph begins, or a mark has its middle."""
    right, several = page.right[index], False
    for other in range(max(begin, index - _MIXED), min(end, index + _MIXED + 1)):
        if other != index and glyph[other - begin] == glyph[index - begin]:
            right, several = max(right, page.right[other]), True
    if properties[page.codes[index]] & MARK and not several:
        return float(-(page.left[index] + page.right[index]) / 2)
    return float(-right)


@inner
def _mark_spaced(page: Characters, order: Places, x: float, y: float, spaced: Mask) -> None:
    """Mark the character behind a space: of those that end where it begins, or before, the nearest.

    What has no width and stands in no gap is no space but a mark that divides or joins letters.
    """
    best, nearest, room = -1, np.float32(1e9), np.float32(1e9)
    for index in order:
        if abs(page.y[index] - y) > 0.6 * page.size[index]:
            continue
        distance = x - page.right[index]
        if distance < -0.1 * page.size[index]:
            room = min(room, (page.left[index] - x) / page.size[index])
        elif distance < nearest:
            best, nearest = index, distance
    if best >= 0 and _GAP < room < np.float32(1e9):
        spaced[best] = True


@inner
def to_logical_order(text: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> None:
    """Turn round, in a text read from right to left, what runs from left to right: letters and numbers.

    The neutral characters between two of them go with them (`3.5`, `New York`), but for spaces between numbers: those
    follow each other from right to left (Unicode's bidirectional algorithm, rule N1).
    """
    at, count = 0, len(text)
    while at < count:
        if not runs_left_to_right(text[at], properties):
            at += 1
            continue
        end, look = at + 1, at + 1
        spaced = False
        while look < count and not is_rtl(text[look]):
            spaced = spaced or text[look] == 32
            if runs_left_to_right(text[look], properties):
                if spaced and properties[text[look]] & properties[text[end - 1]] & NUMBER:
                    break
                end, spaced = look + 1, False
            look += 1
        for step in range((end - at) // 2):
            text[at + step], text[end - 1 - step] = text[end - 1 - step], text[at + step]
        at = end


@inner
def runs_left_to_right(code: int, properties: npt.NDArray[np.uint16]) -> bool:
    return bool(properties[code] & (ALPHABETIC | NUMBER | UNSPACED)) and not is_rtl(code)
