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

from dedup.shingles import GOLDEN, Hashes
from shards.compiled import compiled

Nodes: TypeAlias = npt.NDArray[np.uint64]  # position of a document in the run: shard ordinal << 32 | row
Edges: TypeAlias = npt.NDArray[np.uint64]  # [edges, 2]: (node, smaller node), ascending, each once


class Records(NamedTuple):
    """One row per document and band: the band key, the document, and the documents that it speaks for."""

    keys: Hashes
    nodes: Nodes
    counts: npt.NDArray[np.uint32]

    def at(self, places: Any) -> "Records":
        """Return the records at an index array or a slice."""
        return Records(self.keys[places], self.nodes[places], self.counts[places])


class Candidates(NamedTuple):
    """The star edges of a partition, and what there is to report about its buckets."""

    edges: Edges
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
    """Return one record per key, that of its smallest node, and the edges that tie the other nodes to it.

    Done to each shard before its records are exchanged, it bounds any bucket by the number of shards, and changes no
    component: the star of a shard hangs from the star of the corpus by its centre.
    """
    keys, nodes, counts, centres = _stars(*records)
    order = np.argsort(keys)  # no two are equal
    return Records(keys[order], nodes[order], counts[order]), edges_between(records.nodes, centres)


def candidate_edges(records: Records) -> Candidates:
    """Return the star edges of all records of a partition."""
    keys, _, counts, centres = _stars(*records)
    largest = int(counts.max(initial=0))
    largest_key = int(keys[counts == largest].min(initial=np.iinfo(np.uint64).max)) if len(keys) else 0
    return Candidates(edges_between(records.nodes, centres), int((counts > 1).sum()), largest, largest_key)


def edges_between(nodes: Nodes, centres: Nodes) -> Edges:
    """Return the edges (node, centre), larger node first, ascending, each once, without loops."""
    apart = nodes != centres
    larger, smaller = np.maximum(nodes, centres)[apart], np.minimum(nodes, centres)[apart]
    order = np.lexsort((smaller, larger))
    larger, smaller = larger[order], smaller[order]
    new = np.ones(len(larger), np.bool_)
    new[1:] = (larger[1:] != larger[:-1]) | (smaller[1:] != smaller[:-1])
    return np.stack([larger[new], smaller[new]], axis=1)


@compiled
def _stars(
    keys: Hashes, nodes: Nodes, counts: npt.NDArray[np.uint32]
) -> tuple[Hashes, Nodes, npt.NDArray[np.uint32], Nodes]:
    """Return per key: key, smallest node, documents; and per record the smallest node of its key."""
    bits = 4
    while (1 << bits) < 2 * len(keys):
        bits += 1
    slots = np.full(1 << bits, -1, np.int64)
    bucket = np.empty(len(keys), np.int64)
    found = 0
    bucket_keys = np.empty(len(keys), np.uint64)
    smallest = np.empty(len(keys), np.uint64)
    documents = np.zeros(len(keys), np.uint32)
    for record in range(len(keys)):
        slot = np.int64((keys[record] * GOLDEN) >> np.uint64(64 - bits))
        while slots[slot] >= 0 and bucket_keys[slots[slot]] != keys[record]:
            slot = (slot + 1) & ((1 << bits) - 1)
        if slots[slot] < 0:
            slots[slot] = found
            bucket_keys[found] = keys[record]
            smallest[found] = nodes[record]
            found += 1
        at = slots[slot]
        bucket[record] = at
        smallest[at] = min(smallest[at], nodes[record])
        documents[at] += counts[record]
    centres = np.empty(len(keys), np.uint64)
    for record in range(len(keys)):
        centres[record] = smallest[bucket[record]]
    return bucket_keys[:found], smallest[:found], documents[:found], centres


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
