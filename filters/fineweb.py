"""FineWeb's quality rules: lines that end as sentences do, are not short, and do not repeat (Penedo et al. 2024, 3.6).

The FineWeb Datasets: Decanting the Web for the Finest Text Data at Scale. https://arxiv.org/abs/2406.17557
FineWeb-2 (https://arxiv.org/abs/2506.20920) uses the same rules with bounds per language.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import characters
from filters.text.segment import ratio


class FineWeb(Filter):
    """Keep documents whose lines end, are long enough and differ (Penedo et al. 2024, section 3.6)."""

    name: Literal["fineweb"] = "fineweb"
    terminated_lines: Range = Range(min=0.12)  # share of lines that end with a sentence terminal of any script
    short_lines: Range = Range(max=0.67)  # the share of lines with at most `short_line` characters
    # the share of characters, line feeds apart, that are in repeated lines
    duplicate_line_characters: Range = Range(max=0.01)
    newlines: Range = Range(max=0.3)  # line feeds per token
    short_line: int = 30  # a line of at most this many characters is short; a larger value counts more lines

    def measure(self, documents: Documents) -> Signals:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        newlines = texts.number_of("\n")
        terminated = np.not_equal(texts.properties[lines.ends - 1] & characters.TERMINAL, 0)
        return {
            "terminated_lines": lines.fraction(terminated),
            "short_lines": lines.fraction(lines.lengths <= self.short_line),
            "duplicate_line_characters": ratio(lines.repeated_characters, texts.count - newlines),
            "newlines": ratio(newlines, tokens.count),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        texts, lines = documents.characters, documents.lines
        newline = texts.points == ord("\n")
        unterminated = (texts.properties[lines.ends - 1] & characters.TERMINAL) == 0
        return {
            "terminated_lines": evidence.of_pieces(lines, unterminated, missing=True),
            "short_lines": evidence.of_pieces(lines, lines.lengths <= self.short_line),
            "duplicate_line_characters": evidence.by_length(lines, lines.repeated, float((~newline).sum())),
            "newlines": evidence.of_characters(newline, float(len(documents.tokens.starts))),
        }
