import re

import pytest

from pipeline.pdf import document
from pipeline.pdf.document import Limits, content_of, opened
from pipeline.pdf.refusals import Refusal
from pipeline.pdf.sample import pdf

LINES = ["The water of the sea is warmer than it was in the century", "before, and it rises still."]


def refused(content: bytes, pages: int = 100) -> str:
    """Return why a file gives no text."""
    with pytest.raises(Refusal) as raised, opened(content) as file:
        content_of(file, Limits(pages))
    return raised.value.reason


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("not_pdf", b"<html>no PDF</html>"),
        ("not_pdf", b""),
        ("truncated", pdf([LINES])[:300]),
        ("damaged", b"%PDF-1.7\nnothing of use\n%%EOF"),
        ("damaged", pdf([LINES]).replace(b"/Kids [6", b"/Kids [9")),
        ("no_text_layer", pdf([[]])),
        ("no_text_layer", pdf([LINES, *[["7"]] * 20])),
        ("too_large", pdf([LINES] * 101)),
    ],
)
def test_a_file_that_gives_no_text_says_why(reason: str, content: bytes) -> None:
    assert refused(content) == reason


def test_a_page_of_too_many_characters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.pdf.pages.PAGE_CHARACTERS", 50)
    assert refused(pdf([LINES])) == "too_many_characters"


def test_characters_that_mean_nothing_are_garbage() -> None:
    private = b"/Encoding << /Type /Encoding /Differences [97 /g1 /g2 /g3 /g4 /g5 /g6 /g7 /g8] >>"
    assert refused(re.sub(rb"/Encoding /WinAnsiEncoding", private, pdf([["abcdefgh" * 8] * 4]))) == "garbled"


def test_bytes_before_the_file_are_passed_over() -> None:
    with opened(b"junk\n" + pdf([LINES])) as file:
        assert content_of(file, Limits(1)).text.startswith("The water")


def test_the_text_is_the_same_each_time() -> None:
    texts = set()
    for _ in range(2):
        with opened(pdf([LINES] * 3)) as file:
            texts.add(document.content_of(file, Limits(3)).text)
    assert len(texts) == 1
