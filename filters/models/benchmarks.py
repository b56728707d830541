"""Where a document holds an item of an evaluation set: overlap of grams of folded characters, weighed by how rare.

Letters and digits are folded (`filters.models.codes.folds`) and joined; all else, vowel signs too, is left out. A gram
is a run of `IDEOGRAPHS` characters of Han and kana, of `CLUSTERS` of other scripts without spaces, and of `GRAM`
elsewhere: a typing error spoils fewer of them than of n-grams of words. The file of an index is an `.npz` of hashes and
lengths, from which no text can be read:

    keys, weights     the grams by hash, ascending, and what each is worth: those that web pages have are left out
    first, members    the items of gram i are `members[first[i]:first[i + 1]]`
    benchmark, digest, length, total, whole    of each item: its set, 64 bits of the hash of its id, its characters, the
                      weight of its question's grams, and whether only all of it counts, since it is short
    names             the names of the sets
"""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from filters.models.codes import folds
from filters.text import kernels
from filters.text.characters import ALPHABETIC, NUMBER, UNSPACED
from filters.text.segment import Characters
from shards.arrays import Array, Places
from shards.compiled import compiled

Hashes = npt.NDArray[np.uint64]
GRAM, CLUSTERS, IDEOGRAPHS = 9, 5, 3
FIRST_IDEOGRAPH = 0x2E80  # of the unspaced scripts, Han and kana lie behind Thai, Lao, Khmer and Burmese
BITS = 22  # of a table that tells most grams at once that no item has them
WHOLE = 0.6  # of a short item's weight must be there
MOST_ITEMS = 50  # with one gram: more, and it is a form that the set's items share


@dataclass(frozen=True)
class BenchmarkIndex:
    """Grams of evaluation items."""

    keys: Hashes
    weights: npt.NDArray[np.float32]
    first: Places
    members: npt.NDArray[np.int32]
    benchmark: npt.NDArray[np.int32]
    digest: Hashes
    length: npt.NDArray[np.int32]
    total: npt.NDArray[np.float32]
    whole: npt.NDArray[np.bool_]
    names: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Matches:
    """What is most like an item in each document: how much of the item's weight is in it, which item, and where."""

    overlap: npt.NDArray[np.float64]
    item: Places  # -1: none
    start: Places  # in code points of the batch
    end: Places


def grams(characters: Characters) -> tuple[Hashes, Places, Places]:
    """Return the grams of documents in order, the code point with which each ends, and where each document's begin."""
    found = _grams(characters.points, characters.properties, characters.documents, folds(numbers=True))
    return found[0], found[1], found[2]


def matches(index: BenchmarkIndex, characters: Characters) -> Matches:
    """Return, per document, the item of which it holds the greatest part within twice the item's length."""
    hashes, ends, documents = grams(characters)
    return Matches(*_matches(hashes, ends, documents, *_columns(index)))


def _columns(index: BenchmarkIndex) -> tuple[Array, ...]:
    sieve = _sieve_of(index.keys)
    return index.keys, index.weights, index.first, index.members, index.length, index.total, index.whole, sieve


def documents_with(keys: Hashes, hashes: Hashes, documents: Places) -> Places:
    """Return, for each key, how many documents have it."""
    return np.asarray(_counted(keys, hashes, documents, _sieve_of(keys)), np.int64)


def _sieve_of(keys: Hashes) -> npt.NDArray[np.bool_]:
    found = np.zeros(1 << BITS, np.bool_)
    found[keys >> np.uint64(64 - BITS)] = True
    return found


def write_index(index: BenchmarkIndex, path: Path) -> None:
    """Write an index to a file."""
    with path.open("wb") as file:
        np.savez_compressed(file, **{one.name: getattr(index, one.name) for one in fields(index)})


@cache
def read_index(path: Path) -> BenchmarkIndex:
    """Return the index in a file; ValueError if it holds none."""
    with np.load(path) as arrays:
        missing = [one.name for one in fields(BenchmarkIndex) if one.name not in arrays]
        if missing:
            raise ValueError(f"{path} is no index of benchmarks: it has no {', '.join(missing)}")
        return BenchmarkIndex(**{one.name: arrays[one.name] for one in fields(BenchmarkIndex)})


@compiled
def _grams(points: Array, props: Array, documents: Array, table: Array) -> tuple[Array, Array, Array]:
    hashes = np.empty(len(points), np.uint64)
    ends = np.empty(len(points), np.int64)
    first = np.zeros(len(documents), np.int64)
    so_far = np.zeros(
        len(points) + 1, np.uint64
    )  # the hash of a document's letters up to each, by which runs have theirs
    power = np.ones(GRAM + 1, np.uint64)
    for size in range(GRAM):
        power[size + 1] = power[size] * kernels.SEED
    n = 0
    for document in range(len(documents) - 1):
        first[document] = n
        count = 0
        for at in range(documents[document], documents[document + 1]):
            if not props[at] & (ALPHABETIC | NUMBER):
                continue
            so_far[count + 1] = so_far[count] * kernels.SEED + np.uint64(table[points[at]])
            count += 1
            size = GRAM
            if props[at] & UNSPACED:
                size = IDEOGRAPHS if points[at] >= FIRST_IDEOGRAPH else CLUSTERS
            if count >= size:
                hashes[n] = kernels.finish_hash((so_far[count] - so_far[count - size] * power[size]) * kernels.SEED)
                ends[n] = at
                n += 1
    first[len(documents) - 1] = n
    return hashes[:n].copy(), ends[:n].copy(), first


@compiled
def _matches(
    hashes: Array,
    ends: Array,
    documents: Array,
    keys: Array,
    weights: Array,
    first: Array,
    members: Array,
    length: Array,
    total: Array,
    whole: Array,
    sieve: Array,
) -> tuple[Array, Array, Array, Array]:
    size = len(documents) - 1
    overlap, item = np.zeros(size), np.full(size, -1, np.int64)
    start, end = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for document in range(size):
        gram, place = _hits(hashes, documents[document], documents[document + 1], keys, sieve)
        if len(gram) == 0:
            continue
        pairs = 0
        for one in gram:
            pairs += first[one + 1] - first[one]
        order = np.empty(pairs, np.int64)
        n = 0
        for hit in range(len(gram)):
            for member in range(first[gram[hit]], first[gram[hit] + 1]):
                order[n] = members[member] << 32 | hit
                n += 1
        order.sort()
        low = 0
        while low < pairs:
            which = order[low] >> 32
            high = low
            while high < pairs and order[high] >> 32 == which:
                high += 1
            best, left, right = _best_window(order, low, high, gram, place, ends, weights, 2 * length[which] + 40)
            part = best / total[which]
            if whole[which] and part < WHOLE:
                part = 0.0
            if part > overlap[document]:
                overlap[document], item[document] = min(part, 1.0), which
                start[document], end[document] = ends[place[left]], ends[place[right]] + 1
            low = high
    return overlap, item, start, end


@compiled
def _counted(keys: Array, hashes: Array, documents: Array, sieve: Array) -> Array:
    found = np.zeros(len(keys), np.int64)
    last = np.full(len(keys), -1, np.int64)
    for document in range(len(documents) - 1):
        gram, _ = _hits(hashes, documents[document], documents[document + 1], keys, sieve)
        for one in gram:
            found[one] += last[one] != document
            last[one] = document
    return found


@compiled
def _hits(hashes: Array, low: int, high: int, keys: Array, sieve: Array) -> tuple[Array, Array]:
    """Return the grams of a document that the index has, by their number, and where they stand among all grams."""
    gram = np.empty(high - low, np.int64)
    place = np.empty(high - low, np.int64)
    n = 0
    for at in range(low, high):
        if sieve[hashes[at] >> np.uint64(64 - BITS)]:
            found = np.searchsorted(keys, hashes[at])
            if found < len(keys) and keys[found] == hashes[at]:
                gram[n], place[n] = found, at
                n += 1
    return gram[:n], place[:n]


@compiled
def _best_window(
    order: Array, low: int, high: int, gram: Array, place: Array, ends: Array, weights: Array, width: int
) -> tuple[float, int, int]:
    """Return the greatest weight of different grams within so many code points, and its first and last hit."""
    mask = (1 << 32) - 1
    hits = order[low:high] & mask
    names = gram[hits]
    by_name = np.argsort(names, kind="mergesort")
    number = np.empty(len(hits), np.int64)
    last = -1
    for turn in range(len(hits)):
        if turn == 0 or names[by_name[turn]] != names[by_name[turn - 1]]:
            last += 1
        number[by_name[turn]] = last
    count = np.zeros(last + 1, np.int64)
    best, left, right = 0.0, hits[0], hits[0]
    weight, tail = 0.0, 0
    for head in range(len(hits)):
        if count[number[head]] == 0:
            weight += weights[names[head]]
        count[number[head]] += 1
        while ends[place[hits[head]]] - ends[place[hits[tail]]] > width:
            count[number[tail]] -= 1
            if count[number[tail]] == 0:
                weight -= weights[names[tail]]
            tail += 1
        if weight > best:
            best, left, right = weight, hits[tail], hits[head]
    return best, left, right
