"""Spellings that hide a word are undone, ordinary ones stay, and every character keeps its place."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.risks.folding import VARIANTS, Variant, folded, folded_terms
from filters.text import segment
from shards.tables import rows

WORDS = st.sampled_from(["rain", "kettle", "harbour", "straße", "день", "نهر", "नदी", "我们", "天气"])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("RAIN", "rain"),
        ("ｒａｉｎ", "rain"),
        ("r4in", "rain"),
        ("ra1n$torm", "rainstorm"),
        ("r-a-i-n", "rain"),
        ("r a i n", "rain"),
        ("r.a.i.n", "rain"),
        ("ra\u200bi\u00adn", "rain"),
        ("raiiiiin", "raiin"),
        ("天 气", "天气"),
        ("天*气", "天气"),
        ("天氣", "天气"),
        ("弓虽", "强"),
        ("搏物", "博物"),
    ],
)
def test_another_spelling_is_read_as_the_word(written: str, read: str) -> None:
    assert folded_terms([written]) == [read]


@pytest.mark.parametrize(
    "text",
    ["in 1945, 3.5 km", "a well-known rain-coat", "a b", "see (a) and (b)", "天气。雨", "天\n气", "km2 at 50 %", "$5"],
)
def test_ordinary_writing_stays(text: str) -> None:
    assert folded_terms([text]) == [text]


@given(WORDS, st.sampled_from(["\u200b", "\u2060", "\ufe0f", "\u00ad"]))
def test_what_nobody_sees_hides_nothing(word: str, unseen: str) -> None:
    assert folded_terms([unseen.join(word)]) == folded_terms([word])


@given(st.lists(st.text(max_size=60), max_size=5))
def test_every_character_read_is_at_its_place(texts: list[str]) -> None:
    whole = segment.characters(pa.array(texts, pa.string()))
    read = folded(whole)
    assert len(read.places) == len(read.texts.points) == read.texts.documents[-1]
    assert (np.diff(read.places) > 0).all()
    rows_of = np.searchsorted(whole.documents, read.places, "right") - 1
    counts = np.bincount(rows_of, minlength=len(texts)) if texts else np.zeros(0, np.int64)
    assert counts.tolist() == read.texts.count.tolist()


@given(st.lists(st.text(max_size=40), min_size=2, max_size=4))
def test_a_text_is_read_as_if_it_were_alone(texts: list[str]) -> None:
    assert folded_terms(texts) == [folded_terms([text])[0] for text in texts]


def test_variants_name_other_characters_and_none_twice() -> None:
    variants = list(rows(VARIANTS, Variant))
    assert len({variant.written for variant in variants}) == len(variants)
    for variant in variants:
        assert len(variant.written) == (2 if variant.kind == "split" else 1)
        assert variant.meant not in variant.written
    meant = {variant.meant for variant in variants if variant.kind == "sound"}
    assert not meant & {variant.written for variant in variants}
