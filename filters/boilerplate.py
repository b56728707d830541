"""Boilerplate and template spam: notices (cookies, JavaScript, rights), shells of pages, filler, lists of keywords.

The phrases (`filters/text/phrases.tsv`, 52 languages) and the bounds are this project's own.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from filters import evidence
from filters.base import Columns, Filter, Range, Signals
from filters.documents import Counts, Documents
from filters.evidence import Pieces
from filters.text import kernels, line_forms, line_rules, phrases
from filters.text.segment import Lines, Tokens, ratio
from shards.arrays import Floats, Mask

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

FEWEST_LINES = 3  # with prices, of a shop or of a record: fewer are of a text about something else

KINDS = (
    ("cookies", "javascript", "login", "paywall", "missing", "filler", "reserved", "holder"),
    ("advertised", "forum", "shop", "record"),
)


class _Decided(NamedTuple):
    """Lines of each document."""

    counted: dict[str, Mask]  # by the signal that is their number
    shares: dict[str, Mask]  # by the signal that is their share of all lines
    shell: Mask
    gone: Mask  # removed from the text


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
    # Share of the lines that are nothing but prices (Sale price: $5.00). 0 where there are under three.
    price_lines: Range = Range(max=0.25)
    # Share of the lines that speak of carts, delivery and returns as a shop does. 0 where there are under three.
    shop_lines: Range = Range(max=0.15)
    # Share of the lines that begin with a field of whois or of a site's statistics. 0 where there are under three.
    record_lines: Range = Range()
    # How often the second commonest of the keywords in the first line stands in the text, in scripts without spaces.
    repeated_keywords: Range = Range(max=4)
    rating_lines: Range = Range()  # lines that are nothing but a rating: 4.5 of 5 (43 votes)
    cookie_lines: Range = Range()  # the number of lines about cookies; they are removed if `removes_notices`
    javascript_lines: Range = Range()  # lines that ask for JavaScript to be enabled
    # lines that reserve rights (all rights reserved, 无断转载); the step `license` has read them before
    reserved_lines: Range = Range()
    login_lines: Range = Range()  # lines that ask the reader to log in
    paywall_lines: Range = Range()  # lines that ask the reader to subscribe
    missing_lines: Range = Range()  # lines that say that there is no such page
    # whether lines with ratings, and notices of cookies, JavaScript or rights are removed from the text
    removes_notices: bool = True
    # the most characters of a notice; a longer line is taken for a paragraph about the subject
    longest_notice: int = 300
    longest_reservation: int = 120  # the most characters of a line that reserves rights; a longer line is kept
    long_word: int = 4  # the fewest characters of a word that counts for `top_word`; function words are shorter

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        texts, tokens, lines = documents.characters, documents.tokens, documents.lines
        decided = self._decided(documents)
        listed = self._listed(documents)
        size = np.maximum(lines.total(lines.lengths), 1)
        fields = _counted(documents, fields_of_forms())
        top = kernels.commonest(tokens.hashes, self._long_words(tokens), tokens.documents)
        signals = {
            "shell_characters": ratio(lines.total(np.where(decided.shell, lines.lengths, 0)), size),
            "top_word": ratio(top, self._counted_words(tokens)),
            "listed_characters": ratio(lines.total(np.where(listed, lines.lengths, 0)), size),
            "contents_lines": np.where(
                lines.count < FEWEST_HEADINGS, np.nan, lines.fraction(self._headings(documents))
            ),
            "host_lists": _counted(documents, HOSTS),
            "draw_lines": _counted(documents, DRAWS),
            "form_lines": _share(fields, lines, FEWEST_FIELDS),
            "repeated_keywords": line_forms.repeated_keywords(documents),
        }
        signals |= {name: _share(lines.total(here), lines, FEWEST_LINES) for name, here in decided.shares.items()}
        signals |= {name: lines.total(here) for name, here in decided.counted.items()}
        uncut = np.zeros(len(texts.points), np.bool_)
        return signals, {"text": line_rules.without(texts, lines, decided.gone, uncut)}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        tokens, lines = documents.tokens, documents.lines
        decided = self._decided(documents)
        size = float(max(lines.lengths.sum(), 1))
        found = {
            "shell_characters": evidence.by_length(lines, decided.shell, size),
            "top_word": evidence.most_frequent(
                tokens, self._long_words(tokens), whole=float(self._counted_words(tokens)[0])
            ),
            "listed_characters": evidence.by_length(lines, self._listed(documents), size),
            "contents_lines": evidence.of_pieces(
                lines, self._headings(documents), whole=len(lines.starts) if lines.count[0] >= FEWEST_HEADINGS else 0
            ),
            "host_lists": _spans(documents, HOSTS, 1, re.ASCII),
            "draw_lines": _spans(documents, DRAWS, 1),
            "form_lines": self._form(documents),
            "repeated_keywords": self._keywords(documents),
        }
        for name, here in decided.shares.items():
            enough = np.count_nonzero(here) >= FEWEST_LINES
            found[name] = evidence.of_pieces(lines, here & enough, whole=max(len(here), 1))
        return found | {name: evidence.of_pieces(lines, here, whole=1) for name, here in decided.counted.items()}

    def _decided(self, documents: Documents) -> _Decided:
        tokens, lines = documents.tokens, documents.lines
        short = lines.lengths <= self.longest_notice
        found = {
            kind: here
            for kinds in KINDS
            for kind, here in phrases.lines_with(phrases.phrases_of(*kinds), documents.folded, tokens, lines).items()
        }
        reserved = found["reserved"] & ~found["holder"] & (lines.lengths <= self.longest_reservation)
        notice = short & (found["cookies"] | found["javascript"])
        shell = notice | reserved | found["forum"] | short & (found["login"] | found["paywall"] | found["missing"])
        rated = line_forms.ratings(documents)
        counted = {
            "filler_lines": found["filler"],
            "advertised_lines": found["advertised"],
            "cookie_lines": short & found["cookies"],
            "javascript_lines": short & found["javascript"] & ~found["cookies"],
            "reserved_lines": reserved & ~notice,
            "rating_lines": rated,
            "login_lines": short & found["login"],
            "paywall_lines": short & found["paywall"],
            "missing_lines": short & found["missing"],
        }
        shares = {
            "price_lines": line_forms.prices(documents),
            "shop_lines": found["shop"],
            "record_lines": line_forms.records(documents, found["record"]),
        }
        return _Decided(counted, shares, shell, (notice | reserved | rated) & self.removes_notices)

    def _headings(self, documents: Documents) -> Mask:
        texts, lines = documents.characters, documents.lines
        return np.asarray(line_rules.headings(texts.points, texts.properties, lines.starts, lines.ends))

    def _listed(self, documents: Documents) -> Mask:
        texts, lines = documents.characters, documents.lines
        return np.asarray(line_rules.lists(texts.points, texts.properties, lines.starts, lines.ends))

    def _form(self, documents: Documents) -> Pieces:
        found = _spans(documents, fields_of_forms(), len(documents.lines.starts))
        return found if len(found.starts) >= FEWEST_FIELDS else evidence.of_spans((), 1)

    def _keywords(self, documents: Documents) -> Pieces:
        counted = line_forms.repeated_keywords(documents)[0] > 0
        return evidence.of_spans(line_forms.keyword_spans(documents.texts[0].as_py()) if counted else (), 1)

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


def _share(count: Counts, lines: Lines, fewest: int) -> Floats:
    return ratio(np.where(count < fewest, 0, count), np.maximum(lines.count, 1))


def _counted(documents: Documents, expression: str) -> npt.NDArray[np.int64]:
    return np.asarray(pc.count_substring_regex(documents.texts, expression).fill_null(0), np.int64)


def _spans(documents: Documents, expression: str, whole: float, flags: re.RegexFlag = re.NOFLAG) -> Pieces:
    text = documents.texts[0].as_py() or ""
    return evidence.of_spans([match.span() for match in re.finditer(expression, text, flags)], whole)
