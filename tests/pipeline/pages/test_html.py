"""Markup of texts that nobody may trust."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pages.html import Html, definitions, element, escaped, excerpt, joined, language_tag, shortened
from tests.pipeline.pages.parsing import Page

SEEN = st.text(st.characters(exclude_categories=["Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"]))


@given(st.text(max_size=30))
def test_a_text_is_inert_wherever_it_stands(text: str) -> None:
    page = Page(element("p", text, element("b", text), title=text))
    assert [name for name, _ in page.elements] == ["p", "b"]
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u0000\u001b") & set(page.text)


@given(SEEN)
def test_what_can_be_seen_is_read_as_it_was_written(text: str) -> None:
    page = Page(element("p", text, title=text))
    assert (page.text, page.values("title")) == (text, [text])


def test_markup_is_not_escaped_again_and_nothing_is_left_out() -> None:
    bold = element("b", "<")
    assert escaped(bold) is bold
    assert element("p", bold, None, "&", class_="a", hidden=True, disabled=False, lang=None, aria_label="x") == (
        '<p class="a" hidden aria-label="x"><b>&lt;</b>&amp;</p>'
    )
    assert element("meta", name="x") == '<meta name="x">'
    assert joined([Html("<i></i>"), None, "<"], ", ") == "<i></i>, &lt;"


@given(SEEN.filter(lambda text: "…" not in text), st.data())
def test_an_excerpt_has_the_text_with_its_marks(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    spans = [tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(places, places), max_size=4))]
    markup, left = excerpt(text, [(low, high) for low, high in spans])
    assert left == 0
    assert Page(markup).text == text.replace("\n", "")
    marked = {at for low, high in spans for at in range(low, high)}
    assert ("<mark>" in markup) == any(text[at] != "\n" for at in marked)


def test_an_excerpt_of_a_long_text_is_where_its_first_mark_is() -> None:
    text = "a" * 1_000_000 + "here" + "b" * 1_000_000
    markup, left = excerpt(text, [(1_000_000, 1_000_004)])
    assert left == len(text) - 1_500
    assert "<mark>here</mark>" in markup
    assert markup.count("…") == 2
    assert len(markup) < 2_000
    assert "…" not in excerpt("a" * 1_500, [])[0]


def test_each_line_is_a_paragraph_that_finds_its_own_direction() -> None:
    markup, _ = excerpt("שלום\nhello\u202e\n\nสวัสดี", [(0, 4)], "heb_Hebr")
    page = Page(markup)
    assert [told for name, told in page.elements if name == "p"] == [{"dir": "auto"}] * 4
    assert page.values("lang") == ["he-Hebr"]
    assert "hello<U+202E>" in page.text


@pytest.mark.parametrize(
    ("language", "tag"),
    [("zho_Hant", "zh-Hant"), ("jpn_Jpan", "ja-Jpan"), ("ace_Latn", "ace-Latn"), ("und", None), (None, None)],
)
def test_a_language_is_named_as_html_does(language: str | None, tag: str | None) -> None:
    assert language_tag(language) == tag


def test_definitions_are_pairs() -> None:
    assert definitions([("a", "<"), (Html("<i></i>"), None)]) == (
        "<dl><dt>a</dt><dd>&lt;</dd><dt><i></i></dt><dd></dd></dl>"
    )


def test_a_line_is_cut_and_has_no_second_one() -> None:
    assert shortened("a\nb") == "a b"
    assert shortened("x" * 1_000_000) == "x" * 199 + "…"
    assert shortened("x" * 200) == "x" * 200
