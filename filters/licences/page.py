"""A page as the licence scanner sees it: decoded, parsed, and each element with its place."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from filters.licences.finding import Subject

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


@dataclass(frozen=True)
class Place:
    """Where an element stands, and what a statement there would speak of if it does not say."""

    where: str  # head, body, footer, aside, figure, comment
    subject: Subject


class Page:
    """A decoded HTML page with its address."""

    def __init__(self, html: str, url: str | None = None) -> None:
        self.html = html
        self.url = url
        self._places: dict[int, Place] = {}

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def canonical(self) -> str | None:
        """The address the page gives for itself."""
        link = self.tree.css_first('link[rel="canonical"]')
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
        names = _names(node)
        if node.tag in MEDIA_TAGS or any(MEDIA.search(name) for name in names):
            return Place("figure", "media")
        if any(COMMENT.search(name) for name in names):
            return Place("comment", "comment")
        if frame is not None:
            if frame.where == "footer" and node.tag == "article":
                frame = Place("body", "document")  # the footer of an article is about the article
            continue
        if any(OWN_FOOTER.search(name) for name in names):
            frame = Place("body", "document")
        elif node.tag == "footer" or any(FOOTER.search(name) for name in names):
            frame = Place("footer", "site")
        elif node.tag in ("aside", "nav") or any(ASIDE.search(name) for name in names):
            frame = Place("aside", "site")
    return frame or Place("body", "document")


def _names(node: LexborNode) -> list[str]:
    attributes = node.attributes
    text = " ".join(filter(None, (attributes.get(name) for name in ("class", "id", "role", "itemtype"))))
    return text.lower().split()
