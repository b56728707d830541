"""What fell out of a text: tables and lists as wholes; code, notes, quotations and cells out of its middle.

The classifier sees one block with its surroundings, and what is short, or is no prose, looks like furniture to it. A
table of data or a list is kept as a whole if its words are likely enough on average; of a list of terms less is asked,
and that the text around it is kept. A block that stands between kept
ones is judged with all blocks of its kind (its path of tags and names), and by what it is of: of code, a quotation or a
cell less is asked. Captions cost news and forbidden snippets half a point.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.agreement import of_blocks, paths
from pipeline.extract.block_text import CHARACTERS, LINKED, BlockText
from pipeline.extract.markup import Outline
from pipeline.extract.tags import CELL, TAGS
from shards.compiled import compiled, inner
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


class Whole(NamedTuple):
    """What is asked of a structure that is kept as a whole."""

    least: float  # the mean chance of its words
    blocks: int
    links: float  # at most this share of its characters


# On unseen hosts, tables likely from .2 cost Chinese pages half a point.
TABLES = Whole(0.3, 4, 0.7)
LISTS = Whole(0.3, 2, 0.2)  # of the chance sharpened as for the choice: articles have lists of teasers
PER_CELL = 1.5  # blocks in a cell, from which a table holds no data but a page
# Of lists of terms, the words of a block on average: the profiles beside the posts of a forum (Posts: 710) have fewer.
# Of the other words in the two elements around one, so many are kept, and this share: it is in the text.
TERMS = Whole(0.2, 2, 0.5)
WORDS_PER_TERM, AROUND, SHARE_AROUND, LEVELS_AROUND = 4, 8, 0.7, 2
_UL, _OL, _DL, _TABLE = (TAGS[name] for name in ("ul", "ol", "dl", "table"))


@compiled
def with_wholes(
    kept: npt.NDArray[np.bool_],
    chances: npt.NDArray[np.float32],
    sizes: npt.NDArray[np.float32],
    page: Outline,
    text: BlockText,
    exponent: float,
) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep, with the tables of data and the lists in the text that are likely enough as wholes."""
    first, last = -1, -1
    for block in range(len(kept)):
        if kept[block]:
            first = block if first < 0 else first
            last = block
    if first < 0:
        return kept
    kept = kept.copy()
    within = (first, last)
    terms = _in_text(_outermost(page, _DL, _DL), kept, sizes, page)
    _keep_wholes(kept, terms, TERMS, (0, len(kept)), 1.0, chances, sizes, page, text)
    _keep_wholes(kept, _tables_of_data(page), TABLES, within, 1.0, chances, sizes, page, text)
    _keep_wholes(kept, _outermost(page, _UL, _OL), LISTS, within, exponent, chances, sizes, page, text)
    return kept


@compiled
def _keep_wholes(
    kept: npt.NDArray[np.bool_],
    whole: npt.NDArray[np.int32],
    asked: Whole,
    within: tuple[int, int],
    exponent: float,
    chances: npt.NDArray[np.float32],
    sizes: npt.NDArray[np.float32],
    page: Outline,
    text: BlockText,
) -> None:
    """Keep the seen blocks of each whole that lies within these blocks."""
    if not whole.any():
        return
    first, last = within
    sums = np.zeros((len(whole), 5), np.float64)  # blocks, words, words by chance, characters, those in links
    inside = np.ones(len(whole), np.bool_)
    for block in range(len(kept)):
        element = whole[page.block_element[block]]
        if element > 0:
            of_whole, count = sums[element], text.counts[block]
            of_whole[0] += 1
            of_whole[1] += sizes[block]
            of_whole[2] += sizes[block] * chances[block]
            of_whole[3] += count[CHARACTERS]
            of_whole[4] += count[LINKED]
            inside[element] &= first <= block <= last
    for block in range(len(kept)):
        element = page.block_element[block]
        blocks, words, likely, characters, linked = sums[whole[element]]
        kept[block] |= (
            whole[element] > 0
            and not (page.hidden[element] or page.unseen[element])
            and blocks >= asked.blocks
            and linked <= asked.links * characters
            and inside[whole[element]]
            and (likely / words) ** exponent >= asked.least
        )


@compiled
def _tables_of_data(page: Outline) -> npt.NDArray[np.int32]:
    """Return, per element, the table that it is in, if that holds no table and about a block in a cell; 0: none."""
    table, other = np.zeros(len(page.tag), np.int32), np.zeros(len(page.tag), np.bool_)
    room = np.zeros(len(page.tag), np.float64)
    for element in range(1, len(page.tag)):
        around = table[page.parent[element]]
        if page.tag[element] == _TABLE:
            other[around] = True
            around = element
        table[element] = around
        room[around] += PER_CELL * CELL[page.tag[element]]
    for element in page.block_element:
        room[table[element]] -= 1
    for element in range(1, len(page.tag)):
        if other[table[element]] or room[table[element]] < 0:
            table[element] = 0
    return table


@compiled
def _outermost(page: Outline, tag: int, other: int) -> npt.NDArray[np.int32]:
    """Return, per element, the outermost one of these tags that it is or is in; 0: none."""
    outermost = np.zeros(len(page.tag), np.int32)
    for element in range(1, len(page.tag)):
        around = outermost[page.parent[element]]
        if around == 0 and (page.tag[element] == tag or page.tag[element] == other):
            around = element
        outermost[element] = around
    return outermost


@compiled
def _in_text(
    whole: npt.NDArray[np.int32], kept: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float32], page: Outline
) -> npt.NDArray[np.int32]:
    """Return, per element, the list of terms that it is in, if that says something and stands in kept text; 0: none."""
    if not whole.any():
        return whole
    elements = len(whole)
    inside, blocks = np.zeros(elements, np.float64), np.zeros(elements, np.float64)
    around, held = np.zeros(elements, np.float64), np.zeros(elements, np.float64)  # words outside such lists, kept ones
    for block in range(len(kept)):
        element = page.block_element[block]
        if whole[element] > 0:
            inside[whole[element]] += sizes[block]
            blocks[whole[element]] += 1
        else:
            around[element] += sizes[block]
            held[element] += sizes[block] * kept[block]
    for element in range(elements - 1, 0, -1):
        around[page.parent[element]] += around[element]
        held[page.parent[element]] += held[element]
    out = whole.copy()
    for element in range(1, elements):
        of_list = whole[element]
        up = of_list
        for _ in range(LEVELS_AROUND):
            up = page.parent[up] if page.parent[up] > 0 else up
        if inside[of_list] < WORDS_PER_TERM * blocks[of_list] or held[up] < max(AROUND, SHARE_AROUND * around[up]):
            out[element] = 0
    return out


@compiled
def without_holes(
    kept: npt.NDArray[np.bool_], chances: npt.NDArray[np.float32], page: Outline, text: BlockText
) -> npt.NDArray[np.bool_]:
    """Return the blocks to keep, with those in holes that are likely enough for what they are of."""
    asked = _asked(kept, page)
    if not asked.any():
        return kept
    kept, of_kind = kept.copy(), _chances_of_kinds(chances, of_blocks(paths(page), page))
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
    out, order = np.empty(len(chances), np.float64), stable_order(path)
    for block in range(len(chances)):
        out[block] = chances[block]
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


@inner
def _least(page: Outline, element: int) -> float:
    """Return the chance from which a block of an element is kept; 0 where none is enough."""
    for _ in range(ABOVE):
        if element <= 0:
            break
        if _LEAST[page.tag[element]] > 0:
            return float(_LEAST[page.tag[element]])
        element = page.parent[element]
    return 0.0
