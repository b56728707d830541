"""A kind is asked for beside every word that its pattern can match, in any case."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.personal.kinds import beginnings, kinds, words
from filters.personal.openings import openings, table_of
from filters.personal.scan import NUMBER, places
from filters.text import segment
from filters.text.kernels import look_up
from filters.text.shadow import shadow_table

NAMED = {name: kind for name, kind in kinds().items() if kind.scan == NUMBER and kind.openings is not None}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("card|visa", {"ca", "vi"}),
        (r"\bcpf\b", {"cp"}),
        (r"t\.?c\.? ?no", {"t.", "tc"}),
        (r"(?:a|bc)(?:d|e)?f", {"ad", "ae", "af", "bc"}),
        ("[ab]?cd", {"ac", "bc", "cd"}),
        ("ab*c", {"ab", "ac"}),
        ("a+b", {"aa", "ab"}),
        ("(?<![a-z])addr", {"ad"}),
        (r"\.\.", {".."}),
        ("卡号|號", None),
        (r"\w+no", None),
        ("[^a]b", None),
        ("[a-z]b", None),
        ("x?", None),
    ],
)
def test_openings_are_the_first_two_characters_of_all_that_matches(pattern: str, expected: set[str] | None) -> None:
    assert openings(pattern) == expected


def test_all_kinds_that_a_word_must_name_but_one_have_openings() -> None:
    asked = {name for name, kind in kinds().items() if kind.scan == NUMBER and (kind.near or kind.context)}
    assert asked - set(NAMED) == {"cn_mobile"}  # any Han character before a colon may stand before it


def test_every_kind_has_a_bit_of_its_own() -> None:
    assert len(kinds()) < 64
    assert table_of({3: ["ab"]})[table_of({3: ["ab"]}) > 0].tolist() == [8] * 4  # ab, aB, Ab, AB


def _words() -> Iterator[tuple[str, str]]:
    """Yield kinds and the plain words of their patterns."""
    for name, kind in NAMED.items():
        pattern = kind.near or kind.context
        assert pattern is not None
        for word in pattern.pattern.removeprefix("(?i)").removeprefix("(?:").split(")")[0].split("|"):
            if word.isalpha() and pattern.search(word):
                yield name, word


@given(st.sampled_from(sorted(_words())), st.sampled_from([str.lower, str.upper, str.title]), st.booleans())
def test_a_number_near_a_word_has_the_bit_of_the_kind_that_the_word_names(
    row: tuple[str, str], case: Callable[[str], str], before: bool
) -> None:
    name, word = row
    said = case(word)
    texts = segment.characters(
        pa.array([f"{said} 1234 5678 9012" if before else f"1234 5678 9012 {said}"], pa.string())
    )
    found = places(look_up(texts.points, shadow_table()), texts.documents, beginnings(), words())
    bit = list(kinds()).index(name)
    assert np.all(found.words[found.scans == NUMBER] >> bit & 1 == 1)
