"""What is put right in the choice of blocks: headings in the text stay, a row stays whole, no passage stands twice.

Pages hold a passage twice as a teaser and in the text, once for telephones and once for screens, in a post and in the
answer that quotes it. What an author repeats (a refrain, a question put to twenty people) repeats in elements of one
kind; what a template repeats stands in elements of another.
"""

import numpy as np
import numpy.typing as npt

from pipeline.extract.agreement import paths
from pipeline.extract.block_text import BREAKS, CHARACTERS, LINKED, LINKS, WORDS, BlockText
from pipeline.extract.markup import Outline
from pipeline.extract.tags import CELL, TAGS
from shards.compiled import compiled, inner
from shards.sorting import stable_order

COPIED = 20  # words of a passage from which a second copy is one too many
SHORT = 8  # words on average in the cells of a row of data
# The chance from which a heading between two kept blocks is kept: any gives wcxb and the manuals half a tenth of a
# point, llmwebkit two; this one costs no forbidden snippet.
HEADING = 0.2
# A cell of links, a line for each, of so few words is a menu, if so many words stand in another cell of its row.
MENU, MENU_WORDS, BESIDE_MENU = 3, 3, 25


_H1 = TAGS["h1"]
_H6 = TAGS["h6"]
_TR = TAGS["tr"]


@compiled
def put_right(
    kept: npt.NDArray[np.bool_], chances: npt.NDArray[np.float32], page: Outline, text: BlockText
) -> npt.NDArray[np.bool_]:
    """Return which blocks to keep, given those that the classifier would keep and the probability of each."""
    kept = kept.copy()
    _drop_menus(kept, page, text)
    _keep_headings(kept, chances, page)
    _keep_whole_rows(kept, page, text)
    _drop_copies(kept, chances, page, text)
    return kept


@compiled
def _drop_menus(kept: npt.NDArray[np.bool_], page: Outline, text: BlockText) -> None:
    """Drop the menus of pages whose parts stand in the cells of a table."""
    elements = len(page.tag)
    row, words = np.zeros(elements, np.int32), np.zeros(elements, np.float32)
    for element in range(1, elements):
        row[element] = element if page.tag[element] == _TR else row[page.parent[element]]
    menus = np.zeros(len(kept), np.bool_)
    for block in range(len(kept)):
        count, of_row = text.counts[block], row[page.block_element[block]]
        lines = count[BREAKS] + 1
        if kept[block] and of_row > 0:
            menu = count[LINKS] >= MENU and count[LINKED] >= count[CHARACTERS] and lines >= count[LINKS]
            menus[block] = menu and CELL[page.tag[page.block_element[block]]] and count[WORDS] <= MENU_WORDS * lines
            words[of_row] += count[WORDS] * (not menus[block])
    for block in range(len(kept)):
        if menus[block] and words[row[page.block_element[block]]] >= BESIDE_MENU:
            kept[block] = False


@inner
def _keep_headings(kept: npt.NDArray[np.bool_], chances: npt.NDArray[np.float32], page: Outline) -> None:
    for block in range(1, len(kept) - 1):
        if kept[block - 1] and kept[block + 1] and chances[block] >= HEADING:
            kept[block] |= _H1 <= page.tag[page.block_element[block]] <= _H6


@compiled
def _keep_whole_rows(kept: npt.NDArray[np.bool_], page: Outline, text: BlockText) -> None:
    """Keep the whole of a row of data if at least half of its words are kept, else nothing of it."""
    elements, blocks = len(page.tag), len(kept)
    row = np.zeros(elements, np.int32)
    cell = np.zeros(elements, np.int32)
    for element in range(1, elements):
        up, tag = page.parent[element], page.tag[element]
        row[element] = element if tag == _TR else row[up]
        cell[element] = element if CELL[tag] else cell[up]
    start = 0
    while start < blocks:
        of_row = row[page.block_element[start]]
        end, cells, last = start, 0, 0
        words, held = np.float32(0), np.float32(0)
        while end < blocks and row[page.block_element[end]] == of_row:
            size = text.counts[end, WORDS] + np.float32(0.5)
            words += size
            held += size * kept[end]
            cells += cell[page.block_element[end]] != last
            last = cell[page.block_element[end]]
            end += 1
        if of_row > 0 and cells > 1 and cells == end - start and words <= SHORT * cells and 0 < held < words:
            for block in range(start, end):
                kept[block] = 2 * held >= words
        start = end


@compiled
def _drop_copies(kept: npt.NDArray[np.bool_], chances: npt.NDArray[np.float32], page: Outline, text: BlockText) -> None:
    """Keep the more probable of two passages with the same blocks in the same order; the first if they tie."""
    order = _rows(kept)
    digest = np.empty(len(order), np.uint64)
    for index, block in enumerate(order):
        digest[index] = text.digest[block]
    before, path = _same_text_before(digest), paths(page)
    start = 0
    while start < len(order):
        end, words, mine, theirs = start, np.float32(0), np.float32(0), np.float32(0)
        while end < len(order) and 0 <= before[end] < start and before[end] - before[start] == end - start:
            words += text.counts[order[end], WORDS]
            mine += chances[order[end]]
            theirs += chances[order[before[end]]]
            end += 1
        other = before[start]
        if words >= COPIED and path[page.block_element[order[start]]] != path[page.block_element[order[other]]]:
            worse = start if mine <= theirs else other
            for index in range(worse, worse + end - start):
                kept[order[index]] = False
        start = max(end, start + 1)


@compiled
def _rows(kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the numbers of the blocks that are kept."""
    rows, number = np.empty(len(kept), np.int64), 0
    for block in range(len(kept)):
        if kept[block]:
            rows[number] = block
            number += 1
    return rows[:number]


@compiled
def _same_text_before(digest: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return, per block, the nearest one before it with the same text; -1 if there is none."""
    before, order = np.empty(len(digest), np.int64), stable_order(digest)
    for row in range(len(digest)):
        before[row] = -1
    for index in range(1, len(order)):
        if digest[order[index]] == digest[order[index - 1]]:
            before[order[index]] = order[index - 1]
    return before
