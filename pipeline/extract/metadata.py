"""What attribution needs, read from a page's head: title, author, date, canonical address, DOI, language.

Sources in order of trust: JSON-LD (schema.org), Open Graph and citation tags, plain meta tags, then visible markup; for
pages whose title is not in ASCII (few of them name an author in their head) also lines that say who wrote it and when.
One pass over the meta tags of a tree that is parsed anyway costs 2 % of trafilatura's metadata pass; a selector walks
the whole tree, so it is only asked where the markup has a word that is in whatever it selects.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from pipeline.authors import joined
from pipeline.doi import first_doi
from pipeline.extract.bylines import byline_author, byline_date, visible_lines
from pipeline.extract.page import Page

LONGEST_JSON = 500_000  # characters of one JSON-LD script
LONGEST_TITLE = 500
LONGEST_AUTHOR = 200
EARLIEST = date(1990, 1, 1)  # a web page is no older; what claims to be is a default value

TITLE = ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title", "title")
AUTHOR = (
    "citation_author",
    "citation_authors",
    "bepress_citation_author",
    "eprints.creators_name",
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
)
PUBLISHED = (
    "article:published_time", "og:article:published_time", "citation_publication_date", "citation_date",
    "datepublished", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "parsely-pub-date", "publishdate",
    "pubdate", "publish_date", "publication_date", "publish-date", "date", "sailthru.date", "article.published",
    "weibo:article:create_at", "pubtime", "publishtime", "releasetime", "og:release_date",
    "bytedance:published_time", "_pubdate", "article_date_original",
)  # fmt: skip
DOI = (
    "citation_doi", "bepress_citation_doi", "prism.doi", "doi", "dc.identifier.doi", "dc.identifier",
    "dcterms.identifier",
)  # fmt: skip
WORKS = (
    "Article",
    "Posting",
    "Report",
    "Recipe",
    "Book",
    "WebPage",
    "Product",
    "VideoObject",
    "Event",
    "Thesis",
)
# Elements that name an author or a day, and the word that is in their markup
BESIDE = (('[rel="author"]', b"author"), (".author a", b"author"), (".byline", b"byline"))
DATED = (('[itemprop="datePublished"]', b"datepublished"), ("time[pubdate]", b"pubdate"), ("time[datetime]", b"<time"))

DATE = re.compile(
    r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)|(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?=\D|$)"
)
DATE_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?:/|-|$)")
BY = re.compile(
    r"^\s*(?:by|via|von|par|por|di|door|av|af|przez|автор:?|作者|文|撰文|記者|记者)[\s:：/]+", re.IGNORECASE
)
BESIDE_NAME = re.compile(r"\s+[|｜·•]\s+(?=.*\d)")  # and then a day, or the minutes that reading takes
AGO = re.compile(r"\s+\d{1,3}\s(?:second|minute|hour|day|week|month|year)s?\sago$", re.IGNORECASE)
ROLE = re.compile(  # what stands behind a name that its agency signs: - AP Technology Writer
    r"\s*[,|–—-]\s(?:the\s)?(?:[A-Z][\w.&]*\s){0,4}(?:writer|reporter|correspondent|columnist|editor)s?$|"
    r"\s*[,|–—-]\s(?:the\s)?(?:associated press|ap|reuters|afp)$",
    re.IGNORECASE,
)
NO_NAME = re.compile(r"^\S+\.(?:com|net|org|cn|info)$|^[A-Za-z]{0,3}_?\d{3,}$")
LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$")
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Metadata:
    """What a page says of itself; None where it says nothing. `language` is a BCP 47 tag as declared, unverified."""

    title: str | None = None
    author: str | None = None
    published: date | None = None
    canonical: str | None = None
    language: str | None = None
    doi: str | None = None


class _Head:
    """The markup of a page: its meta tags, its work, and elements by selector."""

    def __init__(self, page: Page) -> None:
        self.tree = page.tree
        self._markup = page.markup.tobytes().lower()
        self.tags = list(self._meta_tags())
        self.stated: dict[str, list[str]] = {}  # contents by lower-cased name, property or itemprop, in order
        for attributes, content in self.tags:
            for key in ("name", "property", "itemprop", "http-equiv"):
                name = attributes.get(key)
                if name and content.strip():
                    self.stated.setdefault(name.strip().lower(), []).append(content)
        self.metas = {name: values[0] for name, values in self.stated.items()}
        self.work = _work(self.all('script[type="application/ld+json"]', b"ld+json"))

    def _meta_tags(self) -> Iterator[tuple[Mapping[str, str | None], str]]:
        """Yield the attributes and the content of the meta tags that have one."""
        for node in self.tree.css("meta[content]"):
            attributes = node.attributes
            if content := attributes.get("content"):
                yield attributes, content

    def all(self, selector: str, word: bytes) -> list[LexborNode]:
        """Return the elements of a selector; `word`, in lower case, is in the markup of whatever it selects."""
        return self.tree.css(selector) if word in self._markup else []

    def first(self, selector: str, word: bytes) -> LexborNode | None:
        """Return the first element of a selector."""
        return self.tree.css_first(selector) if word in self._markup else None

    def text(self, selector: str, word: bytes) -> str | None:
        """Return the text of the first element of a selector."""
        node = self.first(selector, word)
        return node.text(separator=" ") if node is not None else None


def metadata_of(page: Page) -> Metadata:
    """Return the metadata of a page; relative addresses are resolved against its own."""
    tree, url, head = page.tree, page.url, _Head(page)
    title = _title(head)
    author, published = _author(head), _published(head, url)
    if (author is None or published is None) and title is not None and not _is_latin(title) and tree.body is not None:
        lines = visible_lines(_visible_text(tree.body))
        author = author or byline_author(lines)
        published = published or parsed_date(byline_date(lines, title))
    return Metadata(
        title=title,
        author=author,
        published=published,
        canonical=_canonical(head, url),
        language=_language(head),
        doi=_doi(head),
    )


def _is_latin(title: str) -> bool:
    """Return whether a title has letters and all of them are of ASCII."""
    return title.isascii() and any(character.isalpha() for character in title)


def _visible_text(body: LexborNode) -> str:
    """Return the text of a page, a line for each piece, without the lines of its scripts and style sheets."""
    hidden = {line for node in body.css("script, style") for line in (node.text() or "").split("\n")}
    return "\n".join(line for line in body.text(separator="\n").split("\n") if line not in hidden)


def _work(scripts: Iterable[LexborNode]) -> Mapping[str, Any]:
    """Return the JSON-LD object that describes the page's work: the first article, else the first page."""
    objects: list[Mapping[str, Any]] = []
    for node in scripts:
        source = node.text(strip=True)
        if 2 < len(source) <= LONGEST_JSON:
            objects += _objects(source)
    for kind in WORKS:
        for item in objects:
            if any(str(name).endswith(kind) for name in _listed(item.get("@type"))):
                return item
    return {}


def _objects(source: str) -> list[Mapping[str, Any]]:
    try:
        parsed = json.loads(source.removeprefix("<!--").removesuffix("-->"), strict=False)
    except (ValueError, RecursionError):
        return []
    items: list[Mapping[str, Any]] = [item for item in _listed(parsed) if isinstance(item, dict)]
    for item in tuple(items):
        items += [inner for inner in _listed(item.get("@graph")) if isinstance(inner, dict)]
        items += [inner for inner in _listed(item.get("mainEntity")) if isinstance(inner, dict)]
    return items


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _title(head: _Head) -> str | None:
    of_page = _clean(head.text("title", b"<title"), LONGEST_TITLE)
    headings = [_clean(node.text(separator=" "), LONGEST_TITLE) for node in head.all("h1", b"<h1")[:5]]
    repeated = [heading for heading in headings if heading and of_page and heading.casefold() in of_page.casefold()]
    if repeated and len(longest := max(repeated, key=len)) > 3:
        return longest  # the heading that the page's title repeats is free of the site's name
    stated = [head.work.get("headline"), *(head.metas.get(name) for name in TITLE), of_page, *headings[:1]]
    return next((title for title in (_clean(value, LONGEST_TITLE) for value in stated) if title), None)


def _author(head: _Head) -> str | None:
    """Return all authors that one source names, the first that names any."""
    for people in _named_people(head):
        if (names := joined(_person(person) for person in people)) is not None:
            return names
    return None


def _named_people(head: _Head) -> Iterator[Iterable[Any]]:
    yield _listed(head.work.get("author"))
    for name in AUTHOR:
        yield head.stated.get(name, [])
    yield _microdata_authors(head)
    for selector, word in BESIDE:  # the first only: lists of other articles have them too
        yield [head.text(selector, word)]


def _microdata_authors(head: _Head) -> Iterator[str | None]:
    """Yield the first authors of the page and those beside them: comments and other articles have theirs elsewhere."""
    nodes = head.all('[itemprop~="author"]', b"itemprop")
    for node in nodes:
        if _line_of(node) == _line_of(nodes[0]):
            name = node.css_first('[itemprop~="name"]') or node
            yield name.attributes.get("content") or name.text(separator=" ")


def _line_of(node: LexborNode) -> int | None:
    """Return which element a property stands in, as one of a list or by itself."""
    item = node.parent if node.parent is not None and node.parent.tag == "li" else node
    return None if item.parent is None else item.parent.mem_id


def _person(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list):
        value = value[0] if value else None
    name = _clean(value, LONGEST_AUTHOR)
    if not name or "://" in name or name.startswith(("www.", "@")) or NO_NAME.search(name):
        return None
    return BY.sub("", ROLE.sub("", AGO.sub("", BESIDE_NAME.split(name)[0]))) or None


def _published(head: _Head, url: str | None) -> date | None:
    work = head.work
    for value in (work.get("datePublished"), work.get("dateCreated"), *(head.metas.get(name) for name in PUBLISHED)):
        if (found := parsed_date(value)) is not None:
            return found
    for node in (head.first(selector, word) for selector, word in DATED):
        attributes = node.attributes if node is not None else {}
        of_node = (
            attributes.get("content"),
            attributes.get("datetime"),
            node.text()[:100] if node is not None else None,
        )
        for value in of_node:
            if (found := parsed_date(value)) is not None:
                return found
    path = DATE_IN_PATH.search(urlsplit(url).path) if url else None
    return _date(*path.groups()) if path else None


def parsed_date(value: Any) -> date | None:
    """Return the year-month-day in a string, or None: of dates in words or with the day first nothing is guessed."""
    match = DATE.search(value[:100]) if isinstance(value, str) else None
    return _date(*(part for part in match.groups() if part)) if match else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found >= EARLIEST else None


def _canonical(head: _Head, url: str | None) -> str | None:
    node = head.first('link[rel="canonical"]', b"canonical")
    for value in (node.attributes.get("href") if node else None, head.metas.get("og:url")):
        if not value:
            continue
        try:
            address = urljoin(url or "", value.strip())
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.hostname:
            return address
    return None


def _doi(head: _Head) -> str | None:
    """Return the DOI of the page's work; a page may state several identifiers under one name, of which one is a DOI."""
    stated = [(name.strip().lower(), content) for attributes, content in head.tags if (name := attributes.get("name"))]
    named = [value for name in DOI for called, value in stated if called == name]
    identifiers = [each for key in ("identifier", "sameAs", "@id") for each in _listed(head.work.get(key))]
    values = [each.get("value") if isinstance(each, dict) else each for each in identifiers]
    return first_doi([*named, *(value for value in values if isinstance(value, str))])


def _language(head: _Head) -> str | None:
    root = head.tree.root
    attributes = root.attributes if root is not None else {}
    declared = (
        attributes.get("lang"),
        attributes.get("xml:lang"),
        head.metas.get("content-language"),
        head.metas.get("og:locale"),
    )
    return next((value.strip() for value in declared if value and LANGUAGE.match(value.strip())), None)


def _clean(value: Any, longest: int) -> str | None:
    """Return a name on one line; many sites escape theirs twice."""
    if not isinstance(value, str):
        return None
    return SPACES.sub(" ", unescape(value[: 4 * longest])).strip()[:longest] or None
