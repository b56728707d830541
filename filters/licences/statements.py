"""Licences stated in words: a verb of licensing, a licence by name or link, and what the sentence speaks of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from filters.licences.addresses import Named, license_of_url
from filters.licences.creative_commons import VAGUE
from filters.licences.finding import RESERVED, Finding, Subject, finding
from filters.licences.markup import owner
from filters.licences.names import Mention, folded, license_of_name, mentions
from filters.licences.page import HtmlPage, Place
from filters.licences.phrases import phrases
from filters.licences.prefilter import speaking
from filters.licences.restrictions import restricted, taken_out, taken_out_beside
from filters.licences.verdicts import restrictiveness, verdict_of

T = TypeVar("T")

SHORT_BLOCK = 40  # a block with less text than this is read with what surrounds it
LONG_BLOCK = 600
LONGEST_PASSAGE = 2000
MOST = 200  # links, and pieces of text, that are read in one page
WHOLE = ("body", "figure", "footer", "article", "main")  # what is more than a paragraph
LONGEST_CREDIT = 200  # characters of a paragraph about a recording
PARAGRAPHS_BESIDE, LONGEST_BESIDE = (
    2,
    300,
)  # before and after a notice, each of so many characters: still the same notice
LEVELS_UP = 3  # elements around a paragraph whose neighbours are beside it too
LIMITS = ("LicenseRef-NonCommercial", "LicenseRef-NoDerivatives")  # they hold without a verb of licensing
BEFORE, AFTER = 260, 130  # characters of the sentence that are read around a licence
SENTENCE = re.compile(r"[。।॥]|[!?](?! [-\d])|\.(?= (?:[^\d\s]|$))|; ")
ABOUT_LICENCES = re.compile(r"licen[cs]|copyright|/terms|/legal|impressum|/about(?:[/.-]|$)|版[权權]", re.IGNORECASE)
CODE = re.compile(r"(?:MIT|ISC|Apache|BSD|[AL]?GPL|MPL|EPL|EUPL|PSF)(?:-|$)")  # names no text where it does not say
BADGE = re.compile(
    r"licensebuttons|creative[ _-]?commons|88x31|by-n[cd]|by-sa|"
    r"(?:^|[/_-])cc[_-]|\bcc[ -]?(?:by|0|zero)(?![a-z])|\bcc-\d"
)
BADGE_FILE = re.compile(r"(?:^|[/_-])(by(?:-(?:nc|nd|sa)){1,2})(?=[/._-])")  # the licence in a badge's address
IN_LINKS = ("licen", "creativecommons.", "publicdomain", "kogl.or.kr", "dl-de", "nlod", "copyleft", "lizenz")


@dataclass(frozen=True)
class Judged:
    """What a sentence says of the licence in it; what nobody asks for is not looked for."""

    before: str
    name: str
    after: str

    @cached_property
    def grants(self) -> bool:
        """Whether it has a verb of licensing."""
        return phrases().grants.search(self.before + self.name + self.after) is not None

    @cached_property
    def subject(self) -> Subject | None:
        """What it speaks of; null if it does not say."""
        return _spoken_of(self._before, self.name, self.after)

    @cached_property
    def this_page(self) -> bool:
        """Whether it says "this article", so that it means the page wherever it stands."""
        return phrases().this_page.search(self._before) is not None

    @cached_property
    def exceptions(self) -> bool:
        """Whether it makes exceptions."""
        return phrases().exceptions.search(self.before + self.name + self.after) is not None

    @cached_property
    def _before(self) -> str:
        """What stands before the licence, without the categories of a byline: "in Code - " is not said of code."""
        return phrases().categories.pattern.sub(" ", self.before)


UNSAID = Judged("", "", "")


def statements(page: HtmlPage) -> Iterator[Finding]:
    """Yield the licences that links and sentences of the page state. Scripts and styles are cut from its tree."""
    page.tree.strip_tags(["script", "style", "template", "iframe", "object", "select", "textarea"])
    body = page.tree.body
    if body is None:
        return
    pieces = TextNodes([node for node in body.traverse(include_text=True) if node.tag == "-text"])
    passages: dict[tuple[int, int], Passage] = {}
    links: dict[tuple[int, int], list[tuple[LexborNode, Named | None, bool]]] = {}
    for link, named, relation in _license_links(page):
        passage = _passage(link, pieces)
        passages.setdefault(passage.key, passage)
        links.setdefault(passage.key, []).append((link, named, relation))
    for index in _ends(speaking([node.text_content or "" for node in pieces.nodes])):
        passage = _passage(pieces.nodes[index], pieces)
        passages.setdefault(passage.key, passage)
    seen = set()
    for key, passage in passages.items():
        for found in _in_passage(page, passage, links.get(key, [])):
            if (same := (found.kind, found.where, found.subject, found.license)) not in seen:
                seen.add(same)
                yield found


def _license_links(page: HtmlPage) -> list[tuple[LexborNode, Named | None, bool]]:
    """Return the links that state or name a licence, each once, in the order of the page."""
    held = [f'a[href*="{word}" i]' for word in IN_LINKS if word in page.marks]
    found = {link.mem_id: link for link in page.tree.css(", ".join(['a[rel*="icen" i]', *held]))}
    links = [link_of(link) for link in found.values() if link.attributes.get("href")]
    return _ends([(link, named, relation) for link, named, relation in links if named or relation])


def _ends(found: list[T]) -> list[T]:
    """Return all of a list, or its two ends: a gallery may credit thousands of pictures, and each costs time."""
    return found if len(found) <= MOST else found[: MOST // 2] + found[-MOST // 2 :]


def link_of(link: LexborNode) -> tuple[LexborNode, Named | None, bool]:
    """Return a link, the licence it names, and whether it says `rel=license`."""
    attributes = link.attributes
    relation = "license" in re.split(r"[\s,]+", (attributes.get("rel") or "").lower())
    named = license_of_url(attributes.get("href") or "")
    return link, _as_its_words_say(link, named) if named else None, relation


def _as_its_words_say(link: LexborNode, named: Named) -> Named:
    """Return the licence of a link's address, or what its words, its title or its picture name if that is stricter."""
    images = [image.attributes for image in link.css("img")]
    files = [BADGE_FILE.search((image.get("src") or "").lower()) for image in images]
    words = [link.text(separator=" "), link.attributes.get("title"), *(image.get("alt") for image in images)]
    for said in (*words, *(f"cc {file[1]}" for file in files if file)):
        other = license_of_name(said) if said else None
        if other and other.license != VAGUE:
            named = max(named, other, key=lambda one: restrictiveness(verdict_of(one.license)))
    return named


@dataclass(frozen=True)
class TextNodes:
    """The pieces of text of a page, in order."""

    nodes: list[LexborNode]

    @cached_property
    def places(self) -> dict[int, int]:
        """The place of each piece among them."""
        return {node.mem_id: place for place, node in enumerate(self.nodes)}

    def first_in(self, node: LexborNode) -> int | None:
        """Return the place of the first piece within a node."""
        pieces = (self.places.get(child.mem_id) for child in node.traverse(include_text=True))
        return next((place for place in pieces if place is not None), None)


class Passage(NamedTuple):
    """The words in which something about rights is said."""

    key: tuple[int, int]
    node: LexborNode  # the one that spoke
    text: str  # folded


def _passage(node: LexborNode, pieces: TextNodes) -> Passage:
    """Return the paragraph around a node; of one as long as a page (`<td>`, `<br>`) only the words near the node."""
    block = _block(node)
    text = block.text(separator=" ")
    if len(text) <= LONGEST_PASSAGE:
        return Passage((block.mem_id, 0), node, folded(text).strip())
    first = pieces.first_in(node)
    if first is None:
        return Passage((block.mem_id, node.mem_id), node, folded(node.text(separator=" ")).strip())
    before, after = "", ""
    for neighbour in reversed(pieces.nodes[max(0, first - 12) : first]):
        if len(before) < BEFORE:
            before = (neighbour.text_content or "") + " " + before
    for neighbour in pieces.nodes[first + 1 : first + 12]:
        if len(after) < BEFORE:
            after += " " + (neighbour.text_content or "")
    own = pieces.nodes[first].text_content or ""
    words = folded(before[-BEFORE:] + own[:LONGEST_PASSAGE] + after[:BEFORE]).strip()
    return Passage((block.mem_id, first), node, words)


def _block(node: LexborNode) -> LexborNode:
    """Return the paragraph around a node; a block of a few words is read with its surroundings."""
    current, blocks = node, phrases().blocks
    while current.parent is not None and (current.tag not in blocks or len(current.text()) < SHORT_BLOCK):
        if current.tag in WHOLE:
            break
        if current.tag in blocks and len(current.parent.text()) > LONG_BLOCK:
            break
        current = current.parent
    return current


def _in_passage(
    page: HtmlPage, passage: Passage, links: list[tuple[LexborNode, Named | None, bool]]
) -> Iterator[Finding]:
    text = passage.text
    place = page.place(passage.node)
    named_in_text = mentions(text)
    explained = _path_about_licences(page)
    plays = _plays(passage)
    beside = _taken_out_beside(passage.node) if named_in_text or links else frozenset[str]()
    for node, named, relation in links:
        start, end = _position(text, folded(node.text(separator=" ")).strip(), named_in_text, named)
        if named is not None:
            named = restricted(named, beside | _taken_out_at(text, start, end, named_in_text))
        wordless = start == len(text)  # a picture, whose licence the passage does not name either
        judged = UNSAID if wordless else judge(text, start, end, _previous(named_in_text, start))
        badge = _is_badge(node)
        own = page.place(node, badge)
        item = owner(page, node) if relation else None
        kind = "a_rel" if relation else _kind(judged) if judged.grants else "badge" if badge else "a_href"
        subject = item or ("media" if plays else _subject(kind, own, judged, explained, named))
        address, said = node.attributes.get("href") or "", text[max(0, start - 120) : end + 40]
        value = address if relation or not judged.grants else f"{said} <{address}>"
        yield finding(kind, value, own.where, subject, named, judged.exceptions)
        if relation and judged.grants and named:
            yield finding(_kind(judged), said, own.where, subject, named, judged.exceptions)
    for mention in named_in_text:
        judged = judge(text, mention.start, mention.end, _previous(named_in_text, mention.start))
        named = restricted(mention.named, beside)
        if judged.grants or any(limit in named.license for limit in LIMITS):
            subject = "media" if plays else _subject(_kind(judged), place, judged, explained, named)
            value = text[max(0, mention.start - 120) : mention.end + 40]
            yield finding(_kind(judged), value, place.where, subject, named, judged.exceptions)
    if found := _reserved(text):
        subject, value = found
        subject = place.subject if place.subject in ("media", "comment", "site") else subject
        yield Finding("reserved", value, place.where, subject, RESERVED)


def _taken_out_at(text: str, start: int, end: int, named_in_text: tuple[Mention, ...]) -> frozenset[str]:
    """Return what a passage takes out of the licence of a link that stands at a place in it."""
    others = [(one.start, one.end) for one in named_in_text if one.end <= start or one.start >= end]
    names = sorted([*others, (start, end)])
    return taken_out(text, names)[names.index((start, end))]


def _taken_out_beside(node: LexborNode) -> frozenset[str]:
    """Return what the short paragraphs around the one of a node take out of the licence that it names."""
    block = _block(node)
    texts = [folded(text).strip() for forward in (False, True) for text in _paragraphs_beside(block, forward)]
    return frozenset[str]().union(*(taken_out_beside(text) for text in texts if not mentions(text)))


def _paragraphs_beside(block: LexborNode, forward: bool) -> Iterator[str]:
    """Yield the next paragraphs in one direction, as long as they are short."""
    left, level = PARAGRAPHS_BESIDE, block
    for _ in range(LEVELS_UP):
        beside = level.next if forward else level.prev
        while beside is not None:
            text = beside.text(separator=" ")
            if len(text) > LONGEST_BESIDE or not left:
                return
            if text.strip():
                left -= 1
                yield text
            beside = beside.next if forward else beside.prev
        if level.parent is None or level.parent.tag in WHOLE:
            return
        level = level.parent


def _plays(passage: Passage) -> bool:
    """Whether a paragraph has a recording, or little more than its length: its licence is the recording's."""
    block = passage.node
    while block.parent is not None and block.tag not in phrases().blocks:
        block = block.parent
    if block.tag not in WHOLE and block.css_first("audio, video") is not None:
        return True
    return len(passage.text) <= LONGEST_CREDIT and phrases().durations.search(passage.text) is not None


def _kind(judged: Judged) -> str:
    return "statement" if judged.subject else "statement_implied"


def _path_about_licences(page: HtmlPage) -> bool:
    return page.url is not None and ABOUT_LICENCES.search(urlsplit(page.url).path) is not None


def _position(text: str, anchor: str, named_in_text: tuple[Mention, ...], named: Named | None) -> tuple[int, int]:
    """Return where in the text a link stands: at its words, else where its licence is named, else at the end."""
    if anchor and (start := text.find(anchor)) >= 0:
        return start, start + len(anchor)
    for mention in named_in_text:
        if named is not None and mention.named.license == named.license:
            return mention.start, mention.end
    return len(text), len(text)


def _previous(named_in_text: tuple[Mention, ...], start: int) -> int:
    return max((mention.end for mention in named_in_text if mention.end <= start), default=0)


def judge(text: str, start: int, end: int, floor: int = 0) -> Judged:
    """Judge what the sentence around `text[start:end]`, a licence's name, says of it; `floor` ends an earlier name."""
    begin = max(floor, start - BEFORE)
    cuts = [match.end() for match in SENTENCE.finditer(text, begin, start)]
    before = text[cuts[-1] if cuts else begin : start]
    stop = SENTENCE.search(text, end, end + AFTER)
    after = text[end : stop.start() if stop else end + AFTER]
    return _judged(before, text[start:end], after)


_judged = lru_cache(maxsize=4096)(Judged)  # the same sentence stands on every page of a site


def _spoken_of(before: str, name: str, after: str) -> Subject | None:
    order: tuple[Subject, ...] = ("comment", "section", "mention", "media", "software")
    both = phrases().text_and_media.search(before) is not None
    for subject in order:
        if not (both and subject in ("media", "software")) and phrases().subjects[subject].search(before):
            return subject
    if phrases().denied.search(after):
        return "mention"  # where the verb stands last
    for subject in ("document", "site", "dataset"):
        if phrases().subjects[subject].search(before):
            return subject
    if phrases().subjects["media"].search(name + after[:30]):
        return "media"
    return None


def _subject(kind: str, place: Place, judged: Judged, explained: bool, named: Named | None) -> Subject:
    """Return what a statement covers: a figure's or a comment's is theirs; in a frame it is the site's."""
    if place.subject in ("media", "comment"):
        return place.subject
    if judged.subject in ("media", "software", "comment", "section", "mention"):
        return judged.subject
    if named is not None and CODE.match(named.license) and judged.subject is None:
        return "site" if place.subject == "site" and judged.grants else "software"
    if explained:
        return "site" if judged.subject == "site" and judged.grants else "mention"
    if kind == "a_href" and place.subject != "site":
        return "mention"
    if judged.this_page and judged.grants:
        return "document"
    if place.subject == "site" or judged.subject == "site":
        return "site"
    return judged.subject or place.subject


def _is_badge(link: LexborNode) -> bool:
    """Whether a link is a picture of a licence."""
    image = link.css_first("img")
    if image is None or link.text().strip():
        return False
    return BADGE.search(f"{image.attributes.get('src')} {image.attributes.get('alt')}".lower()) is not None


@lru_cache(maxsize=4096)
def _reserved(text: str) -> tuple[Subject, str] | None:
    """Return what a passage reserves all rights of, with its words; null if it reserves none."""
    match = phrases().reserved.search(text)
    if match is None:
        return None
    before = text[max(0, match.start() - 80) : match.end() + 20]
    order: tuple[Subject, ...] = ("media", "document")
    said: Subject = next((subject for subject in order if phrases().subjects[subject].search(before)), "site")
    return said, text[max(0, match.start() - 60) : match.end() + 60]
