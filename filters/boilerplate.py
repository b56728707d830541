"""Boilerplate and template spam: notices (cookies, JavaScript, rights), shells of pages, filler, lists of keywords.

The phrases (`filters/text/phrases.tsv`, 47 languages) and the bounds are this project's own.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from filters import evidence
from filters.base import Columns, Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.text import kernels, line_rules, phrases
from filters.text.segment import Tokens, ratio
from shards.arrays import Mask

FEWEST_HEADINGS = 5  # lines: fewer are no table of contents
FEWEST_FIELDS = 3  # lines: fewer are no form

# Names of hosts, of the top-level domains that such lists are made of.
_HOST = (
    r"(?:www\.)?[A-Za-z0-9-]{1,63}\.(?:com|net|org|info|biz|cn|cc|tw|hk|ru|me|la|tv|pw|top|win|link|loan|trade|download|site|xyz"
    r"|club|vip|online|space|bid|faith|cricket|accountant)\b"
)
HOSTS = rf"(?:{_HOST}[ ,，、|·;]+){{7}}{_HOST}"

# A line that begins with the number of a lottery's draw (064期), not of a magazine's issue (第3期).
DRAWS = r"(?m)^[^0-9第\n]{0,3}[0-9]{2,4}(?:[-–—][0-9]{1,4})? ?期"

KINDS = ("cookies", "javascript", "login", "paywall", "missing", "filler", "reserved", "holder")


class Boilerplate(Filter):
    """Remove short lines that are notices, and keep documents that are no shells, filler or lists of keywords."""

    name: Literal["boilerplate"] = "boilerplate"
    # Share of the characters that are in short lines with a phrase of a shell: log in, subscribe, page not found, or a
    # notice. Of an article such a line is a small part, of a shell most.
    shell_characters: Range = Range(max=0.3)
    filler_lines: Range = Range(max=0)  # lines with lorem ipsum, or with the sample texts of content management systems
    # Share of the words that are the commonest long one. Undefined for a script without spaces, and under 50 words.
    top_word: Range = Range(max=0.15, undefined="keep")
    # Share of the characters in lines that list: ten or more separators, no terminal at the end, three words apiece.
    listed_characters: Range = Range(max=0.5)
    # Share of the lines that are numbered headings (5.2.1. Network) and end no sentence: tables of contents. Undefined
    # where there are under five lines.
    contents_lines: Range = Range(max=0.5, undefined="keep")
    # lines with a phrase that gambling, pornography, forged papers are advertised by: the news have one or two
    advertised_lines: Range = Range(max=4)
    host_lists: Range = Range(max=0)  # rows of eight or more names of hosts, with nothing but commas and spaces between
    draw_lines: Range = Range(max=2)  # lines that begin with the number of a lottery's draw: 064期
    # Share of the lines that are nothing but what a form asks for: Your name: *. 0 where there are under three.
    form_lines: Range = Range(max=0.15)
    cookie_lines: Range = Range()  # the number of lines about cookies; they are removed if `removes_notices`
    javascript_lines: Range = Range()  # lines that ask for JavaScript to be enabled
    # lines that reserve rights (all rights reserved, 无断转载); the step `license` has read them before
    reserved_lines: Range = Range()
    login_lines: Range = Range()  # lines that ask the reader to log in
    paywall_lines: Range = Range()  # lines that ask the reader to subscribe
    missing_lines: Range = Range()  # lines that say that there is no such page
    # whether lines with notices of cookies, JavaScript or rights are removed from the text
    removes_notices: bool = True
    # the most characters of a notice; a longer line is taken for a paragraph about the subject
    longest_notice: int = 300
    longest_reservation: int = 120  # the most characters of a line that reserves rights; a longer line is kept
    long_word: int = 4  # the fewest characters of a word that counts for `top_word`; function words are shorter

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        decided, shell, gone = self._decided(documents)
        listed = self._listed(documents)
        size = np.maximum(lines.total(lines.lengths), 1)
        fields = _counted(documents, fields_of_forms())
        top = kernels.commonest(tokens.hashes, self._long_words(tokens), tokens.documents)
        signals = {
            "shell_characters": ratio(lines.total(np.where(shell, lines.lengths, 0)), size),
            "top_word": ratio(top, self._counted_words(tokens)),
            "listed_characters": ratio(lines.total(np.where(listed, lines.lengths, 0)), size),
            "contents_lines": np.where(
                lines.count < FEWEST_HEADINGS, np.nan, lines.fraction(self._headings(documents))
            ),
            "advertised_lines": lines.total(self._advertised(documents)),
            "host_lists": _counted(documents, HOSTS),
            "draw_lines": _counted(documents, DRAWS),
            "form_lines": ratio(np.where(fields < FEWEST_FIELDS, 0, fields), np.maximum(lines.count, 1)),
        } | {name: lines.total(here) for name, here in decided.items()}
        uncut = np.zeros(len(texts.points), np.bool_)
        return signals, {"text": line_rules.without(texts, lines, gone, uncut)}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        tokens, lines = documents.tokens, documents.lines
        decided, shell, _ = self._decided(documents)
        size = float(max(lines.lengths.sum(), 1))
        return {
            "shell_characters": evidence.by_length(lines, shell, size),
            "top_word": evidence.most_frequent(
                tokens, self._long_words(tokens), whole=float(self._counted_words(tokens)[0])
            ),
            "listed_characters": evidence.by_length(lines, self._listed(documents), size),
            "contents_lines": evidence.of_pieces(
                lines, self._headings(documents), whole=len(lines.starts) if lines.count[0] >= FEWEST_HEADINGS else 0
            ),
            "advertised_lines": evidence.of_pieces(lines, self._advertised(documents), whole=1),
            "host_lists": _spans(documents, HOSTS, 1, re.ASCII),
            "draw_lines": _spans(documents, DRAWS, 1),
            "form_lines": self._form(documents),
        } | {name: evidence.of_pieces(lines, here, whole=1) for name, here in decided.items()}

    def _decided(self, documents: Documents) -> tuple[dict[str, Mask], Mask, Mask]:
        """Return the lines that are counted by kind, those that make a shell, and those that are removed."""
        tokens, lines = documents.tokens, documents.lines
        short = lines.lengths <= self.longest_notice
        found = phrases.lines_with(phrases.phrases_of(*KINDS), documents.folded, tokens, lines)
        reserved = found["reserved"] & ~found["holder"] & (lines.lengths <= self.longest_reservation)
        notice = short & (found["cookies"] | found["javascript"])
        shell = notice | reserved | short & (found["login"] | found["paywall"] | found["missing"])
        decided = {
            "filler_lines": found["filler"],
            "cookie_lines": short & found["cookies"],
            "javascript_lines": short & found["javascript"] & ~found["cookies"],
            "reserved_lines": reserved & ~notice,
            "login_lines": short & found["login"],
            "paywall_lines": short & found["paywall"],
            "missing_lines": short & found["missing"],
        }
        return decided, shell, (notice | reserved) & self.removes_notices

    def _headings(self, documents: Documents) -> Mask:
        texts, lines = documents.characters, documents.lines
        return np.asarray(line_rules.headings(texts.points, texts.properties, lines.starts, lines.ends))

    def _advertised(self, documents: Documents) -> Mask:
        found = phrases.phrases_of("advertised")
        return phrases.lines_with(found, documents.folded, documents.tokens, documents.lines)["advertised"]

    def _listed(self, documents: Documents) -> Mask:
        texts, lines = documents.characters, documents.lines
        return np.asarray(line_rules.lists(texts.points, texts.properties, lines.starts, lines.ends))

    def _form(self, documents: Documents) -> Pieces:
        found = _spans(documents, fields_of_forms(), len(documents.lines.starts))
        return found if len(found.starts) >= FEWEST_FIELDS else evidence.of_spans((), 1)

    def _long_words(self, tokens: Tokens) -> Mask:
        spaced = tokens.are(kernels.ALPHABETIC) & ~tokens.are(kernels.UNSPACED)
        return spaced & (tokens.lengths >= self.long_word)

    def _counted_words(self, tokens: Tokens) -> npt.NDArray[np.int64]:
        """Return how many words with spaces around each document has; 0 where they are under 50, or its lesser part."""
        spaced = tokens.total(tokens.are(kernels.WORD) & ~tokens.are(kernels.UNSPACED))
        return np.where((spaced < 50) | (2 * spaced < tokens.words), 0, spaced)


@cache
def fields_of_forms() -> str:
    """Return the expression of a line that is nothing but what a form asks for, with its marks and numbers."""
    names = "|".join(sorted({re.escape(row.phrase) for row in phrases.phrases_by_kind()["field"]}))
    return rf"(?im)^[ \t*•\-–(（|]{{0,4}}(?:{names})[ \t*#:：|?)）(_\-.]{{0,8}}$"


def _counted(documents: Documents, expression: str) -> npt.NDArray[np.int64]:
    return np.asarray(pc.count_substring_regex(documents.texts, expression).fill_null(0), np.int64)


def _spans(documents: Documents, expression: str, whole: float, flags: re.RegexFlag = re.NOFLAG) -> Pieces:
    text = documents.texts[0].as_py() or ""
    return evidence.of_spans([match.span() for match in re.finditer(expression, text, flags)], whole)
