"""Licences stated in words: a verb of licensing, a licence by name or link, and what the sentence speaks of."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from filters.licences.addresses import Named, license_of_url
from filters.licences.finding import RESERVED, Finding, Subject, finding
from filters.licences.markup import owner
from filters.licences.names import Mention, folded, mentions
from filters.licences.page import Page
from filters.licences.phrases import blocks, phrases
from filters.licences.prefilter import speaking

SHORT_BLOCK = 40  # a block with less text than this is read with what surrounds it
LONG_BLOCK = 600
LONGEST_PASSAGE = 2000
BEFORE, AFTER = 260, 130  # characters of the sentence that are read around a licence
SENTENCE = re.compile(r"[。！？!?।॥\n]|\.(?= (?:[^\d\s]|$))|; ")
ABOUT_LICENCES = re.compile(r"licen[cs]|copyright|/terms|/legal|impressum|/about(?:[/.-]|$)|版[权權]", re.IGNORECASE)
LICENSE_LINKS = (
    'a[rel*="icen" i], a[href*="licen" i], a[href*="creativecommons." i], a[href*="publicdomain" i], '
    'a[href*="kogl.or.kr" i], a[href*="dl-de" i], a[href*="nlod" i], a[href*="copyleft" i], a[href*="lizenz" i]'
)


class Judged(NamedTuple):
    """What a sentence says of the licence in it."""

    grants: bool
    subject: Subject | None  # null: it does not say
    exceptions: bool


def statements(page: Page) -> Iterator[Finding]:
    """Yield the licences that links and sentences of the page state. Scripts and styles are cut from its tree."""
    page.tree.strip_tags(["script", "style", "template", "iframe", "object", "select", "textarea"])
    body = page.tree.body
    if body is None:
        return
    nodes = [node for node in body.traverse(include_text=True) if node.tag == "-text"]
    passages: dict[tuple[int, int], Passage] = {}
    links: dict[tuple[int, int], list[tuple[LexborNode, Named | None, bool]]] = {}
    order = {node.mem_id: index for index, node in enumerate(nodes)}
    for link in _license_links(page):
        passage = _passage(link, nodes, order)
        passages.setdefault(passage.key, passage)
        links.setdefault(passage.key, []).append(link_of(link))
    for index in speaking([node.text_content or "" for node in nodes]):
        passage = _passage(nodes[index], nodes, order)
        passages.setdefault(passage.key, passage)
    for key, passage in passages.items():
        yield from _in_passage(page, passage, links.get(key, []))


def _license_links(page: Page) -> list[LexborNode]:
    """Return the links that state or name a licence, each once, in the order of the page."""
    found = {link.mem_id: link for link in page.tree.css(LICENSE_LINKS)}
    return [link for link in found.values() if link.attributes.get("href") and (link_of(link)[1] or link_of(link)[2])]


def link_of(link: LexborNode) -> tuple[LexborNode, Named | None, bool]:
    """Return a link, the licence it names, and whether it says `rel=license`."""
    relation = "license" in re.split(r"[\s,]+", (link.attributes.get("rel") or "").lower())
    return link, license_of_url(link.attributes.get("href") or ""), relation


class Passage(NamedTuple):
    """The words in which something about rights is said."""

    key: tuple[int, int]
    node: LexborNode  # the one that spoke
    text: str  # folded


def _passage(node: LexborNode, nodes: list[LexborNode], order: dict[int, int]) -> Passage:
    """Return the paragraph around a node; of one as long as a page (`<td>`, `<br>`) only the words near the node."""
    block = _block(node)
    text = block.text(separator=" ")
    if len(text) <= LONGEST_PASSAGE:
        return Passage((block.mem_id, 0), node, folded(text).strip())
    first = next((order[child.mem_id] for child in node.traverse(include_text=True) if child.mem_id in order), None)
    if first is None:
        return Passage((block.mem_id, node.mem_id), node, folded(node.text(separator=" ")).strip())
    before, after = "", ""
    for neighbour in reversed(nodes[max(0, first - 12) : first]):
        if len(before) < BEFORE:
            before = (neighbour.text_content or "") + " " + before
    for neighbour in nodes[first + 1 : first + 12]:
        if len(after) < BEFORE:
            after += " " + (neighbour.text_content or "")
    own = nodes[first].text_content or ""
    return Passage(
        (block.mem_id, first), node, folded(before[-BEFORE:] + own[:LONGEST_PASSAGE] + after[:BEFORE]).strip()
    )


def _block(node: LexborNode) -> LexborNode:
    """Return the paragraph around a node; a block of a few words is read with its surroundings."""
    current = node
    while current.parent is not None and (current.tag not in blocks() or len(current.text()) < SHORT_BLOCK):
        if current.tag in ("body", "figure", "footer", "article", "main"):
            break
        if current.tag in blocks() and len(current.parent.text()) > LONG_BLOCK:
            break
        current = current.parent
    return current


def _in_passage(page: Page, passage: Passage, links: list[tuple[LexborNode, Named | None, bool]]) -> Iterator[Finding]:
    text = passage.text
    place = page.place(passage.node)
    named_in_text = mentions(text)
    explained = _path_about_licences(page)
    for node, named, relation in links:
        start, end = _position(text, folded(node.text(separator=" ")).strip(), named_in_text, named)
        judged = judge(text, start, end, _previous(named_in_text, start))
        own = page.place(node)
        item = owner(page, node) if relation else None
        kind = "a_rel" if relation else _kind(judged) if judged.grants else "a_href"
        subject = item or _subject(kind, own.subject, judged, explained)
        value = node.attributes.get("href") or ""
        yield finding(kind, value, own.where, subject, named, judged.exceptions)
        if relation and judged.grants and named:
            value = text[max(0, start - 120) : end + 40]
            yield finding(_kind(judged), value, own.where, subject, named, judged.exceptions)
    for mention in named_in_text:
        judged = judge(text, mention.start, mention.end, _previous(named_in_text, mention.start))
        if judged.grants:
            subject = _subject(_kind(judged), place.subject, judged, explained)
            value = text[max(0, mention.start - 120) : mention.end + 40]
            yield finding(_kind(judged), value, place.where, subject, mention.named, judged.exceptions)
    if match := phrases("reserved").search(text):
        subject = place.subject if place.subject in ("media", "comment", "site") else _reserved_subject(text, match)
        value = text[max(0, match.start() - 60) : match.end() + 60]
        yield Finding("reserved", value, place.where, subject, RESERVED)


def _kind(judged: Judged) -> str:
    return "statement" if judged.subject else "statement_implied"


def _path_about_licences(page: Page) -> bool:
    return page.url is not None and ABOUT_LICENCES.search(urlsplit(page.url).path) is not None


def _position(text: str, anchor: str, named_in_text: list[Mention], named: Named | None) -> tuple[int, int]:
    """Return where in the text a link stands: at its words, else where its licence is named, else at the end."""
    if anchor and (start := text.find(anchor)) >= 0:
        return start, start + len(anchor)
    for mention in named_in_text:
        if named is not None and mention.named.license == named.license:
            return mention.start, mention.end
    return len(text), len(text)


def _previous(named_in_text: list[Mention], start: int) -> int:
    return max((mention.end for mention in named_in_text if mention.end <= start), default=0)


def judge(text: str, start: int, end: int, floor: int = 0) -> Judged:
    """Judge what the sentence around `text[start:end]`, a licence's name, says of it; `floor` ends an earlier name."""
    begin = max(floor, start - BEFORE)
    cuts = [match.end() for match in SENTENCE.finditer(text, begin, start)]
    before = text[cuts[-1] if cuts else begin : start]
    stop = SENTENCE.search(text, end, end + AFTER)
    after = text[end : stop.start() if stop else end + AFTER]
    sentence = before + text[start:end] + after
    grants = phrases("grants").search(sentence) is not None
    exceptions = phrases("exceptions").search(sentence) is not None
    return Judged(grants, _spoken_of(before, after), exceptions)


def _spoken_of(before: str, after: str) -> Subject | None:
    order: tuple[Subject, ...] = ("comment", "section", "mention", "media", "software")
    both = phrases("text_and_media").search(before) is not None
    for subject in order:
        if not (both and subject in ("media", "software")) and phrases("subjects", subject).search(before):
            return subject
    for subject in ("document", "site", "dataset"):
        if phrases("subjects", subject).search(before):
            return subject
    if phrases("subjects", "media").search(after[:30]):
        return "media"
    return None


def _subject(kind: str, place: Subject, judged: Judged, explained: bool) -> Subject:
    """Return what a statement covers: a figure's or a comment's is theirs; in a frame it is the site's."""
    if place in ("media", "comment"):
        return place
    if judged.subject in ("media", "software", "comment", "section", "mention"):
        return judged.subject
    if explained:
        return "site" if judged.subject == "site" and judged.grants else "mention"
    if kind == "a_href":
        return "mention"
    if place == "site" or judged.subject == "site":
        return "site"
    return judged.subject or place


def _reserved_subject(text: str, match: re.Match[str]) -> Subject:
    before = text[max(0, match.start() - 80) : match.end() + 20]
    for subject in ("media", "document", "site"):
        if phrases("subjects", subject).search(before):
            return subject
    return "site"
