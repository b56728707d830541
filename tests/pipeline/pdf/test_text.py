from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.pdf.lines import Lines
from pipeline.pdf.sample import pdf
from pipeline.pdf.text import _composed, _mirrored
from tests.pipeline.pdf.conftest import Reader, placed

FULL = "The water of the sea is warmer than it was in the century before"  # as wide as the column


def lines(*texts: str, left: float = 72, top: float = 700, leading: float = 12) -> list[tuple[float, float, str]]:
    """Return lines one below the other."""
    return [(left, top - leading * number, text) for number, text in enumerate(texts)]


def test_a_paragraph_ends_where_the_next_word_would_have_had_room(read: Reader) -> None:
    content = read(
        placed([lines(FULL, "and it rises.", "A second one begins here and goes on for as long as it can:", FULL)])
    )
    assert content.text.split("\n\n")[0] == f"{FULL} and it rises."


def test_a_paragraph_goes_on_in_the_next_column_and_on_the_next_page(read: Reader) -> None:
    text = ["sea that was warm and wide"] * 12
    first = lines(*text, left=50) + lines(*text, left=300)
    second = lines(*text[:-1], "end.", left=50) + lines(*text, left=300)
    assert len(read(placed([first, second])).text.split("\n\n")) == 2


@pytest.mark.parametrize("left", [330, 350])
def test_columns_end_where_their_own_lines_do_though_a_title_is_wider(read: Reader, left: float) -> None:
    """The second column is too short to be told from a table by a gutter."""
    text = ["the sea that was warm and wide, as it was before"] * 12
    page = placed([[*lines(*text[:-1], "end."), *lines(*text[:3], left=left)]])
    head = b"BT /F1 16 Tf 72 740 Td (A title that is as wide as both of the columns together) Tj ET\n"
    titled = page.replace(b"stream\nBT", b"stream\n" + head + b"BT", 1)
    assert read(titled).text.split("\n\n")[1] == f"{' '.join(text[:-1])} end."


def test_what_stands_in_the_margin_has_an_edge_of_its_own(read: Reader) -> None:
    aside = ["Authors retain the", "copyright and license", "their works for all"]
    page = placed([[*lines("A title above the text as wide as it is", left=200), *lines(*aside, left=50, top=600),
                    *lines(FULL, FULL, left=200, top=640)]])  # fmt: skip
    assert " ".join(aside) in read(page).text.split("\n\n")


def test_a_line_in_the_middle_of_its_column_does_not_go_on_over_the_page(read: Reader) -> None:
    title = [(72, 700, "Three kinds of documents that were put"), (97, 688, "together by the author of all")]
    text = read(placed([title, lines("Thermodynamics of the sea, and what was known of it before")])).text
    assert "Thermodynamics" in text.split("\n\n")[-1].split()[0]


def test_an_item_of_a_list_goes_on_in_the_next_column(read: Reader) -> None:
    text = ["the sea that was warm and wide, as it was"] * 11
    item = ["* an item of a list that has more than one", "line of it, and that goes on over here and"]
    first = [*lines(*text, "end.", left=50), (50, 550, item[0]), (62, 538, item[1])]
    second = [(332, 700, "there until it is at its end."), *lines(*text, "end.", left=320, top=688)]
    assert any("over here and there until" in part for part in read(placed([first + second])).text.split("\n\n"))


@pytest.mark.parametrize("dots", [" . . . . . . ", "...........", "\u2026\u2026\u2026\u2026\u2026\u2026 "])
def test_dots_that_lead_to_a_page_are_a_tab(dots: str) -> None:
    assert _composed(f"1. The sea{dots}12\nIt was there .... in 1990.") == "1. The sea\t12\nIt was there .... in 1990."


@pytest.mark.parametrize("size", [0.7, 1.5])
def test_a_line_of_another_size_is_a_paragraph_of_its_own(read: Reader, size: float) -> None:
    page = pdf([[FULL[:40]] * 6])
    changed = page.replace(
        b"14 TL 72 720 Td ", b"14 TL 72 720 Td /F1 %d Tf (Heading) Tj /F1 12 Tf T* " % (12 * size), 1
    )
    assert read(changed).text.startswith("Heading\n\n")


def test_cells_of_a_table_are_divided_by_tabs_and_its_rows_by_lines(read: Reader) -> None:
    rows = [(72.0, 600.0 - 14 * row, f"row {row}") for row in range(4)]
    cells = [(x + 120 * column, y, f"{column}.{text[-1]}") for x, y, text in rows for column in range(1, 3)]
    table = sorted([*rows, *cells], key=lambda cell: (-cell[1], cell[0]))
    content = read(placed([[*lines(FULL, FULL, FULL, FULL), *table]]))
    assert "row 0\t1.0\t2.0\nrow 1\t1.1\t2.1" in content.text


def test_notes_at_the_foot_do_not_divide_a_paragraph(read: Reader) -> None:
    page = pdf([[FULL[:40]] * 40, [FULL[:40]] * 10])
    note = b"/F1 8 Tf 14 TL (A note of its own, small.) Tj ET"
    noted = page.replace(b" ET", b" " + note, 1)
    paragraphs = read(noted).text.split("\n\n")
    assert paragraphs[-1] == "A note of its own, small."


Repaired = Callable[[str], str]


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("the cen-", "tury before", "the century before"),
        ("the North-", "South line", "the North-South line"),
        ("Vor-", "und Nachteile", "Vor- und Nachteile"),
        ("of 800-m-", "runners", "of 800-m-runners"),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_is_kept_where_the_word_has_it(
    read: Reader, before: str, after: str, whole: str
) -> None:
    filled = before.rjust(len(before)) if before else ""
    content = read(placed([lines(FULL, f"{FULL[: 60 - len(filled)].strip()} {filled}", f"{after} and so on.", FULL)]))
    assert whole in content.text


@pytest.mark.parametrize("shown", [["\u05d0)\u05d1", "\u05d2(\u05d3"], ["\u05d0)\u05d1(", "\u05d2"]])
def test_brackets_that_stand_the_wrong_way_are_turned_also_where_a_line_ends_between_them(shown: list[str]) -> None:
    count = len(shown)
    every: Any = (np.ones(count, np.bool_) for _ in Lines._fields)
    lines = Lines(*every)
    assert "".join(_mirrored(lines, shown)) == "".join(shown).translate(str.maketrans("()", ")("))
    upright = [text.translate(str.maketrans("()", ")(")) for text in shown]
    assert _mirrored(lines, upright) == upright
