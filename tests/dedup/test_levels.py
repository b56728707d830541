"""Levels ask one after the other, drop a document once, and leave a standing one at the end of every chain."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.components import Components
from dedup.levels import KEPT, Level, Resolved, best_of_equals, resolved
from dedup.minhash import MinHashSettings
from dedup.records import nodes_of
from dedup.verify import Comparison
from tests.dedup.corpora import signatures_of

PROOF = MinHashSettings(exact=False)


def level(keys: list[int], rank: list[int] | None = None, similarity: float = 1.0) -> Level:
    """Return a level whose keys differ in their lower half only."""
    halves = np.stack([np.sign(keys), keys], axis=1).astype(np.uint64)
    return Level(halves, np.array(rank or range(len(keys))), similarity)


def stand(
    levels: dict[str, Level], families: list[int], among: list[bool] | None = None, stay: list[bool] | None = None
) -> Resolved:
    """Return what becomes of documents of which those of a family, in order, are near duplicates."""
    found = signatures_of(families, 112, 8)
    size = len(found)
    roots = np.repeat(np.cumsum([0, *families[:-1]]), families).astype(np.uint64)
    masks = [np.array(mask if mask is not None else [fill] * size) for mask, fill in ((among, True), (stay, False))]
    return resolved(levels, Components(nodes_of(0, size), roots), np.arange(size), Comparison.of(PROOF, found), *masks)


def test_each_level_looks_at_what_the_one_before_left() -> None:
    found = stand({"payload": level([1, 1, 0, 0]), "exact": level([2, 2, 2, 0])}, [1, 1, 1, 1])
    assert found.level.tolist() == [KEPT, "payload", "exact", KEPT]
    assert found.survivor.tolist() == [0, 0, 0, 3]


def test_a_level_has_an_order_of_its_own() -> None:
    found = stand({"url": level([1, 1, 1], [2, 0, 1], np.nan)}, [1, 1, 1])
    assert found.level.tolist() == ["url", KEPT, "url"]
    assert np.isnan(found.similarity[[0, 2]]).all()


def test_documents_of_one_work_that_are_unlike_its_text_are_no_copies_of_it() -> None:
    """0 and 1 are alike, 2 has the key of the work and another text."""
    found = stand({"doi": level([1, 1, 1])._replace(agreeing=12)}, [2, 1])
    assert found.level.tolist() == [KEPT, "doi", KEPT]
    assert stand({"doi": level([1, 1, 1])}, [2, 1]).level.tolist() == [KEPT, "doi", "doi"]


def test_near_duplicates_are_sought_among_those_that_are_left() -> None:
    found = stand({"exact": level([1, 0, 1])}, [3])
    assert found.level.tolist() == [KEPT, "near", "exact"]
    assert found.survivor.tolist() == [0, 0, 0]


def test_a_chain_of_levels_ends_at_one_that_stands() -> None:
    """0 is an older capture of 1, 1 has the text of 2, and 2 is near 3, which is the best."""
    levels = {"url": level([1, 1, 0, 0], [1, 0, 2, 3], np.nan), "exact": level([0, 2, 2, 0], [3, 2, 1, 0])}
    found = signatures_of([4], 112, 8)
    clusters = Components(nodes_of(0, 4), np.zeros(4, np.uint64))
    rank, everyone = np.array([3, 2, 1, 0]), np.ones(4, np.bool_)
    standing = resolved(levels, clusters, rank, Comparison.of(PROOF, found), everyone, ~everyone)
    assert standing.level.tolist() == ["url", "exact", "near", KEPT]
    assert standing.survivor.tolist() == [3, 3, 3, 3]
    assert np.isnan(standing.similarity[0]), "captures are not compared, so nothing is known of the chain"
    assert standing.similarity[1] == standing.similarity[2] < 1


def test_who_takes_no_part_drops_nobody_and_who_stays_is_dropped_by_nobody() -> None:
    assert stand({"exact": level([1, 1, 1])}, [1, 1, 1], among=[False, True, True]).survivor.tolist() == [0, 1, 1]
    assert stand({}, [3], among=[False, True, True]).survivor.tolist() == [0, 1, 1]
    assert stand({"exact": level([1, 1, 1])}, [3], stay=[False, True, False]).survivor.tolist() == [0, 1, 0]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=12),
    st.randoms(),
)
def test_every_survivor_stands_and_every_group_keeps_one(
    rows: list[tuple[int, int, bool, bool]], shuffler: object
) -> None:
    size = len(rows)
    ranks = [list(range(size)) for _ in range(2)]
    for rank in ranks:
        shuffler.shuffle(rank)  # type: ignore[attr-defined]
    levels = {
        name: Level(level([row[at] for row in rows]).keys, np.array(ranks[at], np.int64), 1.0)
        for at, name in enumerate(("url", "exact"))
    }
    among, stay = ([row[2] for row in rows], [row[2] and row[3] for row in rows])
    found = stand(levels, [1] * size, among, stay)
    assert all(found.level[found.survivor] == KEPT)
    for document in range(size):
        dropped = found.level[document] != KEPT
        assert dropped == (found.survivor[document] != document)
        assert not dropped or (among[document] and not stay[document])
    for at, name in enumerate(("url", "exact")):
        left = [d for d in range(size) if among[d] and not stay[d] and rows[d][at] and found.level[d] == KEPT]
        assert len({rows[d][at] for d in left}) == len(left), name


def test_documents_without_a_key_are_nobodys_copy() -> None:
    assert best_of_equals(level([0, 0, 1]), np.ones(3, np.bool_)).tolist() == [0, 1, 2]
