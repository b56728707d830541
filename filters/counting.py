"""The hot loops that filters share, compiled: UTF-8 to code points, and what is counted in points, tokens and lines."""

from typing import Any

import numpy as np
import numpy.typing as npt

from filters.compiled import compiled
from filters.kernels import ENDS_SENTENCE, PUNCTUATION

Array = npt.NDArray[Any]


@compiled
def decode(data: Array, offsets: Array) -> tuple[Array, Array]:
    """Return the code points of all documents, and where each document starts among them.

    `offsets` are Arrow's: one more than there are documents, the first not always 0. Bytes that are not UTF-8 (Arrow
    does not check what it reads from a file) become U+FFFD, one each.
    """
    size = len(offsets) - 1
    points = np.empty(offsets[size] - offsets[0], np.uint32)
    starts = np.empty(size + 1, np.int64)
    n = 0
    for document in range(size):
        starts[document] = n
        i, end = offsets[document], offsets[document + 1]
        while i < end:
            lead = data[i]
            if lead < 0x80:
                points[n] = lead
                n += 1
                i += 1
                continue
            length, point = 0, 0xFFFD
            if 0xC2 <= lead < 0xE0:
                length, point = 1, lead & 0x1F
            elif 0xE0 <= lead < 0xF0:
                length, point = 2, lead & 0x0F
            elif 0xF0 <= lead < 0xF5:
                length, point = 3, lead & 0x07
            whole = i + length < end
            if whole:
                for k in range(1, length + 1):
                    whole = whole and (data[i + k] & 0xC0) == 0x80
                    point = (point << 6) | (data[i + k] & 0x3F)
            overlong = (length == 2 and point < 0x800) or (length == 3 and point < 0x10000)
            if not whole or overlong or length == 0 or 0xD800 <= point < 0xE000 or point > 0x10FFFF:
                length, point = 0, 0xFFFD
            points[n] = point
            n += 1
            i += length + 1
    starts[size] = n
    return points[:n].copy(), starts


@compiled
def look_up(points: Array, table: Array) -> Array:
    """Return the properties of every code point."""
    found = np.empty(len(points), table.dtype)
    for i in range(len(points)):
        found[i] = table[points[i]]
    return found


@compiled
def occurrences(points: Array, documents: Array, wanted: Array) -> Array:
    """Return, per document, how often the wanted code points occur in a row, not overlapping."""
    found = np.zeros(len(documents) - 1, np.int64)
    size = len(wanted)
    for document in range(len(documents) - 1):
        i, limit = documents[document], documents[document + 1] - size
        while i <= limit:
            if points[i] == wanted[0]:
                k = 1
                while k < size and points[i + k] == wanted[k]:
                    k += 1
                if k == size:
                    found[document] += 1
                    i += size - 1
            i += 1
    return found


@compiled
def sentence_starts(kinds: Array, documents: Array) -> Array:
    """Return which tokens start a sentence: a document's first, and the first after a terminal that is no mark."""
    starts = np.zeros(len(kinds), np.bool_)
    for document in range(len(documents) - 1):
        ended = True
        for i in range(documents[document], documents[document + 1]):
            if ended and (i == documents[document] or not kinds[i] & (ENDS_SENTENCE | PUNCTUATION)):
                starts[i] = True
                ended = False
            if kinds[i] & ENDS_SENTENCE:
                ended = True
    return starts


@compiled
def distinct_members(hashes: Array, documents: Array, rows: Array, wanted: Array) -> Array:
    """Return, for each of the rows (documents), how many of at most 64 wanted hashes it has."""
    found = np.zeros(len(rows), np.int64)
    for row in range(len(rows)):
        seen = np.uint64(0)
        for i in range(documents[rows[row]], documents[rows[row] + 1]):
            for k in range(len(wanted)):
                if hashes[i] == wanted[k]:
                    seen |= np.uint64(1) << np.uint64(k)
        while seen:
            seen &= seen - np.uint64(1)
            found[row] += 1
    return found


@compiled
def line_marks(points: Array, props: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """Return which lines start with a bullet (• or -), and which end with an ellipsis (… or three full stops)."""
    bullets = np.zeros(len(starts), np.bool_)
    ellipses = np.zeros(len(starts), np.bool_)
    for line in range(len(starts)):
        first, last = starts[line], ends[line] - 1
        bullets[line] = points[first] == 0x2022 or points[first] == 45
        ellipses[line] = points[last] == 0x2026 or (
            last - first >= 2 and points[last] == 46 and points[last - 1] == 46 and points[last - 2] == 46
        )
    return bullets, ellipses
