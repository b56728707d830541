"""The hot loops of segmentation, compiled: from code points to the tokens and lines of a whole batch.

Every loop runs over one flat array for the batch, with the documents told apart by their offsets, so that no Python
object is made per word. Positions count code points.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from filters import characters
from filters.compiled import compiled

Array = npt.NDArray[Any]

# What a token is, as bits. Compiled code has these, and those of `characters`, built in: add bits, never renumber them.
WORD = np.uint8(1)  # has a letter or a digit
ALPHABETIC = np.uint8(2)  # has a letter
CHUNK = np.uint8(4)  # the first after white space, or a token of an unspaced script
ENDS_SENTENCE = np.uint8(8)  # is a single sentence terminal
UNSPACED = np.uint8(16)  # is a cluster of a script without spaces between words
PUNCTUATION = np.uint8(32)  # has nothing but punctuation

_SEED = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@compiled
def _hash(points: Array, start: int, end: int) -> Any:
    value = _SEED
    for i in range(start, end):
        value = (value ^ np.uint64(points[i])) * _PRIME
    value = (value ^ (value >> np.uint64(29))) * _MIX
    return value ^ (value >> np.uint64(32))


@compiled
def _kind(props: Array, start: int, end: int) -> Any:
    """Return what the token is; whether it starts a chunk is for the caller to say."""
    any_of = np.uint16(0)
    all_of = np.uint16(0xFFFF)
    for i in range(start, end):
        any_of |= props[i]
        all_of &= props[i]
    kind = np.uint8(0)
    if any_of & (characters.ALPHABETIC | characters.NUMBER):
        kind |= WORD
    if any_of & characters.ALPHABETIC:
        kind |= ALPHABETIC
    if all_of & characters.PUNCTUATION:
        kind |= PUNCTUATION
    if all_of & characters.TERMINAL and end - start == 1:
        kind |= ENDS_SENTENCE
    if any_of & characters.UNSPACED:
        kind |= UNSPACED
    return kind


@compiled
def _peels(points: Array, props: Array, i: int) -> bool:
    """Return whether the mark comes off the front or the back of a chunk wherever it stands there.

    What binds the parts of names, numbers, addresses and paths does not: . - / @ ~ ^ | backslash + =
    """
    c = points[i]
    if not props[i] & characters.SYMBOL:
        return False
    return not (
        c == 46 or c == 45 or c == 47 or c == 64 or c == 126 or c == 94 or c == 124 or c == 92 or c == 43 or c == 61
    )


@compiled
def _is_address(points: Array, start: int, end: int) -> bool:
    """Return whether the chunk is a web or mail address, which is one word."""
    if end - start < 5:
        return False
    if points[start] == 119 and points[start + 1] == 119 and points[start + 2] == 119 and points[start + 3] == 46:
        return True
    for i in range(start + 1, end - 2):
        c = points[i]
        if c == 64:  # @ with a dot behind it
            dots = 0
            for k in range(i + 2, end - 1):
                dots += points[k] == 46
            return dots > 0
        if c == 58 and points[i + 1] == 47 and points[i + 2] == 47:
            return True
    return False


@compiled
def _suffix(points: Array, props: Array, start: int, end: int) -> int:
    """Return how many characters come off the end of the chunk as a token of their own."""
    last = points[end - 1]
    if last == 46:  # full stop
        dots = 1
        while end - dots > start and points[end - dots - 1] == 46:
            dots += 1
        if dots > 1:
            return dots
        if end - start < 2:
            return 0
        before = props[end - 2]
        if before & characters.UPPER:  # "U.S." and "J." stay whole, "NASA." does not
            return 1 if end - start > 2 and props[end - 3] & characters.UPPER else 0
        return (
            1
            if before
            & (
                characters.LOWER
                | characters.NUMBER
                | characters.SYMBOL
                | characters.MARK
                | characters.UNSPACED
                | characters.ALPHABETIC
            )
            else 0
        )
    if (last == 115 or last == 83) and end - start > 2 and (points[end - 2] == 39 or points[end - 2] == 0x2019):
        return 2  # 's
    return 1 if _peels(points, props, end - 1) else 0


@compiled
def _infix(points: Array, props: Array, i: int, start: int, end: int) -> int:
    """Return how many characters at i part the chunk in two and are a token of their own."""
    if not props[i] & characters.SYMBOL or i == start:
        return 0
    c = points[i]
    if c == 46:  # an ellipsis, or a full stop without its space: "end.Start"
        dots = 1
        while i + dots < end and points[i + dots] == 46:
            dots += 1
        if dots > 1:
            return dots
        if i + 1 < end and props[i - 1] & characters.LOWER and props[i + 1] & characters.UPPER:
            return 1
        return 0
    if c == 0x2026:
        return 1
    if i + 1 >= end:
        return 0
    before, after = props[i - 1], props[i + 1]
    if c == 45 or c == 0x2013 or c == 0x2014 or c == 126:
        dashes = 1
        while dashes < 3 and i + dashes + 1 < end and points[i + dashes] == c:
            dashes += 1
        after = props[i + dashes]
        if before & (characters.ALPHABETIC | characters.NUMBER) and after & characters.ALPHABETIC:
            return dashes
        return 1 if c == 45 and before & characters.NUMBER and after & characters.NUMBER else 0
    if (c == 44 or c == 58 or c == 60 or c == 62 or c == 61 or c == 47) and after & characters.ALPHABETIC:
        return 1 if before & characters.ALPHABETIC or (c != 44 and before & characters.NUMBER) else 0
    if (c == 43 or c == 42 or c == 94) and before & characters.NUMBER and after & characters.NUMBER:
        return 1
    if not props[i] & characters.PUNCTUATION and c > 127:  # an icon: ™ ° → emoji
        return 1
    return 0


@compiled
def _contraction(points: Array, props: Array, start: int, end: int) -> int:
    """Return the length of the part of a contraction that is a word of its own: n't, 're, 'll, 've, 'd, 'm."""
    if end - start < 3:
        return 0
    a, b, c = points[end - 3], points[end - 2], points[end - 1]
    if c == 116 and (b == 39 or b == 0x2019) and a == 110 and end - start > 3:
        return 3
    if (a == 39 or a == 0x2019) and ((b == 114 and c == 101) or (b == 108 and c == 108) or (b == 118 and c == 101)):
        return 2 + 1
    if (b == 39 or b == 0x2019) and (c == 100 or c == 109):
        return 2
    return 0


@compiled
def _closes(points: Array, props: Array, i: int, limit: int) -> bool:
    """Return whether the letter belongs to the cluster before it, in Khmer and Burmese.

    It is written under the letter before (after a Khmer coeng or a Burmese virama), or closes a Burmese syllable (has
    an asat, which a dot may precede).
    """
    if not props[i] & characters.UNSPACED:
        return False
    if points[i - 1] == 0x17D2 or points[i - 1] == 0x1039:
        return True
    after = i + 2 if i + 1 < limit and points[i + 1] == 0x1037 else i + 1
    return after < limit and points[after] == 0x103A


@compiled
def tokens(points: Array, props: Array, documents: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return start, end, hash and kind of every token, and where each document's tokens start.

    White space separates chunks. In an unspaced script a token is one letter with what joins it. Elsewhere marks come
    off both ends of a chunk one by one, and the rest is parted at hyphens between letters and the like: about what
    the field's tokenizers do, so that published thresholds mean here what they meant there.
    """
    capacity = len(points)
    starts = np.empty(capacity, np.int32)
    ends = np.empty(capacity, np.int32)
    hashes = np.empty(capacity, np.uint64)
    kinds = np.empty(capacity, np.uint8)
    first = np.empty(len(documents), np.int64)
    n = 0
    for document in range(len(documents) - 1):
        first[document] = n
        i, limit = documents[document], documents[document + 1]
        while i < limit:
            if props[i] & characters.SPACE:
                i += 1
                continue
            chunk = n
            while i < limit and not props[i] & characters.SPACE:
                end = i
                if props[i] & characters.UNSPACED:
                    end = i + 1
                    while end < limit and props[i] & characters.PREPENDED and props[end] & characters.UNSPACED:
                        i_is_last = not props[end] & characters.PREPENDED
                        end += 1
                        if i_is_last:
                            break
                    while end < limit and (props[end] & characters.JOINED or _closes(points, props, end, limit)):
                        end += 1
                    starts[n], ends[n] = i, end
                    n += 1
                else:
                    while end < limit and not props[end] & (characters.SPACE | characters.UNSPACED):
                        end += 1
                    n = _spaced(points, props, i, end, starts, ends, n)
                i = end
            for k in range(chunk, n):
                hashes[k] = _hash(points, starts[k], ends[k])
                kind = _kind(props, starts[k], ends[k])
                kinds[k] = kind | CHUNK if k == chunk or kind & UNSPACED else kind
    first[len(documents) - 1] = n
    return starts[:n].copy(), ends[:n].copy(), hashes[:n].copy(), kinds[:n].copy(), first


@compiled
def _spaced(points: Array, props: Array, start: int, end: int, starts: Array, ends: Array, n: int) -> int:
    """Write the tokens of one chunk of a spaced script in order, and return the number of tokens so far."""
    low, high = start, end
    while low < high:
        c = points[low]
        if c == 46 and low + 1 < high and points[low + 1] == 46:
            length = 2
            while low + length < high and points[low + length] == 46:
                length += 1
        elif (
            _peels(points, props, low)
            or c == 61
            or (c == 43 and low + 1 < high and not props[low + 1] & characters.NUMBER)
        ):
            length = 1
        else:
            break
        starts[n], ends[n] = low, low + length
        n += 1
        low += length
    tail = high
    while low < high:
        length = _suffix(points, props, low, high)
        if length == 0 or length >= high - low:
            break
        high -= length
    if low < high:
        if _is_address(points, low, high):
            starts[n], ends[n] = low, high
            n += 1
        else:
            n = _parted(points, props, low, high, starts, ends, n)
    # What came off the end, from left to right: the same cuts, found again from the end.
    cut = n
    while tail > high:
        length = _suffix(points, props, low, tail)
        starts[n], ends[n] = tail - length, tail
        n += 1
        tail -= length
    right = n - 1
    while cut < right:
        starts[cut], starts[right] = starts[right], starts[cut]
        ends[cut], ends[right] = ends[right], ends[cut]
        cut += 1
        right -= 1
    return n


@compiled
def _parted(points: Array, props: Array, start: int, end: int, starts: Array, ends: Array, n: int) -> int:
    low = start
    i = start
    while i < end:
        length = _infix(points, props, i, start, end)
        if length == 0:
            i += 1
            continue
        if low < i:
            starts[n], ends[n] = low, i
            n += 1
        starts[n], ends[n] = i, i + length
        n += 1
        i += length
        low = i
    if low < end:
        length = _contraction(points, props, low, end)
        if length:
            starts[n], ends[n] = low, end - length
            n += 1
        starts[n], ends[n] = end - length if length else low, end
        n += 1
    return n


@compiled
def lines(points: Array, props: Array, documents: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return start, end, hash and whether it starts a paragraph for each line that is not blank, and documents' first.

    Start and end leave out white space around the line. A paragraph is a run of lines with no blank line between.
    """
    capacity = len(points) // 2 + len(documents)
    starts = np.empty(capacity, np.int32)
    ends = np.empty(capacity, np.int32)
    hashes = np.empty(capacity, np.uint64)
    opens = np.empty(capacity, np.bool_)
    first = np.empty(len(documents), np.int64)
    n = 0
    for document in range(len(documents) - 1):
        first[document] = n
        i, limit = documents[document], documents[document + 1]
        after_blank = True
        while i < limit:
            low = i
            while i < limit and not props[i] & characters.BREAK:
                i += 1
            high = i
            i += 2 if i + 1 < limit and points[i] == 13 and points[i + 1] == 10 else 1
            while low < high and props[low] & characters.SPACE:
                low += 1
            while low < high and props[high - 1] & characters.SPACE:
                high -= 1
            if low == high:
                after_blank = True
                continue
            starts[n], ends[n], opens[n] = low, high, after_blank
            hashes[n] = _hash(points, low, high)
            after_blank = False
            n += 1
    first[len(documents) - 1] = n
    return starts[:n].copy(), ends[:n].copy(), hashes[:n].copy(), opens[:n].copy(), first


@compiled
def combine(hashes: Array, first: Array, last: Array) -> Array:
    """Return one hash per run of pieces, from the first through the last of it."""
    combined = np.empty(len(first), np.uint64)
    for run in range(len(first)):
        value = _SEED
        for i in range(first[run], last[run] + 1):
            value = (value ^ hashes[i]) * _MIX
        combined[run] = value ^ (value >> np.uint64(32))
    return combined
