"""Licences by the names people write, in the languages of their official translations."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from filters.licences import creative_commons
from filters.licences.addresses import Named, license_of_url
from filters.licences.creative_commons import VAGUE, Alternatives, reading
from filters.licences.restrictions import restricted, taken_out
from filters.licences.verdicts import restrictiveness, verdict_of
from shards.tables import table

TABLE = Path(__file__).with_name("names.yaml")

DASHES = re.compile("[\u00ad\u2010-\u2015\u2212\u30fc\uff0d](?=[^\\w]|[a-z0-9]|$)|[\u2010-\u2015\u2212]")
SPACES = re.compile(r"[\s\u200b\u00a0]+")

ADDRESS = re.compile(r"(?:https?:)?(?://)?(?:www\.)?[a-z.]+\.(?:org|com|fr|de|no|tw|uk|kr|cn|dev)/[!-;=?-~]+")
APART = 60  # characters between two licences that are offered together
REACH = 300  # characters after the name of the GNU Free Documentation License in which more is said of it
FULL_STOP = re.compile(r"\.(?= [^\d]|$)|。")
SHORT = re.compile(r"(?<![a-z0-9])cc(?:(?=by)|(?![a-z0-9]))")


class Mention(NamedTuple):
    """Where a text names a licence."""

    start: int
    end: int
    named: Named
    understood: bool = True  # false where a part of the name may say more than is known


class FreeDocumentation(BaseModel, frozen=True, extra="forbid"):
    """What is read of the GNU Free Documentation License, as patterns over folded text."""

    name: re.Pattern[str]
    version: re.Pattern[str]
    later: re.Pattern[str]
    parts: re.Pattern[str]
    none: re.Pattern[str]
    some: re.Pattern[str]


class LicenceNames(BaseModel, frozen=True, extra="forbid"):
    """What `names.yaml` holds, as patterns over folded text."""

    gfdl: FreeDocumentation
    aliases: tuple[tuple[re.Pattern[str], str], ...]  # of other licences, each with its SPDX id
    either: Alternatives  # what stands between two licences of which one is offered
    choice: Alternatives  # who chooses is whoever uses the text


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return the text as the tables expect it: NFKC, case folded, one kind of dash, single spaces."""
    if text.isascii():
        return SPACES.sub(" ", text.lower())
    text = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").replace("’", "'")  # the Turkish İ
    return SPACES.sub(" ", DASHES.sub("-", text))


def license_of_name(text: str) -> Named | None:
    """Return the licence that a text names, by address or by name: the strictest if there are several, or null."""
    named = mentions(folded(text))
    if not all(mention.understood for mention in named):
        return Named(VAGUE, None)
    exact = [mention.named for mention in named if mention.named.license != VAGUE] or [
        mention.named for mention in named
    ]
    return max(exact, key=lambda one: restrictiveness(verdict_of(one.license)), default=None)


@lru_cache(maxsize=4096)  # the same footer stands on every page of a site
def mentions(text: str) -> tuple[Mention, ...]:
    """Return every place where a folded text names a licence, in order, none inside another.

    "Creative Commons" and the address or the code of the licence right after it are one name; two licences of which the
    reader may choose are one, `A OR B`.
    """
    found: list[Mention] = []
    for mention in sorted(_mentions(text), key=lambda mention: (mention.start, -mention.end)):
        last = found[-1] if found else None
        if last is None or mention.start >= last.end:
            whole = _joined(text, last, mention) if last else None
            found[-1:] = [whole] if whole else [*found[-1:], mention]
        elif last.named.license == VAGUE and last.understood and mention.named.license != VAGUE:
            found[-1] = mention._replace(start=last.start)
    taken = taken_out(text, [(mention.start, mention.end) for mention in found])
    return tuple(
        mention._replace(named=restricted(mention.named, out)) for mention, out in zip(found, taken, strict=True)
    )


def _joined(text: str, first: Mention, second: Mention) -> Mention | None:
    """Return two mentions as one, if they name one licence, or two that are offered together."""
    between = text[first.end : second.start]
    if second.named.license == VAGUE or not second.understood:
        return None
    if first.named.license == VAGUE:
        alone = len(between) <= APART and creative_commons.says_nothing(between)
        return second._replace(start=first.start) if alone else None
    if len(between) > APART or first.named.license == second.named.license:
        return None
    names = table(TABLE, LicenceNames)
    either = names.either.search(between) is not None
    if not either and not creative_commons.only_joins(between):
        return None
    sides = [verdict_of(side.named.license) for side in (first, second)]
    around = text[max(0, first.start - APART) : second.end + APART]
    if either and (sides[0] == sides[1] or names.choice.search(around)):
        expression = f"{first.named.license} OR {second.named.license}"
        return Mention(first.start, second.end, Named(expression, first.named.url or second.named.url))
    strictest = max((first, second), key=lambda side: restrictiveness(verdict_of(side.named.license)))
    return Mention(first.start, second.end, strictest.named)  # each text may be under one of them: which, is not said


def _mentions(text: str) -> Iterator[Mention]:
    for match in ADDRESS.finditer(text):
        if named := license_of_url(match[0]):
            yield Mention(match.start(), match.end(), named)
    for pattern in (table(creative_commons.TABLE, creative_commons.Titles).creative_commons, SHORT):
        for match in pattern.finditer(text):
            if found := reading(text, match.start(), match.end()):
                yield Mention(*found)
    names = table(TABLE, LicenceNames)
    for match in names.gfdl.name.finditer(text):
        if not _attached(text, match.start(), match.end()) or text[match.end() : match.end() + 2] == "-1":
            yield _free_documentation(text, match.start(), match.end(), names.gfdl)
    for pattern, spdx in names.aliases:
        for match in pattern.finditer(text):
            if not _attached(text, match.start(), match.end()):
                yield Mention(match.start(), match.end(), Named(spdx, None))


def _attached(text: str, start: int, end: int) -> bool:
    """Whether a name is a part of a longer one: `CC0-FOO`, `FOO-CC0`; "CC0-licensed" is none."""
    before = re.search(r"[a-z0-9][-_]$", text[:start])
    after = re.match(r"[-_](?!licen|lizen|lisen|lisans)[a-z0-9]", text[end:])
    return bool(before or after)


def _free_documentation(text: str, start: int, end: int, words: FreeDocumentation) -> Mention:
    """Return which GNU Free Documentation License is named: its version, or any later, and parts not to be changed."""
    stop = FULL_STOP.search(text, end, end + REACH)
    after = text[end : stop.start() if stop else end + REACH]
    version = words.version.search(after[:30])
    number = re.search(r"1\.[123]", version[0]) if version else None
    later = number is None or words.later.search(after) is not None
    invariant = any(_are_some(after[: part.start()], words) for part in words.parts.finditer(after))
    parts = [
        "GFDL",
        number[0] if number else "1.3",
        *(["invariants"] if invariant else []),
        "or-later" if later else "only",
    ]
    return Mention(start, end + (version.end() if version else 0), Named("-".join(parts), None))


def _are_some(before: str, words: FreeDocumentation) -> bool:
    """Whether parts are said to be there by the last word before them that says so or the contrary."""
    none = max((match.end() for match in words.none.finditer(before)), default=-1)
    some = max((match.end() for match in words.some.finditer(before)), default=-1)
    return some >= none
