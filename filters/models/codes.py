"""A text as the heads of fastText read it, in training and in scoring alike: the codes of a fixed number of windows.

A token (`filters.text.segment`: one character of Han, one cluster of Thai) is folded: no case, traditional Chinese as
simplified, full width as half, each digit 0. Its code is 20 bits of a hash, so that no word can be read back from a
model. Of a document `WINDOWS` windows of up to `WIDTH` tokens are read, evenly spread: how long it is does not tell.
"""

import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.documents import Documents
from filters.text import kernels
from shards.arrays import Array, Places
from shards.compiled import compiled

VERSION = 1  # of the preparation: models name the one they were trained with
WINDOWS, WIDTH = 31, 128  # 31: of a text joined to itself, the same windows are read, in another order
BITS = 20
SPELLING = np.frombuffer(b"0123456789abcdefghijklmnopqrstuv", np.uint8)  # of a code: four of them
SPELT = 4
LONGEST = 6  # characters of a word: endings are left out, which raises AUC out of fold in Finnish from .867 to .903

BEGINNING = 4  # characters by which terms of lists are looked up

_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))


class Codes(NamedTuple):
    """The codes of all documents in a row, where each document's begin, and which tokens they are of."""

    codes: npt.NDArray[np.uint32]
    documents: Places
    tokens: Places
    beginnings: npt.NDArray[np.uint32] = np.zeros(0, np.uint32)  # how each begins, for lists of terms

    def lines(self) -> list[str]:
        """Return each document as fastText trains on it."""
        words = SPELLING[(self.codes[:, None] >> np.arange(15, -1, -5, dtype=np.uint32)) & 31]
        spelt = np.append(words, np.full((len(words), 1), 32, np.uint8), axis=1).tobytes().decode("ascii")
        bounds = (self.documents * (SPELT + 1)).tolist()
        return [spelt[start:end].rstrip() for start, end in pairwise(bounds)]


def codes_of(documents: Documents) -> Codes:
    """Return what is read of each document; nothing of one without words. Heads of a chain share it."""
    return documents.once(_codes_of)


def _codes_of(documents: Documents) -> Codes:
    tokens = documents.tokens
    bounds, places = _read(tokens.documents, tokens.words, WINDOWS, WIDTH)
    points = documents.characters.points
    codes, beginnings = _codes(points, tokens.starts, tokens.ends, places, folds(numbers=False))
    return Codes(codes, bounds, places, beginnings)


@cache
def folds(*, numbers: bool) -> npt.NDArray[np.uint32]:
    """Return what each code point is read as; without `numbers` each digit is 0, with them it is that of ASCII."""
    import opencc  # a library of its own, and only who scores or trains needs its table

    table = np.arange(0x110000, dtype=np.uint32)
    for point in (*range(0x3400), *range(0xA640, 0xAC00), *range(0xF900, 0x11000), *range(0x1D400, 0x1E000)):
        folded = unicodedata.normalize("NFKC", chr(point)).lower()
        if len(folded) == 1:
            digit = unicodedata.decimal(folded, None)
            table[point] = ord(folded) if digit is None else ord("0") + digit * numbers
    table[0x2019] = ord("'")
    characters = [chr(point) for first, last in _HAN for point in range(first, last + 1)]
    simple = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    for character, simpler in zip(characters, simple, strict=True):
        if len(simpler) == 1:
            table[ord(character)] = ord(simpler)
    return table


@compiled
def _read(documents: Places, words: Places, windows: int, width: int) -> tuple[Places, Places]:
    """Return where each document's tokens that are read begin among all that are, and the tokens."""
    bounds = np.zeros(len(documents), np.int64)
    most = windows * width
    for row in range(len(documents) - 1):
        size = min(documents[row + 1] - documents[row], most) if words[row] else 0
        bounds[row + 1] = bounds[row] + size
    places = np.empty(bounds[-1], np.int64)
    for row in range(len(documents) - 1):
        size, have = bounds[row + 1] - bounds[row], documents[row + 1] - documents[row]
        for i in range(size):
            place = i if have <= most else have * (i // width) // windows + i % width  # begin k at k / 31 of the text
            places[bounds[row] + i] = documents[row] + place
    return bounds, places


@compiled
def _codes(
    points: Array, starts: Array, ends: Array, places: Places, folds: Array
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the code of each token, and a hash of its first `BEGINNING` characters."""
    found, beginnings = np.empty(len(places), np.uint32), np.empty(len(places), np.uint32)
    for i in range(len(places)):
        start, end = starts[places[i]], min(ends[places[i]], starts[places[i]] + LONGEST)
        value = kernels.SEED
        for at in range(start, min(end, start + BEGINNING)):
            value = kernels.extend_hash(value, folds[points[at]])
        beginnings[i] = np.uint32(value & np.uint64(0xFFFFFFFF)) ^ np.uint32(value >> np.uint64(32))
        for at in range(start + BEGINNING, end):
            value = kernels.extend_hash(value, folds[points[at]])
        found[i] = np.uint32(kernels.finish_hash(value) >> np.uint64(64 - BITS))
    return found, beginnings
