"""Pages as Skia draws them: a space is an object of its own, a cluster of glyphs has one text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pdf.document import Limits, content_of, opened
from pipeline.pdf.sample import assembled, shaped

CLUSTERS = st.sampled_from(["\u0915\u093f", "\u0928\u093f", "\u0930", "\u0938\u094d\u0925\u093e", "\u0939\u0948"])


@settings(max_examples=20)
@given(st.lists(st.lists(CLUSTERS, min_size=1, max_size=4), min_size=2, max_size=5))
def test_only_spaces_that_are_drawn_stand_between_words(words: list[list[str]]) -> None:
    line = shaped(words)
    filler = "\n".join(
        f"BT /F1 10 Tf 1 0 0 1 72 {600 - 14 * n} Tm (A line of the page in Latin) Tj ET" for n in range(4)
    )
    with opened(assembled([line + b"\n" + filler.encode()])) as document:
        first = content_of(document, Limits(1)).text.split("\n")[0]
    assert first == " ".join("".join(word) for word in words)
