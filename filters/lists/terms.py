"""Words and phrases of long lists found in texts of any script: a term is whole where its script has whole words.

Where words stand between spaces (Latin, Cyrillic, Arabic, Katakana …) a term must not touch another letter or digit of
such a script. Hangul may be followed by more, because particles are written on; an Arabic term of four letters may have
"and", "the", "by", "like" or "for" written before it; a Katakana term of three may be part of a compound. Han,
Hiragana, Thai, Lao, Khmer and Burmese terms are found anywhere. A term that ends in `*` may go on (`insult*`: insults).
Case and width are folded. Of terms that begin at one place the longest is taken, and the search goes on after it, so
that a longer harmless phrase covers a shorter term.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text import characters, kernels
from filters.text.segment import Characters
from filters.text.shadow import shadow_table
from shards.arrays import Array
from shards.compiled import compiled, inner

WORD = characters.ALPHABETIC | characters.MARK | characters.NUMBER
_BUCKETS = 1 << 16


@dataclass(frozen=True)
class Terms:
    """A list made ready: the terms by the hash of their first three characters, each with the number of its group."""

    points: npt.NDArray[np.uint32]  # of all terms, one after the other
    starts: npt.NDArray[np.int64]  # one more than there are terms
    groups: npt.NDArray[np.int64]
    buckets: npt.NDArray[np.int32]  # terms of bucket b are those from buckets[b] up to buckets[b + 1], longest first
    goes_on: npt.NDArray[np.bool_]  # which of them may be followed by more of a word


@cache
def folded() -> npt.NDArray[np.uint32]:
    """Return, for every code point, the one that stands for it: lower case, and half of full width."""
    table = shadow_table().copy()
    for point in range(0x1E944):  # the last capital is one of Adlam
        lower = chr(table[point]).lower()
        if len(lower) == 1:
            table[point] = ord(lower)
    return table


def terms(groups: Sequence[Sequence[str]], *, allowed: Sequence[str] = ()) -> Terms:
    """Return the terms of the groups, by number, and the phrases that cover them, in group -1."""
    rows = [(t.strip(), number) for number, group in enumerate([allowed, *groups], -1) for t in group if t.strip()]
    plain = [term.removesuffix("*") or term for term, _ in rows]
    points = [kernels.look_up(np.frombuffer(term.encode("utf-32-le"), np.uint32), folded()) for term in plain]
    hashes = [_bucket(*np.resize(np.append(term[:3], (0, 0)), 3)) for term in points]
    # Of terms that begin alike the longest comes first; of equal ones, that of the first group.
    order = sorted(range(len(rows)), key=lambda row: (hashes[row], -len(points[row]), rows[row][1]))
    lengths = [len(points[row]) for row in order]
    return Terms(
        np.concatenate([points[row] for row in order]) if order else np.zeros(0, np.uint32),
        np.cumsum([0, *lengths]),
        np.array([rows[row][1] for row in order], np.int64),
        np.searchsorted([hashes[row] for row in order], np.arange(_BUCKETS + 1)).astype(np.int32),
        np.array([len(plain[row]) < len(rows[row][0]) for row in order], np.bool_),
    )


@dataclass(frozen=True)
class Found:
    """A row per term found, in the order of the texts."""

    documents: npt.NDArray[np.int64]
    terms: npt.NDArray[np.int64]  # by its place in `Terms`
    starts: npt.NDArray[np.int64]  # in code points of the batch
    lengths: npt.NDArray[np.int64]  # in code points


def find(texts: Characters, rows: npt.NDArray[np.int64], wanted: Terms) -> Found:
    """Return the terms in the documents of the given rows."""
    arguments = (texts.points, texts.documents, rows, texts.properties, folded())
    table = (wanted.points, wanted.starts, wanted.groups, wanted.buckets, wanted.goes_on)
    places = np.empty((64 + len(texts.points) // 32, 4), np.int64)
    count = _find(*arguments, *table, places)
    if count > len(places):
        places = np.empty((count, 4), np.int64)
        _find(*arguments, *table, places)
    return Found(*places[:count].T)


@inner
def _bucket(first: Any, second: Any, third: Any) -> int:
    """Return the bucket of the terms that begin so; 0 stands for no further character."""
    mixed = np.uint64(first) * np.uint64(31) + np.uint64(second) * np.uint64(1031) + np.uint64(third) * np.uint64(32771)
    return int(mixed & np.uint64(_BUCKETS - 1))


@compiled
def _find(
    points: Array,
    documents: Array,
    rows: Array,
    props: Array,
    folded: Array,
    terms: Array,
    starts: Array,
    groups: Array,
    buckets: Array,
    goes_on: Array,
    places: Array,
) -> int:
    """Write document, term, start and length of what is found, and return how many there are."""
    count = 0
    for row in rows:
        low, high = documents[row], documents[row + 1]
        i = low
        while i < high:
            if i > low and not _may_begin(points[i], props[i - 1], props[i]):
                i += 1
                continue
            first = folded[points[i]]
            second = folded[points[i + 1]] if i + 1 < high else 0
            third = folded[points[i + 2]] if i + 2 < high else 0
            best = -1
            for bucket in (_bucket(first, second, third), _bucket(first, second, 0), _bucket(first, 0, 0)):
                term, last = buckets[bucket], buckets[bucket + 1]
                while best < 0 and term < last:
                    size = starts[term + 1] - starts[term]
                    if stands(points, props, folded, terms, starts[term], size, low, i, high, goes_on[term]):
                        best = term
                    term += 1
            if best >= 0:
                size = starts[best + 1] - starts[best]
                if groups[best] >= 0:
                    if count < len(places):
                        places[count, 0], places[count, 1], places[count, 2], places[count, 3] = row, best, i, size
                    count += 1
                i += size
            else:
                i += 1
    return count


@inner
def _may_begin(point: int, before: int, here: int) -> bool:
    """Whether a term may begin inside a word: what most places of a text are told by, at one look."""
    return not _touches(before, here) or 0x600 <= point <= 0x6FF or 0x30A0 <= point <= 0x30FF


@inner
def stands(
    points: Array,
    props: Array,
    folded: Array,
    terms: Array,
    term: int,
    size: int,
    low: int,
    i: int,
    high: int,
    goes_on: bool,
) -> bool:
    """Whether a term stands at a place, and is whole there, or whole but for its end."""
    if i + size > high:
        return False
    k = 0
    while k < size and folded[points[i + k]] == terms[term + k]:
        k += 1
    if k < size:
        return False
    last = i + size - 1
    if size >= 3 and 0x30A0 <= points[i] <= 0x30FF and 0x30A0 <= points[last] <= 0x30FF:
        return True
    first = i
    if size >= 4 and 0x600 <= points[i] <= 0x6FF:
        while first > low and i - first < 4 and _is_clitic(points[first - 1]):
            first -= 1
    if first > low and _touches(props[first - 1], props[first]):
        return False
    hangul = 0xAC00 <= points[last] <= 0xD7A3
    return goes_on or hangul or i + size == high or not _touches(props[last], props[i + size])


@inner
def _is_clitic(point: int) -> bool:
    return point in (0x627, 0x628, 0x641, 0x643, 0x644, 0x648)  # ا ب ف ك ل و


@inner
def _touches(before: int, after: int) -> bool:
    """Whether two characters side by side are of one word, as far as spaces tell."""
    spaced = not (before & characters.UNSPACED or after & characters.UNSPACED)
    return spaced and before & WORD != 0 and after & WORD != 0
