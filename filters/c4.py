"""C4's rules: lines that are no sentences go, and documents with too few left are rejected (Raffel et al. 2020, 2.2).

Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer. https://arxiv.org/abs/1910.10683
Where the paper and its published code differ, this follows the code, as the peers do: `{` and lorem ipsum count in the
lines that are left, wiki citation marks are cut, and lines about cookies and terms of use are removed.
The list of bad words is a filter of its own (`bad_words`).
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from filters import evidence
from filters.base import Columns, Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import characters, kernels, line_rules
from filters.text.segment import Lines, Tokens, code_points
from shards.arrays import Mask

POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
# The paper: "a terminal punctuation mark (i.e. a period, exclamation mark, question mark, or end quotation mark)". To
# the code's . ? ! " ' come the sentence terminals of other scripts (Unicode) and their closing quotation marks.
QUOTES = "\"'”’»」』"


class C4(Filter):
    """Remove lines that are no sentences, and keep documents with enough that are left (Raffel et al. 2020, 2.2)."""

    name: Literal["c4"] = "c4"
    # Rules for documents.
    lorem_ipsum: Range = Range(max=0)  # lines with the phrase "lorem ipsum"
    curly_brackets: Range = Range(max=0)  # lines with a curly bracket
    sentences: Range = Range(min=5)  # sentences in the lines that are left
    long_word_lines: Range = Range()  # lines removed because of a word longer than `longest_word`
    unterminated_lines: Range = Range()  # lines without a sentence terminal at their end
    short_lines: Range = Range()  # lines with fewer words than `fewest_words`
    javascript_lines: Range = Range()  # lines that mention JavaScript: notices that ask the reader to enable it
    policy_lines: Range = Range()  # lines with one of `removed_phrases`
    # a line with a longer word (in characters) is removed; does not apply to scripts without spaces
    longest_word: int = 1000
    # whether a line must end with a sentence terminal or a quotation mark, and not with an ellipsis
    needs_terminal: bool = True
    fewest_words: int = 3  # a line with fewer words (in a script without spaces, characters or clusters) is removed
    removes_javascript: bool = True  # whether a line that mentions JavaScript is removed
    # a line with one of these is removed: notices of cookies, terms and privacy
    removed_phrases: tuple[str, ...] = POLICIES
    cuts_citations: bool = True  # whether marks of citations are cut from lines: [1], [edit], [citation needed]

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        texts, lines = documents.characters, documents.lines
        cut = line_rules.citations(texts.points, texts.marks, lines.starts, lines.ends) & self.cuts_citations
        decided, gone = self._decided(documents, cut)
        signals = {name: lines.total(here) for name, here in decided.items()}
        signals["sentences"] = lines.total(np.where(gone, 0, _sentences(documents.tokens, lines, cut)))
        return signals, {"text": line_rules.without(texts, lines, gone, cut)}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        texts, lines = documents.characters, documents.lines
        cut = line_rules.citations(texts.points, texts.marks, lines.starts, lines.ends) & self.cuts_citations
        decided, _ = self._decided(documents, cut)
        return {name: evidence.of_pieces(lines, here, whole=1) for name, here in decided.items()}

    def _decided(self, documents: Documents, cut: Mask) -> tuple[dict[str, Mask], Mask]:
        """Return the lines that each rule removes or counts, and all that are removed."""
        texts, lines = documents.characters, documents.lines
        gone = np.zeros(len(lines.starts), np.bool_)
        decided = {}
        phrases = (("javascript",), self.removed_phrases, ("lorem ipsum",), ("{",))
        javascript, policy, lorem_ipsum, curly_bracket = line_rules.containing(texts, lines, *phrases)
        rules = self._line_rules(documents, cut) | {
            "javascript_lines": javascript & self.removes_javascript,
            "policy_lines": policy,
        }
        for name, applies in rules.items():
            decided[name] = applies & ~gone
            gone |= applies
        return {"lorem_ipsum": lorem_ipsum & ~gone, "curly_brackets": curly_bracket & ~gone, **decided}, gone

    def _line_rules(self, documents: Documents, cut: Mask) -> dict[str, Mask]:
        """Return, for each rule about the form of a line, the lines to which it applies."""
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        last, ellipsis = line_rules.last_characters(texts.points, lines.starts, lines.ends, cut)
        terminal = np.not_equal(characters.properties()[last] & characters.TERMINAL, 0)
        quote = np.isin(last, code_points(QUOTES))
        between = characters.SPACE | characters.UNSPACED
        long_word = lines.lengths > self.longest_word  # only such a line can have one
        starts, ends = lines.starts[long_word], lines.ends[long_word]
        long_word[long_word] = line_rules.longest_words(texts.properties, starts, ends, between) > self.longest_word
        words = kernels.totals(tokens.are(kernels.CHUNK), line_rules.token_bounds(tokens, lines))
        return {
            "long_word_lines": long_word,
            "unterminated_lines": (~(terminal | quote) | ellipsis) & self.needs_terminal,
            "short_lines": words < self.fewest_words,
        }


def _sentences(tokens: Tokens, lines: Lines, cut: Mask) -> npt.NDArray[np.int64]:
    """Return how many sentences each line has; what is cut from it starts and ends none."""
    kinds, places = tokens.kinds, np.flatnonzero(cut)
    if len(places):
        within = np.minimum(np.searchsorted(tokens.starts, places), len(tokens.starts) - 1)
        kinds = kinds.copy()
        kinds[within[tokens.starts[within] == places]] = kernels.PUNCTUATION
    return kernels.sentences(kinds, line_rules.token_bounds(tokens, lines))
