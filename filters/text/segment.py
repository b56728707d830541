"""Words, lines and sentences of a batch of texts, in every script, as flat arrays.

Most scripts put spaces between words; a few do not, and there is one decision for each:

    Latin, Cyrillic, Greek, Arabic, Hebrew, Devanagari,
    Ethiopic, Hangul, Katakana and every other script    what stands between spaces, without the marks around it
    Tibetan                                              what stands between tshegs: a syllable
    Han, Hiragana                                        one character
    Thai, Lao, Khmer, Burmese                            one letter with the vowels and marks written around it

A sentence ends at a token that is a sentence terminal of any script, and at the end of a line.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.text import kernels, ngrams, words
from filters.text.characters import BREAK, SYMBOL, properties
from shards.arrays import Floats

Ints: TypeAlias = npt.NDArray[np.integer]


def ratio(parts: npt.NDArray[np.generic], wholes: npt.NDArray[np.generic]) -> Floats:
    """Return parts / wholes; NaN, which is undefined, where the whole is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = np.asarray(parts, np.float64) / np.asarray(wholes, np.float64)
    return np.where(np.asarray(wholes) == 0, np.nan, quotient)


@dataclass(frozen=True)
class Characters:
    """The code points of all texts in a row; document d has those from `documents[d]` up to `documents[d + 1]`."""

    points: npt.NDArray[np.uint32]
    documents: npt.NDArray[np.int64]

    @cached_property
    def properties(self) -> npt.NDArray[np.uint16]:
        """What each is: bits of `filters.text.characters`."""
        return kernels.look_up(self.points, properties())

    @cached_property
    def count(self) -> npt.NDArray[np.int64]:
        """How many each document has."""
        return np.diff(self.documents)

    def total(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
        """Return, per document, the sum of one whole number (or truth) per character."""
        return kernels.totals(values, self.documents)

    @cached_property
    def marks(self) -> npt.NDArray[np.int32]:
        """Where punctuation, symbols and ends of lines are: one character in twenty, so rules look there only."""
        return kernels.places(self.properties, np.uint16(SYMBOL | BREAK))

    def number_of(self, *texts: str) -> npt.NDArray[np.int64]:
        """Return, per document, how often any of the texts occurs; each starts with a mark or a line's end."""
        total = np.zeros(len(self.documents) - 1, np.int64)
        for text in texts:
            wanted = code_points(text)
            if not properties()[wanted[0]] & (SYMBOL | BREAK):
                raise ValueError(f"{text!r} does not start with a mark")
            total += kernels.occurrences(self.points, self.documents, self.marks, wanted)
        return total


@dataclass(frozen=True)
class Spans:
    """Pieces of the texts in order; document d has those from `documents[d]` up to `documents[d + 1]`."""

    starts: npt.NDArray[np.int32]  # in code points of the batch
    ends: npt.NDArray[np.int32]
    hashes: npt.NDArray[np.uint64]  # equal for equal pieces
    documents: npt.NDArray[np.int64]

    @cached_property
    def lengths(self) -> npt.NDArray[np.int32]:
        """How many characters each piece has."""
        return self.ends - self.starts

    def total(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
        """Return, per document, the sum of one whole number (or truth) per piece."""
        return kernels.totals(values, self.documents)

    @cached_property
    def count(self) -> npt.NDArray[np.int64]:
        """How many pieces each document has."""
        return np.diff(self.documents)

    def fraction(self, values: npt.NDArray[np.generic]) -> Floats:
        """Return, per document, the share of pieces that have a property; NaN where there is none."""
        return ratio(self.total(values), self.count)

    @cached_property
    def repeated(self) -> npt.NDArray[np.bool_]:
        """Which pieces are equal to an earlier one of their document."""
        return ngrams.occurred_before(self.hashes, self.documents)

    @cached_property
    def repeated_characters(self) -> npt.NDArray[np.int64]:
        """How many characters of each document are in pieces equal to an earlier one."""
        return self.total(np.where(self.repeated, self.lengths, 0))


@dataclass(frozen=True)
class Tokens(Spans):
    """Words, and the marks between them."""

    kinds: npt.NDArray[np.uint8]  # bits of `filters.text.kernels`

    def are(self, kind: np.uint8) -> npt.NDArray[np.bool_]:
        """Return, per token, whether it is of the kind."""
        return np.asarray(self.kinds & kind, np.bool_)

    @cached_property
    def words(self) -> npt.NDArray[np.int64]:
        """How many tokens of each document are words: have a letter or a digit."""
        return self.total(self.are(kernels.WORD))

    @cached_property
    def sentences(self) -> npt.NDArray[np.int64]:
        """How many sentences each document has, if the ends of lines are not counted."""
        return kernels.sentences(self.kinds, self.documents)


@dataclass(frozen=True)
class Lines(Spans):
    """Lines that are not blank, without the white space around them."""

    opens_paragraph: npt.NDArray[np.bool_]

    @cached_property
    def paragraphs(self) -> Spans:
        """The runs of lines with no blank line between."""
        first = np.flatnonzero(self.opens_paragraph)
        last = np.append(first, len(self.starts))[1:] - 1
        documents = np.searchsorted(first, self.documents)
        hashes = kernels.combine(self.hashes, first, last)
        return Spans(self.starts[first], self.ends[last], hashes, documents.astype(np.int64))


def characters(texts: pa.StringArray) -> Characters:
    """Return the code points of the texts; a null has none."""
    _, offsets, data = texts.buffers()
    if len(texts) == 0 or offsets is None or data is None:
        return Characters(np.zeros(0, np.uint32), np.zeros(len(texts) + 1, np.int64))
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return Characters(*kernels.decode(np.frombuffer(data, np.uint8), bounds))


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of one text."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def tokens(texts: Characters) -> Tokens:
    """Return the words of the texts and the marks between them."""
    starts, ends, hashes, kinds, documents = words.tokens(texts.points, texts.properties, texts.documents)
    return Tokens(starts, ends, hashes, documents, kinds)


def lines(texts: Characters) -> Lines:
    """Return the lines of the texts that are not blank."""
    starts, ends, opens, documents = kernels.lines(texts.points, texts.properties, texts.marks, texts.documents)
    return Lines(starts, ends, kernels.hashes(texts.points, starts, ends), documents, opens)
