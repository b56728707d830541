"""Texts near others, by their shingles: as sets of them say, in any script."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.containment import NGRAM, Wanted
from dedup.folding import Folding
from dedup.shingles import shingle_strings

TEXTS = st.lists(
    st.lists(st.sampled_from(["河", "水", "weir", "นก", "سد", "のみ"]), max_size=14).map(" ".join), max_size=6
)


def score(one: set[bytes], other: set[bytes]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


@given(wanted=TEXTS, texts=TEXTS)
def test_scores_are_those_of_sets_of_shingles(wanted: list[str], texts: list[str]) -> None:
    sets = [
        [set(each) for each in shingle_strings(pa.array(t, pa.string()), NGRAM, Folding())] for t in (wanted, texts)
    ]
    expected = [max((score(one, other) for one in sets[0]), default=0.0) for other in sets[1]]
    assert Wanted.of(wanted).near(pa.array(texts, pa.string())).tolist() == pytest.approx(expected)


def test_a_copy_in_the_other_chinese_script_is_one() -> None:
    (near,) = Wanted.of(["这条河的水位很高，堤坝已经加固。"]).near(pa.array(["這條河的水位很高，堤壩已經加固。"]))
    assert near == 1.0
