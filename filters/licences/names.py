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
from filters.licences.creative_commons import VAGUE, reading
from filters.licences.verdicts import restrictiveness, verdict_of
from shards.tables import table

TABLE = Path(__file__).with_name("names.yaml")

DASHES = re.compile("[\u00ad\u2010-\u2015\u2212\u30fc\uff0d](?=[^\\w]|[a-z0-9]|$)|[\u2010-\u2015\u2212]")
SPACES = re.compile(r"[\s\u200b\u00a0]+")

ADDRESS = re.compile(r"(?:https?:)?(?://)?(?:www\.)?[a-z.]+\.(?:org|com|fr|de|no|tw|uk|kr|cn|dev)/[!-;=?-~]+")
SHORT = re.compile(r"(?<![a-z0-9])cc(?:(?=by)|(?![a-z0-9]))")


class Mention(NamedTuple):
    """Where a text names a licence."""

    start: int
    end: int
    named: Named
    understood: bool = True  # false where a part of the name may say more than is known


class LicenceNames(BaseModel, frozen=True, extra="forbid"):
    """What `names.yaml` holds, as patterns over folded text."""

    aliases: tuple[tuple[re.Pattern[str], str], ...]  # of other licences, each with its SPDX id


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return the text as the tables expect it: NFKC, case folded, one kind of dash, single spaces."""
    if text.isascii():
        return SPACES.sub(" ", text.lower())
    text = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")  # what becomes of the Turkish İ
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
    """Return every place where a folded text names a licence, in order, none inside another."""
    found: list[Mention] = []
    for mention in sorted(_mentions(text), key=lambda mention: (mention.start, -mention.end)):
        if not found or mention.start >= found[-1].end:
            found.append(mention)
        elif found[-1].named.license == VAGUE and found[-1].understood and mention.named.license != VAGUE:
            found[-1] = mention._replace(start=found[-1].start)
    return tuple(found)


def _mentions(text: str) -> Iterator[Mention]:
    for match in ADDRESS.finditer(text):
        if named := license_of_url(match[0]):
            yield Mention(match.start(), match.end(), named)
    for pattern in (table(creative_commons.TABLE, creative_commons.Titles).creative_commons, SHORT):
        for match in pattern.finditer(text):
            if found := reading(text, match.start(), match.end()):
                yield Mention(*found)
    for pattern, spdx in table(TABLE, LicenceNames).aliases:
        for match in pattern.finditer(text):
            if not _attached(text, match.start(), match.end()):
                yield Mention(match.start(), match.end(), Named(spdx, None))


def _attached(text: str, start: int, end: int) -> bool:
    """Whether a name is a part of a longer one: `CC0-FOO`, `FOO-CC0`; "CC0-licensed" is none."""
    before = re.search(r"[a-z0-9][-_]$", text[:start])
    after = re.match(r"[-_](?!licen|lizen|lisen|lisans)[a-z0-9]", text[end:])
    return bool(before or after)
