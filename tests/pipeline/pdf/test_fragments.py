import pytest

from filters.text.characters import properties
from pipeline.pdf.fragments import fragments
from tests.pipeline.pdf.conftest import characters_at


def right_to_left(shown: str) -> str:
    """Return what is read of a line of Hebrew that is shown so, from left to right, ten points a character."""
    page = characters_at([(ord(character), 10.0 * at, 10) for at, character in enumerate(shown)])
    found = fragments(page, properties())
    return "|".join(
        "".join(map(chr, found.text[first:last])) for first, last in zip(found.first, found.last, strict=True)
    )


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
