"""Personal data and secrets in a text, by pattern, check digits and context; bounds that hold beside any script.

There is no word boundary between a Han character and a digit, so bounds are spelt out. Patterns are tried in the places
that `scan` finds, which are all where they can match. Nothing here writes a value anywhere: callers get spans.
"""

import ipaddress
import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.personal.kinds import ACCOUNT, PHONE, Kind, beginnings, kinds, personal_data, secrets, spared, words
from filters.personal.scan import BETWEEN, CODE, NUMBER, SECRET, WORDED, Places, places
from filters.personal.signs import DASHED, IN_BRACKETS, SPACED
from filters.text import kernels, segment
from filters.text.segment import Characters
from filters.text.shadow import shadow_table
from shards.arrays import Mask

BEFORE, AFTER = 40, 16
AROUND = 3, 4  # characters of a number that may stand before and after its digits: `AB`, `+`, `(A)`, and the bound
MARKS = "\u02ff"  # above it stand the vowel signs that Thai and Indic words end in, which are no letters to Python
DIGITS = "0123456789"
LONGEST_NEAR = 40  # characters of those words
SEPARATORS = re.compile(r"[ .()·•-]")
SECRETS = "secrets"
_NOWHERE = np.zeros((0, 3), np.int64)
BETWEEN_NUMBERS = 14
MAPPED = ("::ffff:", "::FFFF:")  # before an IPv4 address in an IPv6 one
NAME, LINE = 24, 200  # characters before an address in which it is named although versions are spoken of; of a line
NUMBER_BEFORE = re.compile(r"[0-9][0-9.,%]*[\s,;|]+$|[.,/=#_:*^-]$")
NUMBER_AFTER = re.compile(r"^(?:[\s,;|]+[0-9.]|[.,][0-9]|[/=_%^*-])")


@dataclass(frozen=True)
class Span:
    """Where something personal stands: `kind` is the type, `group` the signal it counts for."""

    start: int
    end: int
    kind: str
    group: str


def find(text: str) -> list[Span]:
    """Return what is personal or secret in a text, in order, no two overlapping."""
    (found,) = find_all(segment.characters(pa.array([text], pa.string())))
    return found


def find_all(texts: Characters) -> list[list[Span]]:
    """Return what is personal or secret in every text: see `find`."""
    points = kernels.look_up(texts.points, shadow_table())
    where = places(points, texts.documents, beginnings(), words())
    found: list[list[Span]] = [[] for _ in range(len(texts.documents) - 1)]
    for document, asked in _asked(where).items():
        first, last = texts.documents[document : document + 2]
        shadow = points[first:last].tobytes().decode("utf-32-le")
        found[document] = _apart(_candidates(shadow, asked))
    return found


# Between which bounds a pattern is tried (side by side: at the first only), and where the place itself begins.
Windows: TypeAlias = npt.NDArray[np.int64]  # a row for each: low, high, start
Window: TypeAlias = tuple[int, int, int]
Asked: TypeAlias = dict[str, Windows]  # by kind in their order, `SECRETS` first


def _asked(where: Places) -> dict[int, Asked]:
    """Return where what is looked for, by document, kinds in their order.

    A number has a little on both sides, and no digit of the one before; it is looked at by the kinds whose digits and
    signs it has, and only with a word beside it by those that a word must name.
    """
    numbers = where.scans == NUMBER
    low, high = where.starts.copy(), where.ends + 1
    low[numbers] -= AROUND[0]
    high[numbers] += AROUND[1] - 1
    (rows,) = np.nonzero(numbers)
    beside = np.flatnonzero(where.documents[rows[1:]] == where.documents[rows[:-1]])
    low[rows[1:][beside]] = np.maximum(low[rows[1:][beside]], where.ends[rows[:-1][beside]])
    windows = np.stack([np.maximum(low, 0), high, where.starts], axis=1)
    names = (SECRETS, *kinds())
    chosen, rows = np.nonzero(
        np.stack([where.scans == SECRET, *(_chosen(bit, kind, where) for bit, kind in enumerate(kinds().values()))])
    )
    documents = where.documents[rows]
    firsts = np.flatnonzero(np.diff(chosen, prepend=-1) | np.diff(documents, prepend=-1))
    windows = windows[rows]
    asked: dict[int, Asked] = {}
    for first, last in pairwise([*firsts.tolist(), len(rows)]):
        asked.setdefault(int(documents[first]), {})[names[chosen[first]]] = windows[first:last]
    return asked


def _chosen(bit: int, kind: Kind, where: Places) -> Mask:
    """Return which of the places could be of a kind, the bit of which tells whether a word names it."""
    chosen = (where.scans == kind.scan) & (where.digits >= kind.least[0]) & (where.runs >= kind.least[1])
    worded = where.about & WORDED != 0
    if kind.openings is not None:
        worded &= where.words >> bit & 1 != 0
    if kind.needs:
        signed = where.about & kind.needs != 0
        chosen &= signed | worded if kind.grouped else signed
    if kind.scan == CODE and kind.openings is not None:
        chosen &= where.words >> bit & 1 != 0
    if kind.scan == NUMBER:
        chosen &= kind.words_asked & ~where.about == 0
        if kind.openings is not None and not kind.grouped:
            chosen &= worded
        if not kind.spans_dots:  # then all its digits stand side by side where nothing but dots divides them
            chosen &= (where.about & (DASHED | SPACED | IN_BRACKETS) != 0) | (where.runs >= kind.least[0])
            chosen &= where.undotted >= kind.least[0]
    return np.asarray(chosen, np.bool_)


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


def _candidates(shadow: str, asked: Asked) -> Iterator[Span]:
    """Yield what matches in the places of a text: secrets, then the kinds in their order."""
    end = 0
    for low in asked.pop(SECRETS, _NOWHERE)[:, 0].tolist():
        if low >= end and (match := secrets().match(shadow, low)):
            end = match.end()
            yield Span(low, end, str(match.lastgroup), "secret")
    publications, named = _Spared(shadow), _Named(shadow)
    ends: dict[str, set[int]] = {PHONE: set(), ACCOUNT: set()}  # of numbers that others may follow
    for name, places_of in asked.items():
        kind = kinds()[name]
        if kind.next and not ends[kind.next]:  # every number could be one
            continue
        windows: list[Window] = [(low, high, start) for low, high, start in places_of.tolist()]
        if kind.next:
            after = ends[kind.next]
            phones = kind.next == PHONE
            matches = _next(kind, shadow, windows, after) if phones else _next_accounts(kind, shadow, after)
        elif kind.near is not None:
            matches = _after_words(name, kind, shadow, windows, named)
        else:
            if kind.after is not None:
                windows = [window for window in windows if kind.after.match(shadow, window[1] - AROUND[1])]
            matches = _matches(kind, shadow, windows)
        for start, end in matches:
            if _is(kind, shadow, start, end) and (kind.in_urls or not publications.overlaps(start, end)):
                if kind.group == PHONE:
                    end = _with_extension(shadow, end)
                if kind.group == PHONE or (kind.group == ACCOUNT and shadow[start:end].isdigit()):
                    ends[kind.group].add(end)
                yield Span(start, end, name, kind.group)


def _matches(kind: Kind, shadow: str, windows: Sequence[Window]) -> Iterator[tuple[int, int]]:
    """Yield where a kind's pattern matches."""
    done = 0
    pattern = kind.bounded
    for low, high, _ in windows:
        if high > low + 1:
            yield from (match.span() for match in pattern.finditer(shadow, low, high))
        elif low >= done and (match := pattern.match(shadow, low)):
            done = match.end()
            yield match.span()


def _after_words(
    name: str, kind: Kind, shadow: str, windows: Sequence[Window], named: "_Named"
) -> Iterator[tuple[int, int]]:
    """Yield where the pattern of a kind matches that must follow certain words."""
    for _, _, start in windows:
        first = _head(shadow, start)
        if name in named.at(first) and (match := kind.bounded.match(shadow, first)):
            yield match.span()


def _next(kind: Kind, shadow: str, windows: Sequence[Window], ends: set[int]) -> Iterator[tuple[int, int]]:
    """Yield where a pattern matches right after a telephone number, and then after that one."""
    for _, _, start in windows:
        first = _head(shadow, start)
        between = personal_data().joined.search(shadow, max(0, first - BETWEEN_NUMBERS), first)
        if between and between.start() in ends and (match := kind.bounded.match(shadow, first)):
            yield match.span()


def _next_accounts(kind: Kind, shadow: str, ends: set[int]) -> Iterator[tuple[int, int]]:
    """Yield where a pattern matches after the number of an account, a space apart, and then after that one."""
    for end in sorted(ends):
        while between := personal_data().between.match(shadow, end):
            if not (match := kind.bounded.match(shadow, between.end())):
                break
            yield match.span()
            end = match.end()


def _head(shadow: str, start: int) -> int:
    """Return where a number begins whose first digit is known: a bracket, a plus or a single letter belongs to it."""
    before = shadow[start - 1 : start]
    single = before.isascii() and before.isalpha() and not (shadow[start - 2 : start - 1].isalnum() and start > 1)
    return start - (before in ("(", "+") or single)


def _with_extension(shadow: str, end: int) -> int:
    """Return where a telephone number ends with its extension, if it has one."""
    extension = personal_data().extension.match(shadow, end)
    return extension.end() if extension else end


class _Named:
    """What the words say that stand right before the places of a text."""

    def __init__(self, shadow: str) -> None:
        self.shadow = shadow
        self.seen: dict[int, frozenset[str]] = {}

    def at(self, start: int) -> frozenset[str]:
        """Return the kinds of which there are certain words right before a place."""
        if start not in self.seen:
            self.seen[start] = self._at(start)
        return self.seen[start]

    def _at(self, start: int) -> frozenset[str]:
        shadow, low = self.shadow, start
        while low and shadow[low - 1] in BETWEEN:
            low -= 1
        if 1 < low < start and shadow[low - 1] in DIGITS:  # QQ2: the second of several
            low -= 1 + (shadow[low - 2] == " ")
        if not low or not (shadow[low - 1].isalpha() or shadow[low - 1] > MARKS):
            return frozenset()
        words = shadow[max(0, low - LONGEST_NEAR) : low]
        return _names(words[max(map(words.rfind, DIGITS)) + 1 :] + shadow[low:start])


@lru_cache(1 << 12)
def _names(words: str) -> frozenset[str]:
    """Return the kinds of which certain words stand at the end of these: in a table, the same ones row for row."""
    return frozenset(name for name, kind in kinds().items() if kind.near is not None and kind.near.search(words))


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
            self.spans = [match.span() for match in spared().finditer(self.shadow, self.low, self.high)]
        return any(first < end and start < last for first, last in self.spans)


def _is(kind: Kind, shadow: str, start: int, end: int) -> bool:
    if kind.after is not None and not kind.after.match(shadow, end):
        return False
    value = shadow[start:end]
    before, after = shadow[max(0, start - BEFORE) : start], shadow[end : end + AFTER]
    bare = SEPARATORS.sub("", value).upper()
    if kind.digits is not None and not kind.digits[0] <= len(bare.lstrip("+")) <= kind.digits[1]:
        return False
    if kind.unless is not None and kind.unless.search(before):
        return False
    if kind.unless_value is not None and kind.unless_value.search(value):
        return False
    if kind.public_ip and not _is_public(shadow, start, end):
        return False
    if not kind.check(bare):
        return False
    grouped = kind.grouped is not None and kind.grouped.search(value) is not None
    if kind.loose and (NUMBER_BEFORE.search(before) or NUMBER_AFTER.search(after)):
        return _said(kind, kind.row.sub("", before)[-12:], "")
    return kind.context is None or grouped or _said(kind, before, after)


def _said(kind: Kind, before: str, after: str) -> bool:
    return kind.context is not None and (kind.context.search(before) or kind.context.search(after)) is not None


def _is_public(shadow: str, start: int, end: int) -> bool:
    """Whether it is a public address, and not a version or a number of four parts, which seldom has one over 99."""
    try:
        public = ipaddress.IPv4Address(shadow[start:end]).is_global
    except ValueError:
        return False
    if not public:
        return False
    if shadow.endswith(MAPPED, max(0, start - len(MAPPED[0])), start):
        return True
    low = max(shadow.rfind("\n", 0, start) + 1, start - LINE)
    line = shadow[low : (shadow.find("\n", end, end + LINE) + 1 or end + LINE + 1) - 1]
    if personal_data().version.search(line):
        return personal_data().host.search(shadow, max(low, start - NAME), start) is not None
    return personal_data().host.search(line) is not None or any(int(part) > 99 for part in shadow[start:end].split("."))
