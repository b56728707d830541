"""Sentences that come again, or begin alike: what repeats inside one line escapes the rules for lines."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import ngrams
from filters.text.segment import ratio
from shards.arrays import Mask

FEWEST = 5  # sentences: of four one may well come again


class SentenceRepetition(Filter):
    """Keep documents whose sentences differ. The first two bounds are Gopher's for lines; the third is our own."""

    name: Literal["sentence_repetition"] = "sentence_repetition"
    duplicate_sentences: Range = Range(max=0.30, undefined="keep")  # share of sentences equal to an earlier one
    # share of the characters of all sentences that are in sentences equal to an earlier one
    duplicate_sentence_characters: Range = Range(max=0.20, undefined="keep")
    # Share of the sentences whose first three tokens an earlier, different sentence had: texts filled into a frame.
    repeated_openings: Range = Range(max=0.50, undefined="keep")
    shortest: int = 20  # characters: shorter ones ("Yes.", a number, a cell of a table) are not counted

    def measure(self, documents: Documents) -> Signals:
        sentences = documents.sentences
        counted, again, alike = self._decided(documents)
        number = sentences.total(counted)
        lengths = np.where(counted, sentences.lengths, 0)
        few = number < FEWEST
        return {
            name: np.where(few, np.nan, values)
            for name, values in {
                "duplicate_sentences": ratio(sentences.total(again), number),
                "duplicate_sentence_characters": ratio(
                    sentences.total(np.where(again, lengths, 0)), sentences.total(lengths)
                ),
                "repeated_openings": ratio(sentences.total(alike), number),
            }.items()
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        sentences = documents.sentences
        counted, again, alike = self._decided(documents)
        enough = counted.sum() >= FEWEST
        number, size = float(enough * counted.sum()), float(enough * sentences.lengths[counted].sum())
        return {
            "duplicate_sentences": evidence.of_pieces(sentences, again, whole=number),
            "duplicate_sentence_characters": evidence.by_length(sentences, again, size),
            "repeated_openings": evidence.of_pieces(sentences, alike, whole=number),
        }

    def _decided(self, documents: Documents) -> tuple[Mask, Mask, Mask]:
        """Return the sentences that are counted, those that stood before, and those of which only the opening did."""
        sentences = documents.sentences
        counted = sentences.lengths >= self.shortest
        again = sentences.repeated & counted
        alike = ngrams.occurred_before(sentences.openings, sentences.documents) & counted & ~again
        return counted, again, alike
