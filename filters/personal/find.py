"""Personal data and secrets in a text, by pattern, check digits and context; bounds that hold beside any script.

There is no word boundary between a Han character and a digit, so bounds are spelt out. Patterns are tried in the places
that `pii_scan` finds, which are all where they can match. Nothing here writes a value anywhere: callers get spans.
"""

import ipaddress
import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator

from filters.personal.checksums import CHECKS
from filters.personal.scan import SCANS, SECRET, places
from filters.text import kernels, segment
from filters.text.segment import Characters
from filters.text.shadow import shadow_table
from shards.tables import table

TABLE = Path(__file__).with_name("types.yaml")

BEFORE, AFTER = 40, 16
AROUND = 3, 4  # characters of a number that may stand before and after its digits: `AB`, `+`, `(A)`, and the bound
BETWEEN = frozenset(" \t\n\r\x0b\x0c.:№@号號是为idID")  # may stand between the words that say what it is, and it
MARKS = "\u02ff"  # above it stand the vowel signs that Thai and Indic words end in, which are no letters to Python
LONGEST_NEAR = 40  # characters of those words
SEPARATORS = re.compile(r"[ .()·•-]")
NUMBER_BEFORE = re.compile(r"[0-9][0-9.,%]*[\s,;|]+$|[.,/=#_:*^-]$")
NUMBER_AFTER = re.compile(r"^(?:[\s,;|]+[0-9.]|[.,][0-9]|[/=_%^*-])")


@dataclass(frozen=True)
class Span:
    """Where something personal stands: `kind` is the type, `group` the signal it counts for."""

    start: int
    end: int
    kind: str
    group: str


def _scan(name: str) -> int:
    if name not in SCANS:
        raise ValueError(f"no such scan; there are {', '.join(SCANS)}")
    return SCANS.index(name)


def _check(name: str) -> Callable[[str], bool]:
    if name not in CHECKS:
        raise ValueError(f"no such check; there are {', '.join(CHECKS)}")
    return CHECKS[name]


AnyCase: TypeAlias = Annotated[re.Pattern[str], BeforeValidator(lambda text: f"(?i){text}")]
RightBefore: TypeAlias = Annotated[re.Pattern[str], BeforeValidator(lambda text: rf"(?i)(?:{text})\Z")]
Least: TypeAlias = Annotated[tuple[int, int], BeforeValidator(lambda numbers: (*numbers, 0)[:2])]


class Kind(BaseModel, frozen=True, extra="forbid"):
    """One type of personal data, a row of the table."""

    group: str
    scan: Annotated[int, BeforeValidator(_scan)]
    check: Annotated[Callable[[str], bool], BeforeValidator(_check)]
    pattern: str  # of the value alone: see `bounded`
    left_open: bool = False  # a letter or a digit may stand right before it
    context: AnyCase | None = None
    near: RightBefore | None = None  # words that must stand right before
    unless: AnyCase | None = None
    unless_value: AnyCase | None = None
    grouped: AnyCase | None = None
    digits: tuple[int, int] | None = None
    least: Least = (0, 0)  # digits of a place, and of those side by side
    lead: str = ""  # what stands right before the first digit: `letter`, or a character
    loose: bool = False
    in_urls: bool = False
    public_ip: bool = False

    @cached_property
    def bounded(self) -> re.Pattern[str]:
        """The pattern with its bounds."""
        left = "" if self.left_open else "(?<![0-9A-Za-z_])"
        return re.compile(f"{left}(?:{self.pattern})(?![0-9A-Za-z_])")


class Secret(BaseModel, frozen=True, extra="forbid"):
    """A kind of secret, and how those of it begin."""

    pattern: str
    begins: tuple[str, ...]


class PersonalData(BaseModel, frozen=True, extra="forbid"):
    """What `types.yaml` holds: what is looked for by name, the more certain first, and what is spared."""

    types: dict[str, Kind]
    secrets: dict[str, Secret]
    spared: tuple[str, ...]


def kinds() -> dict[str, Kind]:
    """Return what is looked for, by name, the more certain first: of two that overlap, the earlier is taken."""
    return table(TABLE, PersonalData).types


@cache
def _secrets() -> re.Pattern[str]:
    branches = (f"(?P<{name}>{secret.pattern})" for name, secret in table(TABLE, PersonalData).secrets.items())
    return re.compile(f"(?<![0-9A-Za-z])(?:{'|'.join(branches)})(?![0-9A-Za-z])")


@cache
def beginnings() -> tuple[str, ...]:
    """Return how secrets begin."""
    return tuple(text for secret in table(TABLE, PersonalData).secrets.values() for text in secret.begins)


@cache
def _spared() -> re.Pattern[str]:
    return re.compile("|".join(table(TABLE, PersonalData).spared))


def find(text: str) -> list[Span]:
    """Return what is personal or secret in a text, in order, no two overlapping."""
    (found,) = find_all(segment.characters(pa.array([text], pa.string())))
    return found


def find_all(texts: Characters) -> list[list[Span]]:
    """Return what is personal or secret in every text: see `find`."""
    points = kernels.look_up(texts.points, shadow_table())
    where = places(points, texts.documents, beginnings())
    found: list[list[Span]] = [[] for _ in range(len(texts.documents) - 1)]
    bounds = np.searchsorted(where.documents, np.arange(len(found) + 1)).tolist()
    rows = np.stack(where[1:], axis=1).tolist()
    for document in np.unique(where.documents).tolist():
        first, last = texts.documents[document : document + 2]
        shadow = points[first:last].tobytes().decode("utf-32-le")
        found[document] = _apart(_candidates(shadow, rows[bounds[document] : bounds[document + 1]]))
    return found


def _apart(candidates: Iterator[Span]) -> list[Span]:
    """Return the candidates that overlap no earlier one, in the order of the text."""
    taken: list[Span] = []
    starts: list[int] = []
    for span in candidates:
        index = bisect(starts, span.start)
        after_last = index == 0 or taken[index - 1].end <= span.start
        if after_last and (index == len(taken) or span.end <= starts[index]):
            taken.insert(index, span)
            starts.insert(index, span.start)
    return taken


def _candidates(shadow: str, rows: Sequence[tuple[int, int, int, int, int]]) -> Iterator[Span]:
    """Yield what matches in the places of a text: secrets, then the kinds in their order."""
    by_scan: dict[int, list[Window]] = {}
    end = most_digits = longest_run = 0
    for scan, start, stop, digits, run in rows:
        if digits:  # a number has a little on both sides, and no digit of another
            low, high = max(start - AROUND[0], end), stop + AROUND[1]
            end = stop
            most_digits, longest_run = max(most_digits, digits), max(longest_run, run)
        else:
            low, high = start, stop + 1
        by_scan.setdefault(scan, []).append((low, high, start, digits, run))
    end = 0
    for low, *_ in by_scan.get(SECRET, ()):
        if low >= end and (match := _secrets().match(shadow, low)):
            end = match.end()
            yield Span(low, end, str(match.lastgroup), "secret")
    spared = _Spared(shadow)
    for name, kind in kinds().items():
        windows = by_scan.get(kind.scan)
        if windows is None or kind.least[0] > most_digits or kind.least[1] > longest_run:
            continue
        for start, end in _matches(kind, shadow, windows):
            if _is(kind, shadow, start, end) and (kind.in_urls or not spared.overlaps(start, end)):
                yield Span(start, end, name, kind.group)


# Between which bounds a pattern is tried (side by side: at the first only), where the place itself begins, its digits,
# and the most of them side by side.
Window: TypeAlias = tuple[int, int, int, int, int]


def _matches(kind: Kind, shadow: str, windows: Sequence[Window]) -> Iterator[tuple[int, int]]:
    """Yield where a kind's pattern matches; one that must follow certain words, after those alone."""
    done = 0
    pattern, near, lead, (least, least_run) = kind.bounded, kind.near, kind.lead, kind.least
    for low, high, start, digits, run in windows:
        if digits < least or run < least_run or (lead and not _led(shadow[start - 1 : start], lead)):
            continue
        if near is not None:
            first = start - (shadow[start - 1 : start] == "(")
            if _follows(near, shadow, first) and (match := pattern.match(shadow, first)):
                yield match.span()
        elif high > low + 1:
            for match in pattern.finditer(shadow, low, high):
                yield match.span()
        elif low >= done and (match := pattern.match(shadow, low)):
            done = match.end()
            yield match.span()


def _led(before: str, lead: str) -> bool:
    return before.isalpha() if lead == "letter" else before == lead


def _follows(near: re.Pattern[str], shadow: str, start: int) -> bool:
    """Whether certain words stand right before a place."""
    low = start
    while low and shadow[low - 1] in BETWEEN:
        low -= 1
    if not low or not (shadow[low - 1].isalpha() or shadow[low - 1] > MARKS):
        return False
    return near.search(shadow, max(0, low - LONGEST_NEAR), start) is not None


class _Spared:
    """The spans of a text in which numbers name publications or places on the web; none crosses a line."""

    def __init__(self, shadow: str) -> None:
        self.shadow = shadow
        self.low = self.high = 0
        self.spans: list[tuple[int, int]] = []

    def overlaps(self, start: int, end: int) -> bool:
        """Return whether a span of the text overlaps one of these."""
        if not (self.low <= start and end <= self.high):
            self.low = self.shadow.rfind("\n", 0, start) + 1
            self.high = (self.shadow.find("\n", end) + 1 or len(self.shadow) + 1) - 1
            self.spans = [match.span() for match in _spared().finditer(self.shadow, self.low, self.high)]
        return any(first < end and start < last for first, last in self.spans)


def _is(kind: Kind, shadow: str, start: int, end: int) -> bool:
    value = shadow[start:end]
    before, after = shadow[max(0, start - BEFORE) : start], shadow[end : end + AFTER]
    bare = SEPARATORS.sub("", value).upper()
    if kind.digits is not None and not kind.digits[0] <= len(bare.lstrip("+")) <= kind.digits[1]:
        return False
    if kind.unless is not None and kind.unless.search(before):
        return False
    if kind.unless_value is not None and kind.unless_value.search(value):
        return False
    if kind.public_ip and not _is_public(value, before):
        return False
    if not kind.check(bare):
        return False
    grouped = kind.grouped is not None and kind.grouped.search(value) is not None
    if kind.loose and (NUMBER_BEFORE.search(before) or NUMBER_AFTER.search(after)):
        return _said(kind, before[-12:], "")
    return kind.context is None or grouped or _said(kind, before, after)


def _said(kind: Kind, before: str, after: str) -> bool:
    return kind.context is not None and (kind.context.search(before) or kind.context.search(after)) is not None


def _is_public(value: str, before: str) -> bool:
    """Whether it is a public address, and not a number of four parts: those have no part over 99."""
    try:
        public = ipaddress.IPv4Address(value).is_global
    except ValueError:
        return False
    named = re.search(r"(?i)\bip\b|addr|server|host|client|dns|地址|服务器", before) is not None
    return public and (named or any(int(part) > 99 for part in value.split(".")))
