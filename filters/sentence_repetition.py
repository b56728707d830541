"""Sentences that come again, or begin alike: what repeats inside one line escapes the rules for lines."""

from typing import Literal

import numpy as np

from filters import ngrams
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.segment import ratio


class SentenceRepetition(Filter, frozen=True):
    """Keep documents whose sentences differ. The first two bounds are Gopher's for lines; the third is our own."""

    name: Literal["sentence_repetition"] = "sentence_repetition"
    duplicate_sentences: Range = Range(max=0.30, undefined="keep")  # share of sentences equal to an earlier one
    duplicate_sentence_characters: Range = Range(max=0.20, undefined="keep")  # share of the characters of sentences
    # Share of the sentences whose first three tokens an earlier, different sentence had: texts filled into a frame.
    repeated_openings: Range = Range(max=0.50, undefined="keep")
    shortest: int = 20  # characters: shorter ones ("Yes.", a number, a cell of a table) are not counted

    def measure(self, documents: Documents) -> Signals:
        sentences = documents.sentences
        counted = sentences.lengths >= self.shortest
        number = sentences.total(counted)
        again = sentences.repeated & counted
        alike = ngrams.occurred_before(sentences.openings, sentences.documents) & counted & ~again
        lengths = np.where(counted, sentences.lengths, 0)
        few = number < 5  # of four sentences one may well come again
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
