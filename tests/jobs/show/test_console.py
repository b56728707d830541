"""What is printed is text: no markup, and nothing that a terminal obeys."""

import pytest
from rich.table import Table

from jobs.show.console import console, styled
from pipeline.plain import plain

HOSTILE = [
    "[/b]",
    "[bold]x[/bold]",
    "[red]",
    "[link=https://x.example]y",
    ":smile:",
    "\x1b]0;PWN\x07",
    "\x1b[31m",
    "\x9b2J",
]


@pytest.mark.parametrize("width", [20, 60, 200])
def test_a_table_cuts_no_word_short(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["gopher_repetition.duplicate_5_grams", "钙钛矿太阳能电池为什么怕水"]
    table = Table("reason", "documents")
    for name in names:
        table.add_row(name, "12,345")
    made = console(width=width)
    made.print(table)
    columns = [line.split("│")[1].strip() for line in capsys.readouterr().out.splitlines() if line.count("│") == 3]
    assert "".join(columns) == "".join(names)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_shown_as_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("what", title=f"title {text}")
    table.add_row(text)
    for renderable in (text, styled(("kept", "green"), f" {text}"), table):
        console().print(renderable)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert shown.count(plain(text.replace("\x07", ""))) == 4, shown  # a bell is left out by rich
