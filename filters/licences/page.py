"""A page as the licence scanner sees it: decoded, parsed, and each element with its place."""

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from urllib.parse import urljoin, urlsplit

import numpy as np
from selectolax.lexbor import LexborHTMLParser, LexborNode

from filters.licences.finding import Subject
from filters.licences.words import Words, find, words

# Each is matched against one token of an element's id, class, role or itemtype.
MEDIA_TAGS = frozenset({"figure", "figcaption", "picture", "video", "audio"})
MEDIA = re.compile(
    r"(?:^|[-_])(?:wp-caption|caption|captions|figcaption|gallery|thumb|thumbcaption|thumbinner|credits?|"
    r"lightbox|slideshow|carousel)(?:[-_]|$)|/(?:image|video|audio)object$"
    r"|(?:image|img|media|photo|picture|foto|bild)[-_]*(?:copyright|credit|licen[cs]e|source|nachweis|attribution)"
)
COMMENT = re.compile(
    r"^(?:the-?)?comments?(?:$|[-_]?(?:list|body|content|area|section|thread|wrap\w*|item|text|\d+)$)"
    r"|^(?:respond|disqus_thread|reply|replies|reply-body|comment-table|commentlist)$|/comment$|/usercomments$"
)
FOOTER = re.compile(
    r"(?<!above[-_])(?<!before[-_])(?<!wrap[-_])(?<!with[-_])(?<!has[-_])(?<!no[-_])"
    r"(?:^|[-_])(?:footer|foot|colophon|contentinfo|bottom|btm)(?:[-_]|\d|$)|^(?:page|site|main)footer"
)
OWN_FOOTER = re.compile(r"(?:^|[-_])(?:entry|post|article|story|content|paper|abstract|meta)[-_]*(?:foot|bottom|meta)")
ASIDE = re.compile(
    r"(?:^|[-_])(?:sidebar|side-?bar|widget|aside|complementary|navigation|nav|navbar|menu|topbar)(?:[-_]|\d|$)"
)
MARKS = (
    *("licen", "copyright", "rights", "itemprop", "property", "ld+json", "rdf:about", "canonical", "rsl+xml"),
    *("noai", "noml", "noimageai", "tdm-", "tdm:"),
    *("creativecommons.", "publicdomain", "kogl.or.kr", "dl-de", "nlod", "copyleft", "lizenz"),
)

NAMES = {"media": MEDIA, "comment": COMMENT, "own_footer": OWN_FOOTER, "footer": FOOTER, "aside": ASIDE}


@cache
def _marks() -> Words:
    return words((mark.encode(), number) for number, mark in enumerate(MARKS))


@dataclass(frozen=True)
class Place:
    """Where an element stands, and what a statement there would speak of if it does not say."""

    where: str  # head, body, footer, aside, figure, comment
    subject: Subject


class HtmlPage:
    """A decoded HTML page with its address."""

    def __init__(self, html: str, url: str | None = None) -> None:
        self.html = html
        self.url = url

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def marks(self) -> frozenset[str]:
        """Those of MARKS that the page has; a tree is searched only for what can be in it."""
        data = np.frombuffer(self.html.encode("utf-8", "replace"), np.uint8)
        return frozenset(MARKS[number] for number in np.unique(find(data, np.array([0, len(data)]), _marks()).numbers))

    @cached_property
    def canonical(self) -> str | None:
        """The address the page gives for itself."""
        link = self.tree.css_first('link[rel="canonical"]') if "canonical" in self.marks else None
        href = link.attributes.get("href") if link is not None else None
        return href or None

    def is_itself(self, address: str) -> bool:
        """Whether an address, as written in the page, is the page's own; host and scheme may differ, as mirrors' do."""
        if address in ("", "#", "."):
            return True
        own = {_path(known) for known in (self.url, self.canonical) if known}
        try:
            return not own or _path(urljoin(self.url or "", address)) in own
        except ValueError:
            return False

    def place(self, node: LexborNode, badge: bool = False) -> Place:
        """Return where an element stands; a licence's own badge makes no figure of what holds it."""
        chain: list[LexborNode] = []
        current: LexborNode | None = node
        while current is not None and current.tag not in ("html", "body", "-undef"):
            if current.tag == "head":
                return Place("head", "document")
            chain.append(current)
            current = current.parent
        return _place([node for node in chain if node.tag not in MEDIA_TAGS] if badge else chain)


def _path(address: str) -> str:
    parts = urlsplit(address)
    path = re.sub(r"/(?:index\.\w+)?$", "", parts.path)
    return f"{path}?{parts.query}" if parts.query else path


def _place(chain: list[LexborNode]) -> Place:
    """Judge the ancestors, the innermost first: a figure or a comment anywhere decides, then the nearest frame."""
    frame: Place | None = None
    for node in chain:
        kinds = _kinds(node)
        if node.tag in MEDIA_TAGS or "media" in kinds:
            return Place("figure", "media")
        if "comment" in kinds:
            return Place("comment", "comment")
        if frame is not None:
            if frame.where == "footer" and node.tag == "article":
                frame = Place("body", "document")  # the footer of an article is about the article
            continue
        if "own_footer" in kinds:
            frame = Place("body", "document")
        elif node.tag == "footer" or "footer" in kinds:
            frame = Place("footer", "site")
        elif node.tag in ("aside", "nav") or "aside" in kinds:
            frame = Place("aside", "site")
    return frame or Place("body", "document")


def _kinds(node: LexborNode) -> frozenset[str]:
    """Return the kinds of NAMES that an element's names are of."""
    attributes = node.attributes
    text = " ".join(filter(None, (attributes.get(name) for name in ("class", "id", "role", "itemtype"))))
    return frozenset().union(*(_kinds_of(name) for name in text.lower().split())) if text else frozenset()


@lru_cache(maxsize=1 << 14)  # the pages of a site have the same names
def _kinds_of(name: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in NAMES.items() if pattern.search(name))
