"""What the outline keeps of a tag's attributes: hashed names, and whether it hides its element or links."""

import numpy as np
import numpy.typing as npt

from pipeline.extract.characters import (
    APOSTROPHE,
    COLON,
    EQUALS,
    GT,
    HYPHEN,
    LOWER_A,
    LOWER_Z,
    QUOTE,
    SLASH,
    SMALL,
    SPACE,
    UNDERSCORE,
    is_letter,
    name_hash,
    three_at,
)
from shards.arrays import Bytes
from shards.compiled import inner

MOST_TOKENS = 24  # class and id tokens kept of one element

CLASS, HIDDEN, HREF, ID, ITEMPROP, ROLE, STYLE = (
    np.uint32(name_hash(name)) for name in ("class", "hidden", "href", "id", "itemprop", "role", "style")
)

DIS, NON, VIS, HID = (int.from_bytes(word) for word in (b"dis", b"non", b"vis", b"hid"))

_EMPTY, _PRIME = np.uint32(7), 0x01000193  # of the hashes of tokens


@inner
def attributes(html: Bytes, at: int, tokens: npt.NDArray[np.uint32], used: int) -> tuple[int, int, bool, bool]:
    """Return where the tag ends, the number of tokens then used, whether it hides its element, whether it has an href.

    Tokens are hashes of the words in class, id, role and itemprop: each whole name, and its parts at hyphens,
    underscores and capitals; lower-cased, digits left out.
    """
    size, most = len(html), min(used + MOST_TOKENS, len(tokens))
    is_hidden, has_address = False, False
    while at < size and html[at] != GT:
        if html[at] <= SPACE or html[at] == SLASH:
            at += 1
            continue
        key, at = _key(html, at)
        at = _after_space(html, at)
        if at >= size or html[at] != EQUALS:
            is_hidden = is_hidden or key == HIDDEN
            continue
        at = _after_space(html, at + 1)
        if at >= size:
            break
        start, end, at = _value(html, at)
        if key == HREF:
            has_address = True
        elif key == STYLE:
            is_hidden = is_hidden or _hides(html, start, end)
        elif key == HIDDEN:
            is_hidden = True
        elif key in (CLASS, ID, ROLE, ITEMPROP):
            used = _tokens(html, start, end, tokens, used, most)
    return at + 1, used, is_hidden, has_address


@inner
def _key(html: Bytes, at: int) -> tuple[np.uint32, int]:
    """Return the hash of an attribute's name, and where it ends; a slash may be its first character."""
    key, first = np.uint32(0), at
    while at < len(html) and html[at] > SPACE and html[at] != EQUALS and html[at] != GT:
        if html[at] == SLASH and at > first:
            break
        key = np.uint32((key * 131 + (html[at] | SMALL)) & 0xFFFFFFFF)
        at += 1
    return key, at


@inner
def _after_space(html: Bytes, at: int) -> int:
    while at < len(html) and html[at] <= SPACE:
        at += 1
    return at


@inner
def _value(html: Bytes, at: int) -> tuple[int, int, int]:
    """Return where the value begins and ends that is here, quoted or not, and where what follows it begins."""
    quote = html[at]
    if quote in (QUOTE, APOSTROPHE):
        start = at + 1
        at = start
        while at < len(html) and html[at] != quote:
            at += 1
        return start, at, at + 1
    start = at
    while at < len(html) and html[at] > SPACE and html[at] != GT:
        at += 1
    return start, at, at


@inner
def _hides(html: Bytes, start: int, end: int) -> bool:
    """Return whether a style says display:none or visibility:hidden, as far as three letters of each word tell."""
    for at in range(start, end - 11):
        word = three_at(html, at)
        if word == DIS and html[at + 7] == COLON and _is_set_to(html, at + 8, end, NON):
            return True
        if word == VIS and html[at + 10] == COLON and _is_set_to(html, at + 11, end, HID):
            return True
    return False


@inner
def _is_set_to(html: Bytes, at: int, end: int, word: int) -> bool:
    while at < end and html[at] == SPACE:
        at += 1
    return at + 3 < end and three_at(html, at) == word


@inner
def _tokens(html: Bytes, start: int, end: int, tokens: npt.NDArray[np.uint32], used: int, most: int) -> int:
    whole, part, letters, parts, before = _EMPTY, _EMPTY, 0, 0, np.uint8(0)
    for at in range(start, end + 1):
        byte = html[at] if at < end else np.uint8(SPACE)
        letter = is_letter(byte)
        capital = letter and byte < LOWER_A and LOWER_A <= before <= LOWER_Z
        if (not letter or capital) and letters > 0:
            if letters > 1 and used < most:
                tokens[used] = part
                used += 1
            part, letters, parts = _EMPTY, 0, parts + 1
        if letter:
            part = np.uint32((part * _PRIME ^ (byte | SMALL)) & 0xFFFFFFFF)
            whole = np.uint32((whole * _PRIME ^ (byte | SMALL)) & 0xFFFFFFFF)
            letters += 1
        elif byte in (HYPHEN, UNDERSCORE):
            whole = np.uint32((whole * _PRIME ^ HYPHEN) & 0xFFFFFFFF)
        elif byte <= SPACE:
            if parts > 1 and used < most:
                tokens[used] = whole
                used += 1
            whole, parts = _EMPTY, 0
        before = byte
    return used
