"""What a record says: facts by name, every value as the record spells it; and which of its numbers a text has not.

A fact is a text, a word that the phrases translate (`Word`), several of these in a row (`Parts`), a list of any of
them, or a list of rows for a table. What a record lacks is no fact. Numbers stay texts from the file on: nothing
rounds, converts or reformats them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from shards.schema import Subject


class Word(str):
    """A code of the format, which each language has a word for in its phrases: `RECRUITING`, `BKN`."""

    __slots__ = ()


class Parts(tuple[str, ...]):
    """Words and values that are said one behind the other: `heavy`, `showers of`, `rain`."""

    __slots__ = ()


Cells: TypeAlias = Mapping[str, str | Parts | None]
Fact: TypeAlias = str | Parts | Sequence[str | Parts] | Sequence[Cells]
Facts: TypeAlias = Mapping[str, Fact]
Columns: TypeAlias = dict[str, str | None]
Json: TypeAlias = Mapping[str, object]  # an object of JSON

_NUMBER = re.compile(r"(?:(?<![A-Za-z0-9.)])[-+−])?\d+(?:[.:]\d+)*(?:[eE][-+]?\d+)?")
_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")


@dataclass(frozen=True)
class Record:
    """A record: the file of phrases that tells it, its facts, what it fills of the columns, and all that it holds.

    `id` names it in its collection; without one, the digest of its bytes does. `content` is everything that may hold
    a number, and `unread` counts values that were not even looked at. `parts` are told behind it, in order.
    `identity` is what makes two records one, whatever else they say; without it, their whole content does.
    """

    phrases: str
    facts: Facts
    content: str
    id: str | None = None
    parts: tuple["Record", ...] = ()
    columns: Columns = field(default_factory=dict)
    subject: Subject | None = None
    identity: str | None = None
    unread: int = 0


def numbers(text: str) -> Counter[str]:
    """Return the numbers of a text with their signs, each with how often it stands there; 05 of a date is 5."""
    spelled = (number.replace("−", "-").lstrip("+") for number in _NUMBER.findall(text))
    return Counter(_ZEROS.sub("", number) for number in spelled)


def left_out(record: Record, text: str) -> int:
    """Return how many numbers of the record stand nowhere in the text."""
    there = numbers(text)
    return sum(count for number, count in numbers(record.content).items() if number not in there) + record.unread


def present(facts: Mapping[str, Fact | None]) -> dict[str, Fact]:
    """Return the facts that there are."""
    return {name: value for name, value in facts.items() if value}


def spelt(value: object) -> str | None:
    """Return a text or number of JSON, read with its numbers as text, in one line; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str | int | float):
        return " ".join(str(value).split()) or None
    return None


def at(holder: object, path: str) -> object:
    """Return the value in JSON at a path of keys, `a.b.c`; None if there is none."""
    for key in path.split("."):
        holder = holder.get(key) if isinstance(holder, Mapping) else None
    return holder


def texts(value: object) -> list[str]:
    """Return the texts of a list, or the one that stands in its place."""
    values = value if isinstance(value, list) else [value]
    return [spelling for one in values if (spelling := spelt(one)) is not None]


def strings(value: object) -> Iterator[str]:
    """Yield every text and number within JSON."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def content_of(values: Iterable[str]) -> str:
    """Return texts as the content of a record."""
    return "\n".join(values)


def said(fact: object) -> Iterator[str]:
    """Yield every text within a fact, or within several: those of lists, of parts, of the rows of tables."""
    if isinstance(fact, str):
        yield fact
    elif isinstance(fact, Mapping):
        for one in fact.values():
            yield from said(one)
    elif isinstance(fact, list | tuple):
        for one in fact:
            yield from said(one)
