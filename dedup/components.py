"""Connected components, each named by its smallest node: in one process, or in rounds over partitions of the edges.

`components` is a union-find over the edges it is given. Where those of a corpus do not fit one process, `forest` first
leaves the fewest of each partition, and then two steps alternate until the edges are stars and change no more, each
over partitions that fit: `large_star` over the edges `both_ways`, partitioned by first node, and `forest` over its
edges, partitioned by larger node (after Kiveris et al. 2014, Connected Components in MapReduce and Beyond; that their
small star is here the forest of a whole partition only joins more at once).
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from dedup.runs import first_of_runs
from dedup.shingles import mixed
from shards.arrays import Places
from shards.compiled import compiled, inner

Nodes: TypeAlias = npt.NDArray[np.uint64]  # position of a document in the run: shard ordinal << 32 | row
Edges: TypeAlias = npt.NDArray[np.uint64]  # [edges, 2]: (node, smaller node), ascending, each once
Slots: TypeAlias = npt.NDArray[np.int32]  # of a hash table, at most half of them taken: a place, or -1


class Components(NamedTuple):
    """Nodes, ascending, and the smallest node of the component of each."""

    nodes: Nodes
    roots: Nodes

    @property
    def edges(self) -> Edges:
        """The components as a star forest: merging partitions is `components` over the concatenation of these."""
        tied = self.nodes != self.roots
        return np.stack([self.nodes[tied], self.roots[tied]], axis=1)


def components(edges: Edges, nodes: Nodes | None = None) -> Components:
    """Return the connected components of the edges' nodes, and of `nodes` too, whatever the order of the edges."""
    known, roots = _joined(edges, np.empty(0, np.uint64) if nodes is None else nodes)
    order = np.argsort(known)
    return Components(known[order], roots[order])


def forest(edges: Edges) -> Edges:
    """Return the fewest edges with the same components: each node but the smallest tied to the smallest."""
    return components(edges).edges


@inner
def root_of(parents: Places, node: int) -> int:
    """Return the root of a node, halving the path to it."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@compiled
def _joined(edges: Edges, nodes: Nodes) -> tuple[Nodes, Nodes]:
    """Return every node once, as they come, and the smallest node of the component of each."""
    known, parents = np.empty(16, np.uint64), np.empty(16, np.int64)
    slots = np.full(32, -1, np.int32)
    count, bits, before = 0, 5, 0
    for turn in range(2 * len(edges) + len(nodes)):
        if count == len(known):
            fewer, their_parents = known, parents
            known, parents = np.empty(2 * count, np.uint64), np.empty(2 * count, np.int64)
            bits += 1
            slots = np.full(1 << bits, -1, np.int32)
            for place in range(count):
                known[place], parents[place] = fewer[place], their_parents[place]
                slots[_slot(slots, bits, known, known[place])] = place
        node = edges[turn >> 1, turn & 1] if turn < 2 * len(edges) else nodes[turn - 2 * len(edges)]
        slot = _slot(slots, bits, known, node)
        if slots[slot] < 0:
            slots[slot] = count
            known[count], parents[count] = node, count
            count += 1
        root = root_of(parents, int(slots[slot]))
        if turn & 1 and turn < 2 * len(edges):
            if known[root] < known[before]:
                parents[before] = root
            else:
                parents[root] = before
        before = root
    roots = np.empty(count, np.uint64)
    for place in range(count):
        roots[place] = known[root_of(parents, place)]
    return known[:count].copy(), roots


@inner
def _slot(slots: Slots, bits: int, known: Nodes, node: np.uint64) -> Any:
    """Return the slot that a node has, or would have.

    Not by the product that partitions nodes (`dedup.records.node_partition`): a partition's would all be in one place.
    """
    slot = np.int64(mixed(node) >> np.uint64(64 - bits))
    while slots[slot] >= 0 and known[slots[slot]] != node:
        slot = (slot + 1) & ((1 << bits) - 1)
    return slot


def edges_between(nodes: Nodes, others: Nodes) -> Edges:
    """Return the edges (larger, smaller) between pairs of nodes, ascending, each once, without loops."""
    apart = nodes != others
    larger, smaller = np.maximum(nodes, others)[apart], np.minimum(nodes, others)[apart]
    order = np.lexsort((smaller, larger))
    larger, smaller = larger[order], smaller[order]
    first = first_of_runs(larger, smaller)
    return np.stack([larger[first], smaller[first]], axis=1)


def both_ways(edges: Edges) -> Edges:
    """Return each edge in both directions, for `large_star`: partition these by their first node."""
    return np.concatenate([edges, edges[:, ::-1]])


def large_star(edges: Edges) -> Edges:
    """Tie every larger neighbour of a node to the smallest of the node and its neighbours; return that as a forest.

    The input has all edges of its first nodes (`both_ways`, partitioned by first node).
    """
    return forest(_tied_to_least(edges))


@compiled
def _tied_to_least(edges: Edges) -> Edges:
    bits = 4
    while (1 << bits) < 2 * len(edges):
        bits += 1
    slots = np.full(1 << bits, -1, np.int32)
    hubs, least = np.empty(len(edges), np.uint64), np.empty(len(edges), np.uint64)
    count = 0
    for edge in range(len(edges)):
        slot = _slot(slots, bits, hubs, edges[edge, 0])
        if slots[slot] < 0:
            slots[slot] = count
            hubs[count] = least[count] = edges[edge, 0]
            count += 1
        least[slots[slot]] = min(least[slots[slot]], edges[edge, 1])
    tied = np.empty_like(edges)
    ties = 0
    for edge in range(len(edges)):
        if edges[edge, 1] > edges[edge, 0]:
            tied[ties, 0] = edges[edge, 1]
            tied[ties, 1] = least[slots[_slot(slots, bits, hubs, edges[edge, 0])]]
            ties += 1
    return tied[:ties]
