"""Signs between digits: those of one number, and those that tell two apart."""

import pytest

from filters.personal.signs import DASHED, DOTS_APART, DOTTED, IN_BRACKETS, SPACED, WITH_ZEROS, signs, undotted
from filters.text.segment import code_points


@pytest.mark.parametrize(
    ("number", "expected", "most"),
    [
        ("212-555-0123", DASHED, 10),
        ("3.14 -2.71", DOTTED | SPACED, 3),  # a negative number
        ("212.555.0123", DOTTED | DOTS_APART, 4),
        ("1.25 3.75", DOTTED | SPACED, 3),  # two numbers with a dot each
        ("1 (212) 555", SPACED | IN_BRACKETS, 7),
        ("0086 138", SPACED | WITH_ZEROS, 7),
        ("12345678", 0, 8),
    ],
)
def test_signs_and_the_digits_without_a_dot_between(number: str, expected: int, most: int) -> None:
    points = code_points(number)
    assert signs(points, 0, len(number)) == expected
    assert undotted(points, 0, len(number)) == most
