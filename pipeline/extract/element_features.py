"""What the elements of a page are like: what is around each, what its names weigh, how much text it holds."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.attributes import token_hash
from pipeline.extract.block_text import CHARACTERS, COMMAS, LINKED, WORDS, BlockText
from pipeline.extract.markup import Outline
from pipeline.extract.tags import TAGS
from shards.compiled import compiled, inner

# Elements whose being around a block matters, each a bit.
AROUND = (
    "article", "main", "nav", "header", "footer", "aside", "form", "table", "ul", "ol", "dl", "blockquote", "pre",
    "figure", "section", "address", "figcaption", "details",
)  # fmt: skip

_BIT = np.zeros(len(TAGS) + 1, np.int64)
for _number, _name in enumerate(AROUND):
    _BIT[TAGS[_name]] = 1 << _number
_ARTICLE = TAGS["article"]
_MAIN = TAGS["main"]


_SPREAD = 2_654_435_761  # the golden ratio's share of 2^32
COMMENT_TOKENS = np.array(
    [
        token_hash(name)
        for name in ("comment", "comments", "commentlist", "reply", "replies", "respond", "disqus", "kommentar")
    ],
    dtype=np.uint32,
)


class Weights(NamedTuple):
    """Learned weights of hashed class and id tokens and of hashed words, as tables that `find` looks into."""

    tokens: npt.NDArray[np.uint32]
    token_weights: npt.NDArray[np.float32]
    words: npt.NDArray[np.uint32]
    word_weights: npt.NDArray[np.float32]


def weights_of(
    tokens: npt.NDArray[np.uint32],
    token_weights: npt.NDArray[np.float32],
    words: npt.NDArray[np.uint32],
    word_weights: npt.NDArray[np.float32],
) -> Weights:
    """Return the tables of learned weights, given as keys and values."""
    return Weights(*_table(tokens, token_weights), *_table(words, word_weights))


def _table(
    keys: npt.NDArray[np.uint32], values: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    """Return keys and values where `find` looks for them: a quarter full at most, a power of two long."""
    size = 1 << (4 * len(keys) + 1).bit_length()
    places, weights = np.zeros(size, np.uint32), np.zeros(size, np.float32)
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        at = (key * _SPREAD & 0xFFFFFFFF) >> 8 & (size - 1)
        while places[at]:
            at = (at + 1) & (size - 1)
        places[at], weights[at] = key, value
    return places, weights


class Names(NamedTuple):
    """Per element, from the top down."""

    around: npt.NDArray[np.int64]  # bits of AROUND
    own: npt.NDArray[np.float32]  # weight of its names
    path: npt.NDArray[np.float32]  # of all names down to it
    worst: npt.NDArray[np.float32]
    best: npt.NDArray[np.float32]
    depth: npt.NDArray[np.int32]
    signature: npt.NDArray[np.uint64]  # of tags and names down to it
    article: npt.NDArray[np.int32]  # which article it is in, 0: none
    commented: npt.NDArray[np.bool_]  # within something named for comments
    articles: int
    mains: int
    talk: int  # elements named for comments


class Holdings(NamedTuple):
    """Per element, from the bottom up: characters of text, in links, in paragraphs; blocks; and a paragraph score."""

    held: npt.NDArray[np.float32]
    linked: npt.NDArray[np.float32]
    prose: npt.NDArray[np.float32]
    number: npt.NDArray[np.float32]
    score: npt.NDArray[np.float32]
    under_top: npt.NDArray[np.float32]  # 1 within the element of the highest score
    top: int
    highest: float


@inner
def find(keys: npt.NDArray[np.uint32], key: np.uint32) -> int:
    """Return where a key stands in a table, or -1."""
    last = len(keys) - 1
    at = int((np.uint64(key) * np.uint64(_SPREAD) & np.uint64(0xFFFFFFFF)) >> np.uint64(8)) & last
    while keys[at]:
        if keys[at] == key:
            return at
        at = (at + 1) & last
    return -1


@compiled
def names_of(page: Outline, weights: Weights) -> Names:
    """Return what the tags, classes and ids of every element and of those around it say."""
    elements = len(page.tag)
    around = np.zeros(elements, np.int64)
    own = np.zeros(elements, np.float32)
    path = np.zeros(elements, np.float32)
    worst = np.zeros(elements, np.float32)
    best = np.zeros(elements, np.float32)
    depth = np.zeros(elements, np.int32)
    signature = np.zeros(elements, np.uint64)
    articles, mains, talk = 0, 0, 0
    article = np.zeros(elements, np.int32)
    commented = np.zeros(elements, np.bool_)
    for element in range(elements):
        up = page.parent[element]
        weight = np.float32(0)
        first = np.uint64(0)
        for index in range(page.first_token[element], page.first_token[element + 1]):
            token = page.tokens[index]
            for comment in COMMENT_TOKENS:
                commented[element] |= token == comment
            first += np.uint64(token)
            found = find(weights.tokens, token)
            if found >= 0:
                weight += weights.token_weights[found]
        tag = page.tag[element]
        articles += tag == _ARTICLE
        mains += tag == _MAIN
        own[element] = weight
        if up >= 0:
            around[element] = around[up] | _BIT[tag]
            article[element] = articles if tag == _ARTICLE else article[up]
            talk += commented[element]
            commented[element] |= commented[up]
            path[element] = path[up] + weight
            worst[element] = min(worst[up], weight)
            best[element] = max(best[up], weight)
            depth[element] = depth[up] + 1
            signature[element] = (signature[up] * np.uint64(0x9E3779B97F4A7C15)) ^ (
                np.uint64(tag) + np.uint64(31) * first
            )
    return Names(around, own, path, worst, best, depth, signature, article, commented, articles, mains, talk)


@inner
def is_prose(count: npt.NDArray[np.float32]) -> bool:
    """Return whether a block is a paragraph: a dozen words or more, most of them outside of links."""
    return bool(count[WORDS] >= 12 and count[LINKED] < 0.4 * count[CHARACTERS])


@compiled
def holdings_of(page: Outline, text: BlockText) -> Holdings:
    """Return how much text every element holds. A paragraph's score goes to its element and the two above."""
    elements, blocks, counts = len(page.tag), len(page.block_element), text.counts
    held = np.zeros(elements, np.float32)
    linked = np.zeros(elements, np.float32)
    prose = np.zeros(elements, np.float32)
    number = np.zeros(elements, np.float32)
    score = np.zeros(elements, np.float32)
    for block in range(blocks):
        element = page.block_element[block]
        count = counts[block]
        held[element] += count[CHARACTERS]
        linked[element] += count[LINKED]
        number[element] += 1
        if is_prose(count):
            prose[element] += count[CHARACTERS]
            points = 1 + count[COMMAS] + min(count[WORDS] / 20, np.float32(4))
            up = page.parent[element]
            score[element] += points * np.float32(0.5)
            if up >= 0:
                score[up] += points
                if page.parent[up] >= 0:
                    score[page.parent[up]] += points * np.float32(0.5)
    for element in range(elements - 1, 0, -1):
        up = page.parent[element]
        held[up] += held[element]
        linked[up] += linked[element]
        prose[up] += prose[element]
        number[up] += number[element]
    top, highest = 0, np.float32(0)
    for element in range(elements):
        if held[element] > 0:
            score[element] *= 1 - linked[element] / held[element]
        if score[element] > highest:
            top, highest = element, score[element]
    under_top = np.zeros(elements, np.float32)
    for element in range(elements):
        up = page.parent[element]
        under_top[element] = 1 if element == top else (under_top[up] if up >= 0 else 0)
    return Holdings(held, linked, prose, number, score, under_top, top, float(highest))
