"""Lines with right-to-left letters: their characters by place, and their text in logical order.

pdfium reverses such lines by rules of its own, brackets and numbers included: the order of its characters is not
used.
"""

import numpy as np
import numpy.typing as npt

from filters.text.characters import ALPHABETIC, MARK, NUMBER, SPACE, UNSPACED
from pipeline.pdf.characters import WIDTHLESS, Characters
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner


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

    What pdfium has generated is left out, and what shapers repeat: they write the letter and mark of a cluster once for
    the letter and once, raised, for the mark. Marks, and letters that share the box of the one before them (ligatures),
    stay behind it.
    """
    keys = np.zeros(end - begin, np.float32)
    level = _level(page, begin, end)
    seen = 0
    for index in range(begin, end):
        if page.generated[index]:
            if page.generated[index] == WIDTHLESS:
                _mark_spaced(page, begin, end, page.left[index], spaced)
            continue
        raised = abs(page.y[index] - level) > 0.03 * page.size[index]
        if raised and _repeats(page, index, begin, end, level):
            continue
        key = -(page.left[index] + page.right[index]) / 2
        at = seen
        while at > 0 and keys[at - 1] > key:
            at -= 1
        for later in range(seen, at, -1):
            keys[later], order[later] = keys[later - 1], order[later - 1]
        keys[at], order[at] = key, index
        seen += 1
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


@compiled
def _level(page: Characters, begin: int, end: int) -> float:
    """Return the baseline of most characters."""
    heights = np.zeros(end - begin, np.float32)
    seen = 0
    for index in range(begin, end):
        if not page.generated[index]:
            heights[seen] = page.y[index]
            seen += 1
    return float(np.median(heights[:seen])) if seen else 0.0


@compiled
def _repeats(page: Characters, index: int, begin: int, end: int, level: float) -> bool:
    """Return whether a character off the line stands on the line as well, close by."""
    for other in range(max(begin, index - 8), min(end, index + 9)):
        if page.codes[other] == page.codes[index] and other != index and not page.generated[other]:
            near = abs(page.left[other] + page.right[other] - page.left[index] - page.right[index])
            if near < 1.4 * page.size[index] and abs(page.y[other] - level) < 0.03 * page.size[index]:
                return True
    return False


@compiled
def _mark_spaced(page: Characters, begin: int, end: int, place: float, spaced: Mask) -> None:
    for index in range(begin, end):
        if not page.generated[index] and abs(page.left[index] - place) < 0.03 * page.size[index]:
            spaced[index] = True
            return


@compiled
def to_logical_order(text: npt.NDArray[np.int32], properties: npt.NDArray[np.uint16]) -> None:
    """Turn round, in a text read from right to left, what runs from left to right: letters and numbers.

    The neutral characters between two of them go with them (`3.5`, `New York`), but for spaces between numbers: those
    follow each other from right to left (Unicode's bidirectional algorithm, rule N1).
    """
    at, count = 0, len(text)
    while at < count:
        if not _runs_left_to_right(text[at], properties):
            at += 1
            continue
        end, look = at + 1, at + 1
        spaced = False
        while look < count and not is_rtl(text[look]):
            spaced = spaced or text[look] == 32
            if _runs_left_to_right(text[look], properties):
                if spaced and properties[text[look]] & properties[text[end - 1]] & NUMBER:
                    break
                end, spaced = look + 1, False
            look += 1
        for step in range((end - at) // 2):
            text[at + step], text[end - 1 - step] = text[end - 1 - step], text[at + step]
        at = end


@inner
def _runs_left_to_right(code: int, properties: npt.NDArray[np.uint16]) -> bool:
    return bool(properties[code] & (ALPHABETIC | NUMBER | UNSPACED)) and not is_rtl(code)
