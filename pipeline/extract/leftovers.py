"""Lines that a template leaves in a text: commands, counters, ways to other pages, archives, facets, fields of forms.

No block holds them alone, or one that looks like text does. A line is one of these as a whole (`leftovers.tsv`), or in
a row of lines of one form; a sentence that has the same words stays.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from filters.text.phrases import phrases_by_kind
from shards.tables import rows

TABLE = Path(__file__).with_name("leftovers.tsv")

LONGEST = 200  # characters of a line that names another page
LONGEST_LABEL, LONGEST_COMMAND = 40, 60
SHORTEST_ALONE = 8  # characters of a label that says so without a title: "Mira" and "Lea" are names
ROW = 4  # lines of one form in a row: months of an archive, categories with numbers
FIELDS = 3  # lines that ask for something in a row
MOST = 0.3  # share of the characters that such rows have at most: of a list of categories they are the text
ENDS = (".", "。", "!", "！", "…")
EDGE = ' \t\xa0-–—•·*|,;/›»>→▶▼▾↓↑←<«‹.…:：!！?？[]()（）【】+"“”'

_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile(r"[0-9][0-9.,'’\s]{0,12}(?:[kKmM]\b|[万萬]|тыс\.?)?\+?\s?(?:[次人回件条條篇个個명](?!\w))?")
_COUNTED = re.compile(r"[\s•·-]*\S.{0,40}?\s?[(（][0-9]{1,3}(?:[.,]?[0-9]{3})?[)）]\s*")
_YEAR = re.compile(r"[(（](?:1[5-9]|20)[0-9]{2}[)）]\s*")
_MONTH = re.compile(
    r"[\s•·-]*(?:[^\W\d]{3,14}\.?\s(?:de\s)?((?:19|20)[0-9]{2})|((?:19|20)[0-9]{2})\s?[年년/-]\s?[01]?[0-9]\s?[月월]?)"
    r"\s*(?:[(（][0-9]{1,5}[)）])?\s*"
)


class Leftover(BaseModel, frozen=True, extra="forbid"):
    """A row of the table: what a template writes."""

    kind: str
    language: str
    phrase: str


def leftovers(lines: Sequence[str]) -> set[int]:
    """Return which lines of a text a template left."""
    phrases = _phrases()
    keys = [line.strip(EDGE).lower() if len(line) <= LONGEST_COMMAND else "" for line in lines]
    found = {number for number, line in enumerate(lines) if line and _is_left(line, keys[number], phrases)}
    found |= set(_titles_at_the_end(lines, keys, found))
    row = [*_counts(lines), *_months(lines, keys)]
    if row and sum(len(lines[number]) for number in row) <= MOST * sum(map(len, lines)):
        found.update(row)
    return found | set(_fields(lines, keys))


def is_filed(line: str) -> bool:
    """Return whether a line names what a page is filed under, or another page: at the end it is not of the text."""
    label, title = _label(line)
    return bool(title) and label in _phrases()["filed"]


def _is_left(line: str, key: str, phrases: dict[str, frozenset[str]]) -> bool:
    if key:
        if key in phrases["command"] or (len(key) >= SHORTEST_ALONE and key in phrases["also"]):
            return True
        if _DIGIT.search(key) and "|" not in line and _is_count(line, phrases["counter"]):  # no row of a table
            return True
    if len(line) > LONGEST or line.rstrip().endswith(ENDS):
        return False
    label, title = _label(line)
    return bool(title) and label in phrases["also"]


def _label(line: str) -> tuple[str, str]:
    """Return what stands before the first colon of a line, folded, and what stands behind it."""
    places = [place for colon in ":：" if (place := line.find(colon, 0, LONGEST_LABEL + 1)) >= 0]
    if not places:
        return "", ""
    return line[: min(places)].strip(EDGE).lower(), line[min(places) + 1 :].strip()


def _is_count(line: str, counters: frozenset[str]) -> bool:
    """Return whether a line is numbers, each with what it counts, and nothing else."""
    words, numbers = _NUMBER.subn("\n", line)
    counted = [word for part in words.split("\n") if (word := part.strip(EDGE).lower())]
    return 0 < len(counted) <= numbers and all(word in counters for word in counted)


def _titles_at_the_end(lines: Sequence[str], keys: Sequence[str], found: set[int]) -> Iterator[int]:
    """Yield the lines below one that leads to other pages, up to the end, if none of them is a sentence."""
    also, most = _phrases()["also"], MOST * sum(map(len, lines))
    for number in found:
        below = [line for line in lines[number + 1 :] if line] if keys[number] in also else []
        titles = all(len(line) <= LONGEST and not line.rstrip().endswith(ENDS) for line in below)
        if below and titles and sum(map(len, below)) <= most:
            yield from range(number + 1, len(lines))


def _counts(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines of categories and facets: names with numbers in brackets, which are no years, in a row."""
    counted = [
        line[-1:] in (")", "）")
        and len(line) <= LONGEST_COMMAND
        and _COUNTED.fullmatch(line) is not None
        and not _YEAR.search(line)
        for line in lines
    ]
    for first, end in _rows_of(counted):
        if end - first >= ROW:
            yield from range(first, end)


def _months(lines: Sequence[str], keys: Sequence[str]) -> Iterator[int]:
    """Yield the lines of an archive: months with their years in a row, of which a year has several."""
    matches = [
        _MONTH.fullmatch(line) if key and _DIGIT.search(key) else None for line, key in zip(lines, keys, strict=True)
    ]
    for first, end in _rows_of([match is not None for match in matches]):
        years = {match[1] or match[2] for match in matches[first:end] if match}
        if end - first >= ROW and len(years) < end - first:
            yield from range(first, end)


def _fields(lines: Sequence[str], keys: Sequence[str]) -> Iterator[int]:
    """Yield the lines of a form: what it asks for, in a row."""
    fields = _fields_of_forms()
    asked = [key in fields and line[0] not in "-•" for line, key in zip(lines, keys, strict=True)]
    for first, end in _rows_of(asked):
        if end - first >= FIELDS:
            yield from range(first, end)


def _rows_of(holds: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield where rows of lines begin and end for which something holds."""
    first = -1
    for number, this in enumerate([*holds, False]):
        if this:
            first = number if first < 0 else first
        elif first >= 0:
            yield first, number
            first = -1


@cache
def _phrases() -> dict[str, frozenset[str]]:
    listed = list(rows(TABLE, Leftover))
    return {kind: frozenset(row.phrase for row in listed if row.kind == kind) for kind in {row.kind for row in listed}}


@cache
def _fields_of_forms() -> frozenset[str]:
    return frozenset(row.phrase.lower() for row in phrases_by_kind()["field"])
