"""Blocks that fell out of the middle of a text come back, if they are of a structure and likely enough."""

import random

import numpy as np
import pytest

from pipeline.extract.block_text import block_text
from pipeline.extract.markup import outline
from pipeline.extract.structures import LEAST, LONGEST, without_holes

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
