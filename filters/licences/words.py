"""Many words found in bytes in one pass: three bytes in a row, at every other place, tell that none of them begins.

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
FIRST, SECOND = 1, 2  # a word may begin with these three bytes; they may stand behind its first
_BITS = 16  # of the hash of three bytes
_MIX = np.uint32(0x9E3779B1)


class Words(NamedTuple):
    """Words made ready: a tree of their bytes, and which three bytes may be in the beginning of one."""

    folded: npt.NDArray[np.uint8]  # of each byte: lower case, white space as a space
    threes: npt.NDArray[np.uint8]  # by hash: FIRST, SECOND or both
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
    threes = np.zeros(1 << _BITS, np.uint8)
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
    for start in {word[:LEAST] for word, _ in spelt}:
        for written in _with_longer_spaces(start):
            for three, bit in ((written[:3], FIRST), (written[1:LEAST], SECOND)):
                threes[_hash(np.uint32(int.from_bytes(three, "big")))] |= bit
    return Words(folded, threes, classes, np.stack(steps), np.array(numbers, np.int32))


def _with_longer_spaces(start: bytes) -> Iterator[bytes]:
    """Yield the beginning of a word, each space in it as one, two or three."""
    pieces = start.split(b" ")
    for spaces in product((b" ", b"  ", b"   "), repeat=len(pieces) - 1):
        yield b"".join(part for pair in zip(pieces, [*spaces, b""], strict=True) for part in pair)[:LEAST]


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
def _hash(three: Any) -> int:
    return np.uint32(three * _MIX) >> np.uint32(32 - _BITS)  # type: ignore[return-value]


@compiled
def _find(data: Bytes, offsets: Array, wanted: Words, rows: Array) -> int:
    """Write text, number, start and end of what is found, and return how many there are."""
    count = 0
    one, two = np.uint64(1), np.uint64(2)  # unsigned: no index counts from the end
    for text in range(len(offsets) - 1):
        low, high = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        if high < low + np.uint64(LEAST):
            continue
        place, first = low, np.uint32(wanted.folded[data[low]])
        while place + two < high:
            second, third = wanted.folded[data[place + one]], np.uint32(wanted.folded[data[place + two]])
            may_be = wanted.threes[_hash(first << np.uint32(16) | np.uint32(second) << np.uint32(8) | third)]
            if may_be & SECOND and place > low:
                count = _from(data, low, place - one, high, text, wanted, rows, count)
            if may_be & FIRST:
                count = _from(data, low, place, high, text, wanted, rows, count)
            place, first = place + two, third
    return count


@inner
def _from(data: Bytes, low: Any, start: Any, high: Any, text: int, wanted: Words, rows: Array, count: int) -> int:
    """Write the words that begin at a place; return how many are written with them."""
    node, last = 0, np.uint8(0)
    for place in range(start, high):
        byte = wanted.folded[data[place]]
        if byte == 0x20 and last == 0x20:
            if place == start + np.uint64(1):
                return count  # the last of several spaces is that of a word
            continue
        last = byte
        node = wanted.steps[node, wanted.classes[byte]]
        if node == 0:
            return count
        if wanted.numbers[node] >= 0:
            if count < len(rows):
                rows[count, 0], rows[count, 1] = text, wanted.numbers[node]
                rows[count, 2], rows[count, 3] = start - low, place + np.uint64(1) - low
            count += 1
    return count


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
