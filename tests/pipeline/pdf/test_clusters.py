from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline.pdf.conftest import characters_at, text_of

INDIC = st.sampled_from(["\u0915\u093f", "\u0930\u094d\u0925", "\u0e27\u0e34\u0e48", "\u09ae\u09c2", "\u0bb2\u0bcd"])
LETTERS = st.sampled_from(["\u0928", "\u0e07", "\u09b0", "\u0bb5"])
Drawn = list[tuple[int, float, float]]


def shaped(clusters: list[str], repeats: list[bool], *, over: float = 2) -> tuple[Drawn, list[float]]:
    """Return clusters as a shaper draws them, ten points each; some a second time, for their second glyph."""
    drawn: Drawn = []
    origins: list[float] = []
    for number, (cluster, again) in enumerate(zip(clusters, repeats, strict=True)):
        for origin in [10.0 * number, 10.0 * number + over][: 1 + (again and len(cluster) > 1)]:
            width = (10.0 * number + 10 - origin) / len(cluster)
            drawn += [(ord(code), origin + width * at, width) for at, code in enumerate(cluster)]
            origins += [origin] * len(cluster)
    return drawn, origins


@given(st.lists(st.one_of(INDIC, LETTERS), min_size=1, max_size=8), st.data())
def test_a_cluster_is_read_once_however_many_of_its_glyphs_have_its_text(
    clusters: list[str], data: st.DataObject
) -> None:
    repeats = data.draw(st.lists(st.booleans(), min_size=len(clusters), max_size=len(clusters)))
    assert text_of(characters_at(*shaped(clusters, repeats))) == "".join(clusters)


@given(st.lists(st.one_of(INDIC, LETTERS), min_size=1, max_size=8))
def test_a_cluster_that_is_written_twice_is_read_twice(clusters: list[str]) -> None:
    twice = [cluster for cluster in clusters for _ in range(2)]
    assert text_of(characters_at(*shaped(twice, [False] * len(twice)))) == "".join(twice)


def test_the_letters_of_a_ligature_are_in_the_order_of_its_text_where_pdfium_reversed_the_line() -> None:
    alef, lam, seen = 0x627, 0x644, 0x633
    line = [(seen, 30, 10), (alef, 20, 10), (lam, 20, 10), (seen, 10, 10)]
    assert text_of(characters_at(line)) == "\u0633\u0644\u0627\u0633"


def test_a_letter_with_its_mark_in_one_glyph_keeps_the_mark_behind_it() -> None:
    seen, alef, tanwin = 0x633, 0x627, 0x64B
    line = [(seen, 10, 10), (alef, 5, 5), (tanwin, 0, 5)]
    assert text_of(characters_at(line, [10, 0, 0])) == "\u0633\u0627\u064b"
