"""What the block model sees: one row of numbers per block, of its text, its place in the page, and its surroundings."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.agreement import of_blocks
from pipeline.extract.block_text import (
    BREAKS,
    CAPITALS,
    CHARACTERS,
    COMMAS,
    DIGITS,
    FIRST,
    IDEOGRAPHS,
    LAST,
    LINKED,
    LINKS,
    SIGNS,
    STOPS,
    WORDS,
    BlockText,
)
from pipeline.extract.element_features import AROUND, Holdings, Names, Weights, find, holdings_of, is_prose, names_of
from pipeline.extract.markup import Outline
from pipeline.extract.page_kinds import KINDS
from pipeline.extract.tags import TAGS
from shards.compiled import compiled, inner
from shards.sorting import stable_order

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_LEVEL = np.zeros(len(TAGS) + 1, np.float32)
for _number, _name in enumerate(HEADINGS, start=1):
    _LEVEL[TAGS[_name]] = _number
_P = TAGS["p"]

OWN = 27  # features of the block itself, which its neighbours see the first SEEN of
SEEN = 9
LEVELS = 4  # containers above a block that are described
PER_LEVEL = 5
OF_PLACE = 20
OF_PAGE = 11 + KINDS
WINDOW = 8  # blocks on either side whose text is summed up
OF_WINDOW = 9
FEATURES = OWN + len(AROUND) + 4 * SEEN + LEVELS * PER_LEVEL + OF_PLACE + OF_PAGE + OF_WINDOW


class Landmarks(NamedTuple):
    """Blocks that others are placed by; -1 where there is none."""

    first_h1: int
    first_prose: int
    last_prose: int
    heading: int  # that says what the title says
    before_heading: float  # characters
    titled: npt.NDArray[np.float32]  # per block: the share of its words that are the title's


@compiled
def _landmarks(page: Outline, text: BlockText, title: BlockText) -> Landmarks:
    blocks, counts = len(page.block_element), text.counts
    titled = np.zeros(blocks, np.float32)
    heading, most = -1, np.float32(0.45)
    for block in range(blocks):
        first, end = text.first_word[block], text.first_word[block + 1]
        if end > first and counts[block, WORDS] < 40:
            common = 0
            for index in range(first, end):
                for other in range(len(title.words)):
                    if text.words[index] == title.words[other]:
                        common += 1
                        break
            titled[block] = common / max(float(end - first), len(title.words) * 0.6)
            level = _LEVEL[page.tag[page.block_element[block]]]
            fit = titled[block] + (0.3 if level == 1 else (0.15 if level > 0 else 0))
            if fit > most:
                heading, most = block, np.float32(fit)
    before_heading = np.float32(0)
    for block in range(max(heading, 0)):
        before_heading += counts[block, CHARACTERS]
    first_h1, first_prose, last_prose = -1, -1, -1
    for block in range(blocks):
        if _LEVEL[page.tag[page.block_element[block]]] == 1 and first_h1 < 0:
            first_h1 = block
        if is_prose(counts[block]):
            first_prose = block if first_prose < 0 else first_prose
            last_prose = block
    return Landmarks(first_h1, first_prose, last_prose, heading, float(before_heading), titled)


@compiled
def _alike(page: Outline, text: BlockText, signature: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
    """Return, per block, of all blocks on its path: their number, share of the text, links, and mean words."""
    blocks, counts = len(page.block_element), text.counts
    held = np.float32(0)
    for count in counts:
        held += count[CHARACTERS]
    whole = max(float(held), 1.0)
    order = stable_order(of_blocks(signature, page))
    alike = np.zeros((blocks, 4), np.float32)
    start = 0
    while start < blocks:
        end = start
        key = signature[page.block_element[order[start]]]
        characters, links, words = np.float32(0), np.float32(0), np.float32(0)
        while end < blocks and signature[page.block_element[order[end]]] == key:
            count = counts[order[end]]
            characters += count[CHARACTERS]
            links += count[LINKED]
            words += count[WORDS]
            end += 1
        for index in range(start, end):
            row = alike[order[index]]
            row[0], row[1], row[2], row[3] = (
                end - start,
                characters / whole,
                links / max(float(characters), 1.0),
                words / (end - start),
            )
        start = end
    return alike


@compiled
def _repeated(text: BlockText) -> npt.NDArray[np.float32]:
    """Return, per block, whether another has the same text."""
    blocks = len(text.digest)
    same = np.zeros(blocks, np.float32)
    order = stable_order(text.digest)
    for index in range(1, blocks):
        if text.digest[order[index]] == text.digest[order[index - 1]]:
            same[order[index]] = 1
            same[order[index - 1]] = 1
    return same


@inner
def _of_itself(
    row: npt.NDArray[np.float32], block: int, page: Outline, text: BlockText, names: Names, weights: Weights
) -> None:
    """Fill in what a block's own text and names say."""
    count, element = text.counts[block], page.block_element[block]
    tag = page.tag[element]
    characters = max(count[CHARACTERS], np.float32(1))
    words = max(count[WORDS], np.float32(1))
    meaning = np.float32(0)
    known = 0
    for index in range(text.first_word[block], text.first_word[block + 1]):
        found = find(weights.words, text.words[index])
        if found >= 0:
            meaning += weights.word_weights[found]
            known += 1
    row[0] = np.log1p(count[CHARACTERS])
    row[1] = count[LINKED] / characters
    row[2] = names.path[element]
    row[3] = meaning
    row[4] = count[STOPS] / words
    row[6] = _LEVEL[tag]
    row[7] = tag == _P
    row[9] = np.log1p(count[WORDS])
    row[10] = count[LINKS]
    row[11] = count[COMMAS] / words
    row[12] = count[DIGITS] / characters
    row[13] = count[CAPITALS] / words
    row[14] = count[BREAKS]
    row[15] = count[SIGNS] / words
    row[16] = count[LAST]
    row[17] = count[FIRST]
    row[18] = characters / words
    row[19] = tag
    row[20] = names.own[element]
    row[21] = names.worst[element]
    row[22] = names.best[element]
    row[23] = names.depth[element]
    row[24] = page.hidden[element]
    row[26] = meaning / max(known, 1)
    for bit in range(len(AROUND)):
        row[OWN + bit] = (names.around[element] >> bit) & 1


@inner
def _of_containers(row: npt.NDArray[np.float32], element: int, page: Outline, names: Names, holds: Holdings) -> None:
    """Fill in what the elements above a block hold, each one that holds more blocks than the last."""
    whole = max(holds.held[0], np.float32(1))
    container = element
    for level in range(LEVELS):
        size = holds.held[container]
        place = level * PER_LEVEL
        row[place] = size / whole
        row[place + 1] = holds.linked[container] / max(size, np.float32(1))
        row[place + 2] = holds.prose[container] / max(size, np.float32(1))
        row[place + 3] = names.own[container]
        row[place + 4] = np.log1p(holds.number[container])
        now = holds.number[container]
        while container > 0 and holds.number[container] <= now:
            container = page.parent[container]


@inner
def _of_place(
    row: npt.NDArray[np.float32],
    block: int,
    seen: float,
    page: Outline,
    names: Names,
    holds: Holdings,
    marks: Landmarks,
) -> None:
    """Fill in where a block stands: from the page's ends, its headings, its paragraphs, in its articles."""
    blocks, element = len(page.block_element), page.block_element[block]
    whole, highest = max(holds.held[0], np.float32(1)), max(np.float32(holds.highest), np.float32(1))
    up = page.parent[element]
    row[0] = seen / whole
    row[1] = block / blocks
    row[2] = block - marks.first_h1 if marks.first_h1 >= 0 else -1000
    row[3] = block - marks.first_prose if marks.first_prose >= 0 else 1000
    row[4] = marks.last_prose - block if marks.last_prose >= 0 else -1000
    row[5] = min(block, 100)
    row[6] = min(blocks - block, 100)
    row[7] = page.tag[up] if up >= 0 else 0
    row[8] = names.own[up] if up >= 0 else 0
    row[9] = holds.score[element] / highest
    row[10] = (holds.score[up] if up >= 0 else 0) / highest
    row[11] = names.article[element]
    row[12] = names.commented[element]
    row[13] = marks.titled[block]
    row[14], row[15], row[16] = -100, -1, -1
    if marks.heading >= 0:
        row[14] = min(max(block - marks.heading, -50), 200)
        row[15] = (seen - marks.before_heading) / whole
        row[16] = names.article[element] == names.article[page.block_element[marks.heading]]


@compiled
def _of_page(
    page: Outline, text: BlockText, names: Names, holds: Holdings, kinds: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return what all blocks of a page have in common."""
    row = np.zeros(OF_PAGE, np.float32)
    whole = max(holds.held[0], np.float32(1))
    ideographs, stops, paragraphs, hidden = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for block, count in enumerate(text.counts):
        hidden += count[CHARACTERS] * page.hidden[page.block_element[block]]
        ideographs += count[IDEOGRAPHS]
        stops += count[STOPS]
        paragraphs += is_prose(count)
    row[0] = np.log1p(whole)
    row[1] = len(text.counts)
    row[2] = holds.linked[0] / whole
    row[3] = holds.prose[0] / whole
    row[4] = names.articles
    row[5] = names.mains
    row[6] = ideographs / whole
    row[7] = stops / max(paragraphs, np.float32(1))
    row[8] = holds.prose[holds.top] / max(holds.prose[0], np.float32(1))
    row[9] = names.talk
    row[10] = hidden / whole
    for kind in range(len(kinds)):
        row[11 + kind] = kinds[kind]
    return row


@compiled
def _of_windows(out: npt.NDArray[np.float32], page: Outline, text: BlockText) -> None:
    """Fill in what stands around each block: prose and links before and after it, the nearest prose and headings."""
    blocks, counts = len(out), text.counts
    sums = np.zeros((blocks + 1, 3), np.float64)
    for block in range(blocks):
        count = counts[block]
        sums[block + 1, 0] = sums[block, 0] + count[CHARACTERS]
        sums[block + 1, 1] = sums[block, 1] + count[LINKED]
        sums[block + 1, 2] = sums[block, 2] + (count[CHARACTERS] if is_prose(count) else 0)
    prose, heading = -100, -100
    for block in range(blocks):
        for side in range(2):
            first = max(block - WINDOW, 0) if side == 0 else block + 1
            end = block if side == 0 else min(block + 1 + WINDOW, blocks)
            size = max(sums[end, 0] - sums[first, 0], 1.0) if end > first else 1.0
            for column in range(2):
                whole = sums[end, column + 1] - sums[first, column + 1] if end > first else -size
                out[block, 2 * side + column] = whole / size
        out[block, 4] = min(block - prose, 100)
        out[block, 5] = min(block - heading, 100)
        prose = block if is_prose(counts[block]) else prose
        heading = block if _LEVEL[page.tag[page.block_element[block]]] > 0 else heading
    prose, heading = blocks + 100, blocks + 100
    for block in range(blocks - 1, -1, -1):
        out[block, 6] = min(prose - block, 100)
        out[block, 7] = min(heading - block, 100)
        out[block, 8] = out[block, 4] + out[block, 6]
        prose = block if is_prose(counts[block]) else prose
        heading = block if _LEVEL[page.tag[page.block_element[block]]] > 0 else heading


@compiled
def block_features(
    page: Outline, text: BlockText, title: BlockText, kinds: npt.NDArray[np.float32], weights: Weights
) -> npt.NDArray[np.float32]:
    """Return a row of FEATURES numbers for every block.

    `title` is the text of the page's title as one block, `kinds` says what the page's head calls it (KINDS numbers).
    """
    blocks = len(page.block_element)
    out = np.zeros((blocks, FEATURES), np.float32)
    if blocks == 0:
        return out
    names, holds = names_of(page, weights), holdings_of(page, text)
    marks, alike, same = _landmarks(page, text, title), _alike(page, text, names.signature), _repeated(text)
    of_page = _of_page(page, text, names, holds, kinds)
    seen = np.float32(0)
    for block in range(blocks):
        row, element = out[block], page.block_element[block]
        _of_itself(row, block, page, text, names, weights)
        row[5] = alike[block, 1]
        row[8] = holds.under_top[element]
        row[25] = same[block]
        at = OWN + len(AROUND) + 4 * SEEN
        _of_containers(row[at:], element, page, names, holds)
        at += LEVELS * PER_LEVEL
        row[at] = alike[block, 0]
        row[at + 1] = alike[block, 2]
        row[at + 2] = alike[block, 3]
        _of_place(row[at + 3 :], block, float(seen), page, names, holds, marks)
        for feature in range(OF_PAGE):
            row[at + OF_PLACE + feature] = of_page[feature]
        seen += text.counts[block, CHARACTERS]
    _of_neighbours(out)
    _of_windows(out[:, FEATURES - OF_WINDOW :], page, text)
    return out


@inner
def _of_neighbours(out: npt.NDArray[np.float32]) -> None:
    """Fill in the first SEEN features of the blocks before and after; -1 where there is none."""
    blocks, at = len(out), OWN + len(AROUND)
    for block in range(blocks):
        for index, step in enumerate((-1, 1, -2, 2)):
            other = block + step
            there = 0 <= other < blocks
            for feature in range(SEEN):  # one by one: a slice takes seconds longer to compile
                out[block, at + index * SEEN + feature] = out[other, feature] if there else -1
