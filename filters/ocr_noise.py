"""Noise of optical character recognition: letters set apart, words broken at lines' ends, digits among letters.

The bounds are this project's own.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import characters, kernels
from filters.text.segment import ratio
from shards.arrays import Array
from shards.compiled import compiled


class OCRNoise(Filter):
    """Keep documents whose words are whole and of letters."""

    name: Literal["ocr_noise"] = "ocr_noise"
    spaced_letters: Range = Range(max=0.1)  # share of words that are single letters, three or more in a row: T h e
    broken_lines: Range = Range(max=0.3)  # share of lines that end with a hyphen after a letter
    letter_digit_words: Range = Range(max=0.1)  # share of words with a digit between letters: w0rd, nei1s

    def measure(self, documents: Documents) -> Signals:
        tokens, lines = documents.tokens, documents.lines
        words, here = np.maximum(tokens.words, 1), self._decided(documents)
        return {
            "spaced_letters": ratio(tokens.total(here["spaced_letters"]), words),
            "broken_lines": ratio(lines.total(here["broken_lines"]), np.maximum(lines.count, 1)),
            "letter_digit_words": ratio(tokens.total(here["letter_digit_words"]), words),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        tokens, lines = documents.tokens, documents.lines
        words, here = float(max(tokens.words[0], 1)), self._decided(documents)
        return {
            "spaced_letters": evidence.of_pieces(tokens, here["spaced_letters"], whole=words),
            "broken_lines": evidence.of_pieces(lines, here["broken_lines"], whole=max(len(lines.starts), 1)),
            "letter_digit_words": evidence.of_pieces(tokens, here["letter_digit_words"], whole=words),
        }

    def _decided(self, documents: Documents) -> dict[str, npt.NDArray[np.bool_]]:
        """Return, by signal, the words and lines that it counts."""
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        letters = tokens.are(kernels.ALPHABETIC) & ~tokens.are(kernels.UNSPACED) & (tokens.lengths == 1)
        return {
            "spaced_letters": in_runs(letters, tokens.documents, 3),
            "broken_lines": broken(texts.points, texts.properties, lines.starts, lines.ends),
            "letter_digit_words": letter_digit(texts.points, texts.properties, tokens.starts, tokens.ends),
        }


@compiled
def in_runs(values: Array, documents: Array, shortest: int) -> Array:
    """Return which truths stand in runs of at least the shortest length within their document."""
    found = np.zeros(len(values), np.bool_)
    for document in range(len(documents) - 1):
        run = 0
        for i in range(documents[document], documents[document + 1] + 1):
            if i < documents[document + 1] and values[i]:
                run += 1
                continue
            if run >= shortest:
                found[i - run : i] = True
            run = 0
    return found


@compiled
def broken(points: Array, props: Array, starts: Array, ends: Array) -> Array:
    """Return which lines end with a hyphen after a letter."""
    found = np.zeros(len(starts), np.bool_)
    for line in range(len(starts)):
        last = ends[line] - 1
        hyphen = points[last] == 45 or points[last] == 0xAD or points[last] == 0x2010
        found[line] = hyphen and last > starts[line] and (props[last - 1] & characters.ALPHABETIC) != 0
    return found


@compiled
def letter_digit(points: Array, props: Array, starts: Array, ends: Array) -> Array:
    """Return which words have an ASCII digit between two small letters."""
    found = np.zeros(len(starts), np.bool_)
    for token in range(len(starts)):
        for i in range(starts[token] + 1, ends[token] - 1):
            if 48 <= points[i] <= 57 and props[i - 1] & characters.LOWER and props[i + 1] & characters.LOWER:
                found[token] = True
    return found
