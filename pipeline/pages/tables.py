"""Tables of a page: rows as `--json` has them, each column by the key of its value and the way it is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.pages.html import Html, element, joined
from pipeline.pages.words import Words
from pipeline.words import mebibytes, number, share

Kind: TypeAlias = Literal["text", "count", "number", "share", "bar", "memory"]
TEXT: Kind = "text"
COUNT: Kind = "count"
NUMBER: Kind = "number"
SHARE: Kind = "share"
BAR: Kind = "bar"  # a share, drawn as well
MEMORY: Kind = "memory"  # bytes
Cell: TypeAlias = str | int | float | None

BAR_WIDTH = 100
WRITTEN = {SHARE: share, MEMORY: mebibytes}  # the others are written as numbers
MOST = 50  # rows of a table that may be long


@dataclass(frozen=True)
class Column:
    """A column: the key of its values in a row, its title, and how a value is written."""

    key: str
    title: str
    kind: Kind = TEXT


def table(columns: Sequence[Column], rows: Sequence[Mapping[str, Cell]], name: str, anchor: str | None = None) -> Html:
    """Return a table that can be scrolled by its reader, also without a mouse; the first column names the rows."""
    heads = [
        element("th", column.title, scope="col", data_key=column.key, class_=_class(column.kind)) for column in columns
    ]
    body = [
        element("tr", *(_cell(column, row, first=not place) for place, column in enumerate(columns))) for row in rows
    ]
    made = element(
        "table",
        element("caption", name, class_="unseen"),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        id=anchor,
    )
    return element("div", made, class_="wide", tabindex=0, role="group", aria_label=name)


def first_rows(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Cell]],
    name: str,
    anchor: str,
    words: Words,
    most: int = MOST,
) -> Iterator[Html]:
    """Yield a table of the first rows, and how many more there are; nothing without rows."""
    if rows:
        yield table(columns, rows[:most], name, anchor)
        if len(rows) > most:
            yield element("p", words("page.more", count=number(len(rows) - most)), class_="faint")


def _cell(column: Column, row: Mapping[str, Cell], *, first: bool) -> Html:
    value = row.get(column.key)
    content: Cell
    if value is None or isinstance(value, str):
        content = value
    elif column.kind == BAR:
        content = joined([share(value), " ", bar(float(value))])
    else:
        content = WRITTEN.get(column.kind, number)(value)
    if first:
        return element("th", content, scope="row", class_=_class(column.kind))
    return element("td", content, class_=_class(column.kind))


def _class(kind: Kind) -> str | None:
    return None if kind == TEXT else "n bar" if kind == BAR else "n"


def bar(part: float) -> Html:
    """Return a share as a bar, for the eye: its number stands beside it."""
    wide = BAR_WIDTH * min(max(part, 0.0), 1.0)
    drawn = element("rect", width=f"{max(wide, 1) if part else 0:.3g}", height=10, class_="bars")
    return element("svg", drawn, width=BAR_WIDTH, height=10, aria_hidden="true")
