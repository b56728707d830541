import numpy as np
import pytest

from filters.text.characters import properties
from pipeline.pdf.characters import Characters
from pipeline.pdf.fragments import fragments


def right_to_left(shown: str) -> str:
    """Return what is read of a line of Hebrew that is shown so, from left to right, ten points a character."""
    codes = np.array([ord(character) for character in shown], np.int32)
    left = 10 * np.arange(len(shown), dtype=np.float32)
    size = np.full(len(shown), 10, np.float32)
    page = Characters(
        codes,
        left,
        left + 10,
        np.zeros(len(shown), np.float32),
        size,
        np.zeros(len(shown), np.uint8),
        0,
        len(shown),
        0,
        0,
    )
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
