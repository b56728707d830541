"""Blocks that fell out of the middle of a text come back, if they are of a structure and likely enough."""

import random

import numpy as np
import pytest

from pipeline.extract.block_text import block_text
from pipeline.extract.markup import outline
from pipeline.extract.structures import LEAST, LISTS, LONGEST, TABLES, with_wholes, without_holes

HOLES = {
    "dd": "<dl><dt>Type</dt><dd>{}</dd></dl>",
    "dt": "<dl><dt>{}</dt><dd>int</dd></dl>",
    "pre": "<pre>{}</pre>",
}


@pytest.mark.parametrize("tag", HOLES)
@pytest.mark.parametrize("seed", range(20))
def test_a_hole_in_a_structure_is_filled_if_its_kind_is_likely(tag: str, seed: int) -> None:
    random_ = random.Random(seed)
    text = random_.choice(("int", "列表", "[]", "قائمة", "x = 1"))
    some = random_.randint(3, 8)
    section = f"<h2>key</h2><p>The port on which the mill listens.</p>{HOLES[tag].format(text)}"
    markup = np.frombuffer((section * some + "<p>The end of it.</p>").encode(), np.uint8)
    page = outline(markup)
    blocks = block_text(markup, page)
    chances = np.full(len(page.block_element), 0.9, np.float32)
    of_tag = np.array([tag in HOLES and _tag_is(page, block, tag) for block in range(len(chances))])
    chances[of_tag] = random_.choice((0.02, 0.4))
    chances[np.flatnonzero(of_tag)[0]] = 0.95
    kept = without_holes(chances > 0.5, chances, page, blocks)
    likely = chances[of_tag].mean() >= LEAST[tag]
    assert kept[of_tag].sum() == (some if likely else 1)
    assert kept[~of_tag].all()


def _tag_is(page: object, block: int, tag: str) -> bool:
    from pipeline.extract.markup import Outline
    from pipeline.extract.tags import TAGS

    assert isinstance(page, Outline)
    return int(page.tag[page.block_element[block]]) == TAGS[tag]


def test_long_holes_links_and_prose_stay_out() -> None:
    hole = "<dd>int</dd>" * (LONGEST + 1)
    for html in (
        f"<p>a</p><dl>{hole}</dl><p>b</p>",
        "<p>a</p><dl><dd><a href=x>int</a></dd></dl><p>b</p>",
        "<p>a</p><p>x</p><p>b</p>",
    ):
        markup = np.frombuffer(html.encode(), np.uint8)
        page = outline(markup)
        kept = np.zeros(len(page.block_element), np.bool_)
        kept[[0, -1]] = True
        chances = np.full(len(kept), 0.4, np.float32)
        assert without_holes(kept, chances, page, block_text(markup, page)).sum() == 2


TEXTS = ("int", "列表", "قائمة", "two words", "x = 1", "Длина 3 м", "さくら", "1,250")


def cells_of(draw: random.Random, count: int) -> list[str]:
    return [draw.choice(TEXTS) for _ in range(count)]


def table_of(draw: random.Random) -> str:
    columns, rows = draw.randint(2, 5), draw.randint(2, 8)
    heads = "".join(f"<th>{text}</th>" for text in cells_of(draw, columns))
    body = "".join(
        "<tr>" + "".join(f"<td>{text}</td>" for text in cells_of(draw, columns)) + "</tr>" for _ in range(rows)
    )
    head = f"<thead><tr>{heads}</tr></thead>" if draw.random() < 0.5 else f"<tr>{heads}</tr>"
    return f"<table>{head}{body}</table>"


def list_of(draw: random.Random) -> str:
    tag, items = draw.choice(("ul", "ol")), cells_of(draw, draw.randint(2, 9))
    inner = f"<{tag}><li>{items[0]}</li></{tag}>" if draw.random() < 0.5 else ""
    return f"<{tag}>" + "".join(f"<li>{item}</li>" for item in items) + f"<li>last{inner}</li></{tag}>"


def kept_of(html: str, inside: float, exponent: float = 1.0, scattered: random.Random | None = None) -> tuple[int, int]:
    """Return how many blocks of the structure between two paragraphs are kept, and how many there are."""
    markup = np.frombuffer(f"<p>Before it.</p>{html}<p>Behind it.</p>".encode(), np.uint8)
    page = outline(markup)
    blocks = block_text(markup, page)
    size = len(page.block_element)
    chances, kept, sizes = np.full(size, inside, np.float32), np.zeros(size, np.bool_), np.ones(size, np.float32)
    kept[[0, -1]] = True
    if scattered:  # some of it is likely and kept, and the rest less likely: the mean is the same
        for block in range(1, size - 2, 2):
            change = scattered.uniform(0, min(inside, 1 - inside))
            chances[block] += change
            chances[block + 1] -= change
    found = with_wholes(kept, chances, sizes, page, blocks, exponent)
    assert found[0]
    assert found[-1]
    return int(found.sum()) - 2, size - 2


@pytest.mark.parametrize("seed", range(50))
def test_a_table_or_list_in_a_text_is_kept_as_a_whole_or_as_it_was(seed: int) -> None:
    draw = random.Random(seed)
    for html, least in ((table_of(draw), TABLES.least), (list_of(draw), LISTS.least)):
        likely, whole = kept_of(html, least + 0.05, scattered=draw)
        assert likely == whole
        assert kept_of(html, least - 0.05, scattered=draw) == (0, whole)
        assert kept_of(f"<div hidden>{html}</div>", 0.9) == (0, whole)


@pytest.mark.parametrize("seed", range(50))
def test_menus_and_pages_in_tables_are_no_wholes(seed: int) -> None:
    draw = random.Random(seed)
    links = "".join(f"<li><a href=x>{text}</a></li>" for text in cells_of(draw, draw.randint(2, 20)))
    post = "".join(f"<div>{text}</div>" for text in cells_of(draw, draw.randint(4, 9)))
    page = f"<table><tr><td>{post}</td><td>{post}</td></tr></table>"
    for html in (f"<ul>{links}</ul>", page, f"<table><tr><td>{page}</td></tr></table>"):
        assert kept_of(html, 0.9)[0] == 0


def test_a_list_of_an_article_must_be_likelier() -> None:
    items = "<ul>" + "<li>int</li>" * 5 + "</ul>"
    assert kept_of(items, 0.4, 1.0)[0] == 5
    assert kept_of(items, 0.4, 1.8)[0] == 0
