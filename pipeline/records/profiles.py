"""Tables of measurements as turbulence data bases give them: comment lines, a line of names, columns of numbers.

As the channel-flow data of Moser, Kim and Mansour (1999), of Lee and Moser (2015) and the JFM data files are laid out:
`%`, `#` or `!` before each comment, the last of which may name the columns; or a CSV with a header. Numbers are told as
they are spelt.
"""

import re

from pipeline.records.facts import Cells, Fact, Record, content_of, present

_COMMENT = re.compile(r"^\s*[%#!]+\s?(.*)$")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?")
_KEYED = re.compile(r"^\s*([A-Za-z][\w τ*^+()/-]{0,60}?)\s*[=:]\s*(\S.{0,200})$")
_ROWS = 60  # of the table; a longer one is told by as many rows, evenly apart
_COLUMNS = 24


class NoTableError(ValueError):
    """The text has no rows of numbers."""


def record(text: str) -> Record:
    """Return the record of a table; a `NoTableError` if it is none."""
    remarks, names, rows = list[str](), list[str](), list[list[str]]()
    for line in text.splitlines():
        comment = _COMMENT.match(line)
        words = (
            [word.strip().strip('"') for word in re.split(r"[,;\t]", line)]
            if re.search(r"[,;\t]", line)
            else line.split()
        )
        words = [word for word in words if word]
        if comment:
            remarks.append(comment[1].strip())
        elif words and all(_NUMBER.fullmatch(word) for word in words):
            rows.append(words)
        elif words and not rows:
            names = words
            remarks += [] if len(words) > 1 else words
    width = max((len(row) for row in rows), default=0)
    whole = [row for row in rows if len(row) == width]
    if len(whole) < 3 or width < 2:
        raise NoTableError("no rows of numbers")
    if len(names) != width:
        names, remarks = _named(remarks, width)
    keyed = [match.groups() for remark in remarks if (match := _KEYED.match(remark))]
    said = [remark for remark in remarks if remark and not _KEYED.match(remark) and re.search(r"\w", remark)]
    names = _distinct(names[:_COLUMNS])
    step = -(-len(whole) // _ROWS)
    picked = whole[::step]
    facts: dict[str, Fact | None] = {
        "title": said[0] if said else None,
        "remarks": "\n".join(said[1:]),
        "parameters": [{"name": name, "value": value} for name, value in keyed],
        "count": str(len(whole)),
        "columns": names,
        "x": names[0],
        "first": whole[0][0],
        "last": whole[-1][0],
        "extremes": [_extremes(name, place, names[0], whole) for place, name in enumerate(names) if place],
        "rows": [dict(zip(names, row, strict=False)) for row in picked],
    }
    return Record("profiles", present(facts), content_of([text, str(len(whole))]))


def _named(remarks: list[str], width: int) -> tuple[list[str], list[str]]:
    """Return the names of the columns, which one of the last comments may have, and the comments without it."""
    for place in range(len(remarks) - 1, max(len(remarks) - 5, -1), -1):
        for parted in (re.split(r"\s{2,}|\t|,", remarks[place].strip()), remarks[place].split()):
            if len(parted) == width and not all(_NUMBER.fullmatch(word) for word in parted):
                return [word.strip() for word in parted], remarks[:place] + remarks[place + 1 :]
    return [f"column {chr(65 + place % 26)}" for place in range(width)], remarks


def _distinct(names: list[str]) -> list[str]:
    return [name if names.index(name) == place else f"{name}'" for place, name in enumerate(names)]


def _extremes(name: str, place: int, first: str, rows: list[list[str]]) -> Cells:
    values = [float(row[place].lower().replace("d", "e")) for row in rows]
    low, high = values.index(min(values)), values.index(max(values))
    return {
        "name": name,
        "low": rows[low][place],
        "low_at": f"{first} = {rows[low][0]}",
        "high": rows[high][place],
        "high_at": f"{first} = {rows[high][0]}",
    }
