"""Records of keys: cut to 48 bits, sorted as plain numbers, written in 6 bytes, and partitioned by ranges of keys.

A record (key, node, count) says that a document has a key. Every partition can be done alone, in any order, and done
again. Of a key that travels, the distance from the one before is written, in units of 2^16 and planes of 16 bits: what
zstd would leave at 10 bytes a record takes 6, at twice the speed.
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
Planes: TypeAlias = npt.NDArray[np.uint16]  # [5, records]: three of the distance, two of the row; the lowest bits first

KEY = ~np.uint64(0xFFFF)  # 48 bits travel: among 10^10 documents, 1 record in 2,000 meets a stranger, and is verified


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


def compact(nodes: Nodes) -> tuple[Nodes, tuple[np.uint64, np.uint64]]:
    """Return nodes, at least one, in as few bits as hold them, in the same order, and what `spread` needs."""
    near = np.empty_like(nodes)
    return near, _bring_near(near, nodes)


@compiled
def _bring_near(near: Nodes, nodes: Nodes) -> tuple[np.uint64, np.uint64]:
    first, most = nodes[0] >> np.uint64(32), np.uint64(0)
    for node in nodes:
        first = min(first, node >> np.uint64(32))
        most |= node & np.uint64(0xFFFFFFFF)
    rows = np.uint64(0)
    while most >> rows:
        rows += np.uint64(1)
    for at in range(len(nodes)):
        near[at] = ((nodes[at] >> np.uint64(32)) - first) << rows | nodes[at] & np.uint64(0xFFFFFFFF)
    return first, rows


@compiled
def spread(near: np.uint64, first: np.uint64, rows: np.uint64) -> np.uint64:
    """Return the node that `compact` has brought near: `first` is the smallest ordinal, `rows` the bits of a row."""
    return ((near >> rows) + first) << np.uint64(32) | near & ((np.uint64(1) << rows) - np.uint64(1))


def planes_of(records: Records, first_key: np.uint64) -> Planes:
    """Return the keys and rows of one shard's records in one partition, whose smallest key it is, as planes."""
    planes = np.empty((5, len(records.keys)), np.uint16)
    _split(planes, records.keys, records.nodes, first_key)
    return planes


@compiled
def _split(planes: Planes, keys: Hashes, nodes: Nodes, before: np.uint64) -> None:
    for at in range(len(keys)):
        distance = (keys[at] - before) >> np.uint64(16)
        before = keys[at]
        planes[0, at] = distance & np.uint64(0xFFFF)
        planes[1, at] = distance >> np.uint64(16) & np.uint64(0xFFFF)
        planes[2, at] = distance >> np.uint64(32)
        planes[3, at] = nodes[at] & np.uint64(0xFFFF)
        planes[4, at] = nodes[at] >> np.uint64(16) & np.uint64(0xFFFF)


@compiled
def restore(keys: Hashes, nodes: Nodes, planes: tuple[Planes, ...], before: np.uint64, shard: np.uint64) -> np.uint64:
    """Write keys and nodes from the planes of some records of a shard; `before` and the result are the keys beside."""
    low, middle, high, row_low, row_high = planes
    for at in range(len(keys)):
        distance = np.uint64(low[at]) | np.uint64(middle[at]) << np.uint64(16) | np.uint64(high[at]) << np.uint64(32)
        before += distance << np.uint64(16)
        keys[at] = before
        row = np.uint64(row_low[at]) | np.uint64(row_high[at]) << np.uint64(16)
        nodes[at] = shard << np.uint64(32) | row
    return before


class Sorted(NamedTuple):
    """Numbers in ascending order: the upper bits of a key, and below them what stood beside it."""

    packed: Hashes
    bounds: Bounds  # of the parts that were sorted, one for each value of the key's highest bits
    low: np.uint64  # the smallest key
    unused: np.uint64  # low bits that no key has
    bits: np.uint64  # of what stands below the key
    inner: np.uint64  # bits of the key in a number


def ascending(keys: Hashes, beside: Hashes) -> Sorted:
    """Return keys, at least one, in order, and the number beside each, ascending where keys are equal.

    For the 48 bits of a record's key and 32 beside it: more bits would be sorted in ever more, ever smaller parts.
    Both are packed into one number, because numbers are sorted six times as fast as an argsort does it. Each value of
    the key's highest bits, if they have no room, is sorted for itself.
    """
    low, used, most = map(int, _extent(keys, beside))
    bits = max(1, most.bit_length())
    unused = (used & -used).bit_length() - 1 if used else 0
    spill = max(0, used.bit_length() - unused + bits - 64)
    layout = tuple(map(np.uint64, (low, unused, bits, used.bit_length() - unused - spill)))
    packed, bounds = _packed(keys, beside, 1 << spill, *layout)
    for first, last in itertools.pairwise(bounds.tolist()):
        packed[first:last].sort()
    return Sorted(packed, bounds, *layout)


@compiled
def _extent(keys: Hashes, beside: Hashes) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return the smallest key, the bits by which others differ from it, and the largest number beside."""
    low, used, most = keys[0], np.uint64(0), np.uint64(0)
    for key in keys:
        low = min(low, key)
    for at in range(len(keys)):
        used |= keys[at] - low
        most = max(most, beside[at])
    return low, used, most


@compiled
def _packed(
    keys: Hashes, beside: Hashes, parts: int, low: np.uint64, unused: np.uint64, bits: np.uint64, inner: np.uint64
) -> tuple[Hashes, Bounds]:
    bounds = np.zeros(parts + 1, np.int64)
    for key in keys:
        bounds[np.int64(((key - low) >> unused) >> inner) + 1] += 1
    for part in range(parts):
        bounds[part + 1] += bounds[part]
    places = bounds[:-1].copy()
    packed = np.empty_like(keys)
    mask = (np.uint64(1) << inner) - np.uint64(1)
    for at in range(len(keys)):
        key = (keys[at] - low) >> unused
        place = places[np.int64(key >> inner)]
        places[np.int64(key >> inner)] += 1
        packed[place] = (key & mask) << bits | beside[at]
    return packed, bounds
