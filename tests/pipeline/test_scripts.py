import random

import pytest

from pipeline.scripts import is_note_mark, subscript, superscript, with_reading


@pytest.mark.parametrize(
    ("before", "text", "written"),
    [
        ("10", "6", "⁶"),
        ("10", "−9", "⁻⁹"),
        ("10", "–9", "⁻⁹"),
        ("m", "-2", "⁻²"),
        ("Ca", "2+", "²⁺"),
        ("(1.73 m²)", " −1 ", "⁻¹"),
        ("x", "n", "^n"),
        ("e", "iπt", "^{iπt}"),
        ("2", "n+1", "^{n+1}"),
        ("as shown", "2–4", "^{2–4}"),
        ("text", "1,2", "^{1,2}"),
        ("Flow", "®", "®"),
        ("Flow", "TM", "™"),
        ("name", "*", "*"),
        ("25 ", "o", "º"),
        ("25", "o", "º"),
        ("so", "[citation needed]", "[citation needed]"),
        ("so", "see the note below", " see the note below"),
        ("x", "", ""),
    ],
)
def test_superscripts_are_characters_of_unicode_or_written_as_in_tex(before: str, text: str, written: str) -> None:
    assert superscript(before, text) == written


ORDINALS = [
    *[(str(number), ending) for number, ending in ((1, "st"), (2, "nd"), (3, "rd"), (24, "th"), (1, "er"), (2, "e"))],
    *[("1", "re"), ("3", "ème"), ("1", "a"), ("2", "o"), ("1.", "er"), ("XIX", "e"), ("I", "er"), ("XX", "th")],
    *[("M", "me"), ("M", "lle"), ("D", "r"), ("n", "o"), ("N", "os"), ("n.", "o"), ("S", "te"), ("C", "ie")],
]


@pytest.mark.parametrize("seed", range(60))
def test_ordinals_and_abbreviations_are_plain(seed: int) -> None:
    source = random.Random(seed)
    number, ending = ORDINALS[seed % len(ORDINALS)]
    before = source.choice(["on the ", "le ", "(", "第一 ", "", "el "]) + number
    assert superscript(before, source.choice(["", " "]) + ending) == {"o": "º", "a": "ª"}.get(ending, ending)


@pytest.mark.parametrize("seed", range(60))
def test_no_digit_that_is_raised_or_lowered_is_read_with_those_before_it(seed: int) -> None:
    source = random.Random(seed)
    before = source.choice(["10", "x", "CO", "m", "人口", "м", "عدد"])
    text = source.choice(["", "-", "−", "+"]) + str(source.randrange(1, 400)) + source.choice(["", "+", "n", ",5"])
    for written, mark in ((superscript(before, text), "^"), (subscript(before, text), "_")):
        assert written.startswith(mark) or not any(character in "0123456789" for character in written)


@pytest.mark.parametrize(
    ("before", "text", "written"),
    [("H", "2", "₂"), ("C", "60", "₆₀"), ("log", "10", "₁₀"), ("k", "max", "_{max}"), ("x", "i", "_i"), ("x", "", "")],
)
def test_subscripts_are_written_like_superscripts(before: str, text: str, written: str) -> None:
    assert subscript(before, text) == written


MARKS = ["1", "[12]", "(a)", "†", "**", "iv", "2,3", "[注 3]", "注1", "12–14", "※", "①", "n. 4", "1.", "1,†"]


@pytest.mark.parametrize("mark", MARKS)
def test_a_note_mark_says_only_where_a_note_stands(mark: str) -> None:
    assert is_note_mark(mark)


@pytest.mark.parametrize("text", ["nd", "Smith 1999", "see there", "1 000 000", "km²", "", "港の話"])
def test_words_are_no_note_mark(text: str) -> None:
    assert is_note_mark(text) == (text == "nd")  # two letters may be one


def test_a_reading_is_dropped_or_in_brackets() -> None:
    assert with_reading("漢字", "かん じ", "drop") == "漢字"
    assert with_reading("漢字", "かん じ", "brackets") == "漢字（かんじ）"
    assert with_reading("base", "note", "brackets") == "base(note)"
    assert with_reading("", "かん", "brackets") == ""
