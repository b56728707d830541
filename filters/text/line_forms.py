"""Lines of one form: nothing but prices, nothing but a rating, a field of a record; and keywords that a page repeats.

The words of each form are rows of `phrases.tsv`. A line of prices or ratings has no word but those, so a sentence
about a price is none.
"""

import re
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.documents import Documents
from filters.text import characters, kernels, line_rules, phrases, segment
from shards.arrays import Array, Mask, Places
from shards.compiled import compiled, inner

Hashes: TypeAlias = npt.NDArray[np.uint64]

FEWEST_NAMES = 3  # different fields of a record: fewer are of a table, or of a list of addresses
SHORTEST_KEYWORD = 4  # characters
LONGEST_TITLE = 400  # characters that are looked at

_BETWEEN = re.compile(r"[,，_|]+(?=\S)")  # keywords are parted without a space: 友情链接,站长工具_素材
_MARKS = ("-", "–", "—", "~", "/", "(", ")", "（", "）", ":", "：", ",", ".", "*", "•", "%")
_STARS = ("★", "☆", "⭐", "✩", "✭", "✰")


def prices(documents: Documents) -> Mask:
    """Return which lines are nothing but prices, and what a shop calls them: Sale price: $5.00, 市场价 99元."""
    pure, numbers, currencies = _counts(documents, _words("offer", *_MARKS), _words("currency"))
    return np.asarray(pure & (currencies > 0) & (numbers >= currencies))


def ratings(documents: Documents) -> Mask:
    """Return which lines are nothing but a rating: 4.5 out of 5, ★★★★☆ 43 votes, 平均评分 4.5."""
    pure, numbers, named = _counts(documents, _words("rating word", *_MARKS), _words("rating", *_STARS))
    return np.asarray(pure & (named > 0) & ((numbers > 0) | (named > 1)))


def records(documents: Documents, named: Mask) -> Mask:
    """Return which lines begin with a field of a record (Registrar: …), in documents with three different ones.

    `named` are the lines with a phrase of the kind `record`.
    """
    texts, lines = documents.characters, documents.lines
    found = np.zeros(len(lines.starts), np.bool_)
    for document in np.flatnonzero(lines.total(named) >= FEWEST_NAMES):
        matches = list(re.finditer(_fields(), documents.texts[document].as_py()))
        if len({match[1].lower() for match in matches}) >= FEWEST_NAMES:
            begins = texts.documents[document] + np.array([match.start(1) for match in matches], np.int64)
            found[np.searchsorted(lines.starts, begins, side="right") - 1] = True
    return found


def repeated_keywords(documents: Documents) -> Places:
    """Return how often the keywords of each text's first line stand below it: the count of the second commonest.

    A title is repeated in a page; two keywords that stand beside one another there, each many times, are stuffed.
    Only first lines with a letter of a script without spaces are looked at.
    """
    texts, lines = documents.characters, documents.lines
    found = np.zeros(len(documents), np.int64)
    where = texts.points, texts.properties, lines.starts, lines.ends, lines.documents
    for document in np.flatnonzero(_lists_keywords(*where)):
        found[document] = len(keyword_spans(documents.texts[document].as_py()))
    return found


def keyword_spans(text: str) -> list[tuple[int, int]]:
    """Return where the second commonest keyword of a text's first line stands below it."""
    begin = len(text) - len(text.lstrip())
    title, _, below = text[begin:].partition("\n")
    keywords = {part.strip(" ()（）") for part in _BETWEEN.split(title)}
    long = [word for word in keywords if len(word) >= SHORTEST_KEYWORD and not (word.isascii() and word.isalpha())]
    outer = sorted(word for word in long if not any(word in other for other in long if other != word))
    begin += len(title) + 1
    places = [
        [(begin + found.start(), begin + found.end()) for found in re.finditer(re.escape(word), below)]
        for word in outer
    ]
    return sorted(places, key=len)[-2] if len(places) > 1 else []


def _counts(documents: Documents, words: Hashes, named: Hashes) -> tuple[Mask, Places, Places]:
    """Return which lines have nothing but numbers, marks and these words; and how many numbers, and of the named."""
    tokens = documents.tokens
    bounds = line_rules.token_bounds(tokens, documents.lines)
    pure, numbers, here = _pure(documents.folded, tokens.kinds, bounds, words, named)
    return pure, numbers, here


@compiled
def _pure(hashes: Array, kinds: Array, bounds: Array, words: Array, named: Array) -> tuple[Array, Array, Array]:
    pure = np.zeros(len(bounds) - 1, np.bool_)
    numbers = np.zeros(len(bounds) - 1, np.int64)
    found = np.zeros(len(bounds) - 1, np.int64)
    for line in range(len(pure)):
        token = bounds[line]
        while token < bounds[line + 1]:
            if kinds[token] & kernels.WORD and not kinds[token] & kernels.ALPHABETIC:
                numbers[line] += 1
            elif _among(named, hashes[token]):
                found[line] += 1
            elif not _among(words, hashes[token]):
                break
            token += 1
        pure[line] = token == bounds[line + 1]
    return pure, numbers, found


@inner
def _among(wanted: Array, value: np.uint64) -> bool:
    """Return whether a value is one of the wanted, which are in order."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) // 2
        if wanted[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low < len(wanted) and wanted[low] == value


@compiled
def _lists_keywords(points: Array, props: Array, starts: Array, ends: Array, documents: Array) -> Array:
    """Return whose first line has a letter of a script without spaces, and a mark between two words without a space."""
    found = np.zeros(len(documents) - 1, np.bool_)
    for document in range(len(found)):
        if documents[document] == documents[document + 1]:
            continue
        line, unspaced, parted = documents[document], False, False
        for i in range(starts[line], min(ends[line], starts[line] + LONGEST_TITLE) - 1):
            unspaced |= props[i] & characters.UNSPACED != 0
            mark = points[i] == 0x2C or points[i] == 0xFF0C or points[i] == 0x5F or points[i] == 0x7C  # , ， _ |
            parted |= mark and not props[i + 1] & characters.SPACE
        found[document] = unspaced and parted
    return found


@cache
def _words(kind: str, *others: str) -> Hashes:
    """Return the hashes of all words of the phrases of a kind, and of others."""
    texts = segment.characters(pa.array([row.phrase for row in phrases.phrases_by_kind()[kind]] + list(others)))
    return np.unique(phrases.folded_hashes(texts, segment.tokens(texts)))


@cache
def _fields() -> str:
    """Return the expression of the field of a record and the mark behind it."""
    names = "|".join(sorted(re.escape(row.phrase) for row in phrases.phrases_by_kind()["record"]))
    return rf"(?im)^[ \t*•·-]{{0,4}}({names})[ \t]{{0,3}}[:：|=]"
