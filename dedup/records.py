"""Records of keys: cut to 48 bits, sorted as plain numbers, written in 6 bytes, and partitioned by ranges of keys.

A record (key, node, count) says that a document has a key. Every partition can be done alone, in any order, and done
again. Of a key that travels, the distance from the one before is written, in as many bits as the longest distance of
its shard and partition needs: keys are hashes, so that it is a dozen times the mean, four bits more.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from dedup.components import Nodes
from dedup.shingles import GOLDEN, Hashes
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

Counts: TypeAlias = npt.NDArray[np.uint32]

KEY = ~np.uint64(0xFFFF)  # 48 bits travel: among 10^10 documents, 1 record in 2,000 meets a stranger, and is verified
HEADER = 3  # words before the numbers of packed records


class Records(NamedTuple):
    """One row per document and band: the band key, the document, and the documents that it speaks for."""

    keys: Hashes
    nodes: Nodes
    counts: Counts

    def at(self, places: Any) -> "Records":
        """Return the records at an index array or a slice."""
        return Records(self.keys[places], self.nodes[places], self.counts[places])


def nodes_of(shard: int, rows: int) -> Nodes:
    """Return the nodes of a shard's rows."""
    return np.uint64(shard) << np.uint64(32) | np.arange(rows, dtype=np.uint64)


def records_of(keys: Hashes, nodes: Nodes, empty: Mask) -> Records:
    """Return the records of documents whose keys are [documents, bands], cut to 48 bits; an empty document has none."""
    if empty.any():
        keys, nodes = keys[~empty], nodes[~empty]
    return Records((keys & KEY).ravel(), np.repeat(nodes, keys.shape[1]), np.ones(keys.size, np.uint32))


def partition_of(keys: Hashes, partitions: int) -> Places:
    """Return the partition of each key: equal keys meet, and partitions are ranges of keys of equal width."""
    return ((keys >> np.uint64(32)) * np.uint64(partitions) >> np.uint64(32)).astype(np.int64)


def first_keys(partitions: int) -> Hashes:
    """Return the smallest key of each partition."""
    return np.array([-(-(number << 32) // partitions) << 32 for number in range(partitions)], np.uint64)


def node_partition(nodes: Nodes, partitions: int) -> Places:
    """Return the partition of each node; multiplied out, so that equal ranges of them hold about equally many."""
    return partition_of(nodes * GOLDEN, partitions)


def partitioned(records: Records, partitions: int) -> list[Records]:
    """Return the records of each partition; they come ascending by key, as `combine` leaves them."""
    bounds = [*np.searchsorted(records.keys, first_keys(partitions)).tolist(), len(records.keys)]
    return [records.at(slice(first, last)) for first, last in itertools.pairwise(bounds)]


def merged(parts: Sequence[Records]) -> Records:
    """Return the records of several shards as one."""
    parts = [part for part in parts if len(part.keys)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    return Records(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.nodes for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def shards_of(nodes: Nodes) -> Places:
    """Return the ordinal of the shard of each node."""
    return (nodes >> np.uint64(32)).astype(np.int64)


def rows_of(nodes: Nodes) -> Places:
    """Return the row of each node in its shard."""
    return (nodes & np.uint64(0xFFFFFFFF)).astype(np.int64)


def packed(records: Records, first_key: np.uint64) -> Hashes:
    """Return the records of one shard in one partition, whose smallest key it is, as words of 64 bits; none as none.

    They say how many records there are, and how wide a distance and a row is; then follow the distances, the rows, and
    the counts above one with their places.
    """
    if not (size := len(records.keys)):
        return np.zeros(0, np.uint64)
    distance, row = (int(most).bit_length() for most in _most(records.keys, records.nodes, first_key))
    several = np.flatnonzero(records.counts > 1).astype(np.uint64)
    words = np.zeros(HEADER + _room(size, distance) + _room(size, row) + len(several), np.uint64)
    words[:HEADER] = size, distance, row
    distances, rows, counts = _parts(words)
    _pack(distances, rows, records.keys, records.nodes, first_key, distance, row)
    counts[:] = several << np.uint64(32) | records.counts[several]
    return words


def unpacked(parts: Sequence[Hashes], first_key: np.uint64, before: int = 0) -> Records:
    """Return the records of a partition from the words of each shard; `before` is the ordinal of the first of these."""
    bounds = np.cumsum([0, *(int(words[0]) if len(words) else 0 for words in parts)]).tolist()
    records = Records(np.empty(bounds[-1], np.uint64), np.empty(bounds[-1], np.uint64), np.ones(bounds[-1], np.uint32))
    for ordinal, (words, (first, last)) in enumerate(zip(parts, itertools.pairwise(bounds), strict=True), before):
        if last > first:
            here = records.at(slice(first, last))
            distances, rows, counts = _parts(words)
            _unpack(here.keys, here.nodes, distances, rows, first_key, np.uint64(ordinal), *map(int, words[1:HEADER]))
            here.counts[counts >> np.uint64(32)] = counts & np.uint64(0xFFFFFFFF)
    return records


def _parts(words: Hashes) -> tuple[Hashes, Hashes, Hashes]:
    """Return where the distances, the rows and the counts of packed records stand."""
    size, distance, row = words[:HEADER].tolist()
    rows = HEADER + _room(size, distance)
    counts = rows + _room(size, row)
    return words[HEADER:rows], words[rows:counts], words[counts:]


def _room(size: int, width: int) -> int:
    """Return how many words numbers take: one more than they fill, so that each lies in two."""
    return (size * width >> 6) + 2


@compiled
def _most(keys: Hashes, nodes: Nodes, before: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return a number as wide as the widest distance, and one as wide as the widest row."""
    distance = row = np.uint64(0)
    for at in range(len(keys)):
        distance |= (keys[at] - before) >> np.uint64(16)
        row |= nodes[at] & np.uint64(0xFFFFFFFF)
        before = keys[at]
    return distance, row


@compiled
def _pack(
    distances: Hashes, rows: Hashes, keys: Hashes, nodes: Nodes, before: np.uint64, distance: int, row: int
) -> None:
    for at in range(len(keys)):
        _put(distances, at * distance, (keys[at] - before) >> np.uint64(16))
        _put(rows, at * row, nodes[at] & np.uint64(0xFFFFFFFF))
        before = keys[at]


@inner
def _put(words: Hashes, bit: int, number: np.uint64) -> None:
    within = np.uint64(bit & 63)
    words[bit >> 6] |= number << within
    words[(bit >> 6) + 1] |= number >> np.uint64(1) >> (np.uint64(63) - within)


@compiled
def _unpack(
    keys: Hashes,
    nodes: Nodes,
    distances: Hashes,
    rows: Hashes,
    before: np.uint64,
    shard: np.uint64,
    distance: int,
    row: int,
) -> None:
    for at in range(len(keys)):
        before += _number(distances, at * distance, distance) << np.uint64(16)
        keys[at] = before
        nodes[at] = shard << np.uint64(32) | _number(rows, at * row, row)


@inner
def _number(words: Hashes, bit: int, width: int) -> np.uint64:
    within = np.uint64(bit & 63)
    number: np.uint64 = words[bit >> 6] >> within | words[(bit >> 6) + 1] << np.uint64(1) << (np.uint64(63) - within)
    return number & (np.uint64(1) << np.uint64(width)) - np.uint64(1)


class Sorted(NamedTuple):
    """Records in order of key and node, as numbers: the upper bits of the key, below them the node in few bits."""

    numbers: Hashes
    bounds: Places  # of the parts that were sorted, one for each value of the key's highest bits
    low: np.uint64  # the smallest key
    unused: np.uint64  # low bits that no key has
    inner: np.uint64  # bits of the key in a number
    bits: np.uint64  # of the node below the key
    shard: np.uint64  # the smallest ordinal
    rows: np.uint64  # bits of the row in a node


def ascending(keys: Hashes, nodes: Nodes) -> Sorted:
    """Return keys, at least one, and the node of each, in order.

    For the 48 bits of a record's key and some 32 of a node: more bits would be sorted in ever more, ever smaller parts.
    Both are packed into one number, because numbers are sorted six times as fast as an argsort does it, and a node that
    is there need not be fetched. Each value of the key's highest bits, if they have no room, is sorted for itself.
    """
    low, used, shard, last, row = map(int, _extent(keys, nodes))
    rows = row.bit_length()
    bits = max(1, (last - shard).bit_length() + rows)
    unused = (used & -used).bit_length() - 1 if used else 0
    spill = max(0, used.bit_length() - unused + bits - 64)
    layout = tuple(map(np.uint64, (low, unused, used.bit_length() - unused - spill, bits, shard, rows)))
    numbers, bounds = _numbers(keys, nodes, 1 << spill, *layout)
    for first, last in itertools.pairwise(bounds.tolist()):
        numbers[first:last].sort()
    return Sorted(numbers, bounds, *layout)


@compiled
def _extent(keys: Hashes, nodes: Nodes) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the smallest key, the bits by which others differ from it, the extreme ordinals, and the bits of rows."""
    low, used, row = keys[0], np.uint64(0), np.uint64(0)
    first = last = nodes[0]
    for key in keys:
        low = min(low, key)
    for at in range(len(keys)):
        used |= keys[at] - low
        row |= nodes[at] & np.uint64(0xFFFFFFFF)
        first, last = min(first, nodes[at]), max(last, nodes[at])
    return low, used, first >> np.uint64(32), last >> np.uint64(32), row


@compiled
def _numbers(
    keys: Hashes,
    nodes: Nodes,
    parts: int,
    low: np.uint64,
    unused: np.uint64,
    inner: np.uint64,
    bits: np.uint64,
    shard: np.uint64,
    rows: np.uint64,
) -> tuple[Hashes, Places]:
    bounds = np.zeros(parts + 1, np.int64)
    for key in keys:
        bounds[np.int64(((key - low) >> unused) >> inner) + 1] += 1
    for part in range(parts):
        bounds[part + 1] += bounds[part]
    places = bounds[:-1].copy()
    numbers = np.empty_like(keys)
    mask = (np.uint64(1) << inner) - np.uint64(1)
    for at in range(len(keys)):
        key = (keys[at] - low) >> unused
        place = places[np.int64(key >> inner)]
        places[np.int64(key >> inner)] += 1
        node = ((nodes[at] >> np.uint64(32)) - shard) << rows | nodes[at] & np.uint64(0xFFFFFFFF)
        numbers[place] = (key & mask) << bits | node
    return numbers, bounds


@inner
def node_in(number: np.uint64, bits: np.uint64, shard: np.uint64, rows: np.uint64) -> np.uint64:
    """Return the node that a number of `Sorted` holds."""
    near = number & ((np.uint64(1) << bits) - np.uint64(1))
    return ((near >> rows) + shard) << np.uint64(32) | near & ((np.uint64(1) << rows) - np.uint64(1))
