"""What is looked for as personal data: the table `types.yaml`, its patterns with their bounds."""

import re
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator

from filters.personal.checksums import CHECKS
from filters.personal.openings import openings, table_of
from filters.personal.scan import AFTER_LETTER, AFTER_PLUS, LABELLED, NAMED, SCANS, WORDED
from filters.personal.signs import DASHED, DOTS_APART, DOTTED, IN_BRACKETS, SPACED, WITH_ZEROS
from shards.tables import table

TABLE = Path(__file__).with_name("types.yaml")

PHONE, ACCOUNT = "phone", "account"
SIGNS = {
    "dash": DASHED,
    "dot": DOTTED,
    "dots": DOTS_APART,
    "space": SPACED,
    "bracket": IN_BRACKETS,
    "plus": AFTER_PLUS,
    "zeros": WITH_ZEROS,
    "letter": AFTER_LETTER,
}


def _scan(name: str) -> int:
    if name not in SCANS:
        raise ValueError(f"no such scan; there are {', '.join(SCANS)}")
    return SCANS.index(name)


def _check(name: str) -> Callable[[str], bool]:
    if name not in CHECKS:
        raise ValueError(f"no such check; there are {', '.join(CHECKS)}")
    return CHECKS[name]


def _needs(names: list[str]) -> int:
    unknown = [name for name in names if name not in SIGNS]
    if unknown:
        raise ValueError(f"no such sign: {', '.join(unknown)}; there are {', '.join(SIGNS)}")
    return sum(SIGNS[name] for name in names)


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
    needs: Annotated[int, BeforeValidator(_needs)] = 0  # any of these in the number or right before it
    after: AnyCase | None = None  # words that must stand right after
    next: str | None = None  # it stands right after one of this group
    loose: bool = False
    in_urls: bool = False
    public_ip: bool = False

    @cached_property
    def bounded(self) -> re.Pattern[str]:
        """The pattern with its bounds."""
        left = "" if self.left_open else "(?<![0-9A-Za-z_])"
        right = "(?=x[0-9]|ext|(?![0-9A-Za-z_]))" if self.group == PHONE else "(?![0-9A-Za-z_])"
        return re.compile(f"{left}(?:{self.pattern}){right}")

    @cached_property
    def row(self) -> re.Pattern[str]:
        """Numbers of the kind one after another, up to the end: what is said before the first is said of all."""
        return re.compile(rf"(?:(?<![0-9A-Za-z_])(?:{self.pattern})[\s,;|]+)+\Z")

    @property
    def words_asked(self) -> int:
        """What must be beside a number that is one of this kind."""
        if self.near is not None:
            return NAMED
        if self.after is not None:
            return LABELLED
        return WORDED if self.grouped is None and self.context is not None else 0

    @cached_property
    def openings(self) -> frozenset[str] | None:
        """How the words begin that say what a number is; null if any word may."""
        words = self.near or self.context
        return openings(words.pattern.removeprefix("(?i)")) if words is not None else None

    @property
    def spans_dots(self) -> bool:
        """Whether dots may stand between the digits."""
        return "." in re.sub(r"\(\?[!<][^)]*\)", "", self.pattern)


class Secret(BaseModel, frozen=True, extra="forbid"):
    """A kind of secret, and how those of it begin."""

    pattern: str
    begins: tuple[str, ...]


class PersonalData(BaseModel, frozen=True, extra="forbid"):
    """What `types.yaml` holds: what is looked for by name, the more certain first, and what is spared."""

    types: dict[str, Kind]
    secrets: dict[str, Secret]
    spared: tuple[str, ...]
    joins: tuple[str, ...]
    extensions: tuple[str, ...]
    hosts: tuple[str, ...]
    versions: tuple[str, ...]

    @cached_property
    def joined(self) -> re.Pattern[str]:
        """What stands between two telephone numbers, up to the second."""
        return re.compile(rf"(?i)\s*(?:{'|'.join(self.joins)})\s*\Z")

    @cached_property
    def between(self) -> re.Pattern[str]:
        """What stands between the number of an account and the next."""
        return re.compile(rf"(?i)[ \t]*(?:[ \t]|{'|'.join(self.joins)})[ \t]*")

    @cached_property
    def extension(self) -> re.Pattern[str]:
        """The extension of a telephone number, right after it."""
        words = "|".join(self.extensions)
        return re.compile(rf"(?i),? ?[(（]?(?:{words})[ .:]?[0-9]{{1,6}}[)）]?(?![0-9A-Za-z_])")

    @cached_property
    def host(self) -> re.Pattern[str]:
        """What an IPv4 address is called."""
        return re.compile(rf"(?i){'|'.join(self.hosts)}")

    @cached_property
    def version(self) -> re.Pattern[str]:
        """What is said of the numbers of versions."""
        return re.compile(rf"(?i){'|'.join(self.versions)}")


def personal_data() -> PersonalData:
    """Return what the table holds."""
    return table(TABLE, PersonalData)


def kinds() -> dict[str, Kind]:
    """Return what is looked for, by name, the more certain first: of two that overlap, the earlier is taken."""
    return personal_data().types


@cache
def words() -> npt.NDArray[np.int64]:
    """Return the table of how the words begin that name a kind; its bit is its place among the kinds."""
    return table_of({bit: kind.openings or () for bit, kind in enumerate(kinds().values())})


@cache
def secrets() -> re.Pattern[str]:
    """Return the pattern of all secrets; the group that matches is the kind."""
    branches = (f"(?P<{name}>{secret.pattern})" for name, secret in personal_data().secrets.items())
    return re.compile(f"(?<![0-9A-Za-z])(?:{'|'.join(branches)})(?![0-9A-Za-z])")


@cache
def beginnings() -> tuple[str, ...]:
    """Return how secrets begin."""
    return tuple(text for secret in personal_data().secrets.values() for text in secret.begins)


@cache
def spared() -> re.Pattern[str]:
    """Return the pattern of what names publications or places on the web."""
    return re.compile("|".join(personal_data().spared))
