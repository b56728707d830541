"""How much of a text is code or markup: measured for mixing by share; nothing is rejected unless a bound is set.

A line is code by how it ends and what it is made of, not by its language: C-like, Python-like, shell, SQL, HTML, wiki.
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
from shards.arrays import Array
from shards.compiled import compiled


class CodeShare(Filter):
    """Measure the share of a document's characters that are in lines of code, and of markup."""

    name: Literal["code_share"] = "code_share"
    code_characters: Range = Range()  # the share of characters in lines of code
    markup_characters: Range = Range()  # the share of characters in lines of markup

    def measure(self, documents: Documents) -> Signals:
        texts, lines = documents.characters, documents.lines
        code, markup = kinds_of_lines(texts.points, texts.properties, lines.starts, lines.ends)
        size = np.maximum(lines.total(lines.lengths), 1)
        return {
            "code_characters": ratio(lines.total(np.where(code, lines.lengths, 0)), size),
            "markup_characters": ratio(lines.total(np.where(markup, lines.lengths, 0)), size),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        texts, lines = documents.characters, documents.lines
        code, markup = kinds_of_lines(texts.points, texts.properties, lines.starts, lines.ends)
        size = float(max(lines.lengths.sum(), 1))
        return {
            "code_characters": evidence.by_length(lines, code, size),
            "markup_characters": evidence.by_length(lines, markup, size),
        }


@compiled
def kinds_of_lines(points: Array, props: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """Return which lines are code, and which are markup (tags, wiki links and templates)."""
    code = np.zeros(len(starts), np.bool_)
    markup = np.zeros(len(starts), np.bool_)
    for line in range(len(starts)):
        start, end = starts[line], ends[line]
        signs, joints, tags, words = 0, 0, 0, 0
        for i in range(start, end):
            c = points[i]
            after = points[i + 1] if i + 1 < end else np.uint32(0)
            words += i > start and props[i] & (characters.SPACE | characters.INVISIBLE) == characters.SPACE
            if c > 126 or not props[i] & characters.SYMBOL:
                continue
            # { } ; = & $ \\ < > ( ): prose has few of them, and the tables and lists of extracted text too
            if c in (123, 125, 59, 61, 38, 36, 92, 60, 62, 40, 41):
                signs += 1
            # == := -> => :: != && || += </ /> ( after a letter, . between a letter and a small letter
            if (c in (61, 58, 33, 43, 38, 124) and (after == 61 or (after == c and c != 43 and c != 33))) or (
                (c == 45 or c == 61) and after == 62
            ):
                joints += 1
            if i > start and c == 40 and (props[i - 1] & characters.ALPHABETIC or points[i - 1] == 95):
                joints += after == 41 or after == 34 or after == 39 or after == 36 or points[i - 1] == 95
            if c == 60 and (after == 47 or after == 33 or 97 <= after <= 122):
                tags += 1
            if (c == 91 and after == 91) or (c == 123 and after == 123):
                tags += 1
        length = end - start
        last = points[end - 1]
        closes = last == 59 or last == 123 or last == 125
        if tags > 0 and (tags >= 2 or points[start] == 60 or points[start] == 123 or points[start] == 91):
            markup[line] = True
        else:
            code[line] = joints > 0 and (2 * joints + signs) * 12 >= length
            code[line] |= closes and (length <= 2 or last != 59 or signs * 8 >= length or joints > 0 or words <= 3)
            code[line] |= signs * 7 >= length and signs >= 3
    return code, markup
