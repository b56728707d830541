"""What a response says besides its text: where it leads, in which language it is, and what it reserves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import ada_url
from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_to_unicode

from filters.optouts.decide import ai_agents
from pipeline.crawl import languages
from pipeline.crawl.exchange import Answer
from pipeline.crawl.rows import Row

HTML = frozenset({"text/html", "application/xhtml+xml"})
_HEADERS = ("x-robots-tag", "tdm-reservation", "tdm-policy", "content-usage", "content-signal")
_METAS = frozenset(
    {"robots", "tdm-reservation", "tdm-policy", "content-usage", *(agent.lower() for agent in ai_agents())}
)
_FEEDS = frozenset({"application/rss+xml", "application/atom+xml"})
_RSL = "application/rsl+xml"
_LINK = re.compile(r"<([^>]*)>([^<]*)")  # RFC 8288: a target, and what is said of it up to the next
_LONGEST = 10_000  # characters kept of one signal


@dataclass(frozen=True, slots=True)
class Signal:
    """A statement about rights as it stands in a response."""

    kind: str
    value: str
    where: str  # http, head

    def to_json(self) -> Row:
        """Return the signal as a metadata record has it."""
        return {"kind": self.kind, "value": self.value, "where": self.where}


@dataclass(frozen=True, slots=True)
class Page:
    """What was read from a page."""

    links: tuple[str, ...]  # as they stand there, to be resolved against the base; none where not to be followed
    feeds: tuple[str, ...]
    base: str
    language: str | None  # its primary tag
    declared: bool  # by the page or its server; otherwise it is what the text reads like
    signals: tuple[Signal, ...]
    terms: tuple[str, ...]  # where RSL documents lie that speak of the page


def header_signals(answer: Answer) -> list[Signal]:
    """Return what the response's head reserves."""
    signals = [Signal(name.replace("-", "_"), value, "http") for name in _HEADERS for value in answer.all(name)]
    links = [value for value in answer.all("link") if "license" in value.lower()]
    return [*signals, *(Signal("link_license", value[:_LONGEST], "http") for value in links)]


def header_terms(answer: Answer) -> list[str]:
    """Return the references to RSL documents in the `Link` headers of a response."""
    return [
        link[1]
        for value in answer.all("link")
        for link in _LINK.finditer(value)
        if _RSL in link[2].lower() and "license" in link[2].lower()
    ]


def read_page(url: str, answer: Answer, payload: bytes, most: int) -> Page:
    """Return what an HTML payload says; a page in a charset other than it claims is read as far as it goes."""
    encoding, text = html_to_unicode(answer.header("content-type"), payload, default_encoding="utf-8")
    tree = LexborHTMLParser(text)
    signals = list(_signals(tree))
    directives = {
        token.strip() for signal in signals if signal.kind == "meta_robots" for token in signal.value.lower().split(",")
    }
    base_tag = tree.css_first("base[href]")
    base = _resolved(base_tag.attributes.get("href") or "", url) if base_tag else url
    follow = not directives & {"nofollow", "none"}
    links = dict.fromkeys(_links(tree, encoding)) if follow else {}
    feeds, terms = tuple(_feeds(tree)), tuple(_terms(tree))
    declared = languages.declared(tree, answer)
    language = declared or languages.identified(tree)
    return Page(tuple(links)[:most], feeds, base, language, declared is not None, tuple(signals), terms)


def read_text(url: str, payload: bytes) -> Page:
    """Return what a payload says that is not HTML: its language, if its text is sure of one."""
    language = languages.of_text(payload.decode("utf-8", "replace"))
    return Page(links=(), feeds=(), base=url, language=language, declared=False, signals=(), terms=())


def _resolved(reference: str, url: str) -> str:
    try:
        return ada_url.join_url(url, reference)
    except ValueError:
        return url


def _links(tree: LexborHTMLParser, encoding: str) -> Iterator[str]:
    for node in tree.css("a[href], area[href], frame[src]"):
        attributes = node.attributes
        if "nofollow" not in (attributes.get("rel") or "").lower():
            yield _encoded((attributes.get("href") or attributes.get("src") or "").strip(), encoding)
    for node in tree.css("meta[http-equiv][content]"):
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").lower() == "refresh":
            _, _, target = (attributes.get("content") or "").partition("=")
            if target:
                yield target.strip(" \"'")


def _encoded(reference: str, encoding: str) -> str:
    """Percent-encode a query in the charset of its page, as browsers do and old servers expect."""
    if reference.isascii() or encoding in ("utf-8", "ascii"):
        return reference
    path, mark, query = reference.partition("?")
    try:
        return path + mark + quote(query, safe="%/?:@!$&'()*+,;=-._~#", encoding=encoding)
    except (LookupError, UnicodeError):
        return reference


def _feeds(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("link[rel][type][href]"):
        attributes = node.attributes
        if (attributes.get("type") or "").lower().strip() in _FEEDS and "alternate" in (
            attributes.get("rel") or ""
        ).lower():
            yield attributes.get("href") or ""


def _terms(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css(f'link[rel~="license" i][type="{_RSL}" i][href]'):
        yield node.attributes.get("href") or ""


def _signals(tree: LexborHTMLParser) -> Iterator[Signal]:
    for node in tree.css("meta[name][content]"):
        attributes = node.attributes
        name = (attributes.get("name") or "").strip().lower()
        if name in _METAS or name.endswith("bot"):
            kind = "meta_" + name.replace("-", "_")
            yield Signal(kind, (attributes.get("content") or "")[:_LONGEST], "head")
    for node in tree.css('link[rel~="license" i][href]'):
        attributes = node.attributes
        value = f"{attributes.get('href')}; type={attributes.get('type') or ''}"
        yield Signal("link_rel_license", value[:_LONGEST], "head")
    for node in tree.css(f'script[type="{_RSL}" i]'):
        yield Signal("rsl", node.text()[:_LONGEST], "head")
