"""Documents that share a band key are joined in a star around the first of them: s - 1 edges for a bucket of s.

A candidate edge claims nothing yet. It only puts two documents into one *candidate component*, and verification then
looks for every near-duplicate pair inside a component (`dedup.verify`). So a star loses no pair, whoever its centre is,
and a bucket of a million empty shells costs a million edges rather than 500 billion.

Records (key, node) are partitioned by key: every partition can be done alone, in any order, and done again.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from dedup.components import Edges, Nodes, forest
from dedup.shingles import GOLDEN, Hashes
from shards.compiled import compiled

Counts: TypeAlias = npt.NDArray[np.uint32]
Bounds: TypeAlias = npt.NDArray[np.int64]
Arrays: TypeAlias = tuple[Hashes, Nodes, Counts]  # the columns of Records, as the kernels take them

KEY = ~np.uint64(0xFFFF)  # 48 bits travel: among 10^10 documents, 1 record in 2,000 meets a stranger, and is verified
MOST_SPILL = 16  # bits of a key, of each value of which an array is sorted for itself
NO_EDGES = np.zeros((0, 2), np.uint64)


class Records(NamedTuple):
    """One row per document and band: the band key, the document, and the documents that it speaks for."""

    keys: Hashes
    nodes: Nodes
    counts: Counts

    def at(self, places: Any) -> "Records":
        """Return the records at an index array or a slice."""
        return Records(self.keys[places], self.nodes[places], self.counts[places])


class Candidates(NamedTuple):
    """The edges of a partition, and what there is to report about its buckets."""

    edges: Edges  # a forest: (node, smallest node it is tied to)
    buckets: int  # keys that more than one document has
    largest: int  # documents in the fullest
    largest_key: int  # the smallest, if there are several


def nodes_of(shard: int, rows: int) -> Nodes:
    """Return the nodes of a shard's rows."""
    return np.uint64(shard) << np.uint64(32) | np.arange(rows, dtype=np.uint64)


def records_of(keys: Hashes, nodes: Nodes, empty: npt.NDArray[np.bool_]) -> Records:
    """Return the records of documents whose keys are [documents, bands], cut to 48 bits; an empty document has none."""
    bands = keys.shape[1]
    flat = keys[~empty].ravel() & KEY
    return Records(flat, np.repeat(nodes[~empty], bands), np.ones(len(flat), np.uint32))


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


def combine(records: Records) -> tuple[Records, Edges]:
    """Return one record per key, ascending, that of its smallest node, and the edges that tie the other nodes to it.

    Done to each shard before its records are exchanged, it bounds any bucket by the number of shards, and changes no
    component: the star of a shard hangs from the star of the corpus by its centre.
    """
    keys, nodes, counts = records
    if not len(keys):
        return records, NO_EDGES
    if nodes.max() >> np.uint64(32) or counts.max() > 1:
        keys, places = _ascending(keys, np.arange(len(keys), dtype=np.uint64))
        nodes, counts = nodes[places], counts[places]
    else:  # of one shard: rows fit beside the keys, and nothing need be looked up
        keys, nodes = _ascending(keys, nodes)
    buckets, edges = _stars(keys, nodes, counts)
    return Records(*buckets), forest(edges)


def candidates(records: Records, edges: Edges) -> Candidates:
    """Return what `combine` found in a partition: its edges, and how full its buckets are."""
    at = int(records.counts.argmax()) if len(records.keys) else 0  # the first of the fullest
    largest, largest_key = (int(records.counts[at]), int(records.keys[at])) if len(records.keys) else (0, 0)
    return Candidates(edges, int((records.counts > 1).sum()), largest, largest_key)


def candidate_edges(records: Records) -> Candidates:
    """Return the edges of all records of a partition."""
    return candidates(*combine(records))


def _ascending(keys: Hashes, beside: Hashes) -> tuple[Hashes, Hashes]:
    """Return the keys ascending, and the number beside each, ascending where keys are equal.

    Both are packed into one number where they fit, because numbers are sorted six times as fast as an argsort does it.
    Of the upper bits that have no room each value is sorted for itself.
    """
    low, bits = keys.min(), max(1, int(beside.max()).bit_length())
    used = int(np.bitwise_or.reduce(keys - low))
    unused = (used & -used).bit_length() - 1 if used else 0  # of the lowest
    width = used.bit_length() - unused
    spill = max(0, width + bits - 64)
    if spill > MOST_SPILL:
        order = np.lexsort((beside, keys))
        return keys[order], beside[order]
    layout = low, *map(np.uint64, (unused, bits, width - spill))
    packed, bounds = _packed(keys, beside, 1 << spill, *layout)
    for first, last in itertools.pairwise(bounds.tolist()):
        packed[first:last].sort()
    return _unpacked(packed, bounds, *layout)


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
        part = np.int64(key >> inner)
        packed[places[part]] = (key & mask) << bits | beside[at]
        places[part] += 1
    return packed, bounds


@compiled
def _unpacked(
    packed: Hashes, bounds: Bounds, low: np.uint64, unused: np.uint64, bits: np.uint64, inner: np.uint64
) -> tuple[Hashes, Hashes]:
    keys, beside = np.empty_like(packed), np.empty_like(packed)
    mask = (np.uint64(1) << bits) - np.uint64(1)
    for part in range(len(bounds) - 1):
        for at in range(bounds[part], bounds[part + 1]):
            keys[at] = ((np.uint64(part) << inner | packed[at] >> bits) << unused) + low
            beside[at] = packed[at] & mask
    return keys, beside


@compiled
def _stars(keys: Hashes, nodes: Nodes, counts: Counts) -> tuple[Arrays, Edges]:
    """Return per key: key, smallest node, documents; and the edges (node, smallest node of its key)."""
    found = 0
    for at in range(len(keys)):
        found += at == 0 or keys[at] != keys[at - 1]
    buckets = np.empty(found, np.uint64), np.empty(found, np.uint64), np.empty(found, np.uint32)
    edges = np.empty((len(keys) - found, 2), np.uint64)
    tied = bucket = start = 0
    while start < len(keys):
        stop = start + 1
        smallest, documents = nodes[start], counts[start]
        while stop < len(keys) and keys[stop] == keys[start]:
            smallest = min(smallest, nodes[stop])
            documents += counts[stop]
            stop += 1
        buckets[0][bucket], buckets[1][bucket], buckets[2][bucket] = keys[start], smallest, documents
        for at in range(start if stop > start + 1 else stop, stop):
            if nodes[at] != smallest:
                edges[tied, 0], edges[tied, 1] = nodes[at], smallest
                tied += 1
        bucket += 1
        start = stop
    return buckets, edges[:tied]


def merged(parts: Sequence[Records]) -> Records:
    """Return the records of several shards as one."""
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
