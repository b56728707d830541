"""The pages of a document that pdfium has opened, read one after the other and closed at once.

pdfium decodes no image to read text, and keeps what a page has taken until the page is closed.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw as pdfium

from filters.text.characters import properties
from pipeline.pdf.accents import accents, with_accents
from pipeline.pdf.calls import address, addresses
from pipeline.pdf.characters import characters
from pipeline.pdf.fragments import fragments
from pipeline.pdf.kashida import without_strokes
from pipeline.pdf.lines import Lines, lines
from pipeline.pdf.objects import objects
from pipeline.pdf.order import reading_order
from pipeline.pdf.refusals import Refusal
from pipeline.pdf.unsaid import with_spaces

PAGE_CHARACTERS = 200_000  # a page of more is none: newspapers have 50,000
DOCUMENT_CHARACTERS = 20_000_000
_EXTRACT = 1 << 4  # bit 5 of the permissions, ISO 32000-1, table 22
_SCANNED = 0.6  # of the page that an image covers


@dataclass
class Pages:
    """What the pages of a document hold; a page that cannot be read holds nothing."""

    lines: list[Lines] = field(default_factory=list)
    bottoms: list[float] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)  # of each page
    unmapped: int = 0  # characters without a meaning
    failed: int = 0
    images: int = 0  # pages that an image covers
    recognised: int = 0  # of these, those whose text is invisible

    def __len__(self) -> int:
        return len(self.bottoms)


def read_pages(document: Any, *, guessed: bool = False) -> Pages:
    """Return what the pages of an open document hold.

    `guessed` is whether characters without a meaning are taken for TeX's.

    Raises
    ------
    Refusal
        `too_many_characters`, on a page or in all.
    """
    pages = Pages()
    for number in range(pdfium.FPDF_GetPageCount(document)):
        page = pdfium.FPDF_LoadPage(document, number)
        text = pdfium.FPDFText_LoadPage(page) if page else None
        try:
            if text:
                _read(page, text, number, pages, guessed)
            else:
                pages.failed += 1
                pages.bottoms.append(0.0)
                pages.tops.append(1.0)
                pages.characters.append(0)
        finally:
            if text:
                pdfium.FPDFText_ClosePage(text)
            if page:
                pdfium.FPDF_ClosePage(page)
        if sum(pages.characters) > DOCUMENT_CHARACTERS:
            raise Refusal("too_many_characters")
    return pages


def _read(page: Any, text: Any, number: int, pages: Pages, guessed: bool) -> None:
    count = pdfium.FPDFText_CountChars(text)
    if count > PAGE_CHARACTERS:
        raise Refusal("too_many_characters")
    found = characters(addresses(), address(text), max(count, 0), guessed)
    found = with_accents(found, accents())
    found = without_strokes(with_spaces(found, page, text, properties()), properties())
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    low, high = (
        (box.bottom, box.top),
        (-box.right, -box.left),
        (-box.top, -box.bottom),
        (box.left, box.right),
    )[found.quarter]
    pages.bottoms.append(low)
    pages.tops.append(high)
    pages.characters.append(found.real)
    pages.unmapped += found.unmapped
    seen = objects(addresses(), address(page), pdfium.FPDFPage_CountObjects(page))
    if seen.image > _SCANNED * max(1.0, (box.top - box.bottom) * (box.right - box.left)):
        pages.images += 1
        pages.recognised += seen.texts > 0 and 2 * seen.invisible > seen.texts
    pieces = fragments(found, properties())
    if len(pieces.first):
        pages.lines.append(lines(number, pieces, reading_order(pieces), properties()))


def may_be_extracted(document: Any) -> bool:
    """Return whether the owner of a document permits to extract its text; only an encrypted one says so."""
    return bool(pdfium.FPDF_GetDocPermissions(document) & _EXTRACT)


def edges(values: list[float]) -> npt.NDArray[np.float32]:
    """Return the bottoms or tops of pages as loops take them."""
    return np.array(values, np.float32)
