"""What the outline keeps of a tag's attributes: hashed names, and whether it hides its element or links."""

from typing import Final

import numpy as np
import numpy.typing as npt

from shards.compiled import compiled, inner

MOST_TOKENS: Final = 24  # class and id tokens kept of one element


def _key(name: str) -> np.uint32:
    value = 0
    for byte in name.encode("ascii"):
        value = (value * 131 + (byte | 32)) & 0xFFFFFFFF
    return np.uint32(value)


HREF: Final = _key("href")
STYLE: Final = _key("style")
HIDDEN: Final = _key("hidden")
CLASS: Final = _key("class")
ID: Final = _key("id")
ROLE: Final = _key("role")
ITEMPROP: Final = _key("itemprop")


@compiled
def is_letter(byte: np.uint8) -> bool:
    return bool(97 <= (byte | 32) <= 122)


@compiled
def attributes(
    html: npt.NDArray[np.uint8], at: int, tokens: npt.NDArray[np.uint32], used: int
) -> tuple[int, int, bool, bool]:
    """Return where the tag ends, the number of tokens then used, whether it hides its element, whether it has an href.

    Tokens are hashes of the words in class, id, role and itemprop: each whole name, and its parts at hyphens,
    underscores and capitals; lower-cased, digits left out.
    """
    size, first = len(html), used
    is_hidden, has_address = False, False
    while at < size and html[at] != 62:
        if html[at] <= 32 or html[at] == 47:
            at += 1
            continue
        key, at = _name(html, at)
        at = _behind_spaces(html, at)
        if at >= size or html[at] != 61:
            is_hidden = is_hidden or key == HIDDEN
            continue
        at = _behind_spaces(html, at + 1)
        if at >= size:
            break
        start, end, at = _quoted(html, at)
        if key == HREF:
            has_address = True
        elif key == STYLE:
            is_hidden = is_hidden or _hides(html, start, end)
        elif key == HIDDEN:
            is_hidden = True
        elif key in (CLASS, ID, ROLE, ITEMPROP):
            used = _tokens(html, start, end, tokens, used, min(first + MOST_TOKENS, len(tokens)))
    return at + 1, used, is_hidden, has_address


@inner
def _name(html: npt.NDArray[np.uint8], at: int) -> tuple[np.uint32, int]:
    """Return the key of the name that begins here, and where it ends."""
    key, start = np.uint32(0), at
    while (
        at < len(html) and html[at] > 32 and html[at] != 61 and html[at] != 62 and not (html[at] == 47 and at > start)
    ):
        key = np.uint32((key * 131 + (html[at] | 32)) & 0xFFFFFFFF)
        at += 1
    return key, at


@inner
def _behind_spaces(html: npt.NDArray[np.uint8], at: int) -> int:
    while at < len(html) and html[at] <= 32:
        at += 1
    return at


@inner
def _quoted(html: npt.NDArray[np.uint8], at: int) -> tuple[int, int, int]:
    """Return where the value that begins here starts and ends, without its quotes, and what is behind it."""
    quote, size = html[at], len(html)
    if quote == 34 or quote == 39:
        start = at = at + 1
        while at < size and html[at] != quote:
            at += 1
        return start, at, at + 1
    start = at
    while at < size and html[at] > 32 and html[at] != 62:
        at += 1
    return start, at, at


@inner
def _hides(html: npt.NDArray[np.uint8], start: int, end: int) -> bool:
    """Return whether a style says display:none or visibility:hidden."""
    for at in range(start, end - 11):
        if html[at] == 100 and html[at + 1] == 105 and html[at + 2] == 115 and html[at + 7] == 58:
            value = _value(html, at + 8, end)
            if value + 3 < end and html[value] == 110 and html[value + 1] == 111 and html[value + 2] == 110:
                return True
        if html[at] == 118 and html[at + 1] == 105 and html[at + 2] == 115 and html[at + 10] == 58:
            value = _value(html, at + 11, end)
            if value + 3 < end and html[value] == 104 and html[value + 1] == 105 and html[value + 2] == 100:
                return True
    return False


@inner
def _value(html: npt.NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and html[at] == 32:
        at += 1
    return at


@inner
def _tokens(
    html: npt.NDArray[np.uint8], start: int, end: int, tokens: npt.NDArray[np.uint32], used: int, most: int
) -> int:
    whole, part, letters, parts, before = np.uint32(7), np.uint32(7), 0, 0, np.uint8(0)
    for at in range(start, end + 1):
        byte = html[at] if at < end else np.uint8(32)
        letter = is_letter(byte)
        capital = letter and byte < 97 and 97 <= before <= 122
        if (not letter or capital) and letters > 0:
            if letters > 1 and used < most:
                tokens[used] = part
                used += 1
            part, letters, parts = np.uint32(7), 0, parts + 1
        if letter:
            part = np.uint32((part * 0x01000193 ^ (byte | 32)) & 0xFFFFFFFF)
            whole = np.uint32((whole * 0x01000193 ^ (byte | 32)) & 0xFFFFFFFF)
            letters += 1
        elif byte == 45 or byte == 95:
            whole = np.uint32((whole * 0x01000193 ^ 45) & 0xFFFFFFFF)
        elif byte <= 32:
            if parts > 1 and used < most:
                tokens[used] = whole
                used += 1
            whole, parts = np.uint32(7), 0
        before = byte
    return used
