"""Holes in what is kept: code, terms, notes, quotations and cells that fell out of the middle of a text.

The classifier sees one block with its surroundings, and what is short, or is no prose, looks like furniture to it. A
block that stands between kept ones is judged with all blocks of its kind (its path of tags and names), and by what it
is of: of code, a quotation or a cell less is asked. Captions cost news and forbidden snippets half a point.
"""

import numpy as np
import numpy.typing as npt

from pipeline.extract.agreement import paths
from pipeline.extract.block_text import CHARACTERS, LINKED, BlockText
from pipeline.extract.markup import Outline
from pipeline.extract.tags import TAGS

LONGEST = 12  # blocks of a hole
ALIKE = 3  # blocks of a kind from which they are judged together
LINKS = 0.5  # share of a block's characters in links from which it is furniture
# The chance from which a block between kept ones is kept, by the nearest element of these that it is in.
LEAST = {
    **dict.fromkeys(("pre", "code"), 0.1),
    **dict.fromkeys(("dt", "dd"), 0.35),  # at .15 the names and places of a forum's authors come in
    **dict.fromkeys(("td", "th", "blockquote"), 0.2),
}
_LEAST = {TAGS[name]: chance for name, chance in LEAST.items()}
ABOVE = 4  # elements above a block's in which it may be


def without_holes(
    kept: npt.NDArray[np.bool_], chances: npt.NDArray[np.float32], page: Outline, text: BlockText
) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep, with those in holes that are likely enough for what they are of."""
    places, path = np.flatnonzero(kept), paths(page)  # here, so that the first page has the loop compiled
    gaps = np.diff(places)
    holes = np.flatnonzero((gaps > 1) & (gaps <= LONGEST + 1))
    if len(holes) == 0:
        return kept
    inside = (block for hole in holes.tolist() for block in range(places[hole] + 1, places[hole + 1]))
    asked = {block: least for block in inside if (least := _least(page, int(page.block_element[block]))) < 1}
    if not asked:
        return kept
    kept, of_kind = kept.copy(), _chances_of_kinds(chances, path[page.block_element])
    for block, least in asked.items():
        linked = text.counts[block, LINKED] > LINKS * text.counts[block, CHARACTERS]
        kept[block] = not linked and of_kind[block] >= least
    return kept


def _chances_of_kinds(chances: npt.NDArray[np.float32], path: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Return, per block, the higher of its own chance and the mean of its kind's, if there are enough of it."""
    _, kind, number = np.unique(path, return_inverse=True, return_counts=True)
    mean = np.bincount(kind, chances) / number
    return np.where(number[kind] >= ALIKE, np.maximum(mean[kind], chances), chances).astype(np.float64)


def _least(page: Outline, element: int) -> float:
    for _ in range(ABOVE):
        if (chance := _LEAST.get(int(page.tag[element]))) is not None:
            return chance
        element = int(page.parent[element])
        if element <= 0:
            break
    return 1.0
