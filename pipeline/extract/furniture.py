"""Marks that templates put into a text: permalinks behind headings, line numbers in code.

They go before any engine reads the page. One compiled pass tells where there can be any, and whether there can be
scripts, code or formulas; to search for each would take half of the time of an extraction.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shards.compiled import compiled, inner

TAGS, SIGNS, NUMBERS, TEX = 1, 2, 4, 8  # what a byte may begin, or end

# By the byte, and by the one behind it: one byte in forty is looked at closely.
_WATCHED, _NEXT = np.zeros(256, np.uint8), np.full(256, TEX, np.uint8)
for _kind, _first, _second in (
    (TAGS, b"<", b"pPrRsSmM"),
    (SIGNS, b"#Pp&\xc2\xe2\xef\xf0", bytes(range(33)) + b"<eps#\xb6\xa7\x9a\x88\x80\x83\x9f"),
    (NUMBERS, b"g-lL", b"unNim"),
    (TEX, b"x", b""),
):
    _WATCHED[list(_first)] |= _kind
    _NEXT[list(_second)] |= _kind

# A link to a place of the page that shows a sign and no word.
PERMALINK = re.compile(
    rb"<a\b(?=[^>]{0,1000}\bhref\s*=\s*[\"']?[^\"'>\s]{0,400}#)[^>]{0,1000}>(?:\s|<(?!/?a\b)[^>]{0,400}>){0,8}"
    rb"(?:\xc2\xb6|&para;|&#182;|#|\xc2\xa7|&sect;|\xf0\x9f\x94\x97|\xe2\x9a\x93(?:\xef\xb8\x8f)?|\xe2\x88\x9e|\xe2\x80\xbb|"
    rb"\xef\x83\x81|&#xf0c1;|[Pp]ermalink)"
    rb"(?:\s|<(?!/?a\b)[^>]{0,400}>){0,8}</a\s*>",
)
# An element that is named for line numbers and holds nothing else.
LINE_NUMBERS = re.compile(
    rb"<(span|a|td|th|div|pre|code|i|em|b|small|data)\b(?=[^>]{0,400}(?<![\w-])"
    rb"(?:line[-_]?nos?|line[-_]?numbers?|line[-_]?num|lnos?|ln|lnt|linenodiv|gutter|code-?gutter|rouge-gutter|blob-num|"
    rb"hljs-ln-(?:n|numbers?)|crayon-nums?)(?![\w-]))[^>]{0,1000}>"
    rb"(?:[\s\d|:.]|&nbsp;|&#160;|<(?!/?\1\b)[^>]{0,400}>){0,100000}</\1\s*>",
    re.IGNORECASE,
)


def without_marks(html: str, markup: npt.NDArray[np.uint8], places: npt.NDArray[np.int32]) -> str:
    """Return a page without permalink marks and line numbers; `places` of its bytes are where names and signs stand."""
    kept, end, raw = [], 0, markup.tobytes()
    for place in places.tolist():
        at = abs(place)
        if at < end:
            continue
        opening, pattern = (b"<a", PERMALINK) if place > 0 else (b"<", LINE_NUMBERS)
        start = raw.rfind(opening, max(end, at - 2_000), at + 1)
        if start >= 0 and (match := pattern.match(raw, start)):
            kept.append(raw[end:start])
            end = match.end()
    return b"".join((*kept, raw[end:])).decode() if kept else html


class Traces(NamedTuple):
    """What can stand in a page, by the marks that it must have; most pages have next to nothing of it."""

    scripts: bool  # <sup, <sub, <ruby
    code: bool  # <pre
    formulas: bool  # <math, <mjx, mwe-math, or `tex` where no `text` begins
    places: npt.NDArray[np.int32]  # of signs, and below zero of line numbers


@compiled
def traces(markup: npt.NDArray[np.uint8]) -> Traces:
    """Return what can stand in a page, in one pass over its bytes."""
    scripts = code = formulas = False
    places, used = np.empty(len(markup) // 3 + 1, np.int32), 0
    size = len(markup)
    for at in range(np.uint64(2), np.uint64(max(size - 1, 2))):  # unsigned: no index counts from the end
        kind = _WATCHED[markup[at]] & _NEXT[markup[at + np.uint64(1)]]
        if kind == 0:
            continue
        here = int(np.int64(at))
        if kind == TEX:
            formulas = formulas or (markup[here - 1] == 101 and markup[here - 2] == 116 and markup[here + 1] != 116)
        elif here >= size - 12:
            continue
        elif kind == TAGS:
            second, third, fourth = markup[here + 1] | 32, markup[here + 2] | 32, markup[here + 3] | 32
            code = code or (second == 112 and third == 114 and fourth == 101)
            scripts = scripts or _opens_script(second, third, fourth)
            formulas = formulas or (second == 109 and _opens_formula(markup, here))
        elif kind == SIGNS and _is_sign(markup, here):
            places[used] = here
            used += 1
        elif kind == NUMBERS:
            if _names_numbers(markup, here):
                places[used] = -here
                used += 1
            elif markup[here] == 45 and markup[here + 1] == 109:
                formulas = formulas or _opens_formula(markup, here)
    return Traces(scripts, code, formulas, places[:used].copy())


@inner
def _opens_script(first: np.uint8, second: np.uint8, third: np.uint8) -> bool:
    return bool(second == 117 and (third == 98 or third == 112) and (first == 114 or first == 115))


@inner
def _opens_formula(markup: npt.NDArray[np.uint8], at: int) -> bool:
    """Return whether `math` or `mjx` stands behind a sign and an m."""
    third, fourth = markup[at + 2], markup[at + 3]
    return bool((third == 97 and fourth == 116 and markup[at + 4] == 104) or (third == 106 and fourth == 120))


@inner
def _is_sign(markup: npt.NDArray[np.uint8], at: int) -> bool:
    """Return whether a sign of a permalink stands here, as a character, a reference or a word."""
    byte, before, second, third = markup[at], markup[at - 1], markup[at + 1], markup[at + 2]
    if byte == 35:  # by itself
        return bool((before <= 32 or before == 62) and (second <= 32 or second == 60))
    if byte | 32 == 112:  # permalink
        return bool((before <= 32 or before == 62) and second == 101 and third == 114 and markup[at + 3] == 109)
    if byte == 38:  # &para; &sect; &#182; &#xf0c1;
        fourth = markup[at + 3]
        return bool((second, third, fourth) in ((112, 97, 114), (115, 101, 99), (35, 49, 56), (35, 120, 102)))
    if byte == 0xC2:  # ¶ §
        return bool(second == 0xB6 or second == 0xA7)
    if byte == 0xE2:  # ⚓ ∞ ※
        return bool((second, third) in ((0x9A, 0x93), (0x88, 0x9E), (0x80, 0xBB)))
    if byte == 0xEF:  # a font's link
        return bool(second == 0x83 and third == 0x81)
    return bool(second == 0x9F and third == 0x94 and markup[at + 3] == 0x97)


@inner
def _names_numbers(markup: npt.NDArray[np.uint8], at: int) -> bool:
    """Return whether a name of line numbers stands here: lineno, line-num, gutter, ln, blob-num, crayon-nums."""
    byte, before, second, third = markup[at], markup[at - 1], markup[at + 1], markup[at + 2]
    if byte == 103:
        return bool(second == 117 and third == 116 and before in (34, 39, 32, 45))
    if byte == 45:
        return bool(second == 110 and third == 117 and (before == 98 or before == 110))
    if second == 110 or second == 78:
        return bool(before in (34, 39, 45) and third in (32, 34, 39, 45, 116, 111))
    if second != 105 or third != 110 or markup[at + 3] != 101:
        return False
    after = at + 4 + (markup[at + 4] in (45, 95))
    return bool(markup[after] | 32 == 110 and markup[after + 1] in (111, 117))
