"""Repeated n-grams of a document, for every n in one go: an n-gram can only repeat where both its (n-1)-grams do.

So each n looks only at the positions that are left from the one before. In prose few are left after n = 3, and ten
lengths cost little more than one.
"""

import numpy as np

from shards.arrays import Array
from shards.compiled import compiled, inner

_MIX = np.uint64(0x9E3779B97F4A7C15)


@compiled
def repeated_characters(
    hashes: Array, starts: Array, ends: Array, documents: Array, largest: int
) -> tuple[Array, Array]:
    """Return, per document and n up to the largest, the characters in the top n-gram and in duplicate n-grams.

    The top n-gram is the first of the most frequent; its characters, and the white space inside, count as often as it
    occurs. A duplicate is an n-gram that occurred before; overlapping duplicates are counted once, without white space.
    """
    size = len(documents) - 1
    top = np.zeros((size, largest + 1), np.int64)
    duplicate = np.zeros((size, largest + 1), np.int64)
    longest = 0
    for document in range(size):
        longest = max(longest, documents[document + 1] - documents[document])
    grams = np.empty(longest, np.uint64)
    first = np.empty(longest, np.int32)  # where the n-gram that stands here stood first
    counts = np.empty(longest, np.int32)  # at that place: how often it occurs
    left = np.empty(longest, np.int32)  # the places where an n-gram might repeat
    repeats = np.empty(longest, np.int8)  # the largest n of a repeated n-gram that starts here
    slots = np.empty(_slots(longest), np.int32)
    met = np.empty(4 * _slots(longest), np.uint8)
    for document in range(size):
        base = documents[document]
        words = documents[document + 1] - base
        for i in range(words):
            grams[i] = hashes[base + i]
            repeats[i] = 1
        active = 0
        for n in range(2, largest + 1):
            if n == 2:
                active = max(words - 1, 0)
                for i in range(active):
                    left[i] = i
            else:
                active = _still_possible(left, active, repeats, words, n)
            _extend(grams, hashes, base, left, active, n)
            active = _met_twice(grams, left, active, met)
            _count(grams, left, active, first, counts, slots)
            best = 0
            for k in range(active):
                place = left[k]
                if counts[first[place]] > 1:
                    repeats[place] = n
                    if best == 0 or counts[first[place]] > counts[best - 1]:
                        best = first[place] + 1
            if best:
                length = ends[base + best + n - 2] - starts[base + best - 1]
                top[document, n] = length * counts[best - 1]
                duplicate[document, n] = _duplicates(left, active, first, counts, starts, ends, base, n)
            elif words >= n:
                top[document, n] = ends[base + n - 1] - starts[base]
    return top, duplicate


@inner
def _slots(entries: int) -> int:
    """Return the size of a hash table at most half full: a power of two."""
    size = 8
    while size < 2 * entries:
        size *= 2
    return size


@inner
def _still_possible(left: Array, active: int, repeats: Array, words: int, n: int) -> int:
    """Keep the places whose n-gram starts and ends with a repeated (n-1)-gram; return their number."""
    kept = 0
    for k in range(active):
        place = left[k]
        if place + n <= words and repeats[place] == n - 1 and repeats[place + 1] == n - 1:
            left[kept] = place
            kept += 1
    return kept


@inner
def _extend(grams: Array, hashes: Array, base: int, left: Array, active: int, n: int) -> None:
    """Make the hash of an n-gram from that of the (n-1)-gram and that of the last word."""
    for k in range(active):
        place = left[k]
        value = (grams[place] ^ (grams[place] >> np.uint64(31))) * _MIX
        grams[place] = value + hashes[base + place + n - 1]


@inner
def _met_twice(grams: Array, left: Array, active: int, met: Array) -> int:
    """Keep the places whose n-gram, or one of the same shortened hash, stands at another place too.

    Most n-grams occur once. They are told by a table of a byte an entry, without a search.
    """
    size = 4 * _slots(active)
    mask = np.uint64(size - 1)
    met[:size] = 0
    for k in range(active):
        slot = grams[left[k]] >> np.uint64(20) & mask
        met[slot] = met[slot] << np.uint8(1) | np.uint8(1)
    kept = 0
    for k in range(active):
        place = left[k]
        left[kept] = place
        kept += met[grams[place] >> np.uint64(20) & mask] > 1
    return kept


@inner
def _count(grams: Array, left: Array, active: int, first: Array, counts: Array, slots: Array) -> None:
    """Count the n-grams, at the place where each stands first."""
    size = _slots(active)
    mask = np.uint64(size - 1)
    for slot in range(size):
        slots[slot] = -1
    for k in range(active):
        place = left[k]
        gram = grams[place]
        slot = (gram ^ (gram >> np.uint64(32))) & mask
        while slots[slot] >= 0 and grams[slots[slot]] != gram:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot] = place
            counts[place] = 0
        first[place] = slots[slot]
        counts[slots[slot]] += 1


@inner
def _duplicates(
    left: Array, active: int, first: Array, counts: Array, starts: Array, ends: Array, base: int, n: int
) -> int:
    """Return the characters in n-grams that occurred before; after one, the search goes on behind it."""
    characters = 0
    next_place = 0
    for k in range(active):
        place = left[k]
        if place < next_place or abs(counts[first[place]]) < 2:
            continue
        if counts[first[place]] > 0:  # not met yet: from here on its count is negative
            counts[first[place]] = -counts[first[place]]
            continue
        for word in range(base + place, base + place + n):
            characters += ends[word] - starts[word]
        next_place = place + n
    return characters


@compiled
def occurred_before(hashes: Array, documents: Array) -> Array:
    """Return which pieces (words, lines, paragraphs) of a document are equal to an earlier one of it."""
    before = np.zeros(len(hashes), np.bool_)
    longest = 0
    for document in range(len(documents) - 1):
        longest = max(longest, documents[document + 1] - documents[document])
    slots = np.empty(_slots(longest), np.int64)
    for document in range(len(documents) - 1):
        size = _slots(documents[document + 1] - documents[document])
        mask = np.uint64(size - 1)
        for slot in range(size):
            slots[slot] = -1
        for i in range(documents[document], documents[document + 1]):
            slot = hashes[i] & mask
            while slots[slot] >= 0 and hashes[slots[slot]] != hashes[i]:
                slot = (slot + np.uint64(1)) & mask
            before[i] = slots[slot] >= 0
            if slots[slot] < 0:
                slots[slot] = i
    return before
