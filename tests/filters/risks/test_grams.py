"""Codes of words, pairs and their characters: the same in any batch, for any spelling and length."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from filters.models.codes import BITS, Codes
from filters.risks.folding import folded
from filters.risks.grams import WIDTH, WINDOWS, grams_of
from filters.text import segment


def grams(*texts: str) -> Codes:
    return grams_of(folded(segment.characters(pa.array(texts, pa.string()))))


def test_a_word_is_itself_and_its_parts() -> None:
    # rain; _r ra ai in n_; _ra rai ain in_; _rai rain ain_; _rain rain_
    assert len(grams("rain").codes) == 1 + 5 + 4 + 3 + 2
    assert len(grams("雨").codes) == 1
    assert len(grams("天气好").codes) == 3 + 2 + 1


def test_a_hidden_spelling_has_the_codes_of_the_word() -> None:
    for text in ("r-a-i-n falls", "R4in falls", "ra\u200bin FALLS"):
        assert grams(text).codes.tolist() == grams("rain falls").codes.tolist()


@given(st.lists(st.text(max_size=50), min_size=1, max_size=4))
def test_a_text_has_its_codes_in_any_batch(texts: list[str]) -> None:
    together = grams(*texts)
    assert (together.codes < 1 << BITS).all()
    for row, text in enumerate(texts):
        start, stop = together.documents[row : row + 2]
        assert together.codes[start:stop].tolist() == grams(text).codes.tolist()


def test_of_a_long_text_a_fixed_number_of_words_is_read() -> None:
    longest = grams(" ".join("ab" for _ in range(WINDOWS * WIDTH)))
    assert len(grams(" ".join("ab" for _ in range(10_000))).codes) == len(longest.codes)
