import pytest

from pipeline.pdf.accents import accents, with_accents
from tests.pipeline.pdf.conftest import characters_at


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("B\u00e9z", [(0x42, 0, 7), (0xB4, 8.5, 3), (0x65, 7, 6), (0x7A, 13, 5)]),
        ("\u00edn", [(0xB4, 0, 3), (0x131, 0, 3), (0x6E, 3, 6)]),
        ("a\u00e7", [(0x61, 0, 6), (0x63, 6, 5), (0xB8, 7, 3)]),
        ("\u00fc", [(0xA8, 0.5, 5), (0x20, 5, 0), (0x75, 0, 6)]),
        ("`code", [(0x60, 0, 3), (0x63, 3, 5), (0x6F, 8, 5), (0x64, 13, 6), (0x65, 19, 5)]),
        ("x~y", [(0x78, 0, 6), (0x7E, 6, 6), (0x79, 12, 6)]),
        ("\u00b4q", [(0xB4, 1, 3), (0x71, 0, 6)]),  # no such letter
    ],
)
def test_an_accent_over_a_letter_is_one_character_with_it(text: str, drawn: list[tuple[int, float, float]]) -> None:
    page = characters_at(drawn)
    page.generated[page.codes == 0x20] = 1
    assert "".join(map(chr, with_accents(page, accents()).codes)) == text
