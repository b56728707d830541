"""Many words found in bytes in one pass: four bytes in a row tell almost everywhere that none of them begins.

Letters of ASCII have no case, and white space of any length is one space.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shards.arrays import Array, Bytes
from shards.compiled import compiled, inner

WHITE = b"\t\n\v\f\r "
LEAST = 4  # bytes of a word
_BITS = 16  # of the hash of four bytes
_MIX = np.uint32(0x9E3779B1)


class Words(NamedTuple):
    """Words made ready: a tree of their bytes, and which four bytes may begin one."""

    folded: npt.NDArray[np.uint8]  # of each byte: lower case, white space as a space
    firsts: npt.NDArray[np.bool_]  # by hash
    classes: npt.NDArray[np.uint8]  # of each folded byte; class 0: in no word
    steps: npt.NDArray[np.int32]  # of each node and class: the next node; 0: none
    numbers: npt.NDArray[np.int32]  # of the word that ends in each node, or -1


class Hits(NamedTuple):
    """Columns of equal length, a row per word found, in the order of the texts and of where the words begin."""

    texts: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]  # in bytes from the beginning of the text
    ends: npt.NDArray[np.int64]


def words(listed: Iterable[tuple[bytes, int]]) -> Words:
    """Return words made ready, each with its number; of two numbers for one word the smaller counts.

    Raises
    ------
    ValueError
        naming the word that is too short.
    """
    folded = np.arange(256, dtype=np.uint8)
    folded[0x41:0x5B] += 0x20
    folded[list(WHITE)] = 0x20
    spelt = sorted(((bytes(folded[list(word)]), number) for word, number in listed), reverse=True)
    used = sorted({byte for word, _ in spelt for byte in word})
    classes = np.zeros(256, np.uint8)
    classes[used] = np.arange(1, len(used) + 1)
    steps: list[npt.NDArray[np.int32]] = [np.zeros(len(used) + 1, np.int32)]
    numbers = [-1]
    firsts = np.zeros(1 << _BITS, np.bool_)
    for word, number in spelt:
        if len(word) < LEAST:
            raise ValueError(f"{word!r}: a word must have {LEAST} bytes")
        node = 0
        for byte in word:
            column = int(classes[byte])
            if not steps[node][column]:
                steps[node][column] = len(steps)
                steps.append(np.zeros(len(used) + 1, np.int32))
                numbers.append(-1)
            node = int(steps[node][column])
        numbers[node] = number
        firsts[_hash(np.uint32(int.from_bytes(word[:LEAST], "big")))] = True
    return Words(folded, firsts, classes, np.stack(steps), np.array(numbers, np.int32))


def spellings(word: str, charsets: Sequence[str]) -> Iterator[bytes]:
    """Yield the bytes by which a word is written, with the character after it if the word is too short to look for."""
    if not word.isascii():
        for form in dict.fromkeys([word, word.capitalize(), word.title(), word.upper()]):  # only ASCII has no case
            for charset in ("utf-8", *charsets):
                with suppress(UnicodeEncodeError):
                    yield form.encode(charset)
        return
    pieces = word.split(" ")
    for spaces in product((" ", "&nbsp;", "\u00a0"), repeat=len(pieces) - 1):
        spelt = "".join(part for pair in zip(pieces, [*spaces, ""], strict=True) for part in pair).encode()
        ends = [bytes([byte]) for byte in range(256) if not chr(byte).isalnum() or byte > 0x7F]
        yield from (spelt + end for end in (ends if len(spelt) < LEAST else [b""]))


def find(data: Bytes, offsets: Array, wanted: Words) -> Hits:
    """Return the words in each text; `offsets` are one more than there are texts, the first not always 0."""
    data = data.view()
    data.flags.writeable = False  # whoever's it is: a loop is compiled for each of the two
    rows = np.empty((1024 + len(data) // 1024, 4), np.int64)
    count = _find(data, offsets, wanted, rows)
    if count > len(rows):
        rows = np.empty((count, 4), np.int64)
        _find(data, offsets, wanted, rows)
    return Hits(*rows[:count].T)


@inner
def _hash(window: Any) -> int:
    return np.uint32(window * _MIX) >> np.uint32(32 - _BITS)  # type: ignore[return-value]


@compiled
def _find(data: Bytes, offsets: Array, wanted: Words, rows: Array) -> int:
    """Write text, number, start and end of what is found, and return how many there are."""
    count = 0
    for text in range(len(offsets) - 1):
        low, high = offsets[text], offsets[text + 1]
        window = np.uint32(0)
        for i in range(low, high):
            byte = wanted.folded[data[i]]
            if byte == 0x20 and window & np.uint32(0xFF) == 0x20:
                continue
            window = window << np.uint32(8) | np.uint32(byte)
            if not wanted.firsts[_hash(window)]:
                continue
            start = _start(data, low, i, wanted.folded)
            if start < low:
                continue
            node, last = 0, 0
            for k in range(start, high):
                byte = wanted.folded[data[k]]
                if byte == 0x20 and last == 0x20:
                    continue
                last = byte
                node = wanted.steps[node, wanted.classes[byte]]
                if node == 0:
                    break
                if wanted.numbers[node] >= 0:
                    if count < len(rows):
                        rows[count, 0], rows[count, 1] = text, wanted.numbers[node]
                        rows[count, 2], rows[count, 3] = start - low, k + 1 - low
                    count += 1
    return count


@inner
def _start(data: Bytes, low: int, end: int, folded: Bytes) -> int:
    """Return where the letters begin of which the last stands at `end`; less than `low` if there are too few."""
    start, back = end, LEAST - 1
    while back and start > low:
        start -= 1
        if folded[data[start]] != 0x20 or folded[data[start + 1]] != 0x20:
            back -= 1
    return low - 1 if back else start


@inner
def _begins(data: Bytes, start: int, end: int) -> bool:
    """Whether `script` or `style` stands at a place, as far as five letters tell."""
    if start + 5 > end or data[start] | 0x20 != ord("s"):
        return False
    third, fourth, fifth = data[start + 2] | 0x20, data[start + 3] | 0x20, data[start + 4] | 0x20
    script = third == ord("r") and fourth == ord("i") and fifth == ord("p")
    style = third == ord("y") and fourth == ord("l") and fifth == ord("e")
    return bool(script or style)


@compiled
def is_shown(data: Bytes, low: int, place: int) -> bool:
    """Whether a place of an HTML page that begins at `low` is text or markup: no program, style or comment is open."""
    for i in range(place - 1, low - 1, -1):
        if data[i] == ord("<"):
            if _begins(data, i + 1, place):
                return False
            if data[i + 1] == ord("/") and _begins(data, i + 2, place):
                return True
            if i + 3 < place and data[i + 1] == ord("!") and data[i + 2] == ord("-") and data[i + 3] == ord("-"):
                return False
        elif data[i] == ord(">") and i - low >= 2 and data[i - 1] == ord("-") and data[i - 2] == ord("-"):
            return True
    return True
