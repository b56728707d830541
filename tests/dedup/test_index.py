"""A release's index: written, read, looked up, and added to with the result of doing all at once."""

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.candidates import candidate_edges, combine
from dedup.components import Components, components
from dedup.index import (
    fixed,
    renewed,
    shingle_lists,
    shingles_in,
    signatures_in,
    similar,
    touched,
)
from dedup.minhash import MinHashSettings, Signatures, band_keys, empty, signatures
from dedup.records import Records, merged, nodes_of, partitioned, records_of
from dedup.shingles import shingle_sets
from dedup.verify import Comparison, verified_edges
from tests.dedup.corpora import signatures_of

SETTINGS = MinHashSettings(exact=False)
PAGE = " ".join(f"word{number}" for number in range(80))
TEXTS = pa.array([PAGE, "another page entirely, about something else", PAGE.replace("word7", "other"), ""])


def rows(texts: pa.Array, specification: MinHashSettings = SETTINGS) -> pa.Table:
    """Return the rows of an index that a look-up needs."""
    columns = {"id": list("abcd")[: len(texts)], "signature": fixed(signatures(texts, specification))}
    if specification.exact:
        columns["shingles"] = shingle_lists(shingle_sets(texts, specification.ngram, specification.fold))
    return pa.table(columns)


@pytest.mark.parametrize("bits", [32, 64])
def test_an_index_reads_back_as_it_was_written(bits: int) -> None:
    specification = MinHashSettings.model_validate({"bits": bits, "exact": True})
    table, file = rows(TEXTS, specification), io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    read = pa.ipc.open_file(file.getvalue()).read_all()
    assert signatures_in(read, specification).tolist() == signatures(TEXTS, specification).tolist()
    assert signatures_in(read.slice(2), specification).tolist() == signatures(TEXTS[2:], specification).tolist()
    sets = shingle_sets(TEXTS[2:], 5, specification.fold)
    assert shingles_in(read.slice(2)).offsets.tolist() == sets.offsets.tolist()
    assert shingles_in(read.slice(2)).hashes.tolist() == [value >> 32 for value in sets.hashes.tolist()]


def test_what_is_similar_to_a_page_comes_first() -> None:
    found = similar(rows(pa.array([PAGE.upper()])), rows(TEXTS), SETTINGS, limit=2)
    assert found["id"].to_pylist() == ["a", "c"]
    assert found["estimate"].to_pylist()[0] == 1.0
    assert found["similarity"].to_pylist() == [None, None]


def test_similarity_is_exact_where_the_index_keeps_shingles() -> None:
    exact = MinHashSettings(exact=True)
    found = similar(rows(pa.array([PAGE]), exact), rows(TEXTS, exact), exact, limit=4)
    words = len(PAGE.split()) - 4
    changed = sum("word7" in " ".join(PAGE.split()[at : at + 5]) for at in range(words))
    assert found["id"].to_pylist()[:2] == ["a", "c"]
    assert found["similarity"].to_pylist() == pytest.approx([1.0, (words - changed) / (words + changed), 0.0, 0.0])


class Release:
    """What a release keeps: signatures, records by partition, candidate components, clusters."""

    def __init__(self) -> None:
        self.shards: list[Signatures] = []
        self.partitions = [Records(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))] * 3
        self.candidates = Components(np.zeros(0, np.uint64), np.zeros(0, np.uint64))
        self.clusters: dict[int, int] = {}

    def add(self, shards: list[Signatures]) -> None:
        sent: list[list[Records]] = [[] for _ in self.partitions]
        edges = []
        for found in shards:
            nodes = nodes_of(len(self.shards), len(found))
            self.shards.append(found)
            self.clusters |= {node: node for node in nodes.tolist()}
            records, local = combine(records_of(band_keys(found, 14, 8), nodes, empty(found)))
            edges.append(local)
            for partition, part in enumerate(partitioned(records, 3)):
                sent[partition].append(part)
        for partition, parts in enumerate(sent):
            new, old = merged(parts), self.partitions[partition]
            edges.append(candidate_edges(merged([touched(old, new), new])).edges)
            self.partitions[partition], _ = combine(merged([old, new]))
        again = renewed(self.candidates, np.concatenate(edges))
        apart = ~np.isin(self.candidates.nodes, again.nodes)
        kept = Components(self.candidates.nodes[apart], self.candidates.roots[apart])
        self.candidates = components(np.concatenate([kept.edges, again.edges]))
        rows = [self.shards[node >> 32][node & 0xFFFFFFFF] for node in again.nodes.tolist()]
        comparison = Comparison.of(SETTINGS, np.stack(rows) if rows else np.zeros((0, 112), np.uint32))
        clusters = components(verified_edges(again, comparison).edges, again.nodes)
        self.clusters |= dict(zip(clusters.nodes.tolist(), clusters.roots.tolist(), strict=True))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=15),
    st.integers(0, 35),
    st.integers(1, 5),
    st.integers(0, 5),
    st.integers(0, 60),
    st.integers(0, 3),
)
def test_adding_in_two_steps_gives_the_clusters_of_adding_at_once(
    families: list[int], differing: int, parts: int, cut: int, boilerplate: int, seed: int
) -> None:
    found = signatures_of(families, 112, differing, seed)
    found[:, :boilerplate] = 7
    np.random.default_rng(seed).shuffle(found)
    shards = np.array_split(found, parts)
    at_once, in_steps = Release(), Release()
    at_once.add(shards)
    for step in (shards[:cut], shards[cut:]):
        if step:
            in_steps.add(step)
    assert in_steps.clusters == at_once.clusters
    assert in_steps.candidates.roots.tolist() == at_once.candidates.roots.tolist()


def test_an_untouched_component_is_not_verified_again() -> None:
    earlier = Components(np.array([1, 2, 5, 6], np.uint64), np.array([1, 1, 5, 5], np.uint64))
    again = renewed(earlier, np.array([[9, 6]], np.uint64))
    assert again.nodes.tolist() == [5, 6, 9]
    assert again.roots.tolist() == [5, 5, 5]
