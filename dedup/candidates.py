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

RUN_BITS = 11  # runs that a pass of the sort divides records into: more are slower to write to than a second pass


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
    """Return the records of documents whose keys are [documents, bands]; an empty document has none."""
    bands = keys.shape[1]
    flat = keys[~empty].ravel()
    return Records(flat, np.repeat(nodes[~empty], bands), np.ones(len(flat), np.uint32))


def partition_of(keys: Hashes, partitions: int) -> npt.NDArray[np.int64]:
    """Return the partition of each key: equal keys meet, and partitions are ranges of keys of equal width."""
    return ((keys >> np.uint64(32)) * np.uint64(partitions) >> np.uint64(32)).astype(np.int64)


def node_partition(nodes: Nodes, partitions: int) -> npt.NDArray[np.int64]:
    """Return the partition of each node; multiplied out, so that equal ranges of them hold about equally many."""
    return partition_of(nodes * GOLDEN, partitions)


def partitioned(records: Records, partitions: int) -> list[Records]:
    """Return the records of each partition, ascending by key and node."""
    ascending = len(records.keys) == 0 or bool((records.keys[1:] > records.keys[:-1]).all())  # as `combine` leaves them
    ordered = records if ascending else records.at(np.lexsort((records.nodes, records.keys)))
    bounds = np.searchsorted(partition_of(ordered.keys, partitions), np.arange(partitions + 1))
    return [ordered.at(slice(first, last)) for first, last in itertools.pairwise(bounds)]


def combine(records: Records) -> tuple[Records, Edges]:
    """Return one record per key, ascending, that of its smallest node, and the edges that tie the other nodes to it.

    Done to each shard before its records are exchanged, it bounds any bucket by the number of shards, and changes no
    component: the star of a shard hangs from the star of the corpus by its centre.
    """
    buckets, edges = _stars(*_by_key(*records))
    return Records(*buckets), forest(edges)


def candidate_edges(records: Records) -> Candidates:
    """Return the edges of all records of a partition."""
    (keys, _, counts), edges = _stars(*_by_key(*records))
    at = int(counts.argmax()) if len(keys) else 0  # the first of the fullest
    largest, largest_key = (int(counts[at]), int(keys[at])) if len(keys) else (0, 0)
    return Candidates(forest(edges), int((counts > 1).sum()), largest, largest_key)


@compiled
def _by_key(keys: Hashes, nodes: Nodes, counts: Counts) -> tuple[Hashes, Nodes, Counts]:
    """Return the records ascending by key; those of a key stay in order.

    Keys are hashes, so their upper bits divide them evenly: once into runs that fit a cache, each of these once more,
    and what is left is nearly in order. An argsort takes four times as long, most of it to fetch what it points to.
    """
    size = len(keys)
    bits = 1
    while bits < 2 * RUN_BITS and size >> bits:
        bits += 1
    low, high = keys.min() if size else np.uint64(0), keys.max() if size else np.uint64(0)
    shift = np.uint64(0)
    while (high - low) >> shift >> np.uint64(bits):
        shift += np.uint64(1)
    first = shift + np.uint64(max(0, bits - RUN_BITS))
    bounds = np.zeros((1 << RUN_BITS) + 1, np.int64)
    once = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint32)
    twice = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint32)
    _scatter(once, (keys, nodes, counts), 0, size, low, first, bounds)
    runs = bounds.copy()
    for run in range(1 << RUN_BITS):
        start, stop = runs[run], runs[run + 1]
        if start < stop:
            _scatter(twice, once, start, stop, low, shift, bounds)
            _insert(twice, start, stop)
    return twice


@compiled
def _scatter(
    out: Arrays, records: Arrays, start: int, stop: int, low: np.uint64, shift: np.uint64, bounds: Bounds
) -> None:
    """Write records[start:stop] to the same places of `out`, by RUN_BITS bits of their keys; set `bounds`."""
    keys, nodes, counts = records
    mask = np.uint64((1 << RUN_BITS) - 1)
    bounds[:] = 0
    for at in range(start, stop):
        bounds[np.int64((keys[at] - low) >> shift & mask) + 1] += 1
    bounds[0] = start
    for run in range(1 << RUN_BITS):
        bounds[run + 1] += bounds[run]
    places = bounds[:-1].copy()
    for at in range(start, stop):
        bucket = np.int64((keys[at] - low) >> shift & mask)
        place = places[bucket]
        places[bucket] += 1
        out[0][place], out[1][place], out[2][place] = keys[at], nodes[at], counts[at]


@compiled
def _insert(records: Arrays, start: int, stop: int) -> None:
    keys, nodes, counts = records
    for at in range(start + 1, stop):
        key, node, count = keys[at], nodes[at], counts[at]
        place = at
        while place > start and keys[place - 1] > key:
            keys[place], nodes[place], counts[place] = keys[place - 1], nodes[place - 1], counts[place - 1]
            place -= 1
        keys[place], nodes[place], counts[place] = key, node, count


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
