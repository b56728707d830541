"""Documents that share a band key are joined in a star around the first of them: s - 1 edges for a bucket of s.

A candidate edge claims nothing yet. It only puts two documents into one *candidate component*, and verification then
looks for every near-duplicate pair inside a component (`dedup.verify`). So a star loses no pair, whoever its centre is,
and a bucket of a million empty shells costs a million edges rather than 500 billion.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from dedup.components import Edges, Nodes, forest
from dedup.records import Bounds, Counts, Records, ascending, compact, spread
from dedup.shingles import Hashes
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
    near, layout = compact(nodes)
    buckets, edges = _stars(*ascending(keys, near), *layout)
    several = counts > 1
    np.add.at(buckets[2], np.searchsorted(buckets[0], keys[several]), counts[several] - np.uint32(1))
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
    packed: Hashes,
    bounds: Bounds,
    low: np.uint64,
    unused: np.uint64,
    bits: np.uint64,
    inner: np.uint64,
    first: np.uint64,
    rows: np.uint64,
) -> tuple[Arrays, Edges]:
    """Return per key: key, smallest node, records; and the edges (node, smallest node of its key)."""
    found = 0
    for part in range(len(bounds) - 1):
        for at in range(bounds[part], bounds[part + 1]):
            found += at == bounds[part] or (packed[at] ^ packed[at - 1]) >> bits != 0
    buckets = np.empty(found, np.uint64), np.empty(found, np.uint64), np.empty(found, np.uint32)
    edges = np.empty((len(packed) - found, 2), np.uint64)
    mask = (np.uint64(1) << bits) - np.uint64(1)
    tied = bucket = 0
    for part in range(len(bounds) - 1):
        start, end = bounds[part], bounds[part + 1]
        while start < end:
            smallest = spread(packed[start] & mask, first, rows)
            stop = start + 1
            while stop < end and (packed[stop] ^ packed[start]) >> bits == 0:
                node = spread(packed[stop] & mask, first, rows)
                if node != smallest:
                    edges[tied, 0], edges[tied, 1] = node, smallest
                    tied += 1
                stop += 1
            buckets[0][bucket] = ((np.uint64(part) << inner | packed[start] >> bits) << unused) + low
            buckets[1][bucket], buckets[2][bucket] = smallest, stop - start
            bucket += 1
            start = stop
    return buckets, edges[:tied]
