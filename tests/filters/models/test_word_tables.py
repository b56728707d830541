"""Tables of words: a text joined to itself says the same, in any order of its words' counts, and from a file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.models.codes import Codes
from filters.models.word_tables import (
    FIRST_PAIR,
    Columns,
    WordTable,
    ids_of,
    read_words,
    said_by_words,
    votes_of_words,
    write_words,
)

HEADS = ("informative", "commercial")
DOCUMENTS = st.lists(st.lists(st.integers(0, 40), max_size=30), min_size=1, max_size=5)


def codes(documents: list[list[int]]) -> Codes:
    bounds = np.cumsum([0, *map(len, documents)])
    return Codes(np.array([code for one in documents for code in one], np.uint32), bounds, np.arange(bounds[-1]))


def columns() -> Columns:
    chance = np.random.default_rng(0)
    pairs = np.unique(ids_of(codes([[*range(40), *range(40, 0, -1)]])))
    ids = np.union1d(np.arange(0, 40, 2, dtype=np.uint32), pairs)
    squares, weights = chance.uniform(1, 9, len(ids)), chance.normal(size=(len(ids), len(HEADS)))
    return Columns(ids, squares, weights, np.array([0.5, -0.25]))


@pytest.fixture(scope="module")
def table() -> WordTable:
    return columns().table()


def said(table: WordTable, documents: list[list[int]]) -> np.ndarray:
    return said_by_words(table, codes(documents), np.arange(len(documents)))


@given(DOCUMENTS, st.integers(2, 3))
def test_a_text_joined_to_itself_says_the_same_and_no_neighbour_changes_it(
    table: WordTable, documents: list[list[int]], times: int
) -> None:
    found = said(table, documents)
    np.testing.assert_allclose(said(table, [one * times for one in documents]), found, atol=1e-5)
    for one, alone in zip(documents, found, strict=True):
        np.testing.assert_array_equal(said(table, [one])[0], alone)
        assert np.isnan(alone).all() == (not one)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_what_a_text_says_is_the_mean_of_its_tokens_votes_and_the_bias(table: WordTable, document: list[int]) -> None:
    for head in range(len(HEADS)):
        votes = votes_of_words(table, codes([document]), head)
        assert votes.mean() + table.bias[head] == pytest.approx(said(table, [document])[0, head], abs=1e-4)


def test_a_file_has_the_table_and_no_other_heads(table: WordTable, tmp_path: Path) -> None:
    write_words(tmp_path / "rest.npz", columns(), HEADS)
    found = read_words(tmp_path / "rest.npz", HEADS)
    np.testing.assert_array_equal(found.places, table.places)
    np.testing.assert_allclose(found.weights, table.weights, rtol=1e-3, atol=1e-6)
    assert (read_words(tmp_path / "rest.npz", HEADS[::-1]).weights == found.weights[:, ::-1]).all()
    with pytest.raises(ValueError, match="without the heads machine"):
        read_words(tmp_path / "rest.npz", ("machine",))


def test_ids_of_pairs_lie_behind_those_of_tokens() -> None:
    found = ids_of(codes([[7, 8, 7], [9]]))
    assert found[::2].tolist() == [7, 8, 7, 9]
    assert (found[1::2] >= FIRST_PAIR).all()
    assert found[1] != found[3]
