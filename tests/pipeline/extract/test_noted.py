"""Noted tags are read as HTML says: attributes in any notation, references, and the text up to the end tag."""

from html import escape

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.markup import outline
from pipeline.extract.noted import Tag, tags_of
from pipeline.extract.stated import META

VALUES = st.text(st.sampled_from("a 漢é=/;&\"'<#x"), max_size=12)


def noted(html: str) -> list[Tag]:
    markup = html.encode()
    return list(tags_of(markup, outline(np.frombuffer(markup, np.uint8))))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(META)), VALUES, st.sampled_from("\"'"), st.sampled_from((" ", "\n", "  ")), st.booleans())
def test_the_values_of_meta_tags_are_those_that_a_parser_of_html_reads(
    name: str, value: str, quote: str, space: str, escaped: bool
) -> None:
    written = escape(value) if escaped else value.replace(quote, "")
    html = f"<meta{space}name={name}{space}content = {quote}{written}{quote} content=second>"
    (tag,) = noted(html)
    node = LexborHTMLParser(html).css_first("meta")
    assert node is not None
    assert {**node.attributes} == tag.attributes()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Rain <b>in</b> June</h1> and after", "Rain  in  June"),
        ("<h1>Rain</h2><h1>Snow</h1>", "Rain"),
        ("<h1><!-- <b> -->Rain &amp; snow", " Rain & snow"),
        ("<title>Rain <b> &lt;3</title>", "Rain <b> <3"),
        ("<p itemprop=author>Ada<p>Bo", "Ada Bo"),
        ("<link rel=author href=x>Ada", ""),
        ("<div class='author'>A<div>B</div>C</div>D", "A B C"),
    ],
)
def test_the_text_of_an_element_ends_where_it_is_closed(html: str, text: str) -> None:
    assert noted(html)[0].text() == text


def test_a_tag_in_a_comment_or_a_script_is_none() -> None:
    assert noted("<!-- <meta name=author content=x> --><script>'<meta name=author content=x>'</script>") == []
