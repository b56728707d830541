"""What attribution needs, read from a page's head: title, author, date, canonical address, DOI, language.

Sources in order of trust: JSON-LD (schema.org), Open Graph and citation tags, plain meta tags, then visible markup; for
pages whose title is not in ASCII (few of them name an author in their head) also lines that say who wrote it and when.
One pass over the meta tags of a tree that is parsed anyway costs 2 % of trafilatura's metadata pass.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.authors import joined
from pipeline.doi import first_doi
from pipeline.extract.bylines import byline_author, byline_date, visible_lines

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


def metadata_of(tree: LexborHTMLParser, url: str | None = None) -> Metadata:
    """Return the metadata of a parsed page; relative addresses are resolved against its own."""
    stated = _meta_tags(tree)
    metas = {name: values[0] for name, values in stated.items()}
    work = _work(tree)
    title = _title(tree, metas, work)
    author, published = _author(tree, stated, work), _published(tree, metas, work, url)
    if (author is None or published is None) and title is not None and not _is_latin(title) and tree.body is not None:
        lines = visible_lines(_visible_text(tree.body))
        author = author or byline_author(lines)
        published = published or parsed_date(byline_date(lines, title))
    return Metadata(
        title=title,
        author=author,
        published=published,
        canonical=_canonical(tree, metas, url),
        language=_language(tree, metas),
        doi=_doi(tree, work),
    )


def _is_latin(title: str) -> bool:
    """Return whether a title has letters and all of them are of ASCII."""
    return title.isascii() and any(character.isalpha() for character in title)


def _visible_text(body: LexborNode) -> str:
    """Return the text of a page, a line for each piece, without the lines of its scripts and style sheets."""
    hidden = {line for node in body.css("script, style") for line in (node.text() or "").split("\n")}
    return "\n".join(line for line in body.text(separator="\n").split("\n") if line not in hidden)


def _meta_tags(tree: LexborHTMLParser) -> dict[str, list[str]]:
    """Return the contents of the meta tags by their lower-cased name, property or itemprop, in order."""
    found: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        content = attributes.get("content")
        for key in ("name", "property", "itemprop", "http-equiv"):
            name = attributes.get(key)
            if name and content and content.strip():
                found.setdefault(name.strip().lower(), []).append(content)
    return found


def _work(tree: LexborHTMLParser) -> Mapping[str, Any]:
    """Return the JSON-LD object that describes the page's work: the first article, else the first page."""
    objects: list[Mapping[str, Any]] = []
    for node in tree.css('script[type="application/ld+json"]'):
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


def _title(tree: LexborHTMLParser, metas: Mapping[str, str], work: Mapping[str, Any]) -> str | None:
    of_page = _clean(_text(tree, "title"), LONGEST_TITLE)
    headings = [_clean(node.text(separator=" "), LONGEST_TITLE) for node in tree.css("h1")[:5]]
    repeated = [heading for heading in headings if heading and of_page and heading.casefold() in of_page.casefold()]
    if repeated and len(longest := max(repeated, key=len)) > 3:
        return longest  # the heading that the page's title repeats is free of the site's name
    stated = [work.get("headline"), *(metas.get(name) for name in TITLE), of_page, *headings[:1]]
    return next((title for title in (_clean(value, LONGEST_TITLE) for value in stated) if title), None)


def _author(tree: LexborHTMLParser, stated: Mapping[str, list[str]], work: Mapping[str, Any]) -> str | None:
    """Return all authors that one source names, the first that names any."""
    for people in _named_people(tree, stated, work):
        if (names := joined(_person(person) for person in people)) is not None:
            return names
    return None


def _named_people(
    tree: LexborHTMLParser, stated: Mapping[str, list[str]], work: Mapping[str, Any]
) -> Iterator[Iterable[Any]]:
    yield _listed(work.get("author"))
    for name in AUTHOR:
        yield stated.get(name, [])
    yield _microdata_authors(tree)
    for selector in ('[rel="author"]', ".author a", ".byline"):  # the first only: lists of other articles have them too
        yield [_text(tree, selector)]


def _microdata_authors(tree: LexborHTMLParser) -> Iterator[str | None]:
    """Yield the first authors of the page and those beside them: comments and other articles have theirs elsewhere."""
    nodes = tree.css('[itemprop~="author"]')
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


def _published(
    tree: LexborHTMLParser, metas: Mapping[str, str], work: Mapping[str, Any], url: str | None
) -> date | None:
    for value in (work.get("datePublished"), work.get("dateCreated"), *(metas.get(name) for name in PUBLISHED)):
        if (found := parsed_date(value)) is not None:
            return found
    for node in _first_nodes(tree, '[itemprop="datePublished"]', "time[pubdate]", "time[datetime]"):
        attributes = node.attributes
        for value in (attributes.get("content"), attributes.get("datetime"), node.text()[:100]):
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


def _canonical(tree: LexborHTMLParser, metas: Mapping[str, str], url: str | None) -> str | None:
    node = tree.css_first('link[rel="canonical"]')
    for value in (node.attributes.get("href") if node else None, metas.get("og:url")):
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


def _doi(tree: LexborHTMLParser, work: Mapping[str, Any]) -> str | None:
    """Return the DOI of the page's work; a page may state several identifiers under one name, of which one is a DOI."""
    stated = [
        (name.strip().lower(), node.attributes.get("content"))
        for node in tree.css("meta[content][name]")
        if (name := node.attributes.get("name"))
    ]
    named = [value for name in DOI for called, value in stated if called == name]
    identifiers = [each for key in ("identifier", "sameAs", "@id") for each in _listed(work.get(key))]
    values = [each.get("value") if isinstance(each, dict) else each for each in identifiers]
    return first_doi([*named, *(value for value in values if isinstance(value, str))])


def _language(tree: LexborHTMLParser, metas: Mapping[str, str]) -> str | None:
    root = tree.root
    attributes = root.attributes if root is not None else {}
    declared = (
        attributes.get("lang"),
        attributes.get("xml:lang"),
        metas.get("content-language"),
        metas.get("og:locale"),
    )
    return next((value.strip() for value in declared if value and LANGUAGE.match(value.strip())), None)


def _first_nodes(tree: LexborHTMLParser, *selectors: str) -> Iterator[LexborNode]:
    for selector in selectors:
        if (node := tree.css_first(selector)) is not None:
            yield node


def _text(tree: LexborHTMLParser, selector: str) -> str | None:
    node = tree.css_first(selector)
    return node.text(separator=" ") if node is not None else None


def _clean(value: Any, longest: int) -> str | None:
    """Return a name on one line; many sites escape theirs twice."""
    if not isinstance(value, str):
        return None
    return SPACES.sub(" ", unescape(value[: 4 * longest])).strip()[:longest] or None
