"""What each of Unicode's 1,114,112 code points is, as bits of one table: the same under every Python and locale.

`characters.tsv` has ranges of code points and one letter per property, drawn from the Unicode 17 character database
(general category, Sentence_Terminal, script, Logical_Order_Exception, grapheme cluster break). Python's own
`unicodedata` follows the interpreter's version, and a verdict must not.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator

from shards.tables import CodePoint, rows

TABLE = Path(__file__).with_name("characters.tsv")

SPACE = np.uint16(1)  # white space, and as it does: the Tibetan tsheg between syllables, U+200B between words
BREAK = np.uint16(2)  # ends a line
ALPHABETIC = np.uint16(4)  # general category L
MARK = np.uint16(8)  # M
NUMBER = np.uint16(16)  # N
SYMBOL = np.uint16(32)  # P or S
PUNCTUATION = np.uint16(64)  # P alone
UPPER = np.uint16(128)  # Lu, Lt
LOWER = np.uint16(256)  # Ll
TERMINAL = np.uint16(512)  # ends a sentence (Sentence_Terminal, and the Tibetan shad)
INVISIBLE = np.uint16(1024)  # Cf: joiners, direction marks, tags
UNSPACED = np.uint16(2048)  # a letter or mark of a script that puts no spaces between words
PREPENDED = np.uint16(4096)  # of those, a vowel written before the consonant it follows (Thai, Lao)
JOINED = np.uint16(8192)  # of those, a mark or vowel that belongs to the letter before it
PEELING = np.uint16(16384)  # P, So, < > ` ´; not what binds names, numbers and paths: - . / @ ~ ^ | + = and backslash
CURRENCY = np.uint16(32768)  # Sc

_BITS = {
    "S": SPACE,
    "B": BREAK,
    "A": ALPHABETIC,
    "M": MARK,
    "N": NUMBER,
    "P": SYMBOL,
    "Q": PUNCTUATION,
    "U": UPPER,
    "L": LOWER,
    "T": TERMINAL,
    "Z": INVISIBLE,
    "W": UNSPACED,
    "O": PREPENDED,
    "J": JOINED,
    "E": PEELING,
    "C": CURRENCY,
}


def _bits(letters: str) -> int:
    if unknown := set(letters) - set(_BITS):
        raise ValueError(f"no such properties: {', '.join(sorted(unknown))}")
    return sum(int(_BITS[letter]) for letter in letters)


class PropertyRange(BaseModel, frozen=True, extra="forbid"):
    """A row of `characters.tsv`: code points from the first to the last, and their properties as bits."""

    first: CodePoint
    last: CodePoint
    properties: Annotated[int, BeforeValidator(_bits)]


@cache
def properties() -> npt.NDArray[np.uint16]:
    """Return the table: the properties of code point c are at index c."""
    table = np.zeros(0x110000, np.uint16)
    for row in rows(TABLE, PropertyRange):
        table[row.first : row.last + 1] = row.properties
    table.setflags(write=False)
    return table
