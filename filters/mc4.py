"""mC4's paragraph rule, for languages whose punctuation C4's rules do not know (Xue et al. 2021, section 3.1).

mT5: A Massively Multilingual Pre-trained Text-to-Text Transformer. https://arxiv.org/abs/2010.11934
"""

from collections.abc import Mapping
from typing import Literal

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces


class MC4(Filter):
    """Keep documents with at least three lines of 200 characters or more (Xue et al. 2021, section 3.1)."""

    name: Literal["mc4"] = "mc4"
    long_lines: Range = Range(min=3)  # lines of at least `long_line` characters
    long_line: int = 200  # the fewest characters of a long line; larger rejects more

    def measure(self, documents: Documents) -> Signals:
        lines = documents.lines
        return {"long_lines": lines.total(lines.lengths >= self.long_line)}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        lines = documents.lines
        return {"long_lines": evidence.of_pieces(lines, lines.lengths >= self.long_line, whole=1)}
