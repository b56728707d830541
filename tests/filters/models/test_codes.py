"""What heads of fastText read of a text: folded, in windows, and nothing of a text without words."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.documents import Documents
from filters.models.codes import WIDTH, WINDOWS, codes_of

PIECES = ["rain", "Regen", "天气", "東京", "อากาศ", "水", "12", "!", "\n", "дождь", "مطر", "e\u0301", "🙂"]


def lines(*texts: str | None) -> Sequence[str]:
    return codes_of(Documents(pa.record_batch({"text": pa.array(texts, pa.string())}))).lines()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Rain in Spain", "the rain in SPAIN"),
        ("他們說漢語", "他们说汉语"),
        ("ＡＢＣ １２３", "abc 456"),
        ("on 3 May 2026", "on 7 May 1999"),
        ("l’eau", "l'eau"),
        ("katsastettavien", "katsastettavat"),  # of a long word its beginning is read
    ],
)
def test_texts_that_differ_in_form_are_read_alike(one: str, other: str) -> None:
    assert lines(one) == lines(other)


def test_a_character_of_a_script_without_spaces_is_a_word() -> None:
    assert len(lines("我爱北京")[0].split()) == 4


def test_words_are_told_apart() -> None:
    assert len(set(lines("rain", "snow", "雨", "雪", "ฝน"))) == 5


@pytest.mark.parametrize("text", [None, "", " \n", "!!! … 🙂"])
def test_of_a_text_without_words_nothing_is_read(text: str | None) -> None:
    assert lines(text) == [""]


def test_a_long_text_is_read_in_windows_that_reach_its_end() -> None:
    (read,) = lines(" ".join(f"w{n:x}" for n in range(10_000)))
    assert len(read.split()) == WINDOWS * WIDTH
    assert read.split()[:WIDTH] == lines(" ".join(f"w{n:x}" for n in range(WIDTH)))[0].split()


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join), min_size=1, max_size=5))
def test_a_document_is_read_as_if_it_were_alone(texts: list[str]) -> None:
    assert list(lines(*texts)) == [lines(text)[0] for text in texts]


@given(st.text(max_size=300))
def test_codes_are_of_twenty_bits_and_tokens_in_order(text: str) -> None:
    read = codes_of(Documents(pa.record_batch({"text": pa.array([text], pa.string())})))
    assert (read.codes < 1 << 20).all()
    assert (np.diff(read.tokens) > 0).all()
