"""EPUB books: a document a book, its chapters in reading order as Markdown.

The rights statement of the book (`dc:rights`, `dcterms:license`, `cc:license`) goes before what is declared of the
collection. Rejected rows, by reason: `not_epub`, `encrypted`, `no_text`, `too_large`.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal
from urllib.parse import unquote

from lxml import etree, html

from pipeline.authors import joined
from pipeline.doi import first_doi
from pipeline.sources.archive import Member, file_member
from pipeline.sources.base import Row, Skipped, Split, as_date
from pipeline.sources.jats import xml_parser
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.sandboxed import Sandboxed

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS = "http://www.idpf.org/2008/embedding"
_PAGES = {"application/xhtml+xml", "text/html"}
_LICENCES = {"dcterms:rights", "dcterms:license", "cc:license", "license"}  # of `meta property` and `link rel`
_EXPANSION = 20  # times the size of the file: what its text may inflate to
_ALWAYS = 16 << 20  # bytes that the text of a book may have, however small the file is
# what is not read, and may therefore have any size
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".mp3", ".mp4", ".m4a", ".m4v", ".ttf", ".otf", ".woff")
_CONTENTS = 0.7  # of a page's text in links: a table of contents
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = {"script", "style", "nav", "head", "svg", "math", "audio", "video"}
_BLOCKS = {"p", "div", "section", "article", "blockquote", "ul", "ol", "dl", "dt", "dd", "figure", "figcaption", "body"}


class Epub(Sandboxed):
    """Books in EPUB 2 and 3."""

    kind: Literal["epub"] = "epub"
    max_record_bytes: int = 256 << 20  # a larger book is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".epub",)

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
                yield self._row(book, digest, where, max(_EXPANSION * record.length, _ALWAYS))
        except (
            *(zipfile.BadZipFile, zlib.error, NotImplementedError, KeyError, etree.XMLSyntaxError, RuntimeError),
            *(EOFError, OSError, ValueError),
        ):
            yield self.rejected("not_epub", digest, where)

    def _row(self, book: zipfile.ZipFile, digest: str, where: Row, limit: int) -> Row:
        if sum(info.file_size for info in book.infolist() if not info.filename.endswith(_MEDIA)) > limit:
            return self.rejected("too_large", digest, where)
        container = etree.fromstring(book.read(_CONTAINER), xml_parser())
        path = next((file.get("full-path") for file in container.iter("{*}rootfile")), None)
        if path is None:
            raise KeyError("rootfile")
        package = etree.fromstring(book.read(path), xml_parser())
        columns: Row = {
            "title": next(iter(_metadata(package, "title")), None),
            "author": joined(_metadata(package, "creator")),
        }
        columns["published"] = as_date(next(iter(_metadata(package, "date")), None))
        columns["doi"] = first_doi(_metadata(package, "identifier"))
        columns |= own_licence(self, list(_statements(package)), digest)
        if _encrypted(book):
            return self.rejected("encrypted", digest, where, **columns)
        pages = (_root(book.read(name)) for name in _spine(package, path, set(book.namelist())))
        chapters = (_chapter(page) for page in pages if not _is_contents(page))
        text = "\n\n".join(chapter for chapter in chapters if chapter)
        if not text:
            return self.rejected("no_text", digest, where, **columns)
        return self.row(digest, where, text, **columns)


def _metadata(package: etree._Element, name: str) -> list[str]:
    found = package.iterfind(f"{{*}}metadata//{{http://purl.org/dc/elements/1.1/}}{name}")
    return [text for element in found if (text := " ".join("".join(element.itertext()).split()))]


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


def _spine(package: etree._Element, path: str, names: set[str]) -> Iterator[str]:
    items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    seen: set[str] = set()
    for reference in package.iterfind("{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(item.get("href") or "")))
        if name in names and name not in seen:  # the specification has no page twice, and a bomb has it often
            seen.add(name)
            yield name


def _root(content: bytes) -> etree._Element:
    try:
        return etree.fromstring(content, xml_parser())
    except etree.XMLSyntaxError:
        return html.document_fromstring(content) if content.strip() else etree.Element("html")


def _is_contents(page: etree._Element) -> bool:
    """Return whether a page is a table of contents: most of its text stands in links to other pages of the book."""
    body = page.find("{*}body")
    whole = _length(page if body is None else body)
    linked = sum(_length(link) for link in page.iter("{*}a") if ":" not in (link.get("href") or ":"))
    return whole > 0 and linked >= _CONTENTS * whole


def _length(element: etree._Element) -> int:
    return sum(len("".join(text.split())) for text in element.itertext())


def _chapter(page: etree._Element) -> str:
    blocks = [""]
    _write(page, blocks)
    return "\n\n".join(text for block in blocks if (text := _joined(block)))


def _joined(block: str) -> str:
    if block.startswith("```"):
        return block
    mark, _, text = block.rpartition("\0")
    text = " ".join(text.split())
    return mark + text if text and not text.isdigit() else ""  # a page number, or that of a paragraph


def _write(element: etree._Element, blocks: list[str]) -> None:
    """Add the blocks in an element; the last of them is open for what follows."""
    if not isinstance(element.tag, str):
        return
    name = element.tag.rpartition("}")[2].lower()
    if name in _SKIPPED:
        return
    if name == "pre":
        blocks += [f"```\n{''.join(element.itertext()).strip(chr(10))}\n```", ""]
        return
    if name == "tr":
        cells = [" ".join("".join(cell.itertext()).split()).replace("|", r"\|") for cell in element]
        blocks += [f"| {' | '.join(cells)} |", ""]
        return
    own = f"{'#' * _HEADINGS[name]} " if name in _HEADINGS else "- " if name == "li" else ""
    opens = bool(own) or name in _BLOCKS
    if opens and not blocks[-1].endswith("\0"):  # a paragraph that begins a list item is the item
        blocks.append(f"{own}\0" if own else "")
    blocks[-1] += "\n" if name == "br" else element.text or ""
    for child in element:
        _write(child, blocks)
        blocks[-1] += child.tail or ""
    if opens:
        blocks.append("")
