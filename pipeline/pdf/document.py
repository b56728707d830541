"""A PDF file as a text, or the reason why it gives none: what the child process does with its bytes.

The reasons: `not_pdf`; `encrypted`; `truncated` (it cannot be opened, and its end is missing); `damaged` (it cannot be
opened, or more than a fifth of its pages cannot); `too_large` (in pages), `too_many_characters`; `scanned` (images
of pages, without a text); `no_text_layer` (hardly any text); `garbled` (characters that mean nothing, or are not those
that one sees: see `pipeline.pdf.garbled`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pypdfium2 import PdfDocument, PdfiumError, raw

from filters.text.characters import properties
from pipeline.pdf.garbled import UNMAPPED, is_garbled, is_proved
from pipeline.pdf.lines import together
from pipeline.pdf.ocr import Recogniser, recognised
from pipeline.pdf.pages import Pages, edges, read_pages
from pipeline.pdf.refusals import Refusal, is_pdf, unopened
from pipeline.pdf.text import Heights, document_text, line_texts

_FAILED = 0.2  # of the pages
_PER_PAGE = 50  # characters below which a page has no text to speak of
_WITH_TEXT = 0.2  # of the pages


class Limits(NamedTuple):
    """How much a document may be, and what reads the pages of a scan."""

    pages: int
    ocr: Recogniser | None = None


class Content(NamedTuple):
    """What a document holds."""

    text: str
    pages: Pages
    front: str = ""  # the lines of the first page and of the last, running titles included


class Scanned(Refusal):
    """A document whose pages are images."""


@contextmanager
def opened(content: bytes) -> Iterator[Any]:
    """Open a document.

    Raises
    ------
    Refusal
        `not_pdf`, `encrypted`, `truncated` or `damaged`.
    """
    if not is_pdf(content):
        raise Refusal("not_pdf")
    try:
        document = PdfDocument(content)
    except PdfiumError as error:
        password = error.err_code == raw.FPDF_ERR_PASSWORD
        raise Refusal("encrypted" if password else unopened(content)) from error
    try:
        yield document
    finally:
        document.close()


def content_of(document: Any, limits: Limits) -> Content:
    """Return the text of an open document.

    Raises
    ------
    Refusal
        with one of the reasons above.
    """
    count = len(document)
    if count > limits.pages:
        raise Refusal("too_large")
    pages = read_pages(document.raw)
    try:
        _check(pages)
    except Scanned:
        if limits.ocr is None:
            raise
        return Content(recognised(document, limits.ocr), pages)
    guessed = pages.unmapped > UNMAPPED * sum(pages.characters)
    if guessed:
        pages = read_pages(document.raw, guessed=True)
    if not pages.lines:
        raise Refusal("no_text_layer")
    whole = together(pages.lines)
    text = document_text(whole, Heights(edges(pages.bottoms), edges(pages.tops)), properties())
    if is_garbled(text) or (guessed and not is_proved(text)):
        raise Refusal("garbled")
    return Content(text, pages, _front(pages))


def _front(pages: Pages) -> str:
    ends = [pages.lines[0], *pages.lines[1:][-1:]]
    return "\n".join(line for page in ends for line in line_texts(page))


def _check(pages: Pages) -> None:
    count = len(pages)
    if not count or pages.failed > _FAILED * count:
        raise Refusal("damaged")
    with_text = sum(number >= _PER_PAGE for number in pages.characters)
    total = sum(pages.characters)
    if with_text < _WITH_TEXT * count or total < _PER_PAGE * count:
        raise Scanned("scanned") if 2 * pages.images >= count else Refusal("no_text_layer")
