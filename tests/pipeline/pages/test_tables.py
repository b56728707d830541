"""Tables of a page."""

from pipeline.pages.tables import BAR, COUNT, SHARE, Cell, Column, first_rows, table
from pipeline.pages.words import Words
from tests.pipeline.pages.parsing import Page

COLUMNS = [Column("name", "host"), Column("documents", "documents", COUNT), Column("part", "share", SHARE)]


def test_a_table_shows_what_its_rows_hold() -> None:
    rows: list[dict[str, Cell]] = [
        {"name": "<b>", "documents": 1_234_567, "part": 0.25, "else": 1},
        {"name": "b", "documents": None, "part": 1.0},
    ]
    made = table([*COLUMNS, Column("part", "drawn", BAR)], rows, "by host", "hosts")
    page = Page(made)
    assert page.tables["hosts"].keys == ["name", "documents", "part", "part"]
    assert page.tables["hosts"].rows == [["<b>", "1,234,567", "25.0%", "25.0% "], ["b", "", "100.0%", "100.0% "]]
    assert 'scope="row"' in made
    assert page.values("tabindex") == ["0"], "what is wider than a phone is scrolled with the keyboard too"
    assert page.values("aria-hidden") == ["true", "true"]


def test_of_a_long_table_the_first_rows_are_shown_and_how_many_more_there_are() -> None:
    def shown(count: int) -> str:
        rows = [{"name": f"host {number}"} for number in range(count)]
        return "".join(first_rows(COLUMNS[:1], rows, "by host", "hosts", Words("en"), most=3))

    assert shown(0) == ""
    assert [row["name"] for row in Page(shown(3)).tables["hosts"]] == ["host 0", "host 1", "host 2"]
    assert "and " not in Page(shown(3)).text
    assert Page(shown(1_237)).tables["hosts"].rows == Page(shown(3)).tables["hosts"].rows
    assert "1,234" in Page(shown(1_237)).text
