r"""The prose of a text: what is left without formulas, code, tables and addresses, from which no language can be read.

Formulas are what the readers write as TeX (`$…$`, `$$…$$`) and what authors write themselves (`\(…\)`, `\[…\]`,
environments, MathML); code stands in fences, between backticks or in tags; a row of a table begins and ends with a bar.
What no mark sets apart (the code of a page, formulas in Unicode, chemistry) is left out by `sentences`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.languages import scripts
from filters.languages.noise import noisy
from filters.languages.scripts import Counts
from shards.arrays import Mask

_MARKS = r"[$`\\<|~]|\]\("
_OPENS = re.compile(_MARKS)
SET_APART = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*\n)*?(?P=fence)[`~]*[ \t]*$"
    r"|<(?P<tag>math|code|pre|script|style)\b(?:(?!<(?P=tag)\b)(?s:.)){0,8000}?</(?P=tag)\s*>"
    r"|^\|.*\|[ \t]*$"
    r"|\]\([^()\s]*\)",
    re.MULTILINE,
)
# What is set apart unless it has a sentence or two paragraphs: quotation marks and currencies have the same signs.
FORMULA = re.compile(
    r"(?<!`)``?[^\s`](?:[^\n`]*[^\s`])?``?(?!`)"
    r"|(?<!\\)\$\$[^$]{1,8000}\$\$"
    r"|(?<![\\$])\$[^\s$](?:[^$]{0,1000}[^\s$])?\$(?!\d)"
    r"|(?<!\\)\\\((?:(?!\\\()(?s:.)){1,1000}?\\\)"
    r"|(?<!\\)\\\[(?:(?!\\\[)(?s:.)){1,8000}?\\\]"
    r"|\\begin\{(?P<of>[A-Za-z]+\*?)\}(?:(?!\\begin\{(?P=of)\})(?s:.)){0,8000}?\\end\{(?P=of)\}"
)
TEXT_IN_FORMULA = re.compile(r"\\(?:text|mbox|mathrm|operatorname|label|textrm|textit|textbf)\*?\s*\{[^{}]*\}")
SENTENCE = re.compile(
    r"\n\s*\n|(?:[^\W\d_]{2,}[,;:]?\s+){4}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0fff]{12}"
)
_ENOUGH = 0.2  # of the characters must be letters of prose; of a text that is all table the cells are read

_LEAST = 40  # letters of a line, fewer of which are a name, a keyword or a cell
_UNSPACED = r"\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3001-\u30ff\u3400-\u9fff\uff01-\uff60"
TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
COMMENT = re.compile(r"\s*(?://|/\*|\*/|#|%|--|;;)|\s+\* ")
WORD = re.compile(
    rf"[{_UNSPACED}]+|[^\w\\{{}}<>=]*(?:[^\W\d_][\u0300-\u036f\u0590-\u0dff'’·\-\u00ad\u200c\u200d]*){{2,}}"
    r"[^\w\\{}<>=;(\[]*"
)


class Prose(NamedTuple):
    """The prose of a text, and where each piece begins: in the prose, and in the text, or in the prose of that."""

    text: str
    starts: Sequence[int] = (0,)
    places: Sequence[int] = (0,)
    of: "Prose | None" = None

    def place(self, at: int) -> int:
        """Return where in the text a place in its prose is."""
        piece = bisect_right(self.starts, at) - 1
        found = self.places[piece] + at - self.starts[piece]
        return self.of.place(found) if self.of else found


class Proses(NamedTuple):
    """The prose of each text, how many characters of each class it has, and whether it is noise, or was sifted."""

    proses: list[Prose]
    counts: Counts
    noisy: Mask
    sifted: Mask

    @property
    def texts(self) -> list[str]:
        return [found.text for found in self.proses]


def read(texts: Sequence[str], limit: int) -> Proses:
    """Return the prose of each text: all that is not set apart; of what is noise then, the sentences in it, if any.

    Noise is found, and characters are counted, in the first `limit` bytes.
    """
    column = pa.array(texts, pa.string())
    marked = pc.match_substring_regex(column, _MARKS).to_pylist()
    proses = [prose(text) if marks else Prose(text) for text, marks in zip(texts, marked, strict=True)]
    counts, noise = _measured(proses, limit)
    sifted = np.zeros(len(texts), np.bool_)
    for row in np.flatnonzero(noise).tolist():
        found = sentences(proses[row])
        if found.text:
            proses[row], sifted[row] = found, True
    again = np.flatnonzero(sifted)
    counts[again], noise[again] = _measured([proses[row] for row in again.tolist()], limit)
    return Proses(proses, counts, noise, sifted)


def _measured(proses: Sequence[Prose], limit: int) -> tuple[Counts, Mask]:
    texts = pa.array([found.text for found in proses], pa.string())
    counts = scripts.counts(texts, limit)
    return counts, noisy(texts, counts, limit)


def prose(text: str) -> Prose:
    """Return a text without what is set apart in it; all of it where little is left."""
    apart = [*_set_apart(text)]
    if not apart:
        return Prose(text)
    ends = [0, *(end for _, end in apart)]
    left = _joined(text, [*zip(ends, [*(start for start, _ in apart), len(text)], strict=True)])
    return left if _enough(left.text, text) else Prose(text)


def sentences(whole: Prose) -> Prose:
    """Return of prose that has much that is no language the lines and words that are; nothing where they are few."""
    left = _joined(whole.text, [*_in_words(whole.text)])
    return left._replace(of=whole) if _enough(left.text, whole.text) else Prose("")


def _set_apart(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while opening := _OPENS.search(text, at):
        start = opening.start()
        found = SET_APART.match(text, start)
        if not found:
            found = FORMULA.match(text, start)
            if found and SENTENCE.search(TEXT_IN_FORMULA.sub(" ", found.group())):
                found = None
        if found:
            yield found.span()
        at = max(found.end() if found else opening.end(), start + 1)


def _in_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines that are prose, and of the others the words, if they are as many as a sentence has."""
    lines = [found.span() for found in re.finditer(r"[^\n]+\n?", text)]
    pieces = pa.array([text[start:end] for start, end in lines], pa.string())
    counts = scripts.counts(pieces, 1 << 30)
    prosaic = (scripts.letters(counts) >= _LEAST) & ~noisy(pieces, counts, 1 << 30, 0)
    for (start, end), whole in zip(lines, prosaic.tolist(), strict=True):
        if COMMENT.match(text, start):
            continue
        if whole:
            yield start, end
            continue
        words = [found.span() for found in TOKEN.finditer(text, start, end) if WORD.fullmatch(found.group())]
        if _letters("".join(text[first:last] for first, last in words)) >= _LEAST:
            yield from words


def _joined(text: str, kept: Sequence[tuple[int, int]]) -> Prose:
    """Return some parts of a text with a space behind each."""
    starts = [0]
    for start, end in kept[:-1]:
        starts.append(starts[-1] + end - start + 1)
    return Prose(" ".join(text[start:end] for start, end in kept), starts, [start for start, _ in kept])


def _enough(left: str, text: str) -> bool:
    return _letters(left) >= max(_ENOUGH * (len(text) - text.count(" ")), 1)


def _letters(text: str) -> float:
    return float(scripts.letters(scripts.counts(pa.array([text], pa.string()), 1 << 30))[0])
