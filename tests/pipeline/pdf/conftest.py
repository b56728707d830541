from collections.abc import Callable, Sequence

import numpy as np
import pytest

from filters.text.characters import properties
from pipeline.pdf.characters import Characters
from pipeline.pdf.document import Content, Limits, content_of, opened
from pipeline.pdf.fragments import Fragments, fragments
from pipeline.pdf.sample import assembled, escaped

Reader = Callable[[bytes], Content]
Placed = tuple[float, float, str]  # points from the left and from the bottom, and what stands there


@pytest.fixture
def read() -> Reader:
    """Return what a file holds."""

    def content(file: bytes) -> Content:
        with opened(file) as document:
            return content_of(document, Limits(100))

    return content


def placed(pages: Sequence[Sequence[Placed]], size: float = 10) -> bytes:
    """Return a PDF whose pages have texts at these places, in Latin-1 and the order in which they are given."""

    def shown(x: float, y: float, text: str) -> bytes:
        return b"BT /F1 %d Tf %.2f %.2f Td (%s) Tj ET" % (size, x, y, escaped(text))

    return assembled([b"\n".join(shown(*text) for text in texts) for texts in pages])


def fragments_at(places: Sequence[tuple[float, float, float]]) -> Fragments:
    """Return fragments of one letter, 10 points high: their left, right and baseline."""
    count = len(places)
    left, right, y = (np.array(column, np.float32) for column in zip(*places, strict=True))
    first = np.arange(count)
    return Fragments(
        np.full(count, ord("x"), np.int32), first, first + 1, left, right, y, np.full(count, 10, np.float32),
        first.astype(np.int32), np.zeros(count, np.uint8),
    )  # fmt: skip


def characters_at(drawn: Sequence[tuple[int, float, float]], origins: Sequence[float] | None = None) -> Characters:
    """Return the characters of a line, 10 points high: of each its code, left and width; where their glyphs were set
    if it is not at their left.
    """
    count = len(drawn)
    codes, left, width = (np.array(column) for column in zip(*drawn, strict=True))
    left = left.astype(np.float32)
    return Characters(
        codes.astype(np.int32), left, left + width.astype(np.float32), np.zeros(count, np.float32),
        np.full(count, 10, np.float32), left if origins is None else np.array(origins, np.float32),
        np.zeros(count, np.uint8), np.arange(count, dtype=np.int32), np.zeros((0, 2), np.float32), 0, count, 0, 0,
    )  # fmt: skip


def text_of(page: Characters) -> str:
    """Return the fragments of a line, with a bar between them."""
    found = fragments(page, properties())
    return "|".join(
        "".join(map(chr, found.text[first:last])) for first, last in zip(found.first, found.last, strict=True)
    )
