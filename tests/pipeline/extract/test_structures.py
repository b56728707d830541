"""Blocks that fell out of the middle of a text come back, if they are of a structure and likely enough."""

import random

import numpy as np
import pytest

from pipeline.extract.block_text import block_text
from pipeline.extract.choice import sizes_of
from pipeline.extract.markup import outline
from pipeline.extract.structures import LEAST, LISTS, LONGEST, TABLES, TERMS, with_wholes, without_holes
from pipeline.extract.tags import TAGS

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


TERM = ("timeout", "口令", "الميناء", "Länge", "порт", "フォーマット", "max-age", "Gültig bis")
PROFILE = ("Posts", "积分", "Регистрация", "Von")
SENSE = (
    "how long the mill waits for water before it stops",
    "程序写入日志的文件名，相对于服务器的根目录而定。",
    "المدة التي ينتظرها العمال حتى يبدأ الموسم الجديد",
    "die Länge des Rohres zwischen den beiden Ventilen",
    "время, через которое насос включается снова после остановки",
)


def terms_of(draw: random.Random, terms: tuple[str, ...], senses: tuple[str, ...], items: int) -> str:
    """Return a list of terms, some in groups, paragraphs or lists in its definitions, or in a list of terms."""
    parts = []
    for _ in range(items):
        sense = draw.choice(senses)
        dd = draw.choice(
            ("<dd>{}</dd>", "<dd><p>{}</p></dd>", "<dd><ul><li>{}</li></ul></dd>", "<dd>{0}</dd><dd>{0}</dd>")
        )
        item = f"<dt>{draw.choice(terms)}</dt>{dd.format(sense)}"
        parts.append(f"<div>{item}</div>" if draw.random() < 0.2 else item)
    inner = "".join(parts)
    return (
        f"<dl>{inner}<dt>{draw.choice(terms)}</dt><dd><dl>{inner}</dl></dd></dl>"
        if draw.random() < 0.2
        else f"<dl>{inner}</dl>"
    )


def kept_terms(html: str, likely: float, prose: str, prose_kept: bool) -> tuple[int, int]:
    """Return how many blocks of lists of terms are kept beside a text, and how many there are."""
    markup = np.frombuffer(f"<section>{prose}{html}</section><footer>End</footer>".encode(), np.uint8)
    page = outline(markup)
    blocks = block_text(markup, page)
    in_list = np.zeros(len(page.tag), np.bool_)
    for element in range(1, len(page.tag)):
        in_list[element] = page.tag[element] == TAGS["dl"] or in_list[page.parent[element]]
    of_list = in_list[page.block_element]
    kept = ~of_list & prose_kept
    kept[-1] = False
    kept[0] = True
    chances = np.where(of_list, likely, 0.9).astype(np.float32)
    found = with_wholes(kept, chances, sizes_of(blocks), page, blocks, 1.0)
    assert (found[~of_list] == kept[~of_list]).all()
    return int(found[of_list].sum()), int(of_list.sum())


@pytest.mark.parametrize("seed", range(60))
def test_a_list_of_terms_is_kept_where_it_says_something_and_the_text_around_it_is_kept(seed: int) -> None:
    draw = random.Random(seed)
    prose = "<p>The mill reads its settings from a file in the folder of the project.</p>" * draw.randint(1, 4)
    wrapped = draw.choice(("{}", "<div>{}</div>", "<div class=table>{}</div>"))
    html = wrapped.format(terms_of(draw, TERM, SENSE, draw.randint(1, 9)))
    held, whole = kept_terms(html, TERMS.least + 0.05, prose, True)
    assert held == whole > 0
    assert kept_terms(html, TERMS.least - 0.05, prose, True)[0] == 0
    assert kept_terms(html, 0.29, f"<h2>Shop</h2>{prose}", False)[0] == 0  # two words of the section are kept
    profile = wrapped.format(terms_of(draw, PROFILE, ("710", "2021-03-05", "Berlin", "会员"), draw.randint(1, 9)))
    assert kept_terms(profile, 0.29, prose, True)[0] == 0
