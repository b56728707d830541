"""Documents that share a band key are joined in a star around the first of them: s - 1 edges for a bucket of s.

A candidate edge claims nothing yet. It only puts two documents into one *candidate component*, and verification then
looks for every near-duplicate pair inside a component (`dedup.verify`). So a star loses no pair, whoever its centre is,
and a bucket of a million empty shells costs a million edges rather than 500 billion.

Records (key, node) are partitioned by key: every partition can be done alone, in any order, and done again.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.components import Edges, Nodes, forest
from dedup.shingles import Hashes
from shards.compiled import compiled


class Records(NamedTuple):
    """One row per document and band: the band key, the document, and the documents that it speaks for."""

    keys: Hashes
    nodes: Nodes
    counts: npt.NDArray[np.uint32]

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
    buckets, edges = _stars(*records, ascending(records.keys))
    return Records(*buckets), forest(edges)


def candidate_edges(records: Records) -> Candidates:
    """Return the edges of all records of a partition."""
    buckets, edges = _stars(*records, ascending(records.keys))
    keys, _, counts = buckets
    at = int(counts.argmax()) if len(keys) else 0  # the first of the fullest
    largest, largest_key = (int(counts[at]), int(keys[at])) if len(keys) else (0, 0)
    return Candidates(forest(edges), int((counts > 1).sum()), largest, largest_key)


def ascending(keys: Hashes) -> npt.NDArray[np.uint64]:
    """Return the places of the keys in ascending order.

    Keys are hashes, so their upper bits nearly order them: with the places in the lower bits they sort as plain
    numbers, at a fifth of the time of an argsort, and few runs are left to put in order.
    """
    width = np.uint64(len(keys).bit_length())
    marked = keys >> width << width | np.arange(len(keys), dtype=np.uint64)
    marked.sort()
    _settle(marked, keys, width)
    return marked


@compiled
def _settle(marked: Hashes, keys: Hashes, width: np.uint64) -> None:
    mask = (np.uint64(1) << width) - np.uint64(1)
    for at in range(len(marked)):
        upper, place = marked[at] >> width, marked[at] & mask
        marked[at] = place
        before = at
        while before > 0 and keys[marked[before - 1]] >> width == upper and keys[marked[before - 1]] > keys[place]:
            marked[before] = marked[before - 1]
            before -= 1
        marked[before] = place


@compiled
def _stars(
    keys: Hashes, nodes: Nodes, counts: npt.NDArray[np.uint32], order: npt.NDArray[np.uint64]
) -> tuple[tuple[Hashes, Nodes, npt.NDArray[np.uint32]], Edges]:
    """Return per key: key, smallest node, documents; and the edges (node, smallest node of its key)."""
    size = len(order)
    bucket_keys, smallest = np.empty(size, np.uint64), np.empty(size, np.uint64)
    documents = np.empty(size, np.uint32)
    found = 0
    for at in range(size):
        place = order[at]
        if at == 0 or bucket_keys[found - 1] != keys[place]:
            bucket_keys[found], smallest[found], documents[found] = keys[place], nodes[place], counts[place]
            found += 1
        else:
            smallest[found - 1] = min(smallest[found - 1], nodes[place])
            documents[found - 1] += counts[place]
    edges = np.empty((size - found, 2), np.uint64)
    tied, bucket = 0, -1
    for at in range(size if len(edges) else 0):
        place = order[at]
        if bucket < 0 or bucket_keys[bucket] != keys[place]:
            bucket += 1
        if nodes[place] != smallest[bucket]:
            edges[tied, 0], edges[tied, 1] = nodes[place], smallest[bucket]
            tied += 1
    return (bucket_keys[:found].copy(), smallest[:found].copy(), documents[:found].copy()), edges[:tied]


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
