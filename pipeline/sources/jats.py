"""JATS and NLM article XML, as PubMed Central and publishers give it: a document an article.

Carried over: title, abstracts, sections with their headings, paragraphs, lists, figure and table captions, tables as
rows of cells, formulas as TeX, appendices. Left out and counted by element (`jats.lost.<element>`): references and
citation numbers, acknowledgements, notes, figures themselves, supplementary files. A translation of the article
(`sub-article`), or of its abstract, is a document of its own in its language.

The article's own licence (`<license>`, `<ali:license_ref>`) goes before what is declared of the collection. Files are
articles, or tar archives of articles, plain or compressed. Rejected rows, by reason: `not_xml`, `no_article`,
`no_text`, `too_large`, `truncated`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

import xxhash
from lxml import etree

from filters.languages.labels import meaning
from filters.licences.names import license_of_name
from pipeline.authors import joined
from pipeline.doi import doi_of
from pipeline.sources.archive import Member, members
from pipeline.sources.base import Row, Skipped, Split, as_date
from pipeline.sources.entities import resolve
from pipeline.sources.jats_text import Lost, article_text, inline, title_of, translations
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.sandboxed import Sandboxed

_XLINK = "{http://www.w3.org/1999/xlink}href"
_ALI = "{http://www.niso.org/schemas/ali/1.0/}license_ref"
_FIRST_PUBLISHED = ("epub", "pub", "epub-ppub", "ppub", "collection")


class Jats(Sandboxed):
    """Articles in JATS XML."""

    kind: Literal["jats"] = "jats"
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (
        *(suffix + packed for suffix in (".xml", ".nxml", ".tar") for packed in ("", ".gz", ".zst", ".bz2", ".xz")),
        ".tgz",
    )
    signature: ClassVar[bytes] = rb"<[!?A-Za-z]"

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every article of the file."""
        parts = members(split.file, (".xml", ".nxml"), self.max_record_bytes)
        yield from self.parsed(split.name, parts, skipped)

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield a row for every article of a file of XML."""
        digest = record.identity
        where = self.place(file, record.digest, offset=record.offset, length=record.length)
        if record.damage:
            yield self.rejected(record.damage, digest, where)
            return
        try:
            root = etree.fromstring(record.content, xml_parser())
        except (etree.XMLSyntaxError, ValueError):
            yield self.rejected("not_xml", digest, where)
            return
        unknown = resolve(root)
        if unknown:
            skipped[f"{self.kind}.lost.entity"] += unknown
        articles = [root] if root.tag == "article" else list(root.iter("{*}article"))
        for article in articles:
            name = digest if len(articles) == 1 else hashlib.sha256(etree.tostring(article)).hexdigest()
            yield from self._rows(article, name, where, skipped)
        if not articles:
            yield self.rejected("no_article", digest, where)

    def _rows(self, article: etree._Element, digest: str, where: dict[str, Any], skipped: Skipped) -> Iterator[Row]:
        """Yield the row of an article, and one for each of its translations."""
        for element in article.iter():  # JATS 1.2 may put its elements into a namespace; the text does not need it
            if isinstance(element.tag, str) and "jats" in (etree.QName(element).namespace or ""):
                element.tag = etree.QName(element).localname
        lost: Lost = Lost()
        text, translated = article_text(article, lost), list(translations(article, lost))
        skipped.update({f"{self.kind}.lost.{element}": count for element, count in sorted(lost.items()) if count})
        columns = {
            "title": title_of(article),
            "author": joined(_authors(article)),
            "published": _published(article),
        } | own_licence(self, list(_statements(article)), digest)
        doi = _first(article, "front//article-id[@pub-id-type='doi']", "front-stub//article-id[@pub-id-type='doi']")
        source_id = doi or _pmc(article) or digest
        if doi:
            columns |= {"url": f"https://doi.org/{doi}", "doi": doi_of(doi)}
        yield self._row(source_id, where, text, columns)
        for each in translated:
            part = xxhash.xxh3_128_hexdigest(f"{digest}\x1f{each.name}".encode())  # or dedup takes it for a copy
            own = {"title": each.title, "language": _language(each.language or ""), "payload_digest": part}
            yield self._row(f"{source_id}#{each.name}", where, each.text, columns | own)

    def _row(self, source_id: str, where: dict[str, Any], text: str, columns: Row) -> Row:
        if not text.strip():
            return self.rejected("no_text", source_id, where, **columns)
        return self.row(source_id, where, text, **columns)


def xml_parser(*, recover: bool = False) -> etree.XMLParser:
    """Return a parser for hostile input: no network, no DTD, no own entities, no huge trees; comments are no text."""
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
        recover=recover,
    )


def _language(tag: str) -> str | None:
    """Return what a tag of BCP 47 names, as the column `language` has it, if it says in which script."""
    primary, *rest = tag.replace("_", "-").casefold().split("-")
    try:
        language, scripts = meaning(primary)
    except ValueError:
        return None
    if language == "zho":
        return "zho_Hant" if {"hant", "tw", "hk", "mo"}.intersection(rest) else "zho_Hans"
    return f"{language}_{scripts[0]}" if len(scripts) == 1 or language == "jpn" else None


def _authors(article: etree._Element) -> Iterator[str]:
    for contributor in article.iterfind("front//contrib-group/contrib"):
        if contributor.get("contrib-type", "author") != "author":
            continue
        name = contributor.find(".//name")
        if name is not None:
            names = [_first(name, part) for part in ("given-names", "surname", "suffix")]
            yield " ".join(part for part in names if part)
        else:
            whole = _first(contributor, ".//string-name", ".//collab")
            if whole:
                yield whole


def _published(article: etree._Element) -> date | None:
    dates: dict[str, date] = {}
    for element in article.iterfind("front/article-meta/pub-date"):
        kind = element.get("pub-type") or element.get("date-type") or "pub"
        parts = [element.findtext(part) for part in ("year", "month", "day")]
        day = as_date("-".join(part.strip() for part in parts if part)) or as_date(parts[0])
        if day:
            dates.setdefault(kind, day)
    return next((dates[kind] for kind in _FIRST_PUBLISHED if kind in dates), min(dates.values(), default=None))


def _statements(article: etree._Element) -> Iterator[Statement]:
    for permissions in article.iterfind("front/article-meta/permissions"):
        for reference in permissions.iter(_ALI):
            yield Statement("ali:license_ref", reference.text or "")
        for license in permissions.iterfind("license"):
            yield Statement("license/@href", license.get(_XLINK) or "")
            for link in license.iter("ext-link"):
                if "creativecommons.org" in (link.get(_XLINK) or ""):
                    yield Statement("license//ext-link", link.get(_XLINK) or "")
            yield Statement("license", " ".join(inline(license, Lost()).split())[:2000])
    if article.find("front/article-meta//license") is None:  # before 2009, publishers wrote it elsewhere
        for place in ("permissions/copyright-statement", "copyright-statement"):
            text = " ".join((article.findtext(f"front/article-meta/{place}") or "").split())
            if license_of_name(text):
                yield Statement(place, text[:2000])


def _pmc(article: etree._Element) -> str | None:
    number = _first(article, "front//article-id[@pub-id-type='pmc']", "front//article-id[@pub-id-type='pmcid']")
    if number:
        return number if number.startswith("PMC") else f"PMC{number}"
    number = _first(article, "front//article-id[@pub-id-type='pmid']")
    return f"PMID{number}" if number else None


def _first(element: etree._Element, *paths: str) -> str | None:
    for path in paths:
        child = element.find(path)
        text = " ".join("".join(child.itertext()).split()) if child is not None else ""
        if text:
            return text
    return None
