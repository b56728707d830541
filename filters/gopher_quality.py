"""Gopher's quality rules: length, words and lines that look like prose (Rae et al. 2021, appendix A.1.1).

Scaling Language Models: Methods, Analysis & Insights from Training Gopher. https://arxiv.org/abs/2112.11446
The paper states its rules for English; what they become in other languages is said at each signal.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import kernels, stop_words
from filters.text.segment import ratio


class GopherQuality(Filter):
    """Keep documents whose length, words and lines look like prose (Rae et al. 2021, appendix A.1.1)."""

    name: Literal["gopher_quality"] = "gopher_quality"
    # Tokens with a letter or digit; in a script without spaces, characters (Han, Hiragana) or clusters (Thai, …).
    words: Range = Range(min=50, max=100_000)
    # Characters per word. Undefined where most words are of a script without spaces, whose tokens are all of a length.
    mean_word_length: Range = Range(min=3, max=10, undefined="keep")
    hash_ratio: Range = Range(max=0.1)  # `#` characters per token
    ellipsis_ratio: Range = Range(max=0.1)  # ellipses (`...` and `…`) per token
    bullet_lines: Range = Range(max=0.9)  # share of lines that start with • or -
    ellipsis_lines: Range = Range(max=0.3)  # share of lines that end with an ellipsis
    alphabetic_words: Range = Range(min=0.8)  # share of words with a letter
    # How many of the stop words of the document's language occur. Undefined where no list is known for the language.
    stop_words: Range = Range(min=2, undefined="keep")
    # count punctuation marks as words, as other implementations do and the paper does not; with it, good recipes
    # and legal texts fall below the bound on alphabetic words
    marks_are_words: bool = True
    fallback_language: str = "eng_Latn"  # the language whose stop words are used where a document has none

    def measure(self, documents: Documents) -> Signals:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        word = tokens.are(kernels.WORD)
        spaced = word & ~tokens.are(kernels.UNSPACED)
        lengths = ratio(tokens.total(np.where(spaced, tokens.lengths, 0)), tokens.total(spaced))
        bullets, ellipses = kernels.line_marks(texts.points, texts.properties, lines.starts, lines.ends)
        return {
            "words": tokens.words,
            "mean_word_length": np.where(2 * tokens.total(spaced) < tokens.words, np.nan, lengths),
            "hash_ratio": ratio(texts.number_of("#"), tokens.count),
            "ellipsis_ratio": ratio(texts.number_of("...", "…"), tokens.count),
            "bullet_lines": lines.fraction(bullets),
            "ellipsis_lines": lines.fraction(ellipses),
            "alphabetic_words": ratio(
                tokens.total(tokens.are(kernels.ALPHABETIC)), tokens.count if self.marks_are_words else tokens.words
            ),
            "stop_words": stop_words.present(tokens, documents.batch.column("language"), self.fallback_language),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        word, alphabetic = tokens.are(kernels.WORD), tokens.are(kernels.ALPHABETIC)
        whole = float(len(tokens.starts))
        bullets, ellipses = kernels.line_marks(texts.points, texts.properties, lines.starts, lines.ends)
        counted = np.ones(len(word), np.bool_) if self.marks_are_words else word
        found = {
            "hash_ratio": evidence.occurrences(documents, "#", whole=whole),
            "ellipsis_ratio": evidence.occurrences(documents, "...", "…", whole=whole),
            "bullet_lines": evidence.of_pieces(lines, bullets),
            "ellipsis_lines": evidence.of_pieces(lines, ellipses),
            "alphabetic_words": evidence.of_pieces(
                tokens, counted & ~alphabetic, whole=float(counted.sum()), missing=True
            ),
        }
        wanted = stop_words.wanted(documents.batch.column("language")[0].as_py(), self.fallback_language)
        return found if wanted is None else found | {"stop_words": evidence.first_of_each(tokens, wanted)}
