"""A text as the heads of safety read it: the codes of words, of pairs of them and of their characters, folded.

Of a word of a script with spaces stand the word itself, its n-grams of two to five characters with marks for where it
begins and ends, and the pair with the word before; of Han and other scripts without spaces each character, with the one
and the two before it.
Spelling is folded before (`filters.risks.folding`). Codes and windows are as in `filters.models.codes`, with fewer
windows, which holds the cost of a long page down.
"""

import numpy as np

from filters.models.codes import BITS, Codes
from filters.risks.folding import Folded
from filters.text import characters, kernels
from shards.arrays import Array, Places
from shards.compiled import compiled

VERSION = 2  # of the preparation: models name the one they were trained with
WINDOWS, WIDTH = 4, 40  # of words
SHORTEST, LONGEST = 2, 5  # characters of an n-gram
MOST = 64  # characters of a word that are read

_EDGE = np.uint32(0x5F)
_PAIR = np.uint32(0x7E)
_LOW = np.uint64(0xFFFFFFFF)
_SPACED = characters.ALPHABETIC | characters.MARK | characters.NUMBER


def grams_of(read: Folded, rows: Places | None = None) -> Codes:
    """Return the codes of each text, or of the given rows; `tokens` are the folded characters at which they begin."""
    texts = read.texts
    rows = np.arange(len(texts.documents) - 1) if rows is None else rows
    starts, ends, documents = _words(texts.points, texts.properties, texts.documents, rows)
    chosen, bounds = _chosen(documents)
    codes, tokens, documents = _codes(texts.points, starts, ends, chosen, bounds)
    return Codes(codes, documents, tokens)


@compiled
def _words(points: Array, props: Array, documents: Array, rows: Places) -> tuple[Places, Places, Places]:
    """Return where words begin and end, and at which word each document begins."""
    starts, ends = np.empty(len(points), np.int64), np.empty(len(points), np.int64)
    bounds = np.zeros(len(rows) + 1, np.int64)
    n = 0
    for k in range(len(rows)):
        inside = False
        for i in range(documents[rows[k]], documents[rows[k] + 1]):
            whole = props[i] & characters.UNSPACED != 0
            if inside and not whole and props[i] & _SPACED:
                ends[n - 1] = i + 1
                continue
            inside = not whole and props[i] & _SPACED != 0
            if inside or whole:
                starts[n], ends[n] = i, i + 1
                n += 1
        bounds[k + 1] = n
    return starts[:n], ends[:n], bounds


@compiled
def _chosen(documents: Places) -> tuple[Places, Places]:
    """Return the words that are read, in windows that are evenly spread, and where each document's begin."""
    bounds = np.zeros(len(documents), np.int64)
    most = WINDOWS * WIDTH
    for row in range(len(documents) - 1):
        bounds[row + 1] = bounds[row] + min(documents[row + 1] - documents[row], most)
    found = np.empty(bounds[-1], np.int64)
    for row in range(len(documents) - 1):
        have = documents[row + 1] - documents[row]
        for i in range(bounds[row + 1] - bounds[row]):
            at = i if have <= most else have * (i // WIDTH) // WINDOWS + i % WIDTH
            found[bounds[row] + i] = documents[row] + at
    return found, bounds


@compiled
def _codes(points: Array, starts: Places, ends: Places, chosen: Places, bounds: Places) -> tuple[Array, Places, Places]:
    size = 0
    for word in chosen:
        size += 3 + (LONGEST - SHORTEST + 1) * (min(ends[word] - starts[word], MOST) + 2)
    codes, tokens = np.empty(size, np.uint32), np.empty(size, np.int64)
    documents = np.zeros(len(bounds), np.int64)
    n = 0
    for row in range(len(bounds) - 1):
        before, earlier = kernels.SEED, kernels.SEED
        for k in range(bounds[row], bounds[row + 1]):
            start = starts[chosen[k]]
            end = min(ends[chosen[k]], start + MOST)
            word = kernels.SEED
            for at in range(start, end):
                word = kernels.extend_hash(word, points[at])
            codes[n], tokens[n] = _code(word), start
            n += 1
            if k > bounds[row]:
                pair = kernels.extend_hash(kernels.extend_hash(before, _PAIR), np.uint32(word & _LOW))
                codes[n], tokens[n] = _code(pair), start
                n += 1
            if k > bounds[row] + 1 and end - start == 1:
                three = kernels.extend_hash(
                    kernels.extend_hash(earlier, np.uint32(before & _LOW)), np.uint32(word & _LOW)
                )
                codes[n], tokens[n] = _code(three), start
                n += 1
            earlier, before = before, word
            if end - start == 1:
                continue
            for first in range(start - 1, end):
                gram = kernels.extend_hash(kernels.SEED, _EDGE if first < start else points[first])
                for last in range(first + 1, min(first + LONGEST, end + 1)):
                    gram = kernels.extend_hash(gram, _EDGE if last == end else points[last])
                    if last - first + 1 >= SHORTEST:
                        codes[n], tokens[n] = _code(gram), max(first, start)
                        n += 1
        documents[row + 1] = n
    return codes[:n], tokens[:n], documents


@compiled
def _code(value: np.uint64) -> np.uint32:
    return np.uint32(kernels.finish_hash(value) >> np.uint64(64 - BITS))
