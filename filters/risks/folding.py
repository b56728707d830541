"""A text as lists and heads of safety read it: spellings that hide a word are undone, each character keeps its place.

In this order: case, width, compatibility forms and traditional Chinese are folded, characters that nobody sees are left
out, digits and signs that stand for letters inside a Latin word are those letters (`sh1t`), a letter more than twice is
there twice, single letters with one sign between are a word (`k-i-l-l`), what parts two Han characters is left out, two
of them that are the halves of one are that one (弓虽), and characters that sound like one of the lists are that one
(堵博). `variants.tsv` has the last two. Whatever lists hold is folded by the same function.
"""

import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, Field

from filters.hidden_text import UNSEEN
from filters.models.codes import folds
from filters.text import characters, segment
from filters.text.segment import Characters
from shards.arrays import Array, Mask
from shards.compiled import compiled, inner
from shards.tables import rows

VARIANTS = Path(__file__).with_name("variants.tsv")

_LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "|": "l", "€": "e"}
_PARTING = " .-_*~|/·+"  # what may stand between the letters of a word to hide it

_LATIN, _HAN, _PARTS, _BEGINS = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)
_GONE = np.uint32(0xFFFFFFFF)


class Folded(NamedTuple):
    """The folded characters of a batch, where in the batch each stood, and how many sentences have ended up to it."""

    texts: Characters
    places: npt.NDArray[np.int32]
    sentences: npt.NDArray[np.int32]


class Variant(BaseModel, frozen=True, extra="forbid"):
    """A row of `variants.tsv`."""

    kind: Literal["split", "sound"]
    written: str = Field(min_length=1, max_length=2)
    meant: str = Field(min_length=1, max_length=1)


def folded(texts: Characters) -> Folded:
    """Return the texts as they are read."""
    tables = _tables()
    plain = _plain(texts.points, texts.documents, tables.points, tables.classes, tables.leet)
    points, places, documents = _joined(*plain, tables.classes, tables.halves, tables.wholes)
    read = Characters(points, documents)
    return Folded(read, places, _ended(read.properties))


def folded_terms(terms: list[str]) -> list[str]:
    """Return terms of a list as they are looked for; a `*` at the end stays."""
    found = folded(segment.characters(pa.array([term.removesuffix("*") for term in terms], pa.string()))).texts
    plain = found.points.astype("<u4").tobytes()
    bounds = (found.documents * 4).tolist()
    texts = [plain[start:end].decode("utf-32-le", "replace") for start, end in pairwise(bounds)]
    return [text + "*" * term.endswith("*") for text, term in zip(texts, terms, strict=True)]


class _Tables(NamedTuple):
    points: npt.NDArray[np.uint32]  # what each code point is read as; `_GONE`: nothing
    classes: npt.NDArray[np.uint8]  # of a folded character
    leet: npt.NDArray[np.uint32]  # by ASCII and a little more: the letter, or 0
    halves: npt.NDArray[np.uint64]  # two characters in one number, ascending
    wholes: npt.NDArray[np.uint32]


@cache
def _tables() -> _Tables:
    points = folds(numbers=False).copy()  # the table of `quality`, which reads every digit as 0
    for digit in np.flatnonzero(points == ord("0")).tolist():
        points[digit] = ord("0") + unicodedata.decimal(chr(digit), 0)
    for first, last in UNSEEN:
        points[first : last + 1] = _GONE
    variants = list(rows(VARIANTS, Variant))
    for variant in variants:
        if variant.kind == "sound":
            points[ord(variant.written)] = ord(variant.meant)
    properties = characters.properties()
    classes = np.zeros(0x110000, np.uint8)
    classes[:0x250][_letters(properties[:0x250])] = _LATIN
    classes[0x3400:0xA000] = _HAN
    classes[[ord(sign) for sign in _PARTING]] |= _PARTS
    halves = {(ord(v.written[0]) << 32 | ord(v.written[1])): ord(v.meant) for v in variants if v.kind == "split"}
    for half in halves:
        classes[half >> 32] |= _BEGINS
    leet = np.zeros(0x2100, np.uint32)
    for sign, letter in _LEET.items():
        leet[ord(sign)] = ord(letter)
    order = sorted(halves)
    return _Tables(
        points, classes, leet, np.array(order, np.uint64), np.array([halves[one] for one in order], np.uint32)
    )


def _letters(properties: npt.NDArray[np.uint16]) -> Mask:
    return np.asarray(properties & characters.ALPHABETIC, np.bool_)


@compiled
def _ended(props: Array) -> Array:
    """Return how many sentences and lines have ended up to each character."""
    found = np.empty(len(props), np.int32)
    count = 0
    for i in range(len(props)):
        count += props[i] & (characters.TERMINAL | characters.BREAK) != 0
        found[i] = count
    return found


@compiled
def _plain(read: Array, documents: Array, table: Array, classes: Array, leet: Array) -> tuple[Array, Array, Array]:
    """Return what is seen, letter by letter, its places and where documents begin; of equal letters two stay."""
    points, places = np.empty(len(read), np.uint32), np.empty(len(read), np.int32)
    bounds = np.zeros(len(documents), np.int64)
    n = 0
    for row in range(len(documents) - 1):
        first = n
        for i in range(documents[row], documents[row + 1]):
            point = table[read[i]]
            if point == _GONE:
                continue
            inside = n > first and classes[points[n - 1]] & _LATIN
            if inside and _stands_for(point, leet) and _goes_on(read, table, classes, leet, i + 1, documents[row + 1]):
                point = leet[point]
            if n >= first + 2 and classes[point] & _LATIN and points[n - 1] == point == points[n - 2]:
                continue
            points[n], places[n] = point, i
            n += 1
        bounds[row + 1] = n
    return points[:n], places[:n], bounds


@inner
def _stands_for(point: int, leet: Array) -> bool:
    return point < len(leet) and leet[point] != 0


@inner
def _goes_on(read: Array, table: Array, classes: Array, leet: Array, i: int, end: int) -> bool:
    """Whether a Latin word goes on at a place, behind other signs that stand for letters."""
    while i < end:
        point = table[read[i]]
        if point != _GONE:
            if classes[point] & _LATIN:
                return True
            if not _stands_for(point, leet):
                return False
        i += 1
    return False


@compiled
def _joined(
    read: Array, origin: Array, documents: Array, classes: Array, halves: Array, wholes: Array
) -> tuple[Array, Array, Array]:
    """Return characters without what parts words, and with halves of characters put together."""
    points, places = np.empty(len(read), np.uint32), np.empty(len(read), np.int32)
    bounds = np.zeros(len(documents), np.int64)
    n = 0
    for row in range(len(documents) - 1):
        first, low, high = n, documents[row], documents[row + 1]
        for i in range(low, high):
            kind = classes[read[i]]
            if kind & _PARTS and low < i < high - 1 and _parts(read, classes, low, i, high):
                continue
            if kind & _HAN and n > first and classes[points[n - 1]] & _BEGINS:
                whole = np.uint64(points[n - 1]) << np.uint64(32) | np.uint64(read[i])
                at = np.searchsorted(halves, whole)
                if at < len(halves) and halves[at] == whole:
                    points[n - 1] = wholes[at]
                    continue
            points[n], places[n] = read[i], origin[i]
            n += 1
        bounds[row + 1] = n
    return points[:n], places[:n], bounds


@inner
def _parts(read: Array, classes: Array, low: int, i: int, high: int) -> bool:
    """Whether a sign stands between two Han characters, or in a row of single Latin letters with this sign between."""
    if classes[read[i - 1]] & _HAN:
        return bool(classes[read[i + 1]] & _HAN)
    if not (_is_single(read, classes, low, i - 1, high) and _is_single(read, classes, low, i + 1, high)):
        return False
    sign = read[i]
    before = i - 2 > low and read[i - 2] == sign and _is_single(read, classes, low, i - 3, high)
    return before or (i + 3 < high and read[i + 2] == sign and _is_single(read, classes, low, i + 3, high))


@inner
def _is_single(read: Array, classes: Array, low: int, i: int, high: int) -> bool:
    if not classes[read[i]] & _LATIN:
        return False
    return not (i > low and classes[read[i - 1]] & _LATIN) and not (i + 1 < high and classes[read[i + 1]] & _LATIN)
