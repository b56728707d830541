"""Personal data and secrets in a text, by pattern, check digits and context; bounds that hold beside any script.

There is no word boundary between a Han character and a digit, so bounds are spelt out. Nothing here writes a value
anywhere: callers get spans.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from filters.pii_checksums import CHECKS

TABLE = Path(__file__).with_name("pii_types.yaml")

BEFORE, AFTER = 40, 16
SEPARATORS = re.compile(r"[ .()·•-]")
NUMBER_BEFORE = re.compile(r"[0-9][0-9.,%]*[\s,;|]+$|[.,/=#_:*^-]$")
NUMBER_AFTER = re.compile(r"^(?:[\s,;|]+[0-9.]|[.,][0-9]|[/=_%^*-])")

# Digits and letters of other widths and scripts, one character for one, so that offsets stay.
SHADOW = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x2011: 0x2D,
    0x2013: 0x2D,
}
SHADOW |= {start + digit: 0x30 + digit for start in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for digit in range(10)}


@dataclass(frozen=True)
class Span:
    """Where something personal stands: `kind` is the type, `group` the signal it counts for."""

    start: int
    end: int
    kind: str
    group: str


@dataclass(frozen=True)
class Kind:
    """A compiled row of the table."""

    name: str
    group: str
    pattern: re.Pattern[str]
    check: str
    context: re.Pattern[str] | None
    near: re.Pattern[str] | None  # words that must stand right before
    unless: re.Pattern[str] | None
    unless_value: re.Pattern[str] | None
    grouped: re.Pattern[str] | None
    digits: tuple[int, int] | None
    gate: tuple[str, ...]
    loose: bool
    in_urls: bool
    public_ip: bool


@cache
def _table() -> dict[str, Any]:
    with TABLE.open(encoding="utf-8") as file:
        table: dict[str, Any] = yaml.safe_load(file)
    return table


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern, re.IGNORECASE) if pattern is not None else None


@cache
def kinds() -> tuple[Kind, ...]:
    """Return what is looked for, the more certain first: of two that overlap, the earlier is taken."""
    found = []
    for name, row in _table()["types"].items():
        left = "" if row.get("left_open") else "(?<![0-9A-Za-z_])"
        found.append(
            Kind(
                name=name,
                group=row["group"],
                pattern=re.compile(f"{left}(?:{row['pattern']})(?![0-9A-Za-z_])"),
                check=row["check"],
                context=_compiled(row.get("context")),
                near=_compiled(row.get("near")),
                unless=_compiled(row.get("unless")),
                unless_value=_compiled(row.get("unless_value")),
                grouped=_compiled(row.get("grouped")),
                digits=tuple(row["digits"]) if "digits" in row else None,
                gate=tuple(row.get("gate", ())),
                loose=bool(row.get("loose")),
                in_urls=bool(row.get("in_urls")),
                public_ip=bool(row.get("public_ip")),
            )
        )
    return tuple(found)


@cache
def _secrets() -> re.Pattern[str]:
    branches = (f"(?P<{name}>{pattern})" for name, pattern in _table()["secrets"].items())
    return re.compile(f"(?<![0-9A-Za-z])(?:{'|'.join(branches)})(?![0-9A-Za-z])")


@cache
def _spared() -> re.Pattern[str]:
    return re.compile("|".join(_table()["spared"]))


def find(text: str) -> list[Span]:
    """Return what is personal or secret in a text, in order, no two overlapping."""
    shadow = text.translate(SHADOW)
    taken: list[Span] = []
    for span in _candidates(shadow):
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return sorted(taken, key=lambda span: span.start)


def _candidates(shadow: str) -> Iterator[Span]:
    for match in _secrets().finditer(shadow):
        yield Span(match.start(), match.end(), str(match.lastgroup), "secret")
    spared = [match.span() for match in _spared().finditer(shadow)]
    lower = shadow.lower()
    for kind in kinds():
        if kind.gate and not any(word in lower for word in kind.gate):
            continue
        for start, end in _matches(kind, shadow):
            inside = not kind.in_urls and any(first < end and start < last for first, last in spared)
            if not inside and _is(kind, shadow, start, end):
                yield Span(start, end, kind.name, kind.group)


def _matches(kind: Kind, shadow: str) -> Iterator[tuple[int, int]]:
    """Yield where a kind's pattern matches; one that must follow certain words is looked for after those alone."""
    if kind.near is None:
        yield from (match.span() for match in kind.pattern.finditer(shadow))
        return
    for words in kind.near.finditer(shadow):
        if match := kind.pattern.match(shadow, words.end()):
            yield match.span()


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
    if not CHECKS[kind.check](bare):
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
