"""Records: 48 bits of a key, in order, in as few bits as they need, read back as they were written."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.records import (
    Records,
    ascending,
    first_keys,
    node_in,
    nodes_of,
    packed,
    partition_of,
    partitioned,
    records_of,
    rows_of,
    shards_of,
    unpacked,
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


@given(
    st.lists(st.tuples(st.integers(0, 2**48 - 1), st.integers(0, 2**40 - 1)), min_size=1),
    st.integers(0, 63),
    st.integers(0, 2**24 - 256),
)
def test_keys_of_48_bits_are_sorted_by_all_of_them(pairs: list[tuple[int, int]], shift: int, shard: int) -> None:
    keys = np.array([(key << 16) >> shift for key, _ in pairs], np.uint64)
    nodes = np.array([(shard << 32) + (node >> shift // 2) for _, node in pairs], np.uint64)
    found = ascending(keys, nodes)
    parts = np.repeat(np.arange(len(found.bounds) - 1, dtype=np.uint64), np.diff(found.bounds))
    upper = (parts << found.inner | found.numbers >> found.bits) << found.unused
    read = [int(node_in(number, found.bits, found.shard, found.rows)) for number in found.numbers]
    assert list(zip((upper + found.low).tolist(), read, strict=True)) == sorted(
        zip(keys.tolist(), nodes.tolist(), strict=True)
    )


RECORD = st.tuples(st.integers(0, 2**48 - 1), st.integers(0, 2**32 - 1), st.integers(1, 3) | st.integers(1, 2**32 - 1))


@given(
    st.lists(st.lists(RECORD, unique_by=lambda record: record[0]), min_size=1, max_size=4),
    st.integers(1, 9),
    st.integers(0, 2**31),
)
def test_records_are_read_as_they_were_written(
    shards: list[list[tuple[int, int, int]]], partitions: int, before: int
) -> None:
    every = []
    for shard in shards:
        keys, rows, counts = (np.array([record[side] for record in sorted(shard)], np.uint64) for side in (0, 1, 2))
        every.append(partitioned(Records(keys << np.uint64(16), rows, counts.astype(np.uint32)), partitions))
    for parts, first_key in zip(zip(*every, strict=True), first_keys(partitions), strict=True):
        read = unpacked([packed(part, first_key) for part in parts], first_key, before)
        assert read.keys.tolist() == np.concatenate([part.keys for part in parts]).tolist()
        assert rows_of(read.nodes).tolist() == np.concatenate([part.nodes for part in parts]).tolist()
        assert read.counts.tolist() == np.concatenate([part.counts for part in parts]).tolist()
        ordinals = np.repeat(np.arange(before, before + len(parts)), [len(part.keys) for part in parts])
        assert shards_of(read.nodes).tolist() == ordinals.tolist()


def test_a_record_among_many_takes_some_six_bytes() -> None:
    random = np.random.default_rng(0)
    keys = np.sort(random.integers(0, 1 << 48, 100_000, dtype=np.uint64)) << np.uint64(16)
    rows = random.integers(0, 1 << 17, len(keys), dtype=np.uint64)
    assert packed(Records(keys, rows, np.ones(len(keys), np.uint32)), np.uint64(0)).nbytes < 6.6 * len(keys)
