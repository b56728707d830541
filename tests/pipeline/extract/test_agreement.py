"""What paragraphs of one kind say together."""

import numpy as np
import pytest

from pipeline.extract.agreement import agreed
from pipeline.extract.block_text import block_text
from pipeline.extract.choice import sizes_of
from pipeline.extract.markup import outline

TEXTS = (
    "The river rose for three days, and then the bridge was closed.",
    "Die Brücke blieb drei Tage lang gesperrt, weil der Fluss weiter stieg.",
    "河水连续上涨三天，大桥随后封闭，镇上的居民都站在岸边看着水流。",
)


def judged(html: str, chances: list[float]) -> list[float]:
    """Return the probabilities of a page's blocks after its paragraphs have been heard together."""
    markup = np.frombuffer(html.encode(), np.uint8)
    page = outline(markup)
    text = block_text(markup, page)
    assert len(page.block_element) == len(chances)
    return [round(float(chance), 2) for chance in agreed(np.array(chances, np.float32), sizes_of(text), page, text)]


@pytest.mark.parametrize("text", TEXTS)
def test_a_doubtful_paragraph_leans_on_the_others_of_its_kind(text: str) -> None:
    first, middle, last = judged(f"<p>{text}</p>" * 3, [0.9, 0.4, 0.9])
    assert 0.4 < middle < 0.9
    assert first == last < 0.9


def test_the_mean_is_of_log_odds_weighed_by_words() -> None:
    assert judged(f"<p>{TEXTS[0]}</p>" * 3, [0.9, 0.5, 0.1]) == [0.75, 0.5, 0.25]
    longer = f"<p>{TEXTS[0]}</p><p>{TEXTS[0]}</p><p>{TEXTS[0] * 20}</p>"
    assert judged(longer, [0.9, 0.5, 0.1])[0] < 0.6


def test_another_kind_is_not_asked() -> None:
    teasers = f"<div class=teaser><p>{TEXTS[0]}</p></div>" * 2
    assert judged(f"<p>{TEXTS[0]}</p>" * 2 + teasers, [0.9, 0.8, 0.1, 0.2]) == [0.9, 0.8, 0.1, 0.2]


def test_what_is_no_paragraph_neither_asks_nor_is_asked() -> None:
    assert judged("<p>Share this</p>" * 3, [0.9, 0.1, 0.1]) == [0.9, 0.1, 0.1]
    linked = f"<p><a href=/>{TEXTS[0]}</a></p>"
    assert judged(linked * 3, [0.9, 0.1, 0.1]) == [0.9, 0.1, 0.1]
    assert judged("", []) == []
