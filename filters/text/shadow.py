"""The shadow of a text: digits and letters of other widths and scripts as ASCII, one character for one."""

from functools import cache

import numpy as np
import numpy.typing as npt

# Digits and letters of other widths and scripts, one character for one, so that offsets stay.
SHADOW = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x2011: 0x2D,
    0x2013: 0x2D,
}
SHADOW |= {start + digit: 0x30 + digit for start in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for digit in range(10)}


@cache
def shadow_table() -> npt.NDArray[np.uint32]:
    """Return, for every code point, the one that patterns see in its place."""
    table = np.arange(0x110000, dtype=np.uint32)
    table[list(SHADOW)] = list(SHADOW.values())
    return table
