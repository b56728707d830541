"""Tables with cells that span columns and rows, as lines of Markdown in which every row has the same columns."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

_WIDEST = 200  # cells of a row that are filled up where a cell spans several
_MOST = 100  # columns or rows that one cell spans: more is a slip, or malice


class Cell(NamedTuple):
    """The text of a cell, and how many columns and rows it takes."""

    text: str
    columns: int = 1
    rows: int = 1


def span(value: str | None) -> int:
    """Return what `colspan` or `rowspan` says; what is no number says 1."""
    digits = (value or "").strip()
    return max(1, min(int(digits), _MOST)) if digits.isdecimal() and len(digits) < 9 else 1


def markdown(rows: Iterable[Iterable[Cell]]) -> str:
    """Return the rows that have any text, a line each; where a cell spans others, those are empty."""
    lines = list[str]()
    taken = Counter[int]()  # columns, and in how many rows more a cell from above stands there
    for row in rows:
        texts, held = list[str](), taken
        taken = Counter({column: rows_left - 1 for column, rows_left in held.items() if rows_left > 1})
        for cell in row:
            texts += _held(texts, held)
            width = cell.columns if len(texts) < _WIDEST else 1
            if cell.rows > 1:
                taken |= Counter(dict.fromkeys(range(len(texts), len(texts) + width), cell.rows - 1))
            texts += [" ".join(cell.text.split()).replace("|", r"\|"), *[""] * (width - 1)]
        texts += _held(texts, held)
        if any(texts):
            lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _held(texts: list[str], held: Counter[int]) -> list[str]:
    """Return an empty text for each column, from the next on, in which a cell from above stands."""
    end = len(texts)
    while held[end]:
        end += 1
    return [""] * (end - len(texts))
