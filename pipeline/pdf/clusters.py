"""Clusters: letters and marks that a shaper draws as several glyphs, or several of them as one.

A glyph that stands for several characters is one that pdfium takes apart: its characters share an origin, and their
boxes are equal parts of the glyph's, or the whole of it. Shapers that lack a better way give every glyph of a cluster
the text of the whole cluster (Skia's and Typst's PDFs of Thai, of Indic scripts and of vowelled Arabic), so that it
comes once for each glyph, one over the other.
"""

import numpy as np
import numpy.typing as npt

from pipeline.pdf.characters import Characters
from shards.arrays import Mask, Places
from shards.compiled import compiled, inner

Floats = npt.NDArray[np.float32]

_NEAR = 0.02  # points by which origins, and the ends of neighbouring parts, may differ
_OVER = 0.5  # of the narrower of two glyphs: how much of it must stand on the other


@compiled
def glyphs(page: Characters, begin: int, end: int, reach: int) -> Places:
    """Return, for each character of a line, the first character of its glyph, as its place behind `begin`.

    `reach` is how far apart in the line the characters of a glyph may be: 1, or more where pdfium has mixed them.
    """
    out = np.arange(end - begin)
    for at in range(1, end - begin):
        one = begin + at
        if page.generated[one]:
            continue
        for back in range(1, min(reach, at) + 1):
            other = one - back
            if not page.generated[other] and _same_glyph(page, one, other):
                out[at] = out[at - back]
                break
    return out


@inner
def _same_glyph(page: Characters, one: int, other: int) -> bool:
    if abs(page.x[one] - page.x[other]) > _NEAR or abs(page.y[one] - page.y[other]) > _NEAR:
        return False
    width, second = page.right[one] - page.left[one], page.right[other] - page.left[other]
    if abs(width - second) > _NEAR:
        return False
    apart = abs(page.left[one] - page.left[other])
    return bool(apart < _NEAR or abs(apart / max(width, _NEAR) - round(apart / max(width, _NEAR))) < _NEAR)


@compiled
def repeated(page: Characters, begin: int, end: int, glyph: Places, widest: bool) -> Mask:
    """Return which characters of a line repeat a cluster, given the glyphs of its characters.

    Of the glyphs with the same characters over each other the first stays, or the widest, which is the letter's.
    """
    count = end - begin
    out = np.zeros(count, np.bool_)
    starts = np.zeros(count, np.int64)
    lefts, rights = np.zeros(count, np.float32), np.zeros(count, np.float32)
    sizes, sums = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for at in range(count):
        first = glyph[at]
        index = begin + at
        if page.generated[index]:
            continue
        if sizes[first] == 0:
            lefts[first], rights[first] = page.left[index], page.right[index]
        lefts[first], rights[first] = min(lefts[first], page.left[index]), max(rights[first], page.right[index])
        sizes[first] += 1
        code = np.int64(page.codes[index])
        sums[first] += code * code
    found = 0
    for at in range(count):
        if sizes[at] > 1:
            for place in range(max(0, found - 6), found):
                other = starts[place]
                alike = sums[at] == sums[other] and sizes[at] == sizes[other]
                if alike and not out[other] and _over(lefts, rights, at, other):
                    narrower = rights[at] - lefts[at] > rights[other] - lefts[other]
                    out[other if widest and narrower else at] = True
                    break
            starts[found] = at
            found += 1
    for at in range(count):
        out[at] = out[glyph[at]]
    return out


@inner
def _over(left: Floats, right: Floats, one: int, other: int) -> bool:
    shared = min(right[one], right[other]) - max(left[one], left[other])
    return bool(shared >= _OVER * min(right[one] - left[one], right[other] - left[other]) - _NEAR)
