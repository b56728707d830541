"""The best document of a cluster stays, and every dropped one is a near duplicate of the one that stands for it."""

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import survivors as module
from dedup.components import Components
from dedup.minhash import MinHashSettings, Signatures
from dedup.records import nodes_of
from dedup.survivors import SURVIVORS, among_languages, preference, survivors
from dedup.verify import Comparison
from tests.dedup.corpora import signatures_of

SETTINGS = MinHashSettings(exact=False)
BEST = {"rights": 0, "among_languages": 0, "quality": 0.9, "length": 500, "date": 10, "id": "b"}


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def stand(found: Signatures, rank: list[int]) -> pa.Table:
    one_cluster = Components(nodes_of(0, len(found)), np.zeros(len(found), np.uint64))
    return survivors(one_cluster, np.array(rank), Comparison.of(SETTINGS, found))


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        ({"rights": 1, "quality": 1.0, "length": 900, "date": 1, "id": "a"}, "rights come first"),
        ({"among_languages": 1, "quality": 1.0, "length": 900, "date": 1, "id": "a"}, "then the language"),
        ({"quality": 0.8, "length": 900, "date": 1, "id": "a"}, "then quality"),
        ({"quality": None, "length": 900, "date": 1, "id": "a"}, "unknown quality is the worst"),
        ({"length": 499, "date": 1, "id": "a"}, "then length"),
        ({"date": 11, "id": "a"}, "then the earliest date"),
        ({"date": None, "id": "a"}, "an unknown date is the latest"),
        ({"id": "c"}, "then the id"),
    ],
)
def test_the_order_of_preference_is_as_stated(worse: dict[str, object], reason: str) -> None:
    assert preference(table(BEST | worse, BEST)).tolist() == [1, 0], reason
    assert preference(table(BEST, BEST | worse)).tolist() == [0, 1], reason


def test_a_run_may_put_a_column_of_its_own_first() -> None:
    documents = table(BEST | {"published": 0}, BEST | {"published": 1, "id": "c"})
    assert preference(documents, [("published", "descending"), *module.PREFERENCE]).tolist() == [1, 0]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column quality"):
        preference(table({"rights": 0, "among_languages": 0, "id": "a"}))


DOCUMENTS = st.fixed_dictionaries(
    {
        "rights": st.integers(0, 1),
        "language": st.sampled_from(["zho_Hans", "zho_Hant", None]),
        "quality": st.none() | st.sampled_from([0.1, 0.9]),
        "length": st.integers(1, 3),
        "date": st.none() | st.integers(1, 3),
        "root": st.integers(0, 1),
    }
)


@settings(deadline=None, max_examples=100)
@given(st.lists(DOCUMENTS, min_size=1, max_size=8), st.integers(0, 7), st.floats(0, 1))
def test_scores_choose_within_a_language_and_never_between_two(
    rows: list[dict[str, object]], place: int, score: float
) -> None:
    def chosen(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        documents = table(*({**row, "id": str(i)} for i, row in enumerate(rows)))
        clusters = Components(nodes_of(0, len(rows)), documents["root"].to_numpy().astype(np.uint64))
        ranked = documents.append_column("among_languages", pa.array(among_languages(documents, clusters)))
        return [rows[i] for i in np.argsort(preference(ranked))]

    for root in (0, 1):
        order = [row for row in chosen(rows) if row["root"] == root]
        for better, worse in itertools.pairwise(order):
            if (better["rights"], better["language"]) == (worse["rights"], worse["language"]):
                scores = [-1.0 if row["quality"] is None else row["quality"] for row in (better, worse)]
                assert scores[0] >= scores[1]  # type: ignore[operator]
    changed = [*rows]
    changed[place % len(rows)] = changed[place % len(rows)] | {"quality": score}
    for root in (0, 1):
        before, after = ([row["language"] for row in chosen(these) if row["root"] == root] for these in (rows, changed))
        assert before == after  # another score moves a document among those of its language, and the languages stay


def test_the_survivor_counts_whom_it_stands_for() -> None:
    found = stand(np.repeat(signatures_of([1], 112, 0), 3, axis=0), [2, 0, 1])
    assert found.schema == SURVIVORS
    assert found.column("survivor").to_pylist() == [1, 1, 1]
    assert found.column("duplicates").to_pylist() == [0, 3, 0]
    assert found.column("similarity").to_pylist() == [1.0] * 3


def test_a_chain_is_split_where_it_leaves_its_survivor() -> None:
    links = [signatures_of([1], 112, 0)[0]]
    for link in range(5):
        after = links[-1].copy()
        after[link * 16 : link * 16 + 16] ^= np.uint32(1)  # 0.857 to the one before, 0.714 to the one before that
        links.append(after)
    found = stand(np.stack(links), [0, 1, 2, 3, 4, 5])
    assert found.column("survivor").to_pylist() == [0, 0, 2, 2, 4, 4]
    assert found.column("duplicates").to_pylist() == [2, 0, 2, 0, 2, 0]
    assert set(found.column("cluster").to_pylist()) == {0}


def greedy(found: Signatures, rank: list[int]) -> list[int]:
    kept: list[int] = []
    stands = list(range(len(found)))
    for row in np.argsort(rank):
        near = [other for other in kept if (found[other] == found[row]).sum() >= 90]
        if near:
            stands[row] = near[0]
        else:
            kept.append(int(row))
    return stands


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 6), max_size=10), st.integers(0, 30), st.integers(0, 60), st.booleans(), st.randoms())
def test_every_dropped_document_is_near_its_survivor(
    families: list[int], differing: int, boilerplate: int, by_group: bool, shuffler: random.Random
) -> None:
    found = signatures_of(families, 112, differing)
    found[:, :boilerplate] = 7
    rank = list(range(len(found)))
    shuffler.shuffle(rank)
    with pytest.MonkeyPatch.context() as patch:
        if by_group:
            patch.setattr(module, "DIRECT", 1)
        result = stand(found, rank)
    assert result.column("survivor").to_pylist() == greedy(found, rank)
    agreed = (found == found[np.array(result.column("survivor").to_pylist(), dtype=int)]).mean(axis=1)
    assert result.column("similarity").to_pylist() == pytest.approx(agreed.tolist())
    assert sum(result.column("duplicates").to_pylist()) == len(found)
