"""Stars around the first document of a bucket: any order, any partitioning, any combiner, the same components."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.candidates import candidate_edges, combine
from dedup.components import components, edges_between
from dedup.records import (
    Records,
    merged,
    partitioned,
)


def records(pairs: list[tuple[int, int]]) -> Records:
    keys = np.array([key for key, _ in pairs], np.uint64)
    nodes = np.array([node for _, node in pairs], np.uint64)
    return Records(keys, nodes, np.ones(len(pairs), np.uint32))


PAIRS = st.lists(st.tuples(st.integers(0, 12).map(lambda key: key * 0x1357_9BDF_0246_8ACE % 2**64), st.integers(0, 40)))


def test_a_bucket_is_a_star_around_its_smallest_node() -> None:
    found = candidate_edges(records([(9, 5), (9, 2), (9, 8), (7, 8), (7, 2), (1, 4)]))
    assert found.edges.tolist() == [[5, 2], [8, 2]]
    assert (found.buckets, found.largest, found.largest_key) == (2, 3, 9)


def test_a_million_shells_cost_a_million_edges() -> None:
    size = 1_000_000
    shells = Records(np.zeros(size, np.uint64), np.arange(size, dtype=np.uint64), np.ones(size, np.uint32))
    found = candidate_edges(shells)
    assert len(found.edges) == size - 1
    assert found.largest == size
    assert len(combine(shells)[0].keys) == 1


def test_no_records_have_no_edges() -> None:
    assert candidate_edges(records([])).edges.shape == (0, 2)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(pairs: list[tuple[int, int]], random: object) -> None:
    before = candidate_edges(records(pairs))
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    after = candidate_edges(records(shuffled))
    assert before.edges.tolist() == after.edges.tolist()
    assert before[1:3] == after[1:3]


@given(st.lists(PAIRS, max_size=4), st.integers(1, 5))
def test_combining_and_partitioning_change_no_component(shards: list[list[tuple[int, int]]], partitions: int) -> None:
    at_once = components(candidate_edges(records([pair for shard in shards for pair in shard])).edges)
    edges, parts = [], [[records([])] for _ in range(partitions)]
    for shard in shards:
        combined, local = combine(records(shard))
        edges.append(local)
        for part, sent in zip(parts, partitioned(combined, partitions), strict=True):
            part.append(sent)
    edges += [candidate_edges(merged(part)).edges for part in parts]
    in_parts = components(np.concatenate(edges) if edges else edges_between(np.array([]), np.array([])))
    assert [column.tolist() for column in in_parts] == [column.tolist() for column in at_once]


@given(PAIRS)
def test_combining_keeps_the_size_of_a_bucket(pairs: list[tuple[int, int]]) -> None:
    combined, _ = combine(records(pairs))
    assert combined.counts.sum() == len(pairs)
    assert candidate_edges(combined).largest == candidate_edges(records(pairs)).largest
