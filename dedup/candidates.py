"""Candidate edges: documents that share a band key form a star around the first of them, s - 1 edges for s documents.

A candidate edge claims nothing yet. It only puts two documents into one *candidate component*, and verification then
looks for every near-duplicate pair inside a component (`dedup.verify`). So a star loses no pair, whoever its centre is,
and a bucket of a million empty shells costs a million edges rather than 500 billion.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from dedup.components import Edges, Nodes, forest
from dedup.records import Counts, Records, ascending, node_in
from dedup.shingles import Hashes
from shards.arrays import Places
from shards.compiled import compiled

Arrays: TypeAlias = tuple[Hashes, Nodes, Counts]  # the columns of Records, as the kernels take them

NO_EDGES = np.zeros((0, 2), np.uint64)


class Candidates(NamedTuple):
    """The edges of a partition, and what there is to report about its buckets."""

    edges: Edges  # a forest: (node, smallest node it is tied to)
    buckets: int  # keys that more than one document has
    largest: int  # documents in the fullest
    largest_key: int  # the smallest, if there are several


def combine(records: Records) -> tuple[Records, Edges]:
    """Return one record per key, ascending, that of its smallest node, and the edges that tie the other nodes to it.

    Done to each shard before its records are exchanged, it bounds any bucket by the number of shards, and changes no
    component: the star of a shard hangs from the star of the corpus by its centre.
    """
    keys, nodes, counts = records
    if not len(keys):
        return records, NO_EDGES
    several = np.flatnonzero(counts > 1)
    several = several[np.argsort(keys[several])]
    extra = keys[several], counts[several]
    order = ascending(keys, nodes)
    del records, keys, nodes, counts  # 20 bytes for each, which the result takes again
    buckets, edges = _stars(*order, *extra)
    return Records(*buckets), forest(edges)


def candidates(records: Records, edges: Edges) -> Candidates:
    """Return what `combine` found in a partition: its edges, and how full its buckets are."""
    at = int(records.counts.argmax()) if len(records.keys) else 0  # the first of the fullest
    largest, largest_key = (int(records.counts[at]), int(records.keys[at])) if len(records.keys) else (0, 0)
    return Candidates(edges, int((records.counts > 1).sum()), largest, largest_key)


def candidate_edges(records: Records) -> Candidates:
    """Return the edges of all records of a partition."""
    return candidates(*combine(records))


@compiled
def _stars(
    numbers: Hashes,
    bounds: Places,
    low: np.uint64,
    unused: np.uint64,
    inner: np.uint64,
    bits: np.uint64,
    shard: np.uint64,
    rows: np.uint64,
    several: Hashes,
    counts: Counts,
) -> tuple[Arrays, Edges]:
    """Return per key: key, smallest node, records; and the edges (node, smallest node of its key).

    `several` are the keys of records that stand for more than one, ascending, and `counts` for how many.
    """
    size = len(numbers)
    keys, nodes, sizes = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint32)
    edges = np.empty((size, 2), np.uint64)
    bucket, tied, extra = -1, 0, 0
    for part in range(len(bounds) - 1):
        for at in range(bounds[part], bounds[part + 1]):
            node = node_in(numbers[at], bits, shard, rows)
            if at == bounds[part] or (numbers[at] ^ numbers[at - 1]) >> bits:
                bucket += 1
                keys[bucket] = ((np.uint64(part) << inner | numbers[at] >> bits) << unused) + low
                nodes[bucket], sizes[bucket] = node, 1
                while extra < len(several) and several[extra] == keys[bucket]:
                    sizes[bucket] += counts[extra] - np.uint32(1)
                    extra += 1
            else:
                sizes[bucket] += np.uint32(1)
                if node != nodes[bucket]:
                    edges[tied, 0], edges[tied, 1] = node, nodes[bucket]
                    tied += 1
    bucket += 1
    return (keys[:bucket], nodes[:bucket], sizes[:bucket]), edges[:tied]
