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
from shards.compiled import compiled

Counts: TypeAlias = npt.NDArray[np.uint32]
Bounds: TypeAlias = npt.NDArray[np.int64]

KEY = ~np.uint64(0xFFFF)  # 48 bits travel: among 10^10 documents, 1 record in 2,000 meets a stranger, and is verified
HEADER = 2  # words before the numbers of packed records


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


def records_of(keys: Hashes, nodes: Nodes, empty: npt.NDArray[np.bool_]) -> Records:
    """Return the records of documents whose keys are [documents, bands], cut to 48 bits; an empty document has none."""
    if empty.any():
        keys, nodes = keys[~empty], nodes[~empty]
    return Records((keys & KEY).ravel(), np.repeat(nodes, keys.shape[1]), np.ones(keys.size, np.uint32))


def partition_of(keys: Hashes, partitions: int) -> npt.NDArray[np.int64]:
    """Return the partition of each key: equal keys meet, and partitions are ranges of keys of equal width."""
    return ((keys >> np.uint64(32)) * np.uint64(partitions) >> np.uint64(32)).astype(np.int64)


def first_keys(partitions: int) -> Hashes:
    """Return the smallest key of each partition."""
    return np.array([-(-(number << 32) // partitions) << 32 for number in range(partitions)], np.uint64)


def node_partition(nodes: Nodes, partitions: int) -> npt.NDArray[np.int64]:
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


def shards_of(nodes: Nodes) -> npt.NDArray[np.int64]:
    """Return the ordinal of the shard of each node."""
    return (nodes >> np.uint64(32)).astype(np.int64)


def rows_of(nodes: Nodes) -> npt.NDArray[np.int64]:
    """Return the row of each node in its shard."""
    return (nodes & np.uint64(0xFFFFFFFF)).astype(np.int64)


def packed(records: Records, first_key: np.uint64) -> Hashes:
    """Return the records of one shard in one partition, whose smallest key it is, as words of 64 bits; none as none.

    They say how many records there are and how wide a number of each kind is; then follow the distances of the keys,
    the rows, and the counts above one with their places.
    """
    size = len(records.keys)
    if not size:
        return np.zeros(0, np.uint64)
    distance, row = map(int, _widest(records.keys, records.nodes, first_key))
    widths = (distance.bit_length(), row.bit_length())
    several = np.flatnonzero(records.counts > 1)
    words = np.zeros(HEADER + sum(_words(size, width) for width in widths) + len(several), np.uint64)
    words[0], words[1] = size, widths[0] << 8 | widths[1]
    words[len(words) - len(several) :] = several.astype(np.uint64) << np.uint64(32) | records.counts[several]
    _pack(words, records.keys, records.nodes, first_key, *widths)
    return words


def _words(size: int, width: int) -> int:
    return (size * width >> 6) + 1  # one more than is full, so that every number lies in two


@compiled
def _widest(keys: Hashes, nodes: Nodes, before: np.uint64) -> tuple[np.uint64, np.uint64]:
    distance = row = np.uint64(0)
    for at in range(len(keys)):
        distance |= keys[at] - before
        row |= nodes[at] & np.uint64(0xFFFFFFFF)
        before = keys[at]
    return distance >> np.uint64(16), row


@compiled
def _pack(words: Hashes, keys: Hashes, nodes: Nodes, before: np.uint64, width: int, row_width: int) -> None:
    bit, row_bit = HEADER << 6, (HEADER + (len(keys) * width >> 6) + 1) << 6
    for at in range(len(keys)):
        _put(words, bit, (keys[at] - before) >> np.uint64(16))
        _put(words, row_bit, nodes[at] & np.uint64(0xFFFFFFFF))
        before = keys[at]
        bit += width
        row_bit += row_width


@compiled
def _put(words: Hashes, bit: int, number: np.uint64) -> None:
    within = np.uint64(bit & 63)
    words[bit >> 6] |= number << within
    if number >> np.uint64(1) >> (np.uint64(63) - within):
        words[(bit >> 6) + 1] |= number >> np.uint64(1) >> (np.uint64(63) - within)


def unpacked(parts: Sequence[Hashes], first_key: np.uint64, before: int = 0) -> Records:
    """Return the records of a partition from the words of each shard; `before` is the ordinal of the first of these."""
    bounds = np.cumsum([0, *(int(words[0]) if len(words) else 0 for words in parts)]).tolist()
    found = Records(np.empty(bounds[-1], np.uint64), np.empty(bounds[-1], np.uint64), np.ones(bounds[-1], np.uint32))
    for ordinal, (words, (first, last)) in enumerate(zip(parts, itertools.pairwise(bounds), strict=True), before):
        if last > first:
            here = found.at(slice(first, last))
            widths = int(words[1]) >> 8, int(words[1]) & 0xFF
            _unpack(here.keys, here.nodes, words, first_key, np.uint64(ordinal), *widths)
            several = words[HEADER + sum(_words(last - first, width) for width in widths) :]
            here.counts[several >> np.uint64(32)] = several & np.uint64(0xFFFFFFFF)
    return found


@compiled
def _unpack(
    keys: Hashes, nodes: Nodes, words: Hashes, before: np.uint64, shard: np.uint64, width: int, row_width: int
) -> None:
    bit, row_bit = HEADER << 6, (HEADER + (len(keys) * width >> 6) + 1) << 6
    for at in range(len(keys)):
        before += _number(words, bit, width) << np.uint64(16)
        keys[at] = before
        nodes[at] = shard << np.uint64(32) | _number(words, row_bit, row_width)
        bit += width
        row_bit += row_width


@compiled
def _number(words: Hashes, bit: int, width: int) -> np.uint64:
    within = np.uint64(bit & 63)
    number: np.uint64 = words[bit >> 6] >> within | words[(bit >> 6) + 1] << np.uint64(1) << (np.uint64(63) - within)
    return number & (np.uint64(1) << np.uint64(width)) - np.uint64(1)


class Sorted(NamedTuple):
    """Records in order of key and node, as numbers: the upper bits of the key, below them the node in few bits."""

    numbers: Hashes
    bounds: Bounds  # of the parts that were sorted, one for each value of the key's highest bits
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
) -> tuple[Hashes, Bounds]:
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


@compiled
def node_in(number: np.uint64, bits: np.uint64, shard: np.uint64, rows: np.uint64) -> np.uint64:
    """Return the node that a number of `Sorted` holds."""
    near = number & ((np.uint64(1) << bits) - np.uint64(1))
    return ((near >> rows) + shard) << np.uint64(32) | near & ((np.uint64(1) << rows) - np.uint64(1))
