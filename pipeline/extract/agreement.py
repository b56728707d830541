"""Agreement of block scores within a page: half of a paragraph's score is that of all paragraphs of its kind.

The kind is the path: tags, classes and ids from the page down to the block. The classifier sees one block with its
surroundings and loses its nerve deep in a long article, or where pictures and prices stand between the paragraphs.
"""

import numpy as np
import numpy.typing as npt

from pipeline.extract.block_text import CHARACTERS, LINKED, WORDS, BlockText
from pipeline.extract.markup import Outline
from shards.compiled import compiled, inner
from shards.sorting import stable_order

PARAGRAPH = 8  # words of a block from which it is one, if less than LINKS of it is
LINKS = 0.4
LEAST = 3  # paragraphs of a kind from which they are asked together
CERTAIN = 1e-6


@compiled
def agreed(
    chances: npt.NDArray[np.float32], sizes: npt.NDArray[np.float32], page: Outline, text: BlockText
) -> npt.NDArray[np.float32]:
    """Return probabilities whose log-odds are, for a paragraph, the mean of its own and of its kind's by words."""
    out, path = chances.copy(), of_blocks(paths(page), page)
    order = stable_order(path)
    odds = np.zeros(len(chances), np.float64)
    for block in range(len(chances)):
        chance = min(max(float(chances[block]), CERTAIN), 1 - CERTAIN)
        odds[block] = np.log(chance / (1 - chance))
    start = 0
    while start < len(order):
        end, number, words, said = start, 0, 0.0, 0.0
        while end < len(order) and path[order[end]] == path[order[start]]:
            block = order[end]
            if is_paragraph(text.counts[block]):
                number += 1
                words += sizes[block]
                said += sizes[block] * odds[block]
            end += 1
        if number >= LEAST:
            for index in range(start, end):
                block = order[index]
                if is_paragraph(text.counts[block]):
                    out[block] = 1 / (1 + np.exp(-(odds[block] + said / words) / 2))
        start = end
    return out


@inner
def is_paragraph(count: npt.NDArray[np.float32]) -> bool:
    """Return whether a block is a sentence or more, most of it outside of links."""
    return bool(count[WORDS] >= PARAGRAPH and count[LINKED] < LINKS * max(count[CHARACTERS], np.float32(1)))


@compiled
def of_blocks(values: npt.NDArray[np.uint64], page: Outline) -> npt.NDArray[np.uint64]:
    """Return, per block, the value of its element."""
    out = np.empty(len(page.block_element), np.uint64)
    for block in range(len(out)):
        out[block] = values[page.block_element[block]]
    return out


@compiled
def paths(page: Outline) -> npt.NDArray[np.uint64]:
    """Return, per element, a hash of the tags and the names down to it."""
    path = np.zeros(len(page.tag), np.uint64)
    for element in range(1, len(page.tag)):
        names = np.uint64(page.tag[element])
        for index in range(page.first_token[element], page.first_token[element + 1]):
            names += np.uint64(31) * np.uint64(page.tokens[index])
        path[element] = path[page.parent[element]] * np.uint64(0x9E3779B97F4A7C15) ^ names
    return path
