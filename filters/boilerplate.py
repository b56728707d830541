"""Boilerplate and template spam: notices about cookies and JavaScript, shells of pages, filler, lists of keywords.

The phrases (`filters/phrases.tsv`, 37 languages) and the bounds are this project's own.
"""

from typing import Literal

import numpy as np

from filters import kernels, line_rules, phrases
from filters.base import Columns, Filter, Range, Signals
from filters.documents import Documents
from filters.segment import ratio

KINDS = ("cookies", "javascript", "login", "paywall", "missing", "filler")


class Boilerplate(Filter, frozen=True):
    """Remove short lines that are notices, and keep documents that are no shells, filler or lists of keywords."""

    name: Literal["boilerplate"] = "boilerplate"
    # Share of the characters that are in short lines with a phrase of a shell: log in, subscribe, page not found, or a
    # notice. Of an article such a line is a small part, of a shell most.
    shell_characters: Range = Range(max=0.3)
    filler_lines: Range = Range(max=0)  # with lorem ipsum, or the sample texts of content management systems
    # Share of the words that are the commonest long one. Undefined for a script without spaces, and under 50 words.
    top_word: Range = Range(max=0.15, undefined="keep")
    # Share of the characters in lines that list: ten or more separators, no terminal at the end, three words apiece.
    listed_characters: Range = Range(max=0.5)
    # What the rule for lines removed: the number of lines, by kind; and lines that mention what else makes a shell.
    cookie_lines: Range = Range()
    javascript_lines: Range = Range()
    login_lines: Range = Range()
    paywall_lines: Range = Range()
    missing_lines: Range = Range()
    # The rule for lines.
    removes_notices: bool = True  # about cookies and JavaScript
    longest_notice: int = 300  # characters: a longer line is a paragraph about the matter
    long_word: int = 4  # characters, at least, of a word that counts for `top_word`

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        short = lines.lengths <= self.longest_notice
        found = phrases.lines_with(phrases.phrases_of(*KINDS), documents.folded, tokens, lines)
        shell = short & (found["cookies"] | found["javascript"] | found["login"] | found["paywall"] | found["missing"])
        gone = short & (found["cookies"] | found["javascript"]) & self.removes_notices
        size = lines.total(lines.lengths)
        listed = line_rules.lists(texts.points, texts.properties, lines.starts, lines.ends)
        long_words = np.where(
            tokens.are(kernels.ALPHABETIC) & ~tokens.are(kernels.UNSPACED), tokens.lengths >= self.long_word, False
        )
        spaced = tokens.total(tokens.are(kernels.WORD) & ~tokens.are(kernels.UNSPACED))
        top = kernels.commonest(tokens.hashes, long_words, tokens.documents)
        signals = {
            "shell_characters": np.where(size == 0, 0, ratio(lines.total(np.where(shell, lines.lengths, 0)), size)),
            "filler_lines": lines.total(found["filler"]),
            "top_word": np.where((spaced < 50) | (2 * spaced < tokens.words), np.nan, ratio(top, spaced)),
            "listed_characters": np.where(size == 0, 0, ratio(lines.total(np.where(listed, lines.lengths, 0)), size)),
            "cookie_lines": lines.total(short & found["cookies"]),
            "javascript_lines": lines.total(short & found["javascript"] & ~found["cookies"]),
            "login_lines": lines.total(short & found["login"]),
            "paywall_lines": lines.total(short & found["paywall"]),
            "missing_lines": lines.total(short & found["missing"]),
        }
        kept = np.zeros(len(texts.points), np.bool_)
        return signals, {"text": line_rules.without(texts, lines, gone, kept)}
