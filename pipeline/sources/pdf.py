"""PDF files: a document a file, or a member of an archive, its columns and pages put in order (`pipeline.pdf`).

What the file states of its licence, in its XMP metadata, its document information or else the words of its first and
last page, goes before what is declared of the collection. Evidence of kind `pdf` tells that the owner forbids to
extract, and that the text was recognised from images; `measured` counts the pages, those that cannot be read, and those
whose text was recognised. Rejected rows, by reason: those of `pipeline.pdf.document`;
`too_large` (in bytes or pages); `cpu_time`, `memory`, `hung`, `crashed` (the parser died of it; pdfium ends its process
where memory is not enough).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from pipeline import sandbox
from pipeline.sources.archive import Member, file_member, members
from pipeline.sources.base import Row, Skipped, Split, as_date, evidence
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.sandboxed import Sandboxed
from pipeline.sources.xmp import authors, doi, properties_of, statements
from shards.schema import storable

if TYPE_CHECKING:
    from pipeline.pdf.document import Content

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz", ".zip")
_SECONDS, _PAGE_SECONDS = 3, 0.25  # of CPU: of a file and of each page, hundreds of times what sound ones take


MEASURES = ("pdf.pages", "pdf.failed_pages", "pdf.recognised_pages")


class Pdf(Sandboxed):
    """PDF files, by themselves or in tar and zip archives."""

    kind: Literal["pdf"] = "pdf"
    max_record_bytes: int = 256 << 20  # a larger file is rejected as `too_large`
    max_pages: int = Field(5000, ge=1)  # a file of more pages is rejected as `too_large`
    # a function MODULE:FUNCTION from the image of a scanned page to its text; null: scans are rejected as
    # `scanned`
    ocr: str | None = Field(None, pattern=r"^[\w.]+:\w+$")
    # bytes of addresses of the process that parses, of which a file that expands fills some 1 GiB before it is stopped;
    # a file that needs more is rejected as `memory`
    memory_bytes: int = 1280 << 20

    suffixes: ClassVar[tuple[str, ...]] = (".pdf", *_ARCHIVES)
    signature: ClassVar[bytes] = rb"%PDF-"
    libraries: ClassVar[tuple[str, ...]] = ("pypdfium2",)

    def measures(self) -> tuple[str, ...]:
        return MEASURES

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for the file, or for every PDF file of an archive."""
        if split.name.lower().endswith(_ARCHIVES):
            parts = members(split.file, (".pdf",), self.max_record_bytes)
        else:
            parts = iter([file_member(split.file, self.max_record_bytes)])
        yield from self.parsed(split.name, parts, skipped)

    @classmethod
    def warm(cls) -> None:
        """Have the loops compiled, by reading a page and one of a script that is shaped."""
        from pipeline.pdf.document import Limits, content_of, opened
        from pipeline.pdf.sample import assembled, pdf, shaped

        super().warm()
        line = [["\u0928\u093f", "\u0928"], ["\u0633\u064b", "\u0644"]] * 8  # Devanagari and Arabic, with marks
        scripts = assembled([b"\n".join(shaped(line, 700 - 14 * row) for row in range(4))])
        for content in (pdf([["A page that a table", "and a second line follow, 1990."] * 8] * 2), scripts):
            with opened(content) as document:
                content_of(document, Limits(2))

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the row of a file."""
        from pipeline.pdf.document import Limits, content_of, opened  # numba and pdfium: of the child only
        from pipeline.pdf.ocr import recogniser
        from pipeline.pdf.refusals import Refusal

        where = self.place(file, record.digest, offset=record.offset, length=record.length)
        if record.damage:
            yield self.rejected(record.damage, record.identity, where)
            return
        columns: Row = {}
        try:
            with opened(record.content) as document:
                if self.ocr is None:  # recognition takes seconds a page
                    sandbox.narrow(int(_SECONDS + _PAGE_SECONDS * min(len(document), self.max_pages)))
                columns = self._stated(document, record) | {"measured": {"pdf.pages": len(document)}}
                content = content_of(document, Limits(self.max_pages, recogniser(self.ocr) if self.ocr else None))
                columns |= self._said(document, record, content)
        except Refusal as refusal:
            yield self.rejected(refusal.reason, record.identity, where, **columns)
            return
        yield self.row(record.identity, where, content.text, **columns)

    def _said(self, document: Any, record: Member, content: "Content") -> Row:
        """Return what metadata and the words of the first and last page say of rights, and the DOI."""
        from pipeline.pdf.front import licence_statements, stated_doi
        from pipeline.pdf.pages import may_be_extracted

        properties = properties_of(record.content)
        stated = statements(properties, document)
        words = [Statement("page", value) for value in licence_statements(content.front)]
        columns: Row = dict(own_licence(self, stated or words, record.identity))
        columns["doi"] = doi(properties, document) or stated_doi(content.front)
        pages = content.pages
        columns["measured"] = dict(zip(MEASURES, (len(pages), pages.failed, pages.recognised), strict=True))
        marks = []
        if not may_be_extracted(document.raw):
            marks.append(evidence("extraction forbidden", "permissions", kind="pdf", digest=record.identity))
        if content.pages.recognised:
            value = f"recognised text on {content.pages.recognised} of {len(content.pages)} pages"
            marks.append(evidence(value, "pages", kind="pdf", digest=record.identity))
        if marks:
            declared = [self.declared()] if self.license or self.license_url else []
            columns["evidence"] = [*columns.get("evidence", declared), *marks]
        return columns

    def _stated(self, document: Any, record: Member) -> Row:
        """Return the columns that the file's metadata fill."""
        properties = properties_of(record.content)
        return {
            "title": storable(document.get_metadata_value("Title")).strip() or None,
            "published": _created(document.get_metadata_value("CreationDate")),
            "author": authors(properties, document),
        }


def _created(value: str) -> date | None:
    digits = re.match(r"D:(\d{4})(\d{2})?(\d{2})?", value)
    return as_date("-".join(part for part in digits.groups() if part)) if digits else None
