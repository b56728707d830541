"""The documents near a page, whatever their addresses hold."""

import io

from jobs.show.console import console
from jobs.show.neighbours import show_neighbours
from pipeline.answers.similar import Neighbours

WICKED = "https://a.example/[red]x[/red]/[bold]\x1b[2J\u202ecba"
TOLD = "https://a.example/[red]x[/red]/[bold]<U+001B>[2J<U+202E>cba"


def shown(near: Neighbours) -> str:
    text = io.StringIO()
    show_neighbours(console(file=text, width=200), near)
    return text.getvalue()


def row(**columns: object) -> dict[str, object]:
    same = {"id": "0a", "license": None, "language": "zho_Hans", "duplicates": 3, "url": WICKED, "similarity": 0.91}
    return same | columns


def test_addresses_are_shown_as_they_are_spelt_and_steer_nothing() -> None:
    page = {"id": "0b", "url": WICKED, "published": False}
    text = shown(Neighbours((row(), row(url=None)), 0.8, page))
    assert text.count(TOLD) == 2
    assert f"0b {TOLD}: a copy, dropped" in text
    assert "None" not in text
    assert not {"\x1b", "\u202e"} & {*text}


def test_where_nothing_is_near_that_is_said() -> None:
    assert shown(Neighbours((), 0.8)) == "nothing in this release shares a shingle with it\n"
