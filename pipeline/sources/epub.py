"""EPUB books: a document a book, its chapters in reading order as Markdown.

What is left out is counted by element (`epub.lost.<element>`): pictures, links to notes, numbers of pages, and
chapters that the book names and does not have. The rights statement of the book (`dc:rights`, `dcterms:license`,
`cc:license`) goes before what is declared of the collection. Rejected rows, by reason: `not_epub`, `encrypted`,
`no_text`, `too_large`.
"""

import io
import posixpath
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import unquote

from lxml import etree, html

from pipeline.authors import joined
from pipeline.doi import first_doi
from pipeline.scripts import Readings
from pipeline.sources.archive import Member, file_member
from pipeline.sources.base import Row, Skipped, Split, as_date
from pipeline.sources.entities import resolve
from pipeline.sources.epub_text import Lost, blocks_of
from pipeline.sources.epub_text import joined as joined_chapters
from pipeline.sources.jats import xml_parser
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.sandboxed import Sandboxed

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS = "http://www.idpf.org/2008/embedding"
_PAGES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml"}
_PAGE_NAMES = (".xhtml", ".html", ".htm", ".xht", ".xml")
_LICENCES = {"dcterms:rights", "dcterms:license", "cc:license", "license"}  # of `meta property` and `link rel`
_EXPANSION = 50  # times the size of the file: what its text may inflate to
_ALWAYS = 16 << 20  # bytes that the text of a book may have, however small the file is
# what is not read, and may therefore have any size
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".mp3", ".mp4", ".m4a", ".m4v", ".ttf", ".otf", ".woff")
_CONTENTS = 0.7  # of a page's text in links: a table of contents


class Epub(Sandboxed):
    """Books in EPUB 2 and 3."""

    kind: Literal["epub"] = "epub"
    readings: Readings = "drop"  # ruby readings: `drop` them, or write them in `brackets`
    max_record_bytes: int = 256 << 20  # a larger book is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".epub",)
    signature: ClassVar[bytes] = rb"^PK"

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the row of the book."""
        yield from self.parsed(split.name, [file_member(split.file, self.max_record_bytes)], skipped)

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a book."""
        digest = record.digest
        where = self.place(file, digest, offset=0, length=record.length)
        if record.damage:
            yield self.rejected(record.damage, digest, where)
            return
        try:
            with zipfile.ZipFile(io.BytesIO(record.content)) as book:
                yield self._row(book, digest, where, max(_EXPANSION * record.length, _ALWAYS), skipped)
        except (
            *(zipfile.BadZipFile, zlib.error, NotImplementedError, KeyError, etree.XMLSyntaxError, RuntimeError),
            *(EOFError, OSError, ValueError),
        ):
            yield self.rejected("not_epub", digest, where)

    def _row(self, book: zipfile.ZipFile, digest: str, where: Row, limit: int, skipped: Skipped) -> Row:
        if sum(info.file_size for info in book.infolist() if not info.filename.endswith(_MEDIA)) > limit:
            return self.rejected("too_large", digest, where)
        container = etree.fromstring(book.read(_CONTAINER), xml_parser())
        path = next((file.get("full-path") for file in container.iter("{*}rootfile")), None)
        if path is None:
            raise KeyError("rootfile")
        package = _package(book.read(path))
        columns: Row = {
            "title": next(iter(_metadata(package, "title")), None),
            "author": joined(_metadata(package, "creator")),
        }
        columns["published"] = as_date(next(iter(_metadata(package, "date")), None))
        columns["doi"] = first_doi(_metadata(package, "identifier"))
        columns |= own_licence(self, list(_statements(package)), digest)
        if _encrypted(book):
            return self.rejected("encrypted", digest, where, **columns)
        lost: Lost = Lost()
        pages = (_root(book.read(name), lost) for name in _spine(package, path, book.namelist(), lost))
        chapters = [blocks_of(page, self.readings, lost) for page in pages if not _is_contents(page)]
        text = joined_chapters(chapters, lost)
        skipped.update({f"{self.kind}.lost.{element}": count for element, count in sorted(lost.items()) if count})
        if not text:
            return self.rejected("no_text", digest, where, **columns)
        return self.row(digest, where, text, **columns)


def _metadata(package: etree._Element, name: str) -> list[str]:
    elements = package.iterfind(f"{{*}}metadata//{{http://purl.org/dc/elements/1.1/}}{name}")
    return [text for element in elements if (text := " ".join("".join(element.itertext()).split()))]


def _statements(package: etree._Element) -> Iterator[Statement]:
    for value in _metadata(package, "rights"):
        yield Statement("dc:rights", value)
    for meta in package.iterfind("{*}metadata/{*}meta"):
        if meta.get("property") in _LICENCES and not meta.get("refines"):
            yield Statement(meta.get("property", ""), " ".join("".join(meta.itertext()).split())[:2000])
    for link in package.iterfind("{*}metadata/{*}link"):
        for relation in (link.get("rel") or "").split():
            if relation in _LICENCES and not link.get("refines"):
                yield Statement(f"link rel={relation}", link.get("href") or "")


def _encrypted(book: zipfile.ZipFile) -> bool:
    if any(info.flag_bits & 1 for info in book.infolist()):
        return True
    if _ENCRYPTION not in book.namelist():
        return False
    methods = etree.fromstring(book.read(_ENCRYPTION), xml_parser()).iter("{*}EncryptionMethod")
    return any(_FONTS not in (method.get("Algorithm") or "") for method in methods)


def _package(content: bytes) -> etree._Element:
    """Return the package of a book, which is read on where it is not well formed.

    Raises
    ------
    etree.XMLSyntaxError
        when nothing can be made of it.
    """
    try:
        package = etree.fromstring(content.strip(), xml_parser())
    except etree.XMLSyntaxError:
        package = etree.fromstring(content.strip(), xml_parser(recover=True))
        if package is None or package.find("{*}spine") is None:
            raise
    resolve(package)
    return package


def _spine(package: etree._Element, path: str, names: Sequence[str], lost: Lost) -> Iterator[str]:
    """Yield the names of the pages in reading order, and count those that are not there."""
    items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    exact, alike = set(names), {_folded(name): name for name in reversed(names)}
    seen: set[str] = set()
    for reference in package.iterfind("{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None:
            lost["chapter"] += 1
            continue
        href = item.get("href") or ""
        address = href.partition("#")[0].partition("?")[0]
        if "nav" in (item.get("properties") or "").split():
            continue
        candidates = [
            posixpath.normpath(posixpath.join(posixpath.dirname(path), name.lstrip("/")))
            for name in (unquote(address), address, unquote(href))
        ]
        name = next((name for name in candidates if name in exact), None) or alike.get(_folded(candidates[0]))
        if name is None or (item.get("media-type") not in _PAGES and not name.lower().endswith(_PAGE_NAMES)):
            lost["chapter"] += 1
        elif name not in seen:  # the specification has no page twice, and a bomb has it often
            seen.add(name)
            yield name


def _folded(name: str) -> str:
    """Return a name as systems compare it that know neither cases nor forms of Unicode."""
    return unicodedata.normalize("NFC", name).casefold()


def _root(content: bytes, lost: Lost) -> etree._Element:
    try:
        page = etree.fromstring(content, xml_parser())
    except etree.XMLSyntaxError:
        if not content.strip():
            return etree.Element("html")
        return html.document_fromstring(content, html.HTMLParser(encoding=_declared(content)))
    lost["entity"] += resolve(page)
    return page


def _declared(content: bytes) -> str | None:
    """Return UTF-8 for a page that is in it; of any other, its own words are followed."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _is_contents(page: etree._Element) -> bool:
    """Return whether a page is a table of contents: most of its text stands in links to other pages of the book."""
    body = page.find("{*}body")
    whole = _length(page if body is None else body)
    linked = sum(_length(link) for link in page.iter("{*}a") if ":" not in (link.get("href") or ":"))
    return whole > 0 and linked >= _CONTENTS * whole


def _length(element: etree._Element) -> int:
    return sum(len("".join(text.split())) for text in element.itertext())
