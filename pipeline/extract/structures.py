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
from shards.compiled import compiled
from shards.sorting import stable_order

LONGEST = 12  # blocks of a hole
ALIKE = 3  # blocks of a kind from which they are judged together
LINKS = 0.5  # share of a block's characters in links from which it is furniture
# The chance from which a block between kept ones is kept, by the nearest element of these that it is in.
LEAST = {
    **dict.fromkeys(("pre", "code"), 0.1),
    **dict.fromkeys(("dt", "dd"), 0.35),  # at .15 the names and places of a forum's authors come in
    **dict.fromkeys(("td", "th", "blockquote"), 0.2),
}
_LEAST = np.zeros(len(TAGS) + 1, np.float64)  # by tag; 0: of none of these
_LEAST[[TAGS[name] for name in LEAST]] = list(LEAST.values())
ABOVE = 4  # elements above a block's in which it may be


@compiled
def without_holes(
    kept: npt.NDArray[np.bool_], chances: npt.NDArray[np.float32], page: Outline, text: BlockText
) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep, with those in holes that are likely enough for what they are of."""
    asked = _asked(kept, page)
    if not asked.any():
        return kept
    kept, of_kind = kept.copy(), _chances_of_kinds(chances, paths(page)[page.block_element])
    for block in range(len(kept)):
        if asked[block] > 0:
            linked = text.counts[block, LINKED] > LINKS * text.counts[block, CHARACTERS]
            kept[block] = not linked and of_kind[block] >= asked[block]
    return kept


@compiled
def _asked(kept: npt.NDArray[np.bool_], page: Outline) -> npt.NDArray[np.float64]:
    """Return, per block, the chance that is asked of it; 0 where it is in no hole, or nothing keeps it there."""
    asked = np.zeros(len(kept), np.float64)
    last = -1
    for block in range(len(kept)):
        if kept[block]:
            if last >= 0 and block - last - 1 <= LONGEST:
                for inside in range(last + 1, block):
                    asked[inside] = _least(page, page.block_element[inside])
            last = block
    return asked


@compiled
def _chances_of_kinds(chances: npt.NDArray[np.float32], path: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Return, per block, the higher of its own chance and the mean of its kind's, if there are enough of it."""
    out, order = chances.astype(np.float64), stable_order(path)
    start = 0
    while start < len(order):
        end, whole = start, 0.0
        while end < len(order) and path[order[end]] == path[order[start]]:
            whole += chances[order[end]]
            end += 1
        if end - start >= ALIKE:
            for index in range(start, end):
                out[order[index]] = max(out[order[index]], whole / (end - start))
        start = end
    return out


@compiled
def _least(page: Outline, element: int) -> float:
    """Return the chance from which a block of an element is kept; 0 where none is enough."""
    for _ in range(ABOVE):
        if element <= 0:
            break
        if _LEAST[page.tag[element]] > 0:
            return float(_LEAST[page.tag[element]])
        element = page.parent[element]
    return 0.0
