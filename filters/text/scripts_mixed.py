"""Words that mix alphabets whose letters look alike: an a among Cyrillic letters is a trick, or an accident of OCR."""

import numpy as np

from shards.arrays import Array
from shards.compiled import compiled


@compiled
def mixed(points: Array, starts: Array, ends: Array) -> Array:
    """Return which tokens of three characters or more have letters of Latin and Cyrillic, or of Latin and Greek.

    A Greek letter or two at the start is a symbol (μm, Δt) and counts as none.
    """
    found = np.zeros(len(starts), np.bool_)
    for token in range(len(starts)):
        if ends[token] - starts[token] < 3:
            continue
        latin, cyrillic, greek = 0, 0, 0
        for i in range(starts[token], ends[token]):
            c = points[i]
            if c < 0x250:
                latin += 65 <= (c & ~32) <= 90 or c >= 0xC0
            elif 0x400 <= c < 0x530:
                cyrillic += 1
            elif 0x370 <= c < 0x400:
                greek += 1
        found[token] = latin > 0 and (cyrillic > 0 or greek > 2)
    return found
