"""Records: 48 bits of a key, in order, in planes that are read back as they were written."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.records import (
    Records,
    ascending,
    first_keys,
    nodes_of,
    partition_of,
    partitioned,
    planes_of,
    records_of,
    restore,
    rows_of,
    shards_of,
)


def test_a_node_says_where_its_document_is() -> None:
    nodes = nodes_of(3, 2)
    assert nodes.tolist() == [3 << 32, (3 << 32) + 1]
    assert shards_of(nodes).tolist() == [3, 3]
    assert rows_of(nodes).tolist() == [0, 1]


def test_empty_documents_have_no_records() -> None:
    keys = np.arange(6, dtype=np.uint64).reshape(3, 2) << np.uint64(16)
    found = records_of(keys, nodes_of(0, 3), np.array([False, True, False]))
    assert found.nodes.tolist() == [0, 0, 2, 2]
    assert (found.keys >> np.uint64(16)).tolist() == [0, 1, 4, 5]


def test_partitions_are_even_and_cover_all_keys() -> None:
    keys = np.random.default_rng(0).integers(0, 1 << 64, 100_000, dtype=np.uint64)
    sizes = np.bincount(partition_of(keys, 7), minlength=7)
    assert sizes.sum() == len(keys)
    assert sizes.max() < 1.05 * sizes.min()
    ends = np.array([0, (1 << 64) - 1], np.uint64)
    assert partition_of(ends, 7).tolist() == [0, 6]


@given(st.integers(1, 5000))
def test_a_partition_begins_at_its_first_key(partitions: int) -> None:
    firsts = first_keys(partitions)
    assert partition_of(firsts, partitions).tolist() == list(range(partitions))
    assert partition_of(firsts[1:] - np.uint64(1), partitions).tolist() == list(range(partitions - 1))


@given(st.lists(st.tuples(st.integers(0, 2**48 - 1), st.integers(0, 2**32 - 1)), min_size=1), st.integers(0, 63))
def test_keys_of_48_bits_are_sorted_by_all_of_them(pairs: list[tuple[int, int]], shift: int) -> None:
    keys = np.array([(key << 16) >> shift for key, _ in pairs], np.uint64)
    beside = np.array([number >> shift // 2 for _, number in pairs], np.uint64)
    found = ascending(keys, beside)
    parts = np.repeat(np.arange(len(found.bounds) - 1, dtype=np.uint64), np.diff(found.bounds))
    upper = (parts << found.inner | found.packed >> found.bits) << found.unused
    lower = found.packed & (np.uint64(1) << found.bits) - np.uint64(1)
    ordered = zip((upper + found.low).tolist(), lower.tolist(), strict=True)
    assert list(ordered) == sorted(zip(keys.tolist(), beside.tolist(), strict=True))


@given(
    st.lists(st.tuples(st.integers(0, 2**48 - 1), st.integers(0, 2**32 - 1)), unique_by=lambda pair: pair[0]),
    st.integers(1, 9),
    st.integers(0, 2**31),
)
def test_records_are_read_as_they_were_written(pairs: list[tuple[int, int]], partitions: int, shard: int) -> None:
    keys, rows = (np.array([pair[side] for pair in sorted(pairs)], np.uint64) for side in (0, 1))
    every = Records(keys << np.uint64(16), rows, np.ones(len(keys), np.uint32))
    for part, first_key in zip(partitioned(every, partitions), first_keys(partitions), strict=True):
        planes = planes_of(part, first_key)
        key, read = first_key, (np.empty(len(part.keys), np.uint64), np.empty(len(part.keys), np.uint64))
        for half in (slice(0, len(part.keys) // 2), slice(len(part.keys) // 2, None)):
            here = tuple(np.ascontiguousarray(plane[half]) for plane in planes)
            key = np.uint64(restore(read[0][half], read[1][half], here, key, np.uint64(shard)))
        assert read[0].tolist() == part.keys.tolist()
        assert rows_of(read[1]).tolist() == part.nodes.tolist()
        assert set(shards_of(read[1]).tolist()) <= {shard}
