"""How much of a text is running text: the rule of the calibrated chains, by letters where FineWeb counts lines.

By lines, an article is lost to the list of names under it, a recipe to its ingredients, and verse to itself; by
letters it is enough that sentences are there. The measure and the bounds are this project's own, chosen by reading.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import characters, kernels, line_rules, running, stop_words
from filters.text.segment import Ints, code_points, ratio
from shards.arrays import Mask

BULLETS = "-*•・·◦‣●○■□▪▶►–—"


class RunningText(Filter):
    """Keep documents with enough sentences, verse or dialogue beside their lists, tables and code."""

    name: Literal["running_text"] = "running_text"
    # Share of the letters outside code that are running text. Undefined where all is code.
    share: Range = Range(min=0.3, undefined="keep")
    letters: Range = Range(min=200)  # how many letters are running text
    # Share of the letters outside code that are in lines equal to an earlier one. Undefined where all is code.
    repeated: Range = Range(max=0.5, undefined="keep")
    # Share of the lines outside code that are short, have no running text and no bullet or digit in front: of menus.
    bare_lines: Range = Range(max=0.5, undefined="keep")
    short_line: int = 30  # the most characters of a bare line; larger counts more lines as bare
    # the fewest characters of a line that is running text without a mark (Thai, Lao); larger counts fewer
    long_line: int = 60
    fewest_words: int = 4  # the fewest words of a line that is running text; larger counts fewer lines

    def measure(self, documents: Documents) -> Signals:
        lines = documents.lines
        letters, runs, widths, code = self._running(documents)
        outside = lines.total(np.where(code, 0, letters))
        return {
            "share": ratio(lines.total(runs), outside),
            "letters": lines.total(runs),
            "repeated": ratio(lines.total(np.where(code | ~lines.repeated, 0, letters)), outside),
            "bare_lines": ratio(lines.total(self._bare(documents, runs, widths, code)), lines.total(~code)),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        lines = documents.lines
        letters, runs, widths, code = self._running(documents)
        outside = float(np.where(code, 0, letters).sum())
        beside, again = ~code & (runs < letters), ~code & lines.repeated
        return {
            "share": Pieces(lines.starts[beside], lines.ends[beside], (letters - runs)[beside], outside, missing=True),
            "letters": Pieces(lines.starts[runs > 0], lines.ends[runs > 0], runs[runs > 0]),
            "repeated": Pieces(lines.starts[again], lines.ends[again], letters[again], outside),
            "bare_lines": evidence.of_pieces(
                lines, self._bare(documents, runs, widths, code), whole=float((~code).sum())
            ),
        }

    def _running(self, documents: Documents) -> tuple[Ints, Ints, Ints, Mask]:
        """Return what `running.running` says of the lines, with verse, and without lines of few words."""
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        where = (texts.points, texts.properties, lines.starts, lines.ends, lines.documents)
        letters, runs, widths, code = running.running(*where, self.long_line)
        bounds = line_rules.token_bounds(tokens, lines)
        spoken = stop_words.in_lines(documents.folded, bounds, lines, documents.batch.column("language")) > 0
        verse = running.verse(*where, spoken | (runs == letters)) & ~code
        enough = kernels.totals(tokens.are(kernels.WORD), bounds) >= self.fewest_words
        return letters, np.where(verse, letters, np.where(enough, runs, 0)), widths, code

    def _bare(self, documents: Documents, runs: Ints, widths: Ints, code: Mask) -> Mask:
        texts, lines = documents.characters, documents.lines
        listed = np.isin(texts.points[lines.starts], code_points(BULLETS))
        listed |= np.not_equal(texts.properties[lines.starts] & characters.NUMBER, 0)
        return np.asarray((runs == 0) & ~code & ~listed & (widths <= self.short_line))
