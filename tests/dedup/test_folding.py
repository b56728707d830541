"""Comparison keys fold script, width, case, punctuation and white space, and keep marks."""

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.folding import Folding, folded, folding_table

FOLDING = Folding()


def fold(*texts: str | None, folding: Folding = FOLDING, short: int = 0) -> list[str]:
    return folded(pa.array(texts, pa.string()), folding, short).to_pylist()


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Hello, World!", "hello world"),
        ("ＦＵＬＬ　Ｗｉｄｔｈ", "full width"),
        ("Straße", "STRASSE"),
        ("oﬃce ①", "office 1"),
        ("ΟΔΟΣ", "οδος"),
        ("Москва — столица", "москва столица"),
        ("ｶﾞｷﾞｸﾞ", "ガギグ"),
        ("cafe\u0301", "café"),
        ("co\u00adoperate", "cooperate"),
        ("天涯若比鄰，無為在歧路。", "天涯若比邻无为在歧路"),
        ("臺灣、學習於", "台湾学习于"),
        ("不同的　空 格", "不同的空格"),
    ],
)
def test_what_mirrors_differ_in_is_folded(text: str, other: str) -> None:
    one, another = fold(text, other)
    assert one == another


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("กำ", "กา"),
        ("की", "का"),
        ("कि", "क"),
        ("ကို", "ကာ"),
        ("résumé", "resume"),
        ("עִבְרִית", "עברית"),
        ("か", "が"),
        ("page 1", "page 2"),
        ("a b", "ab"),
        ("天 a", "天 b"),
    ],
)
def test_letters_and_marks_are_kept_apart(text: str, other: str) -> None:
    one, another = fold(text, other)
    assert one != another


def test_a_token_is_a_word_or_a_character_by_script() -> None:
    assert fold("Don't stop: 深度学习 and ไทย हिन्दी 한국어") == ["don t stop 深 度 学 习 and ไ ท ย हिन्दी 한국어"]


def test_numbers_fold_only_if_asked() -> None:
    assert fold("12 of 345, 2024年") == ["12 of 345 2024 年"]
    assert fold("12 of 345, 2024年", folding=Folding(numbers=True)) == ["0 of 0 0 年"]
    assert fold("x²", "①", "๑๒", "½", folding=Folding(numbers=True)) == ["x0", "0", "0", "0 0"]


def test_traditional_characters_are_kept_if_asked() -> None:
    assert fold("學習", folding=Folding(chinese=False)) == ["學 習"]


def test_a_short_text_keeps_its_operators() -> None:
    assert fold("C++", "C#", "🎉", "🔥", short=5) == ["c + +", "c #", "🎉", "🔥"]
    assert fold("C++", "C#", "🎉", "🔥") == ["c", "c", "", ""]


@pytest.mark.parametrize(
    ("text", "other"),
    [("你好世界", "你好，世界！"), ("Hello world", "“Hello, world!”"), ("नमस्ते दुनिया।", "नमस्ते दुनिया"), ("a | b", "a b")],
)
def test_punctuation_makes_no_other_text_of_a_short_one(text: str, other: str) -> None:
    one, another = fold(text, other, short=5)
    assert one == another


def test_punctuation_alone_is_a_text() -> None:
    assert fold("!!! ???", "... ;;;", "😀!", short=5) == ["! ! ! ? ? ?", ". . . ; ; ;", "😀 !"]


@given(st.lists(st.sampled_from("+-*/=<>^%&"), min_size=3, max_size=15), st.data())
def test_formulas_are_equal_only_with_equal_operators(operators: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(operators) - 1))
    other = data.draw(st.sampled_from([each for each in "+-*/=<>^%&" if each != operators[at]]))
    others = [*operators[:at], other, *operators[at + 1 :]]
    one, another = (
        " ".join(f"x{number} {operator}" for number, operator in enumerate(each)) for each in (operators, others)
    )
    assert len(set(fold(one, another, short=5))) == 2
    assert len(set(fold(one, another))) == 1


@given(st.lists(st.sampled_from(("rain", "over", "harbour", "雨", "река")), min_size=5, max_size=80))
def test_a_text_of_words_has_no_operators(words: list[str]) -> None:
    """A hyphen, a percent sign or a mark of a list in two sentences makes no formula."""
    assert len(set(fold(" ".join(words), "- " + " ".join(words) + " (5%)", short=5))) == 2
    assert len(set(fold(" ".join(words), "— " + ", ".join(words) + " +", short=5))) == 1


def test_a_mark_without_a_letter_is_a_token_of_its_own() -> None:
    assert fold("0:\u30990") == ["0 \u3099 0"]
    assert fold("0:\u30990", "0+\u30990", short=5) == ["0 \u3099 0", "0 +\u3099 0"]


def test_what_cannot_be_seen_folds_to_nothing() -> None:
    assert fold("", None, " \n\t\u3000", "\u200b\u200d\ufeff", short=5) == [""] * 4


def test_a_slice_folds_like_its_texts() -> None:
    texts = pa.array(["zero", None, "Two", "drei", "四"])
    assert folded(texts.slice(1, 3), FOLDING).to_pylist() == ["", "two", "drei"]
    assert folded(texts.slice(5), FOLDING).to_pylist() == []
    assert folded(pa.chunked_array([texts.slice(0, 1), texts.slice(4)]), FOLDING).to_pylist() == ["zero", "四"]


NUMBERS = st.text("a1天²①½๑٣𝟏 .-é\u0301\u0e31\u200b\u00ad\u3099")  # digits of many forms, and what may stand among them


@given(st.lists(st.text() | NUMBERS, max_size=5), st.integers(0, 6), st.booleans())
def test_folding_is_per_text_and_idempotent(texts: list[str], short: int, numbers: bool) -> None:
    folding = Folding(numbers=numbers)
    together = fold(*texts, short=short, folding=folding)
    assert together == [fold(text, short=short, folding=folding)[0] for text in texts]
    assert fold(*together, short=short, folding=folding) == together


def test_every_composed_letter_folds_like_its_decomposition() -> None:
    """But for Hangul syllables: documents are in NFC."""
    letters = [chr(code) for code in range(0x30000) if not 0xAC00 <= code < 0xE000]
    apart = [(letter, unicodedata.normalize("NFD", letter)) for letter in letters]
    apart = [(letter, decomposed) for letter, decomposed in apart if letter != decomposed]
    assert len(apart) > 1000
    assert fold(*(letter for letter, _ in apart)) == fold(*(decomposed for _, decomposed in apart))


def test_every_code_point_folds_into_the_room_it_is_given() -> None:
    codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    forms = folded(pa.array([chr(code) for code in codes]), FOLDING, short=5)
    found = folding_table(FOLDING)
    sizes = [(len(chr(code).encode()), len(form.encode())) for code, form in zip(codes, forms.to_pylist(), strict=True)]
    assert all(after + 1 <= found.growth * before for before, after in sizes)
    assert (found.rules.expansions >= 0).all()
    assert np.flatnonzero(found.rules.target < 0).size > 1000


@pytest.mark.parametrize("folding", [Folding(), Folding(chinese=False), Folding(numbers=True)], ids=str)
def test_folding_a_folded_text_changes_nothing(folding: Folding) -> None:
    """Every code point is asked: a radical decomposes to a traditional character, which has a simplified form."""
    codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    texts = pa.array([" ".join(map(chr, codes[first : first + 256])) for first in range(0, len(codes), 256)])
    once = folded(texts, folding)
    assert folded(once, folding).equals(once)


@given(st.lists(st.sampled_from("aB1 .é天習ガｶﾞ\u0e01\u0e32\u0301\u3099ﬁ🎉\u200b한کि"), max_size=40), st.booleans())
def test_fast_paths_fold_like_the_slow_one(characters: list[str], numbers: bool) -> None:
    """Folding numbers takes the general path for every character; digits aside, the results are the same."""
    text = "".join(characters)
    folding = Folding(numbers=numbers)
    spaced = folded(pa.array([text]), folding).to_pylist()[0]
    slow = Folding(numbers=True)  # has no fast path for ASCII
    digits = {ord(digit): "0" for digit in "0123456789"}
    one = folded(pa.array([text.translate(digits)]), slow).to_pylist()[0]
    other = spaced.translate(digits)
    one, other = (re.sub("0+", "0", folded_text) for folded_text in (one, other))
    assert one == other
