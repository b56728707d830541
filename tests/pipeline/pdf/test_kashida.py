import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text.characters import properties
from pipeline.pdf.kashida import without_strokes
from tests.pipeline.pdf.conftest import characters_at, text_of

JOINING = st.sampled_from("بتسعفلمن")
ANY = st.sampled_from("بتسعفلمنارودة")


def read(words: list[str], width: float) -> str:
    """Return what is read of words of Arabic in a line; what is no letter of theirs is as wide as is said."""
    drawn, at = [], 2000.0
    for word in words:
        for character in word:
            wide = 6.0 if character >= "\u0600" else width
            at -= wide
            drawn.append((ord(character), at, wide))
        at -= 2.5
        drawn.append((32, at, 2.5))
    return text_of(without_strokes(characters_at(drawn), properties()))


@given(st.lists(st.tuples(JOINING, ANY), min_size=3, max_size=6), st.sampled_from("1a"))
def test_a_narrow_sign_between_letters_that_join_is_a_stroke_where_it_comes_often(
    pairs: list[tuple[str, str]], sign: str
) -> None:
    assert read([f"{one}{sign}{other}" for one, other in pairs], 2.5) == " ".join(one + other for one, other in pairs)


@pytest.mark.parametrize(
    ("words", "width"),
    [
        (["ل1م", "ب1ن"], 2.5),  # twice on a page
        (["ل1م", "ب1ن", "س1ت"], 5.5),  # as wide as digits are
        (["كم/س", "كم/س", "كم/س"], 2.5),  # a sign that words have, by itself
        (["ا1م", "و1ن", "ر1ت"], 2.5),  # behind letters that do not join
        (["1م", "2ن", "ب3"], 2.5),  # at the end of words
    ],
)
def test_signs_that_may_be_meant_are_kept(words: list[str], width: float) -> None:
    assert read(words, width) == " ".join(words)


def test_rows_of_signs_are_strokes_whatever_they_are() -> None:
    assert read(["ط///ر", "ل////م", "ب//ن"], 1.5) == "طر لم بن"
