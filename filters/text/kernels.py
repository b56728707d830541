"""The hot loops that filters share, compiled: UTF-8 to code points, lines, and what tokens and lines are.

Every loop runs over one flat array for the batch, with the documents told apart by their offsets, so that no Python
object is made per word. Positions count code points.
"""

from typing import Any

import numpy as np

from filters.text import characters
from shards.arrays import Array
from shards.compiled import compiled, inner

# What a token is, as bits. Compiled code has these, and those of `characters`, built in: add bits, never renumber them.
WORD = np.uint8(1)  # has a letter or a digit
ALPHABETIC = np.uint8(2)  # has a letter
CHUNK = np.uint8(4)  # the first after white space, or a token of an unspaced script
ENDS_SENTENCE = np.uint8(8)  # is a single sentence terminal
UNSPACED = np.uint8(16)  # is a cluster of a script without spaces between words
PUNCTUATION = np.uint8(32)  # has nothing but punctuation

SEED = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)
_HIGH_BITS = np.uint64(0x8080808080808080)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@compiled
def decode(data: Array, offsets: Array) -> tuple[Array, Array]:
    """Return the code points of all documents, and where each document starts among them.

    `offsets` are Arrow's: one more than there are documents, the first not always 0. Bytes that are not UTF-8 (Arrow
    does not check what it reads from a file) become U+FFFD, one each.
    """
    size = len(offsets) - 1
    points = np.empty(offsets[size] - offsets[0], np.uint32)
    blocks = data[: len(data) & ~7].view(np.uint64)
    starts = np.empty(size + 1, np.int64)
    n = 0
    for document in range(size):
        starts[document] = n
        i, end = offsets[document], offsets[document + 1]
        while i < end:
            lead = data[i]
            if i & 7 == 0 and i + 8 <= end and not blocks[i >> 3] & _HIGH_BITS:
                for k in range(8):  # eight bytes of ASCII
                    points[n + k] = data[i + k]
                n += 8
                i += 8
                continue
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
    return points[:n], starts


@compiled
def look_up(points: Array, table: Array) -> Array:
    """Return the properties of every code point."""
    found = np.empty(len(points), table.dtype)
    for i in range(len(points)):
        found[i] = table[points[i]]
    return found


@compiled
def places(props: Array, wanted: np.uint16) -> Array:
    """Return where the characters are that have one of the wanted properties."""
    found = np.empty(len(props) + 1, np.int32)
    n = 0
    for i in range(len(props)):
        found[n] = i
        n += (props[i] & wanted) != 0
    return found[:n].copy()


@compiled
def lines(points: Array, props: Array, marks: Array, documents: Array) -> tuple[Array, Array, Array, Array]:
    """Return start, end and whether it opens a paragraph for each line that is not blank, and documents' first.

    `marks` are the places of breaks, and of anything else. Start and end leave out white space around the line. A
    paragraph is a run of lines with no blank line between.
    """
    capacity = len(marks) + len(documents)
    starts = np.empty(capacity, np.int32)
    ends = np.empty(capacity, np.int32)
    opens = np.empty(capacity, np.bool_)
    first = np.empty(len(documents), np.int64)
    n, mark = 0, 0
    for document in range(len(documents) - 1):
        first[document] = n
        i, limit = documents[document], documents[document + 1]
        after_blank = True
        while i < limit:
            low = i
            while mark < len(marks) and (marks[mark] < i or not props[marks[mark]] & characters.BREAK):
                mark += 1
            high = min(marks[mark], limit) if mark < len(marks) else limit
            i = high + (2 if high + 1 < limit and points[high] == 13 and points[high + 1] == 10 else 1)
            while low < high and props[low] & characters.SPACE:
                low += 1
            while low < high and props[high - 1] & characters.SPACE:
                high -= 1
            if low == high:
                after_blank = True
                continue
            starts[n], ends[n], opens[n] = low, high, after_blank
            after_blank = False
            n += 1
    first[len(documents) - 1] = n
    return starts[:n].copy(), ends[:n].copy(), opens[:n].copy(), first


@inner
def extend_hash(value: np.uint64, part: np.uint32) -> np.uint64:
    """Return the unfinished hash of a piece and the part that comes next."""
    return (value ^ np.uint64(part)) * _PRIME


@inner
def finish_hash(value: np.uint64) -> np.uint64:
    """Return the hash of a piece: every bit of it depends on every part."""
    value = (value ^ (value >> np.uint64(29))) * _MIX
    return value ^ (value >> np.uint64(32))


@compiled
def hashes(points: Array, starts: Array, ends: Array) -> Array:
    """Return one hash per piece, equal for equal pieces; two characters at a time, so they are not those of tokens."""
    found = np.empty(len(starts), np.uint64)
    for piece in range(len(starts)):
        value = SEED
        for i in range(starts[piece], ends[piece] - 1, 2):
            value = (value ^ (np.uint64(points[i]) << np.uint64(32) | np.uint64(points[i + 1]))) * _PRIME
        if (ends[piece] - starts[piece]) & 1:
            value = (value ^ np.uint64(points[ends[piece] - 1])) * _PRIME
        found[piece] = finish_hash(value)
    return found


@compiled
def combine(hashes: Array, first: Array, last: Array) -> Array:
    """Return one hash per run of pieces, from the first through the last of it."""
    combined = np.empty(len(first), np.uint64)
    for run in range(len(first)):
        value = SEED
        for i in range(first[run], last[run] + 1):
            value = (value ^ hashes[i]) * _MIX
        combined[run] = value ^ (value >> np.uint64(32))
    return combined


@inner
def kind(any_of: np.uint16, all_of: np.uint16, length: int) -> np.uint8:
    """Return what a token is, from the properties that any, and that all, of its characters have."""
    found = np.uint8(0)
    if any_of & (characters.ALPHABETIC | characters.NUMBER):
        found |= WORD
    if any_of & characters.ALPHABETIC:
        found |= ALPHABETIC
    if all_of & characters.PUNCTUATION:
        found |= PUNCTUATION
    if all_of & characters.TERMINAL and length == 1:
        found |= ENDS_SENTENCE
    if any_of & characters.UNSPACED:
        found |= UNSPACED | CHUNK
    return found


@compiled
def sentences(kinds: Array, bounds: Array) -> Array:
    """Return how many sentences start from each bound up to the next.

    One starts at the first token, and at the first after a terminal that is no mark.
    """
    found = np.zeros(len(bounds) - 1, np.int64)
    for piece in range(len(bounds) - 1):
        total, ended = 0, True
        for i in range(bounds[piece], bounds[piece + 1]):
            if ended and (i == bounds[piece] or not kinds[i] & (ENDS_SENTENCE | PUNCTUATION)):
                total += 1
                ended = False
            if kinds[i] & ENDS_SENTENCE:
                ended = True
        found[piece] = total
    return found


@compiled
def occurrences(points: Array, documents: Array, marks: Array, wanted: Array) -> Array:
    """Return, per document, how often the wanted code points occur in a row, not overlapping.

    `marks` has all places where the first of them may stand.
    """
    found = np.zeros(len(documents) - 1, np.int64)
    size = len(wanted)
    document, behind = 0, 0  # behind the occurrence before
    for place in marks:
        if points[place] != wanted[0] or place < behind:
            continue
        while place >= documents[document + 1]:
            document += 1
        k = 1
        while k < size and place + k < documents[document + 1] and points[place + k] == wanted[k]:
            k += 1
        if k == size:
            found[document] += 1
            behind = place + size
    return found


@compiled
def distinct_members(hashes: Array, documents: Array, rows: Array, wanted: Array) -> Array:
    """Return, for each of the rows (documents), how many of at most 64 wanted hashes it has."""
    found = np.zeros(len(rows), np.int64)
    ends = np.zeros(256, np.bool_)  # of the hashes: few others end so
    for k in range(len(wanted)):
        ends[wanted[k] & np.uint64(255)] = True
    for row in range(len(rows)):
        seen = np.uint64(0)
        for i in range(documents[rows[row]], documents[rows[row] + 1]):
            if not ends[hashes[i] & np.uint64(255)]:
                continue
            for k in range(len(wanted)):
                if hashes[i] == wanted[k]:
                    seen |= np.uint64(1) << np.uint64(k)
        while seen:
            seen &= seen - np.uint64(1)
            found[row] += 1
    return found


@compiled
def members(hashes: Array, documents: Array, rows: Array, wanted: Array) -> Array:
    """Return, for each of the rows (documents), how many of its hashes are among the wanted."""
    found = np.zeros(len(rows), np.int64)
    ends = np.zeros(256, np.bool_)
    for k in range(len(wanted)):
        ends[wanted[k] & np.uint64(255)] = True
    for row in range(len(rows)):
        for i in range(documents[rows[row]], documents[rows[row] + 1]):
            if ends[hashes[i] & np.uint64(255)]:
                for k in range(len(wanted)):
                    found[row] += hashes[i] == wanted[k]
    return found


@compiled
def commonest(hashes: Array, counted: Array, documents: Array) -> Array:
    """Return, per document, how often the commonest of the hashes that are counted occurs."""
    found = np.zeros(len(documents) - 1, np.int64)
    for document in range(len(found)):
        words = hashes[documents[document] : documents[document + 1]][
            counted[documents[document] : documents[document + 1]]
        ]
        words.sort()
        run = 0
        for i in range(len(words)):
            run = run + 1 if i and words[i] == words[i - 1] else 1
            found[document] = max(found[document], run)
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


@compiled
def totals(values: Array, bounds: Array) -> Array:
    """Return the sum of the whole numbers (or truths) from each bound up to the next."""
    sums = np.zeros(len(bounds) - 1, np.int64)
    for piece in range(len(bounds) - 1):
        total = np.int64(0)
        for i in range(bounds[piece], bounds[piece + 1]):
            total += values[i]
        sums[piece] = total
    return sums


@compiled
def totals_between(props: Array, starts: Array, ends: Array, wanted: Any) -> Array:
    """Return how many characters of each piece have one of the wanted properties."""
    sums = np.zeros(len(starts), np.int64)
    for piece in range(len(starts)):
        total = 0
        for i in range(starts[piece], ends[piece]):
            total += (props[i] & wanted) != 0
        sums[piece] = total
    return sums
