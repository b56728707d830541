"""What attribution needs, read from a page's head: title, author, date, canonical address, DOI, language.

Sources in order of trust: JSON-LD (schema.org), Open Graph and citation tags, plain meta tags, then visible markup; for
pages whose title is not in ASCII (few of them name an author in their head) also lines that say who wrote it and when.
The outline, which extraction draws in any case, has noted every tag that may say one of these.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipeline.authors import joined
from pipeline.doi import first_doi
from pipeline.extract.assembly import all_text
from pipeline.extract.bylines import Lines, byline_author, byline_date
from pipeline.extract.eras import western
from pipeline.extract.markup import Outline
from pipeline.extract.noted import Tag, tags_of, text_in
from pipeline.extract.page import Page
from pipeline.extract.stated import AUTHOR, CANONICAL, DOIS, LANGUAGES, LD_JSON, META, PUBLISHED, TITLE
from pipeline.extract.tags import TAGS

LONGEST_JSON = 500_000  # characters of one JSON-LD script
LONGEST_TITLE = 500
LONGEST_AUTHOR = 200
EARLIEST = date(1990, 1, 1)  # a web page is no older; what claims to be is a default value

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
HEADINGS = 5  # of a page among which its title is looked for

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
LINK = re.compile(rb"<a\b[^>]*>(.*?)(?:</a\s*>|\Z)", re.IGNORECASE | re.DOTALL)
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
    """The noted tags of a page: what its head says, and what names its author or its day."""

    def __init__(self, page: Page) -> None:
        markup = page.markup.tobytes()
        self.tags: dict[str, list[Tag]] = {}
        self.stating: list[tuple[Tag, Mapping[str, str]]] = []  # those that bear one of `stated`, with their attributes
        for tag in tags_of(markup, page.outline):
            self.tags.setdefault(tag.name, []).append(tag)
            if tag.states:
                self.stating.append((tag, tag.attributes()))
        self.stated: dict[str, list[str]] = {}  # contents by lower-cased name, property or itemprop, in order
        for tag, attributes in self.stating:
            if tag.name == "meta":
                self._read(attributes)
        self.metas = {name: values[0] for name, values in self.stated.items()}
        self.work = _work(tag for tag, attributes in self.stating if attributes.get("type", "").lower() == LD_JSON)

    def _read(self, attributes: Mapping[str, str]) -> None:
        content = attributes.get("content", "")
        for key in ("name", "property", "itemprop", "http-equiv"):
            name = attributes.get(key, "").strip().lower()
            if name in META and content.strip():
                self.stated.setdefault(name, []).append(content)

    def first(self, name: str) -> Tag | None:
        """Return the first tag of a name."""
        return next(iter(self.tags.get(name, ())), None)

    def having(self, attribute: str, value: str) -> Iterator[tuple[Tag, Mapping[str, str]]]:
        """Yield the tags among whose words in an attribute is this one, with all their attributes."""
        return (each for each in self.stating if value in each[1].get(attribute, "").split())


def metadata_of(page: Page) -> Metadata:
    """Return the metadata of a page; relative addresses are resolved against its own."""
    head = _Head(page)
    title = _title(head)
    author, published = _author(head, page.outline), _published(head, page.url)
    if (author is None or published is None) and title is not None and not _is_latin(title):
        lines = Lines(all_text(page.markup, page.outline))
        author = author or byline_author(lines)
        published = published or parsed_date(byline_date(lines, title))
    return Metadata(
        title=title,
        author=author,
        published=published,
        canonical=_canonical(head, page.url),
        language=_language(head),
        doi=_doi(head),
    )


def _is_latin(title: str) -> bool:
    """Return whether a title has letters and all of them are of ASCII."""
    return title.isascii() and any(character.isalpha() for character in title)


def _work(scripts: Iterable[Tag]) -> Mapping[str, Any]:
    """Return the JSON-LD object that describes the page's work: the first article, else the first page."""
    objects: list[Mapping[str, Any]] = []
    for tag in scripts:
        source = tag.content().decode("utf-8", "replace").strip()
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
    named = head.first("title")
    of_page = _clean(named.text(), LONGEST_TITLE) if named else None
    headings = [_clean(tag.text(), LONGEST_TITLE) for tag in head.tags.get("h1", ())[:HEADINGS]]
    repeated = [heading for heading in headings if heading and of_page and heading.casefold() in of_page.casefold()]
    if repeated and len(longest := max(repeated, key=len)) > 3:
        return longest  # the heading that the page's title repeats is free of the site's name
    metas = head.metas
    stated = [head.work.get("headline"), *(metas.get(name) for name in TITLE), of_page, *headings[:1]]
    return next((title for title in (_clean(value, LONGEST_TITLE) for value in stated) if title), None)


def _author(head: _Head, page: Outline) -> str | None:
    """Return all authors that one source names, the first that names any."""
    for people in _named_people(head, page):
        if (names := joined(_person(person) for person in people)) is not None:
            return names
    return None


def _named_people(head: _Head, page: Outline) -> Iterator[Iterable[Any]]:
    yield _listed(head.work.get("author"))
    for name in AUTHOR:
        yield head.stated.get(name, [])
    yield _microdata_authors(head, page)
    # the first only: lists of other articles have them too
    yield (tag.text() for tag, _ in islice(head.having("rel", "author"), 1))
    links = (_first_link(tag) for tag, _ in head.having("class", "author"))
    yield islice((link for link in links if link is not None), 1)
    yield (tag.text() for tag, _ in islice(head.having("class", "byline"), 1))


def _first_link(tag: Tag) -> str | None:
    match = LINK.search(tag.content())
    return text_in(match[1]) if match else None


def _microdata_authors(head: _Head, page: Outline) -> Iterator[str]:
    """Yield the first authors of the page and those beside them: comments and other articles have theirs elsewhere."""
    authors = list(head.having("itemprop", "author"))
    for tag, attributes in authors:
        if _line_of(tag, page) == _line_of(authors[0][0], page):
            names = (other for other in head.having("itemprop", "name") if tag.holds(other[0]))
            name, of_name = next(names, (tag, attributes))
            yield of_name.get("content") or name.text()


def _line_of(tag: Tag, page: Outline) -> int:
    """Return which element a property is in, as one of a list or by itself."""
    up = int(page.parent[tag.element])
    return int(page.parent[up]) if page.tag[up] == TAGS["li"] else up


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
    work, metas = head.work, head.metas
    for value in (work.get("datePublished"), work.get("dateCreated"), *(metas.get(name) for name in PUBLISHED)):
        if (found := parsed_date(value)) is not None:
            return found
    for tag, attributes in _dated(head):
        for value in (attributes.get("content"), attributes.get("datetime"), tag.text(b"")[:100]):
            if (found := parsed_date(value)) is not None:
                return found
    path = DATE_IN_PATH.search(urlsplit(url).path) if url else None
    return _date(*path.groups()) if path else None


def _dated(head: _Head) -> Iterator[tuple[Tag, Mapping[str, str]]]:
    """Yield the first element of each kind that says when a page was published, with its attributes."""
    yield from islice(head.having("itemprop", "datePublished"), 1)
    times = [(tag, tag.attributes()) for tag in head.tags.get("time", ())]
    for attribute in ("pubdate", "datetime"):
        yield from islice((each for each in times if attribute in each[1]), 1)


def parsed_date(value: Any) -> date | None:
    """Return the year-month-day in a string, or None: of dates in words or with the day first nothing is guessed."""
    match = DATE.search(western(value[:100])) if isinstance(value, str) else None
    return _date(*(part for part in match.groups() if part)) if match else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found >= EARLIEST else None


def _canonical(head: _Head, url: str | None) -> str | None:
    link = next((link for tag, link in head.having("rel", "canonical") if tag.name == "link"), None)
    for value in (link and link.get("href"), head.metas.get(CANONICAL)):
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
    named = [value for name in DOIS for value in head.stated.get(name, ())]
    identifiers = [each for key in ("identifier", "sameAs", "@id") for each in _listed(head.work.get(key))]
    values = [each.get("value") if isinstance(each, dict) else each for each in identifiers]
    return first_doi([*named, *(value for value in values if isinstance(value, str))])


def _language(head: _Head) -> str | None:
    root = head.first("html")
    attributes = root.attributes() if root is not None else {}
    declared = (attributes.get("lang"), attributes.get("xml:lang"), *(head.metas.get(name) for name in LANGUAGES))
    return next((value.strip() for value in declared if value and LANGUAGE.match(value.strip())), None)


def _clean(value: Any, longest: int) -> str | None:
    """Return a name on one line; many sites escape theirs twice."""
    if not isinstance(value, str):
        return None
    return SPACES.sub(" ", unescape(value[: 4 * longest])).strip()[:longest] or None
