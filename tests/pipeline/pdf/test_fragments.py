import pytest

from filters.text.characters import properties
from pipeline.pdf.fragments import fragments
from tests.pipeline.pdf.conftest import characters_at


def read(drawn: list[tuple[int, float, float]]) -> str:
    """Return what is read of the characters of a line, its fragments divided by a bar."""
    found = fragments(characters_at(drawn), properties())
    return "|".join(
        "".join(map(chr, found.text[first:last])) for first, last in zip(found.first, found.last, strict=True)
    )


def right_to_left(shown: str) -> str:
    """Return what is read of a line of Hebrew that is shown so, from left to right, ten points a character."""
    return read([(ord(character), 10.0 * at, 10) for at, character in enumerate(shown)])


def spread(words: list[str], within: float, between: float) -> list[tuple[int, float, float]]:
    """Return words of letters five points wide, with gaps between them and between their letters and no spaces."""
    drawn, at = [], 0.0
    for word in words:
        for character in word:
            drawn.append((ord(character), at, 5.0))
            at += 5 + within
        at += between - within
    return drawn


@pytest.mark.parametrize(
    ("text", "words", "within", "between"),
    [
        ("they largely agree", ["they", "largely", "agree"], 0, 3),  # groff: what it kerns pdfium takes for one word
        ("GD’97, which", ["GD’97,", "which"], -0.2, 2.5),
        ("AVA", ["A", "VA"], 0, 1.2),  # a pair that stands wide
        ("TITLE", ["TITLE"], 2.6, 2.6),  # spaced out
        ("水は青", ["水", "は", "青"], 0, 2.5),
    ],
)
def test_a_gap_among_letters_that_stand_close_is_a_space(
    text: str, words: list[str], within: float, between: float
) -> None:
    assert read(spread(words, within, between)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("שלום עולם", "םלוע םולש"),
        ("המים 3.5 מעלות", "תולעמ 3.5 םימה"),
        ("מן H5N1 ועד היום", "םויה דעו H5N1 ןמ"),
        ("מן New York ועד היום", "םויה דעו New York ןמ"),
        ("שני 43.1 898 0.470 סוף", "ףוס 0.470 898 43.1 ינש"),
    ],
)
def test_right_to_left_lines_are_read_by_their_places(text: str, shown: str) -> None:
    assert right_to_left(shown) == text
