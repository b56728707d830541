"""Where words begin and end: the tokenizer of every script, compiled.

White space separates chunks. In an unspaced script a token is one letter with what joins it. Elsewhere marks come off
both ends of a chunk one by one, and the rest is parted at hyphens between letters and the like: about what the field's
tokenizers do, so that published thresholds mean here what they meant there (`tests/benchmarks/filters.py` measures it).
"""

from itertools import count

import numpy as np
import numpy.typing as npt

from filters.text import characters, kernels
from shards.arrays import Array
from shards.compiled import compiled, inner


def _number(word: str) -> int:
    """Return the word as `_packed` does, for comparison."""
    return sum(ord(letter) << (7 * place) for place, letter in enumerate(reversed(word)))


def _table(words: str) -> npt.NDArray[np.int64]:
    """Return the words as numbers, each at its remainder by the size of the table: found with one comparison."""
    numbers = [_number(word) for word in words.split()]
    size = next(size for size in count(len(numbers)) if len({number % size for number in numbers}) == len(numbers))
    table = np.zeros(size, np.int64)
    for number in numbers:
        table[number % size] = number
    return table


# Words that keep their full stop, so that it ends no sentence; what has a full stop inside (e.g., a.m.) does so anyway.
_ABBREVIATIONS = _table(
    "mr mrs ms dr prof st jr sr vs rep sen gov gen lt col sgt adm co corp inc ltd bros jan feb mar apr jun jul aug sep"
    " sept oct nov dec mt messrs ph.d"
)
# Units that are words of their own after a number without a space.
_UNITS = _table("km m dm cm mm ha um nm yd in ft kg g mg t lb oz kmh mph hpa pa mbar mb kb gb tb")


@compiled
def tokens(points: Array, props: Array, documents: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return start, end, hash and kind of every token in order, and where each document's tokens start.

    Most chunks are a word, a number or a mark, or have one mark behind them: those are written at once, hashed while
    their end was looked for. `_spaced` parts all others.
    """
    starts = np.empty(len(points), np.int32)
    ends = np.empty(len(points), np.int32)
    hashes = np.empty(len(points), np.uint64)
    kinds = np.empty(len(points), np.uint8)
    first = np.empty(len(documents), np.int64)
    n = 0
    for document in range(len(documents) - 1):
        first[document] = n
        i, limit = documents[document], documents[document + 1]
        after_space = True
        while i < limit:
            last = props[i]
            if last & characters.SPACE:
                i += 1
                after_space |= not last & characters.INVISIBLE  # a chunk is one to readers
                continue
            chunk = n
            if last & characters.UNSPACED:
                end = _cluster(points, props, i, limit)
                starts[n], ends[n] = i, end
                hashes[n], kinds[n] = _described(points, props, i, end)
                n += 1
            else:
                end = i + 1
                inner_props = np.uint16(0)
                before = kernels.SEED
                value = kernels.extend_hash(before, points[i])
                while end < limit and not props[end] & (characters.SPACE | characters.UNSPACED):
                    inner_props |= last
                    last = props[end]
                    before = value
                    value = kernels.extend_hash(value, points[end])
                    end += 1
                marks = _marks_behind(points, props, i, end, inner_props)
                if marks < 0:
                    n = _spaced(points, props, i, end, starts, ends, n)
                    for token in range(chunk, n):
                        hashes[token], kinds[token] = _described(points, props, starts[token], ends[token])
                else:
                    starts[n], ends[n] = i, end - marks
                    hashes[n] = kernels.finish_hash(before if marks else value)
                    all_of = np.uint16(0) if end - marks - i > 1 else props[i]
                    kinds[n] = kernels.kind(inner_props if marks else inner_props | last, all_of, end - marks - i)
                    n += 1
                    if marks:
                        starts[n], ends[n] = end - 1, end
                        hashes[n], kinds[n] = _described(points, props, end - 1, end)
                        n += 1
            if after_space:
                kinds[chunk] |= kernels.CHUNK
            after_space = False
            i = end
    first[len(documents) - 1] = n
    return starts[:n], ends[:n], hashes[:n], kinds[:n], first


@inner
def _marks_behind(points: Array, props: Array, start: int, end: int, inner_props: np.uint16) -> int:
    """Return how many marks, 0 or 1, come off the end of a plain chunk; -1 if it is not plain."""
    last = props[end - 1]
    if (inner_props & characters.SYMBOL) or end - start == 1:
        return 0 if end - start == 1 else -1
    if not (inner_props | last) & (characters.SYMBOL | characters.NUMBER):
        return 0
    if not last & characters.SYMBOL:
        return -1 if last & characters.ALPHABETIC else 0  # 5km
    before = props[end - 2]
    if inner_props & characters.NUMBER and not before & characters.NUMBER:
        return -1
    if last & characters.PEELING:
        return 1
    if points[end - 1] != 46 or inner_props & characters.NUMBER or end - start == 2 or not before:
        return -1
    if before & characters.UPPER:
        return 1 if props[end - 3] & characters.UPPER else 0
    return 0 if end - start < 8 and _is_in(_ABBREVIATIONS, _packed(points, start, end - 1)) else 1


@inner
def _described(points: Array, props: Array, start: int, end: int) -> tuple[np.uint64, np.uint8]:
    """Return the hash and the kind of one token."""
    value = kernels.SEED
    any_of, all_of = np.uint16(0), np.uint16(0xFFFF)
    for i in range(start, end):
        value = kernels.extend_hash(value, points[i])
        any_of |= props[i]
        all_of &= props[i]
    return kernels.finish_hash(value), kernels.kind(any_of, all_of, end - start)


@inner
def _cluster(points: Array, props: Array, start: int, limit: int) -> int:
    """Return the end of the letter of an unspaced script that starts here, with all that joins it."""
    end = start + 1
    while end < limit and props[end - 1] & characters.PREPENDED and props[end] & characters.UNSPACED:
        end += 1
    while end < limit and (props[end] & characters.JOINED or _closes(points, props, end, limit)):
        end += 1
    return end


@inner
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


@inner
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
            props[low] & (characters.PEELING | characters.CURRENCY)
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
        if _is_address(points, props, low, high):
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


@inner
def _suffix(points: Array, props: Array, start: int, end: int) -> int:
    """Return how many characters come off the end of the chunk as a token of their own."""
    if end - start < 2:
        return 0
    last, before = points[end - 1], props[end - 2]
    if last == 46:  # full stop
        dots = 1
        while end - dots > start and points[end - dots - 1] == 46:
            dots += 1
        if dots > 1:
            return dots
        if before & characters.UPPER:  # "U.S." and "J." stay whole, "NASA." does not
            return 1 if end - start > 2 and props[end - 3] & characters.UPPER else 0
        if before & characters.ALPHABETIC and end - start == 2:
            return 0
        if before & characters.ALPHABETIC and _is_abbreviation(points, props, start, end):
            return 0
        return 1 if before or points[end - 2] == 43 else 0
    if (last == 115 or last == 83) and (points[end - 2] == 39 or points[end - 2] == 0x2019) and end - start > 2:
        return 2  # 's
    if props[end - 1] & characters.PEELING:
        return 1
    if before & characters.NUMBER and (last == 43 or props[end - 1] & characters.CURRENCY):
        return 1  # 30+, 5€
    if props[end - 1] & characters.ALPHABETIC:
        return _unit(points, props, start, end)
    return 0


@inner
def _unit(points: Array, props: Array, start: int, end: int) -> int:
    """Return the length of the unit that is written after a number without a space, or 0."""
    length = 1
    while length <= 3 and end - length > start and props[end - length - 1] & characters.ALPHABETIC:
        length += 1
    if end - length > start and props[end - length - 1] & characters.NUMBER:
        return length if _is_in(_UNITS, _packed(points, end - length, end)) else 0
    return 0


@inner
def _packed(points: Array, start: int, end: int) -> int:
    """Return up to eight ASCII characters, small letters for capitals, as one number; 0 for anything else."""
    value = 0
    if end - start > 8:
        return 0
    for i in range(start, end):
        c = points[i]
        if c > 126:
            return 0
        value = (value << 7) | (c + 32 if 65 <= c <= 90 else c)
    return value


@inner
def _is_in(table: Array, value: int) -> bool:
    return value != 0 and table[value % len(table)] == value


@inner
def _is_abbreviation(points: Array, props: Array, start: int, end: int) -> bool:
    """Return whether the full stop at the end belongs to the word: e.g., a.m., Mr."""
    for i in range(start + 1, end - 2):
        if points[i] == 46 and end - start < 8 and props[i - 1] & props[i + 1] & characters.ALPHABETIC:
            return True
    return _is_in(_ABBREVIATIONS, _packed(points, start, end - 1))


@inner
def _is_address(points: Array, props: Array, start: int, end: int) -> bool:
    """Return whether the chunk is a web or mail address, which is one word: scheme://…, a@b.c, host.tld/…"""
    host, dot = start, -1
    while host < end:
        c = points[host]
        if c == 46:
            dot = host
        elif not props[host] & (characters.ALPHABETIC | characters.NUMBER) and c != 45 and c != 95 and c != 43:
            break
        host += 1
    if host + 2 < end and points[host] == 58 and points[host + 1] == 47 and points[host + 2] == 47:
        return True
    if host > start and host < end and points[host] == 64:
        dots = 0
        for i in range(host + 2, end - 1):
            dots += points[i] == 46
        return dots > 0
    if dot <= start or host - dot < 3 or (host < end and points[host] != 47 and points[host] != 58):
        return False
    small = 0
    for i in range(dot + 1, host):
        small += 97 <= points[i] <= 122
    return small == host - dot - 1


@inner
def _parted(points: Array, props: Array, start: int, end: int, starts: Array, ends: Array, n: int) -> int:
    low = start
    i = start
    while i < end:
        length = _infix(points, props, i, start, end) if props[i] & characters.SYMBOL else 0
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


@inner
def _infix(points: Array, props: Array, i: int, start: int, end: int) -> int:
    """Return how many characters at i part the chunk in two and are a token of their own."""
    if i == start:
        return 0
    c = points[i]
    if c == 46:
        return _infix_dots(points, props, i, end)
    if c == 0x2026:
        return 1
    if i + 1 >= end:
        return 0
    before, after = props[i - 1], props[i + 1]
    if c == 45 or c == 0x2013 or c == 0x2014 or c == 126:
        return _infix_dashes(points, props, i, end)
    if (c == 44 or c == 58 or c == 60 or c == 62 or c == 61 or c == 47) and after & characters.ALPHABETIC:
        return 1 if before & characters.ALPHABETIC or (c != 44 and before & characters.NUMBER) else 0
    if (c == 43 or c == 42 or c == 94) and before & characters.NUMBER and after & characters.NUMBER:
        return 1
    if props[i] & characters.PEELING and not props[i] & characters.PUNCTUATION and c > 127:  # an icon: ™ ° emoji
        return 1
    return 0


@inner
def _infix_dots(points: Array, props: Array, i: int, end: int) -> int:
    """An ellipsis, or a full stop without its space: "end.Start"."""
    dots = 1
    while i + dots < end and points[i + dots] == 46:
        dots += 1
    if dots > 1:
        return dots
    return 1 if i + 1 < end and props[i - 1] & characters.LOWER and props[i + 1] & characters.UPPER else 0


@inner
def _infix_dashes(points: Array, props: Array, i: int, end: int) -> int:
    """Dashes between words, at most three, or a minus between numbers."""
    c, before = points[i], props[i - 1]
    dashes = 1
    while dashes < 3 and i + dashes + 1 < end and points[i + dashes] == c:
        dashes += 1
    after = props[i + dashes]
    if before & (characters.ALPHABETIC | characters.NUMBER) and after & characters.ALPHABETIC:
        return dashes
    return 1 if c == 45 and before & characters.NUMBER and after & characters.NUMBER else 0


@inner
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
