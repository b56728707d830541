"""What the noted tags of an outline say: their attributes as HTML reads them, and the text in their elements."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import Final, NamedTuple

from pipeline.extract.markup import Outline
from pipeline.extract.tags import TAGS, VOID

NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9-]*")
ATTRIBUTE: Final = re.compile(rb"""([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^\s>]+)))?""")
MARKUP: Final = re.compile(rb"<!--.*?(?:-->|\Z)|<[!?/A-Za-z][^>]*(?:>|\Z)", re.DOTALL)
REFERENCE: Final = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)(=?)")
HEADING: Final = b"h[1-6]"  # the end tag of any heading ends one
NAMES: Final = ("", *TAGS)  # by number
LONGEST: Final = 20_000  # bytes of an element that nothing closes


class Tag(NamedTuple):
    """A start tag, and what is in its element: up to its end tag, or LONGEST bytes if it has none."""

    markup: bytes
    name: str  # in small letters; empty if it is none that the outline tells apart
    element: int  # its number in the outline
    start: int
    end: int
    raw_end: int  # of the text in it, if that holds no tags
    states: bool  # something of its page, by a name in `stated`

    def source(self) -> bytes:
        """Return the tag as it is written."""
        return self.markup[self.start : self.end]

    def attributes(self) -> dict[str, str]:
        """Return the values by names in small letters; of two of one name the first counts, as in HTML."""
        found: dict[str, str] = {}
        begin = NAME.match(self.markup, self.start + 1)
        for match in ATTRIBUTE.finditer(self.markup, begin.end() if begin else self.start + 1, self.end - 1):
            value = match[match.lastindex] if match.lastindex and match.lastindex > 1 else b""
            found.setdefault(match[1].decode("utf-8", "replace").lower(), _value(value.decode("utf-8", "replace")))
        return found

    def content(self) -> bytes:
        """Return the markup in the element."""
        if self.name in VOID:
            return b""
        if self.raw_end:
            return self.markup[self.end : self.raw_end]
        last, depth = min(self.end + LONGEST, len(self.markup)), 1
        name = NAME.match(self.markup, self.start + 1)
        for match in _tags_named(name[0] if name else b"").finditer(self.markup, self.end, last):
            depth += -1 if match[1] else 1
            if depth == 0:
                return self.markup[self.end : match.start()]
        return self.markup[self.end : last]

    def text(self, separator: bytes = b" ") -> str:
        """Return the text in the element, in place of each tag the separator."""
        return (
            unescape(self.content().decode("utf-8", "replace")) if self.raw_end else text_in(self.content(), separator)
        )

    def holds(self, other: "Tag") -> bool:
        """Return whether another tag is in this one's element."""
        return self.end <= other.start < self.end + len(self.content())


def text_in(markup: bytes, separator: bytes = b" ") -> str:
    """Return the text in markup, in place of each tag the separator."""
    return unescape(MARKUP.sub(separator, markup).decode("utf-8", "replace"))


def tags_of(markup: bytes, page: Outline) -> Iterator[Tag]:
    """Yield the noted tags of a page in order."""
    names = page.tag[page.noted[:, 0]].tolist()
    for number, (element, start, end, raw_end, states) in zip(names, page.noted.tolist(), strict=True):
        yield Tag(markup, NAMES[number], element, start, end, raw_end, bool(states))


@lru_cache(maxsize=256)
def _tags_named(name: bytes) -> re.Pattern[bytes]:
    end = HEADING if name.lower() == b"h1" else re.escape(name)
    return re.compile(rb"<(?:(/)%s|%s)(?=[\s/>])" % (end, re.escape(name)), re.IGNORECASE)


def _value(text: str) -> str:
    """Return an attribute's value with its references resolved: one without a semicolon only before no = or letter."""
    return REFERENCE.sub(_resolved, text) if "&" in text else text


def _resolved(match: re.Match[str]) -> str:
    reference = match[0].removesuffix("=")
    known = reference[1] == "#" or reference.endswith(";") or (not match[1] and reference[1:] in html5)
    return unescape(reference) + match[1] if known else match[0]
