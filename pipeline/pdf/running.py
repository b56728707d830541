"""Running titles and page numbers: what stands at the head or foot of pages and is no part of their text.

A line that comes again at the same height of a page near by is one, if it is in the outer part of the page; so is one
that a classifier of geometry is sure of, which documents of one page need.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.extract.block_model import Trees, probabilities, trees_of
from pipeline.pdf.edge_features import Floats, body_size, edges
from pipeline.pdf.lines import Lines
from shards.arrays import Mask

MODEL = Path(__file__).with_name("running_model.npz")
SURE = 0.8  # the probability at which a line is left out: see docs/measured/pdf.md
_OUTER = 0.14  # of the height of a page: where what repeats is a running title
_LARGE = 1.12  # times the body's size: the first of such lines is the heading that later pages repeat


def running_lines(lines: Lines, texts: list[str], bottoms: Floats, tops: Floats) -> Mask:
    """Return which lines are running titles or page numbers, given the bottom and top of every page."""
    found = np.zeros(len(texts), np.bool_)
    at_edges = edges(lines, texts, bottoms, tops)
    if not len(at_edges.lines):
        return found
    place = at_edges.features[:, 0]
    outer = (place < _OUTER) | (place > 1 - _OUTER)
    sure = probabilities(at_edges.features, model()) >= SURE
    heading = at_edges.first & (lines.size[at_edges.lines] > _LARGE * body_size(lines))
    found[at_edges.lines[((at_edges.again & outer) | sure) & ~heading]] = True
    return found


@lru_cache(maxsize=1)
def model() -> Trees:
    """Return the classifier, read once per process."""
    with np.load(MODEL, allow_pickle=False) as data:
        return trees_of(data)
