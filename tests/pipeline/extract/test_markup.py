"""The outline follows the HTML standard where pages depend on it, and holds together on any bytes."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract.assembly import assembled
from pipeline.extract.markup import DEEPEST, LINE_BREAK, Outline, outline
from pipeline.extract.tags import TAGS

FRAGMENTS = (
    *("<p>", "</p>", "<div class='a-b x'>", "</div>", "<a href=x>", "</a>", "<br>", "</br>", "<b>", "</b>", "<h1>"),
    *("<table>", "<tr>", "<td>", "</td>", "</table>", "<ul>", "<li>", "</ul>", "<dl>", "<dt>", "<dd>", "<body>"),
    *("<script>", "</script>", "<title>", "</title", "<svg>", "</svg>", "<img src=q hidden>", "<!-- x -->", "<!", "<?"),
    *("<", "</", ">", "&nbsp;", "&#160;", "\u00a0", "\u200b", " ", "\n", "漢字", "สวัสดี", "é", "text", "-->"),
)
PAGES = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join).map(str.encode)


def drawn(html: bytes) -> Outline:
    return outline(np.frombuffer(html, np.uint8))


def blocks(html: str) -> list[str]:
    """Return the text of each block, a line break as a bar."""
    page = drawn(html.encode())
    runs = [
        "|" if start == LINE_BREAK else html.encode()[start:end].decode()
        for start, end in zip(page.run_start.tolist(), page.run_end.tolist(), strict=True)
    ]
    return ["".join(runs[first:last]) for first, last in zip(page.first_run, page.first_run[1:], strict=False)]


def parents(html: str) -> list[int]:
    return drawn(html.encode()).parent.tolist()


@settings(deadline=None, max_examples=300)
@given(st.one_of(PAGES, st.binary(max_size=200)))
def test_rows_hold_together_on_any_bytes(html: bytes) -> None:
    page = drawn(html)
    numbers = np.arange(len(page.tag))
    assert page.parent[0] == -1
    assert (page.parent[1:] < numbers[1:]).all()
    assert (page.block <= numbers).all()
    for bounds, size in ((page.first_token, len(page.tokens)), (page.first_run, len(page.run_start))):
        assert bounds[-1] == size
        assert (np.diff(bounds) >= 0).all()
    text = page.run_start != LINE_BREAK
    assert ((page.run_start[text] >= 0) & (page.run_start[text] < page.run_end[text])).all()
    assert (page.run_end[text] <= len(html)).all()
    assert (np.diff(page.run_start[text]) > 0).all()
    assert (page.hidden[1:] >= page.hidden[page.parent[1:]]).all()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one<p>two", ["one", "two"]),
        ("<p>one <b>bold</b> text</p>tail", ["one bold text", "tail"]),
        ("<p>line<br>line<p>next", ["line|line", "next"]),
        ("<p>line<br> <br>a paragraph of its own", ["line| ", "a paragraph of its own"]),
        ("<p>&nbsp;</p><p>&#160;\u00a0\u200b </p><p>漢字</p>", ["漢字"]),
        ("<p>seen<script>if (a < b) '<p>'</script> still", ["seen still"]),
        ("<p>seen<svg><text>drawn</text></svg> still", ["seen still"]),
        ("<title>ชื่อ</title><p>สวัสดี", ["สวัสดี"]),
        ("<p>1 < 2 and 3 <= 4</p>", ["1 < 2 and 3 <= 4"]),
        ("<p>a<!-- <p>hidden --> b<?php x ?>c", ["a bc"]),
    ],
)
def test_blocks_are_the_texts_between_block_level_tags(html: str, expected: list[str]) -> None:
    assert blocks(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a<li>b", [-1, 0, 1, 1]),
        ("<ul><li>a<ul><li>b", [-1, 0, 1, 2, 3]),  # of an inner list: the outer item stays open
        ("<dl><dt>a<dd>b<dt>c", [-1, 0, 1, 1, 1]),
        ("<table><tr><td>a<td>b<tr><td>c", [-1, 0, 1, 2, 2, 1, 5]),
        ("<table><tr><td>a<table><tr><td>b", [-1, 0, 1, 2, 3, 4, 5]),
        ("<p>a<div>b", [-1, 0, 0]),  # a block closes a paragraph
        ("<p>a<span>b", [-1, 0, 1]),
        ("<div><p>a</div><b>c", [-1, 0, 1, 0]),
        ("<table><tr><td></div><b>c", [-1, 0, 1, 2, 3]),  # an end tag in a cell closes nothing outside
        ("<br>a<img>b<i>c", [-1, 0, 0, 0]),  # void elements hold nothing
    ],
)
def test_tags_imply_the_ends_of_others(html: str, expected: list[int]) -> None:
    assert parents(html) == expected


def test_a_link_ends_where_its_end_tag_stands_whatever_is_between() -> None:
    page = drawn(b"before<a href=x>in<div>still</a>out</div>")
    assert page.run_linked.tolist() == [False, True, True, False]


def test_elements_below_the_deepest_are_children_of_the_one_there() -> None:
    page = drawn(b"<div>" * (DEEPEST + 3))
    assert page.parent[-3:].tolist() == [DEEPEST, DEEPEST + 1, DEEPEST + 2]
    assert page.tag[1:].tolist() == [TAGS["div"]] * (DEEPEST + 3)


SMALL = (  # what stands around the tag, in a heading, and what a reader sees
    ("Tides<small>and times</small>", "Tides and times"),
    ("<small>Chapter 1</small>Wind", "Chapter 1 Wind"),
    ("潮汐<small>与时间</small>", "潮汐 与时间"),
    ("المد<small>والجزر</small>", "المد والجزر"),
    ("Tides<small>(1911)</small>", "Tides(1911)"),
    ("The 5<small>th</small> tide", "The 5th tide"),
    ("T<small>HE</small> C<small>RANE</small>", "THE CRANE"),
    ("Tides <small>and times</small> of 1911", "Tides and times of 1911"),
)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_small_in_a_heading_is_a_word_of_its_own(seed: int) -> None:
    random_ = random.Random(seed)
    inner, expected = random_.choice(SMALL)
    level = random_.randint(1, 6)
    attribute = random_.choice(("", " class='text-muted'", ' id="s"'))
    inner = inner.replace("<small>", f"<small{attribute}>")
    if random_.random() < 0.3:
        inner = inner.replace("<small", "<SMALL").replace("</small", "</SMALL")
    around = random_.choice(("{}", "<a href='/x'>{}</a>", "<span>{}</span>"))
    html = f"<h{level}>{around.format(inner)}</h{level}><p>Wind<small>and</small>rain</p>".encode()
    markup = np.frombuffer(html, np.uint8)
    page = outline(markup)
    assert assembled(markup, page, np.ones(len(page.block_element), np.bool_)) == f"{expected}\nWindandrain"
