"""PDF files with a text layer: a document a file, its lines joined to paragraphs. Needs the extra `pdf` (pypdfium2).

What the file states of its licence, in its XMP metadata or its document information, goes before what is declared of
the collection. Rejected rows, by reason: `not_pdf`, `encrypted`, `no_text_layer` (a scan), `too_large` (in bytes or
pages).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from pipeline.sources.archive import Member, file_member
from pipeline.sources.base import Row, Skipped, Split, as_date
from pipeline.sources.licence import own_licence
from pipeline.sources.sandboxed import Sandboxed
from pipeline.sources.xmp import authors, doi, properties_of, statements
from shards.extras import load, require
from shards.schema import storable

_SENTENCE_END = re.compile(r"[.!?:;。！？：；…][\"'”’»）)]*$")
_HAN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_HYPHENATED = re.compile(r"[^\W\d_][-\u00ad]$")
_MARKS = {
    ord("\r"): None,
    0: None,
    0xFFFE: None,
}  # U+FFFE is pdfium's hyphen at a line end, with the line end taken out
_PER_PAGE = 50  # characters below which a page has no text layer to speak of
_REPEATED = 0.6  # share of the pages on which a first or last line is a running title


class Pdf(Sandboxed):
    """PDF files."""

    kind: Literal["pdf"] = "pdf"
    max_record_bytes: int = 256 << 20  # a larger file is rejected as `too_large`
    max_pages: int = 5000  # a file of more pages is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".pdf",)
    libraries: ClassVar[tuple[str, ...]] = ("pypdfium2",)

    @model_validator(mode="after")
    def _installed(self) -> "Pdf":
        require("pypdfium2", "pdf")
        return self

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the row of the file."""
        yield from self.parsed(split.name, [file_member(split.file, self.max_record_bytes)], skipped)

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a file."""
        digest, content = record.digest, record.content
        where = self.place(file, digest, offset=0, length=record.length)
        if record.damage:
            yield self.rejected(record.damage, digest, where)
            return
        pdfium = load("pypdfium2")
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            yield self.rejected("encrypted" if "password" in str(error).lower() else "not_pdf", digest, where)
            return
        try:
            properties = properties_of(content)
            columns = own_licence(self, statements(properties, document), digest)
            yield self._row(
                document,
                digest,
                where,
                columns | {"author": authors(properties, document), "doi": doi(properties, document)},
            )
        except pdfium.PdfiumError:  # of a page that is listed and not there
            yield self.rejected("not_pdf", digest, where)
        finally:
            document.close()

    def _row(self, document: Any, digest: str, where: Row, stated: Row) -> Row:
        metadata = document.get_metadata_dict()
        columns: Row = {
            "title": storable(metadata.get("Title", "")).strip() or None,
            "published": _created(metadata.get("CreationDate", "")),
            **stated,
        }
        if len(document) > self.max_pages:
            return self.rejected("too_large", digest, where, **columns)
        pages = [_page_text(document, number) for number in range(len(document))]
        if sum(map(len, pages)) < _PER_PAGE * len(pages):
            return self.rejected("no_text_layer", digest, where, **columns)
        return self.row(digest, where, storable(joined(pages)), **columns)


def _page_text(document: Any, number: int) -> str:
    page = document[number]
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range()).translate(_MARKS)
    finally:
        text_page.close()
        page.close()


def _created(value: str) -> date | None:
    digits = re.match(r"D:(\d{4})(\d{2})?(\d{2})?", value)
    return as_date("-".join(part for part in digits.groups() if part)) if digits else None


def joined(pages: list[str]) -> str:
    """Return the pages as paragraphs, without running titles and page numbers, words put together again."""
    pages_lines = [[line.strip() for line in page.split("\n") if line.strip()] for page in pages]
    running = _running(pages_lines)
    lines = [line for page in pages_lines for line in page if not line.isdigit() and _shape(line) not in running]
    width = sorted(map(len, lines))[len(lines) * 3 // 4] if lines else 0
    paragraphs: list[str] = []
    open_ = False
    for line in lines:
        if open_ and paragraphs:
            paragraphs[-1] = _continued(paragraphs[-1], line)
        else:
            paragraphs.append(line)
        open_ = not _SENTENCE_END.search(line) and len(line) > width * 0.6
    return "\n\n".join(paragraphs)


def _continued(text: str, line: str) -> str:
    if _HYPHENATED.search(text) and line[:1].islower():
        return text[:-1] + line
    return text + line if _HAN.match(text[-1]) and _HAN.match(line[:1]) else f"{text} {line}"


def _running(pages: list[list[str]]) -> set[str]:
    counts = Counter(_shape(line) for page in pages for line in {*page[:1], *page[-1:]})
    return {shape for shape, count in counts.items() if count >= max(3, _REPEATED * len(pages))}


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line)
