"""Licences by the names people write, in the languages of their official translations."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, BeforeValidator

from filters.licences.addresses import ELEMENTS, Named, creative_commons, license_of_url
from shards.tables import table

TABLE = Path(__file__).with_name("names.yaml")

DASHES = re.compile("[\u00ad\u2010-\u2015\u2212\u30fc\uff0d](?=[^\\w]|[a-z0-9]|$)|[\u2010-\u2015\u2212]")
SPACES = re.compile(r"[\s\u200b\u00a0]+")

# Between ASCII letters or digits and Han, Kana or Thai there is no \b: letters and digits themselves are the bound.
SHORT = re.compile(
    r"(?<![a-z0-9])cc[ -]?(?:(?P<first>\d\.\d)[ -]?)?(?P<elements>by(?:[ /-]{0,3}(?:nc|nd|sa))*)(?![a-z])"
    r"(?:[ -]{0,3}(?:version |v)?(?P<version>\d\.\d))?(?:[ -](?P<port>igo)(?![a-z]))?"
)
BARE = re.compile(
    r"[ (:-]{0,3}(?P<elements>by(?:[ /-]{0,3}(?:nc|nd|sa))*)(?![a-z])(?:[ -]{0,3}(?:version |v)?(?P<version>\d\.\d))?"
)
ADDRESS = re.compile(r"(?:https?:)?(?://)?(?:www\.)?[a-z.]+\.(?:org|com|fr|de|no|tw|uk|kr|cn|dev)/[!-;=?-~]+")
VERSION = re.compile(r"(?<![\d.])(?P<version>[1-4]\.[015])(?![\d.]*\d)")
VAGUE = "LicenseRef-CC"  # Creative Commons, which licence is not said
REACH = 130  # characters between "Creative Commons" and the last element of the name; the longest we know is French
SENTENCE_END = re.compile(r"。|\. (?!\d)|[!?;](?: (?![-\d])|(?=[^\x00-\x7f])|$)")  # folded: a full-width mark is plain


class Mention(NamedTuple):
    """Where a text names a licence."""

    start: int
    end: int
    named: Named


Alternatives: TypeAlias = Annotated[re.Pattern[str], BeforeValidator("|".join)]


class LicenceNames(BaseModel, frozen=True, extra="forbid"):
    """What `names.yaml` holds, as patterns over folded text."""

    creative_commons: Alternatives  # what Creative Commons is called
    elements: dict[Literal["by", "nc", "nd", "sa"], Alternatives]
    aliases: tuple[tuple[re.Pattern[str], str], ...]  # of other licences, each with its SPDX id


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return the text as the tables expect it: NFKC, case folded, one kind of dash, single spaces."""
    if text.isascii():
        return SPACES.sub(" ", text.lower())
    text = unicodedata.normalize("NFKC", text).casefold()
    return SPACES.sub(" ", DASHES.sub("-", text))


def license_of_name(text: str) -> Named | None:
    """Return the first licence that a text names, by address or by name, one that is fully named if any is, or null."""
    named = [mention.named for mention in mentions(folded(text))]
    exact = [license for license in named if license.license != VAGUE]
    return (exact or named)[0] if named else None


@lru_cache(maxsize=4096)  # the same footer stands on every page of a site
def mentions(text: str) -> tuple[Mention, ...]:
    """Return every place where a folded text names a licence, in order, none inside another."""
    found: list[Mention] = []
    for mention in sorted(_mentions(text), key=lambda mention: (mention.start, -mention.end)):
        if not found or mention.start >= found[-1].end:
            found.append(mention)
        elif _vague(found[-1].named) and not _vague(mention.named):
            found[-1] = mention._replace(start=found[-1].start)
    return tuple(found)


def _vague(named: Named) -> bool:
    return named.license.startswith("LicenseRef-CC")


def _mentions(text: str) -> Iterator[Mention]:
    names = table(TABLE, LicenceNames)
    for match in ADDRESS.finditer(text):
        if named := license_of_url(match[0]):
            yield Mention(match.start(), match.end(), named)
    for match in SHORT.finditer(text):
        elements = [element for element in ELEMENTS if element in re.findall(r"[a-z]{2}", match["elements"])]
        named = creative_commons(elements, match["version"] or match["first"], match["port"])
        yield Mention(match.start(), match.end(), named)
    for match in names.creative_commons.finditer(text):
        yield _creative_commons(text, match)
    for pattern, spdx in names.aliases:
        for match in pattern.finditer(text):
            yield Mention(match.start(), match.end(), Named(spdx, None))


def _creative_commons(text: str, anchor: re.Match[str]) -> Mention:
    """Read the elements after "Creative Commons", up to the end of the sentence, else those just before it."""
    after = text[anchor.start() : anchor.end() + REACH]
    stop = SENTENCE_END.search(after, anchor.end() - anchor.start())
    after = after[: stop.start()] if stop else after
    if short := BARE.match(after, anchor.end() - anchor.start()):
        elements = [element for element in ELEMENTS if element in re.findall(r"[a-z]{2}", short["elements"])]
        return Mention(anchor.start(), anchor.start() + short.end(), creative_commons(elements, short["version"]))
    elements, length = _elements(after)
    if elements:
        version = VERSION.search(after[: length + 40], anchor.end() - anchor.start())
        end = max(length, version.end() if version else 0)
        return Mention(anchor.start(), anchor.start() + end, creative_commons(elements, version and version["version"]))
    start = max(0, anchor.start() - 60)
    before = SENTENCE_END.split(text[start : anchor.start()])[-1]
    elements, _ = _elements(before)
    if elements:
        version = VERSION.search(before) or VERSION.search(after[:40])
        named = creative_commons(elements, version and version["version"])
        return Mention(anchor.start() - len(before), anchor.end(), named)
    return Mention(anchor.start(), anchor.end(), Named("LicenseRef-CC", None))


def _elements(text: str) -> tuple[list[str], int]:
    """Return the elements a text names and where the last of them ends. Every licence since 2.0 includes BY."""
    elements = table(TABLE, LicenceNames).elements
    found = {name: match for name, pattern in elements.items() if (match := pattern.search(text))}
    if not found:
        return [], 0
    return [name for name in ELEMENTS if name in found or name == "by"], max(match.end() for match in found.values())
