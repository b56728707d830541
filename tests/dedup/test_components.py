"""Components: named by the smallest node, the same in one process and in rounds over partitions."""

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.components import Edges, both_ways, components, forest, large_star
from dedup.records import node_partition

PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40)


def edges(pairs: list[tuple[int, int]]) -> Edges:
    return np.array(pairs, np.uint64).reshape(-1, 2)


def by_search(pairs: list[tuple[int, int]]) -> dict[int, int]:
    neighbours: dict[int, set[int]] = {}
    for a, b in pairs:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    named: dict[int, int] = {}
    for start in sorted(neighbours):
        stack = [] if start in named else [start]
        while stack:
            node = stack.pop()
            if node not in named:
                named[node] = start
                stack.extend(neighbours[node])
    return named


def in_rounds(found: Edges, partitions: int) -> Edges:
    def each(step: object, rows: Edges) -> Edges:
        places = rows[:, 0] % np.uint64(partitions)
        parts = [step(rows[places == place]) for place in range(partitions)]  # type: ignore[operator]
        return np.concatenate(parts)

    for _ in range(20):
        after = each(forest, each(large_star, both_ways(found)))
        if sorted(after.tolist()) == sorted(found.tolist()):
            return np.array(sorted(after.tolist()), np.uint64).reshape(-1, 2)
        found = after
    raise AssertionError("the rounds did not converge")


@given(PAIRS)
def test_components_are_named_by_their_smallest_node(pairs: list[tuple[int, int]]) -> None:
    found = components(edges(pairs))
    assert dict(zip(found.nodes.tolist(), found.roots.tolist(), strict=True)) == by_search(pairs)


@given(PAIRS, st.integers(0, 40))
def test_forests_of_parts_merge_to_the_components_of_the_whole(pairs: list[tuple[int, int]], cut: int) -> None:
    parts = np.concatenate([components(edges(pairs[:cut])).edges, components(edges(pairs[cut:])).edges])
    whole = components(edges(pairs))
    again = components(parts, whole.nodes)
    assert again.roots.tolist() == whole.roots.tolist()


@given(PAIRS, st.integers(1, 5))
def test_large_and_small_stars_alternate_to_the_same_components(pairs: list[tuple[int, int]], partitions: int) -> None:
    assert in_rounds(edges(pairs), partitions).tolist() == components(edges(pairs)).edges.tolist()


def test_a_long_chain_converges_in_few_rounds() -> None:
    chain = edges([(node + 1, node) for node in range(2000)])
    assert in_rounds(chain, 3).tolist() == components(chain).edges.tolist()


def test_a_node_without_edges_is_a_component_if_it_is_named() -> None:
    found = components(edges([(5, 3)]), np.array([9, 3], np.uint64))
    assert found.nodes.tolist() == [3, 5, 9]
    assert found.roots.tolist() == [3, 3, 9]


def test_the_nodes_of_one_partition_are_found_as_fast_as_any_others() -> None:
    """They have hashed alike once: to their partition. A round took 20 times what the rest of dedup does."""
    every = np.arange(2_000_000, dtype=np.uint64)
    alike = every[node_partition(every, 64) == 5]
    seconds = []
    for nodes in (every[: len(alike)], every[: len(alike)], alike):  # the first compiles
        tied = np.stack([nodes[1:], nodes[:-1]], axis=1)
        start = time.process_time()
        assert (components(tied).roots == nodes[0]).all()
        seconds.append(time.process_time() - start)
    assert seconds[2] < 20 * seconds[1] + 0.05
