"""Verification finds every near-duplicate pair of a component, whoever stands in the middle of its buckets."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import verify
from dedup.candidates import candidate_edges
from dedup.components import Components, components
from dedup.minhash import MinHashSettings, Signatures, band_keys, empty, signatures
from dedup.records import nodes_of, records_of
from dedup.shingles import shingle_sets
from dedup.verify import Comparison, verified_edges
from tests.dedup.corpora import brute_force, signatures_of

SETTINGS = MinHashSettings(exact=False)
AGREEING = 90  # of 112 places: the least that is 0.8


def clusters(found: Signatures) -> list[int]:
    one_component = Components(nodes_of(0, len(found)), np.zeros(len(found), np.uint64))
    verified = verified_edges(one_component, Comparison.of(SETTINGS, found))
    return components(verified.edges, one_component.nodes).roots.tolist()


def expected(found: Signatures) -> list[int]:
    return list(brute_force(found, np.zeros(len(found), np.uint64), AGREEING).values())


def test_members_of_a_star_that_fails_still_find_each_other() -> None:
    """All share a band with the first document, which is like none of them; there are two pairs among them."""
    found = signatures_of([1, 2, 2], 112, 10)
    found[:, :8] = 1
    keys = band_keys(found, 14, 8)
    stars = candidate_edges(records_of(keys, nodes_of(0, 5), empty(found)))
    assert {int(edge[1]) for edge in stars.edges if edge[1] == 0} == {0}
    candidate = components(stars.edges)
    assert set(candidate.roots.tolist()) == {0}
    verified = verified_edges(candidate, Comparison.of(SETTINGS, found))
    assert verified.edges.tolist() == [[2, 1], [4, 3]]
    assert verified.similarity.tolist() == pytest.approx([1 - 10 / 112] * 2, abs=0.08)


def test_a_pair_at_the_threshold_is_kept_and_one_below_is_not() -> None:
    found = signatures_of([1], 112, 0)
    for differing, together in ((22, True), (23, False)):
        other = found[0].copy()
        other[:differing] ^= np.uint32(1)
        assert (clusters(np.stack([found[0], other])) == [0, 0]) is together


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 6), max_size=12), st.integers(0, 30), st.integers(0, 90), st.integers(0, 5))
def test_clusters_are_those_of_comparing_all_pairs(
    families: list[int], differing: int, boilerplate: int, seed: int
) -> None:
    found = signatures_of(families, 112, differing, seed)
    found[:, :boilerplate] = 7
    assert clusters(found) == expected(found)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 6), max_size=12), st.integers(0, 30), st.integers(0, 90), st.integers(0, 5))
def test_clusters_of_large_components_are_those_of_comparing_all_pairs(
    families: list[int], differing: int, boilerplate: int, seed: int
) -> None:
    found = signatures_of(families, 112, differing, seed)
    found[:, :boilerplate] = 7
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "ALL_PAIRS", 1)
        assert clusters(found) == expected(found)


def test_a_hot_bucket_of_template_pages_loses_no_pair() -> None:
    """3,000 pages of one template (67 of 112 places, J = 0.6), all in one bucket, none a copy but for 300 pairs."""
    found = signatures_of([2] * 300 + [1] * 2400, 112, 20, 3)
    found[:, :67] = 7
    one_component = Components(nodes_of(0, len(found)), np.zeros(len(found), np.uint64))
    verified = verified_edges(one_component, Comparison.of(SETTINGS, found))
    together = components(verified.edges, one_component.nodes).roots.tolist()
    assert together == expected(found)
    assert verified.compared < 20 * len(found)
    assert verified.given_up == 0


@pytest.mark.parametrize("unlike", [0, 300])
def test_pages_of_every_degree_of_likeness_cluster_as_if_all_were_compared(unlike: int) -> None:
    """600 copies between 0.7 and 1 like their original, which is not among them, and other families in between."""
    random = np.random.default_rng(5)
    original = random.integers(0, 1 << 32, 112, dtype=np.uint32)
    alike = random.uniform(0.7, 1, (600, 1))
    noise = random.integers(0, 1 << 32, (600, 112), dtype=np.uint32)
    copies = np.where(random.random((600, 112)) < alike, original, noise)
    found = np.concatenate([copies, signatures_of([30] * (unlike // 30), 112, 15)]) if unlike else copies
    one_component = Components(nodes_of(0, len(found)), np.zeros(len(found), np.uint64))
    verified = verified_edges(one_component, Comparison.of(SETTINGS, found))
    assert components(verified.edges, one_component.nodes).roots.tolist() == expected(found)
    assert verified.given_up == 0


def test_copies_of_one_page_cost_one_comparison_each() -> None:
    found = np.repeat(signatures_of([1], 112, 0), 100_000, axis=0)
    one_component = Components(nodes_of(0, len(found)), np.zeros(len(found), np.uint64))
    verified = verified_edges(one_component, Comparison.of(SETTINGS, found))
    assert verified.compared == len(verified.edges) == len(found) - 1


def test_components_are_not_compared_with_each_other() -> None:
    same = np.repeat(signatures_of([1], 112, 0), 4, axis=0)
    apart = Components(nodes_of(0, 4), np.array([0, 1, 0, 1], np.uint64))
    assert verified_edges(apart, Comparison.of(SETTINGS, same)).edges.tolist() == [[2, 0], [3, 1]]


def test_exact_similarity_decides_on_request() -> None:
    """Two texts of exact Jaccard 96/106 and two of 76/116, whatever their signatures estimate."""
    words = [f"word{number}" for number in range(400)]
    texts = pa.array(
        [
            " ".join(words[:105]),
            " ".join(words[:100] + words[200:205]),
            " ".join(words[210:310]),
            " ".join(words[210:290] + words[320:340]),
        ]
    )
    exact = MinHashSettings(exact=True)
    candidate = Components(nodes_of(0, 4), np.array([0, 0, 2, 2], np.uint64))
    sets = shingle_sets(texts, 5, exact.fold)
    verified = verified_edges(candidate, Comparison.of(exact, signatures(texts, exact), sets))
    assert verified.edges.tolist() == [[1, 0]]
    assert verified.similarity.tolist() == pytest.approx([96 / 106])


def test_exact_similarity_without_shingles_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs the documents' shingles"):
        Comparison.of(MinHashSettings(exact=True), np.zeros((0, 112), np.uint32))


def test_nothing_verifies_to_nothing() -> None:
    nothing = Components(np.zeros(0, np.uint64), np.zeros(0, np.uint64))
    assert len(verified_edges(nothing, Comparison.of(SETTINGS, np.zeros((0, 112), np.uint32))).edges) == 0
