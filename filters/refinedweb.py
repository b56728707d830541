"""RefinedWeb's line rules: lines that are no prose go, and documents that lose much by it are rejected.

The RefinedWeb Dataset for Falcon LLM (Penedo et al. 2023, appendix G.2). https://arxiv.org/abs/2306.01116
The paper gives examples; the rules here are those of its replication by DCLM (Li et al. 2024, appendix on heuristic
filters; https://arxiv.org/abs/2406.11794), numbers included.
"""

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from filters import evidence
from filters.base import Columns, Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import characters, kernels, line_rules
from filters.text.segment import Characters, Lines, Tokens, ratio
from shards.arrays import Mask

COUNTED = (
    "likes", "shares", "comments", "retweets", "reposts", "quotes", "bookmarks", "upvotes", "downvotes", "downloads",
    "views", "followers",
)  # fmt: skip


class RefinedWeb(Filter):
    """Remove lines that are no prose, and keep documents that lose little (Penedo et al. 2023; Li et al. 2024)."""

    name: Literal["refinedweb"] = "refinedweb"
    removed_words: Range = Range(max=0.05)  # share of the document's words that the rules removed
    # What the rules removed: the number of lines, by the first rule that applies.
    uppercase_lines: Range = Range()  # lines that were removed for their capitals
    numeric_lines: Range = Range()  # lines of digits alone
    counter_lines: Range = Range()  # lines that are a number and one of the words in `counted`, e.g. "3 likes"
    short_lines: Range = Range()  # lines with fewer words than `fewest_words`
    phrase_lines: Range = Range()  # lines that lose a phrase, all or part of them
    # The rules for lines.
    uppercase: float = 0.5  # a line with a larger share of capitals is removed
    removes_numeric: bool = True  # whether lines of digits alone are removed
    counted: tuple[str, ...] = COUNTED  # a line that is a number and one of these is removed: "3 likes"
    # a line with fewer words is removed; in a script without spaces, characters or clusters count
    fewest_words: int = 2
    # phrases cut from lines of at most `phrase_line` words, wherever they are
    phrases: tuple[str, ...] = ("items in cart",)
    endings: tuple[str, ...] = ("Read more...",)  # phrases cut from the end of lines of at most `phrase_line` words
    beginnings: tuple[str, ...] = ("Sign-in",)  # phrases cut from the beginning of lines of at most `phrase_line` words
    phrase_line: int = 10  # the most words of a line that may lose a phrase; longer lines are left as they are

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        decided, gone, cut = self._decided(documents)
        lost = ratio(tokens.total(_lost(tokens, lines, gone, cut)), tokens.words)
        removed = {name: lines.total(here) for name, here in decided.items()}
        return {"removed_words": lost, **removed}, {"text": line_rules.without(texts, lines, gone, cut)}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        tokens, lines = documents.tokens, documents.lines
        decided, gone, cut = self._decided(documents)
        lost = evidence.of_pieces(tokens, _lost(tokens, lines, gone, cut), whole=float(tokens.words[0]))
        return {"removed_words": lost} | {
            name: evidence.of_pieces(lines, here, whole=1) for name, here in decided.items()
        }

    def _decided(self, documents: Documents) -> tuple[dict[str, Mask], Mask, Mask]:
        """Return the lines that each rule removes or cuts, all lines that are removed, and the characters cut."""
        texts, lines = documents.characters, documents.lines
        chunks = kernels.totals(documents.tokens.are(kernels.CHUNK), line_rules.token_bounds(documents.tokens, lines))
        capitals, digits = (
            kernels.totals_between(texts.properties, lines.starts, lines.ends, kind)
            for kind in (characters.UPPER, characters.NUMBER)
        )
        rules = {
            "uppercase_lines": capitals > self.uppercase * lines.lengths,
            "numeric_lines": (digits == lines.lengths) & self.removes_numeric,
            "counter_lines": self._counters(texts, lines),
            "short_lines": chunks < self.fewest_words,
        }
        gone = np.zeros(len(lines.starts), np.bool_)
        decided = {}
        for name, applies in rules.items():
            decided[name] = applies & ~gone
            gone |= applies
        cut = self._cut(texts, lines, chunks)
        left = lines.lengths - kernels.totals_between(cut, lines.starts, lines.ends, np.bool_(True))
        decided["phrase_lines"] = (left < lines.lengths) & ~gone
        return decided, gone | (left == 0), cut

    def _counters(self, texts: Characters, lines: Lines) -> Mask:
        """Return which lines are a counter: a number, perhaps in thousands or millions, of likes or the like."""
        found = np.zeros(len(lines.starts), np.bool_)
        if not self.counted:
            return found
        pattern = re.compile(rf"\W*\d[\d,.]*[kmb]?\s+(?:{'|'.join(map(re.escape, self.counted))})\W*", re.IGNORECASE)
        (candidates,) = line_rules.containing(texts, lines, self.counted)
        for line in np.flatnonzero(candidates & (lines.lengths <= 100)):
            found[line] = pattern.fullmatch(_text(texts, lines, int(line))) is not None
        return found

    def _cut(self, texts: Characters, lines: Lines, chunks: npt.NDArray[np.int64]) -> Mask:
        """Return which characters belong to a phrase of a short line, the white space before it included."""
        cut = np.zeros(len(texts.points), np.bool_)
        phrases = (*self.phrases, *self.endings, *self.beginnings)
        if not phrases:
            return cut
        forms = [rf"\s?{re.escape(phrase)}" for phrase in self.phrases]
        forms += [rf"\s?{re.escape(phrase)}$" for phrase in self.endings]
        forms += [rf"^{re.escape(phrase)}" for phrase in self.beginnings]
        pattern = re.compile("|".join(forms), re.IGNORECASE)
        (candidates,) = line_rules.containing(texts, lines, phrases)
        for line in np.flatnonzero(candidates & (chunks <= self.phrase_line)):
            for match in pattern.finditer(_text(texts, lines, int(line))):
                cut[lines.starts[line] + match.start() : lines.starts[line] + match.end()] = True
        return cut


def _lost(tokens: Tokens, lines: Lines, gone: Mask, cut: Mask) -> Mask:
    """Return the words that are in lines that are gone, or begin in what is cut."""
    in_gone = np.repeat(gone, np.diff(line_rules.token_bounds(tokens, lines)))
    return tokens.are(kernels.WORD) & (in_gone | cut[tokens.starts])


def _text(texts: Characters, lines: Lines, line: int) -> str:
    return texts.points[lines.starts[line] : lines.ends[line]].tobytes().decode("utf-32-le", "replace")
