"""A PDF file as a text, or the reason why it gives none: what the child process does with its bytes.

The reasons: `not_pdf`; `encrypted`; `truncated` (it cannot be opened, and its end is missing); `damaged` (it cannot be
opened, or more than a fifth of its pages cannot); `too_large` (in pages), `too_many_characters`; `scanned` (images
of pages, without a text); `no_text_layer` (hardly any text); `garbled` (characters that mean nothing).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pypdfium2 import PdfDocument, PdfiumError, raw

from filters.text.characters import properties
from pipeline.pdf.lines import together
from pipeline.pdf.pages import Pages, edges, read_pages
from pipeline.pdf.refusals import Refusal, is_pdf, unopened
from pipeline.pdf.text import Heights, document_text

_FAILED = 0.2  # of the pages
_PER_PAGE = 50  # characters below which a page has no text to speak of
_WITH_TEXT = 0.2  # of the pages
_UNMAPPED = 0.1  # of the characters: sound files have .007 at most, damaged Indic ones .05 to .15, others .99


class Limits(NamedTuple):
    """How much a document may be."""

    pages: int


class Content(NamedTuple):
    """What a document holds."""

    text: str
    pages: Pages


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
    _check(pages)
    if not pages.lines:
        raise Refusal("no_text_layer")
    text = document_text(together(pages.lines), Heights(edges(pages.bottoms), edges(pages.tops)), properties())
    return Content(text, pages)


def _check(pages: Pages) -> None:
    count = len(pages)
    if not count or pages.failed > _FAILED * count:
        raise Refusal("damaged")
    with_text = sum(number >= _PER_PAGE for number in pages.characters)
    total = sum(pages.characters)
    if with_text < _WITH_TEXT * count or total < _PER_PAGE * count:
        raise Refusal("scanned" if 2 * pages.images >= count else "no_text_layer")
    if pages.unmapped > _UNMAPPED * total:
        raise Refusal("garbled")
