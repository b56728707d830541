"""Connected components, each named by its smallest node: in one process, or in rounds over partitions of the edges.

`components` is a union-find over the edges it is given. Where the edges of a corpus do not fit one process, do it per
partition (its result, as edges, is a spanning forest and usually much smaller), and then either once more over all the
forests, or by alternating `large_star` and `small_star` over edges partitioned by node until nothing changes (Kiveris
et al. 2014, Connected Components in MapReduce and Beyond): O(log² nodes) rounds, each an ordinary restartable stage.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.candidates import Edges, Nodes, edges_between
from shards.compiled import compiled


class Components(NamedTuple):
    """Nodes, ascending, and the smallest node of the component of each."""

    nodes: Nodes
    roots: Nodes

    @property
    def edges(self) -> Edges:
        """The components as a star forest: merging partitions is `components` over the concatenation of these."""
        return edges_between(self.nodes, self.roots)


def components(edges: Edges, nodes: Nodes | None = None) -> Components:
    """Return the connected components of the edges' nodes, and of `nodes` too, whatever the order of the edges."""
    every = edges.ravel() if nodes is None else np.concatenate([edges.ravel(), nodes])
    known, places = np.unique(every, return_inverse=True)
    parents = _union(places[: edges.size].reshape(-1, 2), len(known))
    return Components(known, known[parents])


@compiled
def root_of(parents: npt.NDArray[np.int64], node: int) -> int:
    """Return the root of a node, halving the path to it."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@compiled
def _union(edges: npt.NDArray[np.int64], nodes: int) -> npt.NDArray[np.int64]:
    parents = np.arange(nodes)
    for edge in range(len(edges)):
        one, other = root_of(parents, edges[edge, 0]), root_of(parents, edges[edge, 1])
        if one < other:
            parents[other] = one
        else:
            parents[one] = other
    for node in range(nodes):
        parents[node] = root_of(parents, node)
    return parents


def both_ways(edges: Edges) -> Edges:
    """Return each edge in both directions, for `large_star`: partition these by their first node."""
    return np.concatenate([edges, edges[:, ::-1]])


def large_star(edges: Edges) -> Edges:
    """Tie every larger neighbour of a node to the smallest of the node and its neighbours.

    The input has all edges of its first nodes (`both_ways`, partitioned by first node).
    """
    hubs, inverse = np.unique(edges[:, 0], return_inverse=True)
    smallest = hubs.copy()
    np.minimum.at(smallest, inverse, edges[:, 1])
    larger = edges[:, 1] > edges[:, 0]
    return edges_between(edges[larger, 1], smallest[inverse[larger]])


def small_star(edges: Edges) -> Edges:
    """Tie a node and its smaller neighbours to the smallest of them.

    The input has all edges of its larger nodes (edges as they are, partitioned by first node).
    """
    hubs, inverse = np.unique(edges[:, 0], return_inverse=True)
    smallest = hubs.copy()
    np.minimum.at(smallest, inverse, edges[:, 1])
    return edges_between(np.concatenate([edges[:, 1], hubs]), np.concatenate([smallest[inverse], smallest]))
