"""The characters that mark HTML up, by name, and the hashes of names in it, for loops over its bytes."""

import numpy as np

from shards.arrays import Bytes
from shards.compiled import inner

SPACE = ord(" ")  # what is below it is white space or a control character, and counts as such
BANG, QUOTE, HASH, AMPERSAND, APOSTROPHE, HYPHEN, DOT, SLASH = (ord(mark) for mark in "!\"#&'-./")
COLON, SEMICOLON, LT, EQUALS, GT, QUESTION, UNDERSCORE = (ord(mark) for mark in ":;<=>?_")
ZERO, NINE, UPPER_A, UPPER_Z, LOWER_A, LOWER_Z = (ord(character) for character in "09AZaz")
NON_ASCII = 0x80  # what is not below it is part of a longer character
SMALL = LOWER_A - UPPER_A  # the bit by which a small letter differs from its capital


@inner
def is_letter(byte: np.uint8) -> bool:
    """Return whether a byte is a letter of ASCII."""
    return bool(LOWER_A <= (byte | SMALL) <= LOWER_Z)


@inner
def three_at(html: Bytes, at: int) -> int:
    """Return three bytes as a number, as `int.from_bytes` does."""
    return int(np.int64(html[at]) << 16 | np.int64(html[at + 1]) << 8 | np.int64(html[at + 2]))


@inner
def small_at(html: Bytes, at: int) -> int:
    """Return three letters as the number that they are in small letters."""
    return three_at(html, at) | SMALL << 16 | SMALL << 8 | SMALL


def name_hash(name: str) -> int:
    """Return the hash of a name in small letters, as the loops compute it."""
    value = 0
    for byte in name.encode("ascii"):
        value = (value * 131 + byte) & 0xFFFFFFFF
    return value
