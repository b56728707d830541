"""What is put right after the classifier: headings, whole rows of tables, passages that stand twice."""

import random

import numpy as np
import pytest

from pipeline.extract.assembly import assembled
from pipeline.extract.block_text import block_text
from pipeline.extract.markup import outline
from pipeline.extract.selection import put_right

PASSAGE = (
    "The river rose for three days, and when the bridge was closed at last the whole town stood on its banks and "
    "watched the water carry off the market."
)
REFRAIN = (
    "Und der Haifisch, der hat Zähne, und die trägt er im Gesicht, und Macheath, der hat ein Messer, doch das Messer "
    "sieht man nicht, und der Haifisch, wenn er ausgeht, ist er rot"
)


def chosen(html: str, chances: list[float], bound: float = 0.5) -> list[str]:
    """Return the lines of a page whose blocks have these probabilities, those above the bound kept."""
    markup = np.frombuffer(html.encode(), np.uint8)
    page = outline(markup)
    probable = np.array(chances, np.float32)
    assert len(page.block_element) == len(chances)
    kept = put_right(probable > bound, probable, page, block_text(markup, page))
    return assembled(markup, page, kept).split("\n")


@pytest.mark.parametrize(("chance", "lines"), [(0.3, ["a", "Heading", "b"]), (0.1, ["a", "b"])])
def test_a_heading_between_two_kept_paragraphs_stays_unless_it_is_most_improbable(
    chance: float, lines: list[str]
) -> None:
    assert chosen("<p>a</p><h3>Heading</h3><p>b</p>", [0.9, chance, 0.9]) == lines


def test_a_heading_over_nothing_that_is_kept_goes() -> None:
    assert chosen("<p>a</p><h3>Related</h3><p>b</p>", [0.9, 0.3, 0.1]) == ["a"]


def test_a_row_of_data_is_kept_whole_or_not_at_all() -> None:
    table = (
        "<table><tr><td>1</td><td>Neon lights for cars</td><td>9.7</td></tr><tr><td>2</td><td>of</td><td>9.5</td></tr>"
        "</table>"
    )
    assert chosen(table, [0.4, 0.9, 0.3, 0.6, 0.1, 0.1]) == ["1 | Neon lights for cars | 9.7"]


def test_cells_that_lay_out_a_page_are_kept_one_by_one() -> None:
    page = f"<table><tr><td>Menu</td><td>{PASSAGE}</td></tr></table>"
    assert chosen(page, [0.1, 0.9]) == [PASSAGE]


@pytest.mark.parametrize(
    ("teaser", "body", "left"), [(0.6, 0.9, "article"), (0.9, 0.6, "teaser"), (0.9, 0.9, "teaser")]
)
def test_of_a_passage_that_a_template_repeats_the_more_probable_copy_stays(
    teaser: float, body: float, left: str
) -> None:
    page = f"<div class=teaser>{PASSAGE}</div><h2>x</h2><article>{PASSAGE}</article><p>end</p>"
    expected = {"teaser": [PASSAGE, "x", "end"], "article": ["x", PASSAGE, "end"]}
    assert chosen(page, [teaser, 0.9, body, 0.9]) == expected[left]


def test_short_paragraphs_are_copies_where_a_run_of_them_is_repeated() -> None:
    words = [f"Here are five words {number}" for number in range(6)]
    once = "".join(f"<p>{line}</p>" for line in words)
    page = f"<div class=wide>{once}</div><div class=narrow>{once}</div>"
    assert chosen(page, [0.9] * 12) == words
    few = "".join(f"<p>{line}</p>" for line in words[:2])
    assert chosen(f"<div class=wide>{few}</div><div class=narrow>{few}</div>", [0.9] * 4) == [*words[:2], *words[:2]]


def test_a_refrain_is_sung_again() -> None:
    page = f"<div><p>{REFRAIN}</p><p>First verse.</p><p>{REFRAIN}</p></div>"
    assert len(chosen(page, [0.9] * 3)) == 3


def test_a_page_without_blocks_has_nothing_to_put_right() -> None:
    assert chosen("", []) == [""]


@pytest.mark.parametrize("seed", range(60))
def test_a_menu_in_a_cell_beside_the_text_goes_and_a_list_of_links_by_itself_stays(seed: int) -> None:
    random_ = random.Random(seed)
    names = random_.sample(("Home", "Archive", "Letters", "新闻", "关于我们", "الرئيسية", "Über uns", "Contact us"), 4)
    links = "<br>".join(f"<a href={number}.htm>{name}</a>" for number, name in enumerate(names))
    menu = f"<td{random_.choice(('', ' width=150', ' bgcolor=#eee'))}>{links}</td>"
    prose = random_.choice(
        ("The weir was raised twice, and the meadow was lost.  ", "堤坝被加高了两次，草地也没有了。")
    )
    text = f"<td>{prose * random_.randint(4, 9)}</td>"
    cells = [menu, text] if random_.random() < 0.5 else [text, menu]
    assert _kept(f"<table><tr>{''.join(cells)}</tr></table>") == [cell == text for cell in cells]
    assert _kept(f"<table><tr>{menu}</tr></table><p>{prose * 9}</p>") == [True, True]


def _kept(html: str) -> list[bool]:
    markup = np.frombuffer(html.encode(), np.uint8)
    page = outline(markup)
    blocks = len(page.block_element)
    kept: list[bool] = put_right(
        np.ones(blocks, np.bool_), np.ones(blocks, np.float32), page, block_text(markup, page)
    ).tolist()
    return kept
