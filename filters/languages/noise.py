"""Detection of noise, text in no language or without a sentence: numbers, code, markup, random strings, keyword lists.

Language models name a language for anything that is written in its letters, and often surely. Three things give noise
away, whatever the script: what its characters are, how its words are joined, and that it has no function words.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.languages import scripts
from filters.languages.scripts import Counts
from filters.text import phrases, segment, stop_words
from shards.arrays import utf8
from shards.compiled import compiled

LONG = 80  # characters: in less, one arrow or heart is a large share
_ENOUGH = 30  # words, of which prose of these languages has three function words or more
_ENOUGH_SYLLABLES = 90  # where a word of `filters.text.segment` is a character or a syllable
_SYLLABLES = frozenset({"zho", "yue", "jpn", "mya", "bod"})
# Languages whose lists of function words say too little: on sentences of the development data under one word in twelve
# is of the list, because what are words elsewhere are endings.
_SPARSE = frozenset({"kor", "mal", "tel", "tam", "mar", "kat", "kaz", "tha", "lao", "khm", "lat"})
_SENTENCES = 0.1  # of the words that function words of a sentence are at least
_SMALL, _CAPITAL, _DIGIT, _MARK, _APART = range(1, 6)
_MARKS = "_@=\\"  # that writing has between words, not in them
_UNSPACED = ("Hani", "Hira", "Kana", "Thai", "Laoo", "Khmr", "Mymr", "Tibt")


def noisy(texts: pa.StringArray, counts: Counts, limit: int, long: int = LONG) -> npt.NDArray[np.bool_]:
    """Return, per text, whether its first `limit` bytes are numbers, code, markup or strings rather than language.

    Letters under 0.4; or of 80 characters and more over 0.08 signs, or over 0.4 of the letters in joined words, of
    which a short sentence in Zulu (`isiZulu`) may have as many, and of fewer characters over 0.8.
    """
    many = counts.sum(axis=1) - counts[:, scripts.SPACE] >= long
    signs = (scripts.sign_shares(counts) > 0.08) & many
    joins = joined(texts, limit) > np.where(many, 0.4, 0.8) * np.maximum(scripts.letters(counts), 1)
    return np.asarray((scripts.letter_shares(counts) < 0.4) | signs | joins, np.bool_)


def joined(texts: pa.StringArray, limit: int) -> npt.NDArray[np.int64]:
    """Return, per text, how many letters are in words like `B2fK`, `maxItems`, `row_id` or `me@example.org`: with a
    digit beside a letter, a capital behind a small letter, or a mark of code. Scripts without spaces have no such.
    """
    offsets, data = utf8(texts)
    return _joined(data, offsets, limit, _kinds())


def wordless(texts: Sequence[str], languages: Sequence[str], sifted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return, per text, whether thirty words and more (ninety characters of Chinese) have next to none of the function
    words of its language; of a text in Latin letters that was sifted from noise, whether under one in ten is one that
    is no keyword of code.

    Texts in languages without a list of them, or with one that says too little, are taken at their word, unless sifted.
    """
    found = np.zeros(len(texts), np.bool_)
    rows = [row for row, name in enumerate(languages) if name.partition("_")[0] not in _SPARSE]
    characters = segment.characters(pa.array([texts[row] for row in rows], pa.string()))
    tokens = segment.tokens(characters)
    folded = phrases.folded_hashes(characters, tokens)
    shares = stop_words.share(folded, tokens, pa.array([languages[row] for row in rows], pa.string()))
    syllables = np.array([languages[row][:3] in _SYLLABLES for row in rows], np.bool_)
    found[rows] = (tokens.words >= np.where(syllables, _ENOUGH_SYLLABLES, _ENOUGH)) & (shares < 0.01)
    latin = np.array([languages[row].endswith("_Latn") for row in rows], np.bool_)
    found[rows] |= sifted[rows] & latin & ~(shares >= _SENTENCES)
    return found


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Return how each code point joins words: small, capital, digit, mark of code, not at all; 0 for all others."""
    table = np.zeros(0x110000, np.uint8)
    table[[point for point in range(0x20000) if chr(point).isalpha()]] = _SMALL
    table[[point for point in range(0x20000) if chr(point).isupper()]] = _CAPITAL
    table[[point for point in range(0x20000) if chr(point).isdecimal()]] = _DIGIT
    table[[ord(mark) for mark in _MARKS]] = _MARK
    for row in scripts.script_ranges():
        if row.script in _UNSPACED:
            table[row.first : row.last + 1] = _APART
    table[[point for point in range(0x3001) if chr(point).isspace()]] = _APART
    return table


@compiled
def _joined(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], limit: int, kinds: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    found = np.zeros(len(offsets) - 1, np.int64)
    for row in range(len(found)):
        at, end = offsets[row], min(offsets[row + 1], offsets[row] + limit)
        letters, joins, last = 0, False, _APART
        while at < end:
            lead = data[at]
            length = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            point = int(lead) if lead < 0x80 else int(lead) & (0x7F >> length)
            for follower in range(1, min(length, offsets[row + 1] - at)):
                point = point << 6 | (int(data[at + follower]) & 0x3F)
            at += length
            kind = kinds[min(point, 0x10FFFF)]
            if kind == _APART:
                found[row] += letters * joins
                letters, joins = 0, False
            else:
                letter = kind in (_SMALL, _CAPITAL)
                joins |= (
                    kind == _MARK
                    or (kind == _CAPITAL and last == _SMALL)
                    or (letter and last == _DIGIT)
                    or (kind == _DIGIT and last in (_SMALL, _CAPITAL))
                )
                letters += letter
            last = kind
        found[row] += letters * joins
    return found
