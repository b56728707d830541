"""Gopher's repetition rules: lines, paragraphs and n-grams that come again and again (Rae et al. 2021, table A1).

Scaling Language Models: Methods, Analysis & Insights from Training Gopher. https://arxiv.org/abs/2112.11446
Every signal is a share, of the lines, of the paragraphs or of the characters of the text.
"""

from collections.abc import Mapping
from typing import Literal

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text.segment import ratio


class GopherRepetition(Filter):
    """Keep documents that do not repeat themselves (Rae et al. 2021, table A1)."""

    name: Literal["gopher_repetition"] = "gopher_repetition"
    duplicate_lines: Range = Range(max=0.30)  # share of lines that repeat an earlier line
    duplicate_paragraphs: Range = Range(max=0.30)  # share of paragraphs that repeat an earlier paragraph
    duplicate_line_characters: Range = Range(max=0.20)  # share of characters in repeated lines
    duplicate_paragraph_characters: Range = Range(max=0.20)  # share of characters in repeated paragraphs
    top_2_gram: Range = Range(max=0.20)  # share of characters in the most frequent pair of words
    top_3_gram: Range = Range(max=0.18)  # share of characters in the most frequent three words in a row
    top_4_gram: Range = Range(max=0.16)  # share of characters in the most frequent four words in a row
    duplicate_5_grams: Range = Range(max=0.15)  # share of characters in repeated rows of 5 words
    duplicate_6_grams: Range = Range(max=0.14)  # share of characters in repeated rows of 6 words
    duplicate_7_grams: Range = Range(max=0.13)  # share of characters in repeated rows of 7 words
    duplicate_8_grams: Range = Range(max=0.12)  # share of characters in repeated rows of 8 words
    duplicate_9_grams: Range = Range(max=0.11)  # share of characters in repeated rows of 9 words
    duplicate_10_grams: Range = Range(max=0.10)  # share of characters in repeated rows of 10 words

    def measure(self, documents: Documents) -> Signals:
        lines, paragraphs = documents.lines, documents.lines.paragraphs
        characters, (top, duplicate) = documents.characters.count, documents.repeated_characters
        return (
            {
                "duplicate_lines": lines.fraction(lines.repeated),
                "duplicate_paragraphs": paragraphs.fraction(paragraphs.repeated),
                "duplicate_line_characters": ratio(lines.repeated_characters, characters),
                "duplicate_paragraph_characters": ratio(paragraphs.repeated_characters, characters),
            }
            | {f"top_{n}_gram": ratio(top[:, n], characters) for n in (2, 3, 4)}
            | {f"duplicate_{n}_grams": ratio(duplicate[:, n], characters) for n in (5, 6, 7, 8, 9, 10)}
        )

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        lines, paragraphs = documents.lines, documents.lines.paragraphs
        characters = float(documents.characters.count[0])
        return (
            {
                "duplicate_lines": evidence.of_pieces(lines, lines.repeated),
                "duplicate_paragraphs": evidence.of_pieces(paragraphs, paragraphs.repeated),
                "duplicate_line_characters": evidence.by_length(lines, lines.repeated, characters),
                "duplicate_paragraph_characters": evidence.by_length(paragraphs, paragraphs.repeated, characters),
            }
            | {f"top_{n}_gram": evidence.top_n_gram(documents, n) for n in (2, 3, 4)}
            | {f"duplicate_{n}_grams": evidence.duplicate_n_grams(documents, n) for n in (5, 6, 7, 8, 9, 10)}
        )
