"""A page as a test reads it: its tables, by their ids, and what a browser would take for markup."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "col", "hr", "input", "link", "meta"}


@dataclass
class Table:
    keys: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return (dict(zip(self.keys, row, strict=True)) for row in self.rows)


class Page(HTMLParser):
    """Reads a page that is well-formed, which it checks."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, Table] = {}
        self.text = ""
        self._table: Table | None = None
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.elements.append((tag, told))
        if tag == "table":
            self._table = self.tables.setdefault(told.get("id") or f"table {len(self.tables)}", Table())
        elif self._table is not None and tag == "tr":
            self._table.rows.append([])
        elif self._table is not None and tag in ("th", "td"):
            if "thead" in self.open:
                self._table.keys.append(str(told["data-key"]))
            self._table.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "table":
            self._table = None
        elif tag == "thead" and self._table is not None:
            self._table.rows.clear()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and "script" not in self.open:
            self.text += data
        if self._table is not None and {"td", "th"} & set(self.open):
            self._table.rows[-1][-1] += data

    def names(self) -> set[str]:
        return {name for name, _ in self.elements}

    def values(self, attribute: str) -> list[str]:
        return [str(told[attribute]) for _, told in self.elements if attribute in told]


def number_of(text: str) -> float:
    """Return the number that a cell shows."""
    return float(re.sub(r"[,%]", "", text)) / (100 if text.endswith("%") else 1)
