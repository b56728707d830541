import random

import pytest

from pipeline.pdf.document import Limits, content_of, opened
from pipeline.pdf.refusals import Refusal
from pipeline.pdf.sample import written
from tests.pipeline.pdf.conftest import Reader

LINES = [
    "The water of the sea is warmer than it was in the century before,",
    "and it rises still. What was known of it in the north is that it was",
    "not as deep as the one in the south, and that the \x0csh of both were",
    "of the same kind. It is said that they had come from there to the",
    "north in the years when it was cold, and that this is why they are",
    "so few and so large. In the end it was found that they were not.",
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SMALL = frozenset("acegmnopqrsuvwxyz")


def bitmaps(lines: list[str]) -> bytes:
    """Return a PDF as dvips and a distiller write one: a font of one point, glyphs without names, and no spaces."""
    shown = []
    for number, line in enumerate(lines):
        at = 72.0
        for word in line.split(" "):
            codes = word.encode("latin-1").hex()
            shown.append(f"BT /F1 1 Tf {at:.2f} {700 - 12 * number} Td <{codes}> Tj ET")
            at += 5 * len(word) + 3.3
    stream = "\n".join(shown).encode()
    names = " ".join(f"/a{code}" for code in range(128))
    glyphs = " ".join(f"/a{code} {6 + (chr(code) in SMALL)} 0 R" for code in range(128))
    font = (
        f"<< /Type /Font /Subtype /Type3 /FontMatrix [1 0 0 1 0 0] /FontBBox [0 0 0 0] /FirstChar 0 /LastChar 127 "
        f"/Widths [{'5 ' * 128}] /Encoding << /Type /Encoding /Differences [0 {names}] >> /CharProcs << {glyphs} >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 8 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Producer (a distiller) >>",
        font.encode(),
        *(_stream(b"5 0 0 0 5 %.1f d1 0 0 4.5 %.1f re f" % (height, height)) for height in (7, 4.4)),
        _stream(stream),
    ]
    return written(objects)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def test_fonts_without_sizes_and_names_are_read_as_those_of_tex(read: Reader) -> None:
    assert read(bitmaps(LINES)).text == " ".join(LINES).replace("\x0c", "fi")


@pytest.mark.parametrize("seed", range(3))
def test_what_does_not_prove_a_language_is_garbled(seed: int) -> None:
    exchanged = str.maketrans(LETTERS, "".join(random.Random(seed).sample(LETTERS, len(LETTERS))))
    with (
        pytest.raises(Refusal, match="garbled"),
        opened(bitmaps([line.translate(exchanged) for line in LINES])) as file,
    ):
        content_of(file, Limits(1))
