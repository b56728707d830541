"""What is where in the bytes of HTML: the next tag, the end of a comment, an element's name, blank text."""

import numpy as np

from pipeline.extract.characters import (
    AMPERSAND,
    BANG,
    GT,
    HYPHEN,
    LT,
    NINE,
    QUESTION,
    SLASH,
    SMALL,
    SPACE,
    UPPER_A,
    ZERO,
    is_letter,
    three_at,
)
from pipeline.extract.tags import TAG_HASHES, TAG_IDS
from shards.arrays import Bytes
from shards.compiled import inner

NBS, NUMBER_16 = int.from_bytes(b"nbs"), int.from_bytes(b"#16")  # &nbsp; and &#160;


@inner
def up_to_tag(html: Bytes, start: int) -> tuple[int, bool]:
    """Return where the next tag begins, and whether all before it is white space."""
    size, at, one = np.uint64(len(html)), np.uint64(start), np.uint64(1)  # unsigned: no index counts from the end
    blank = True
    while at < size and not (html[at] == LT and at + one < size and _opens(html[at + one])):
        if html[at] > SPACE:
            blank = False
        at += one
    return int(np.int64(at)), blank


@inner
def _opens(byte: np.uint8) -> bool:
    """Return whether a `<` before this byte begins markup."""
    return is_letter(byte) or bool(byte in (SLASH, BANG, QUESTION))


@inner
def tag_name(html: Bytes, at: int) -> tuple[np.uint32, int, int]:
    """Return the hash of a tag's name, its length, and where it ends."""
    name, first = np.uint32(0), at
    while at < len(html) and (is_letter(html[at]) or (at > first and (ZERO <= html[at] <= NINE or html[at] == HYPHEN))):
        small = html[at] | SMALL if html[at] >= UPPER_A else html[at]
        name = np.uint32((name * 131 + small) & 0xFFFFFFFF)
        at += 1
    return name, at - first, at


@inner
def tag_of(name: np.uint32) -> int:
    """Return the number of the tag with this hash of its name; 0 for any that is not in `tags`."""
    low, high = 0, len(TAG_HASHES)
    while low < high:
        middle = (low + high) // 2
        if TAG_HASHES[middle] < name:
            low = middle + 1
        else:
            high = middle
    return int(TAG_IDS[low]) if low < len(TAG_HASHES) and TAG_HASHES[low] == name else 0


@inner
def after_comment(html: Bytes, at: int) -> int:
    """Return where a comment ends, or a declaration."""
    size = len(html)
    if at + 3 < size and html[at + 2] == HYPHEN and html[at + 3] == HYPHEN:
        end = at + 4
        while end < size:
            if html[end] == GT and html[end - 1] == HYPHEN and html[end - 2] == HYPHEN:
                return end + 1
            end += 1
        return size
    return after_tag(html, at + 2)


@inner
def after_tag(html: Bytes, at: int) -> int:
    """Return where a tag ends."""
    while at < len(html) and html[at] != GT:
        at += 1
    return at + 1


@inner
def end_of_raw(html: Bytes, at: int, name: np.uint32, letters: int) -> int:
    """Return where the end tag of this name stands; the end of the page if there is none."""
    size = len(html)
    while at < size - letters - 1:
        if html[at] == LT and html[at + 1] == SLASH:
            other = np.uint32(0)
            for offset in range(letters):
                other = np.uint32((other * 131 + (html[at + 2 + offset] | SMALL)) & 0xFFFFFFFF)
            if other == name:
                return at
        at += 1
    return size


@inner
def only_no_break_spaces(html: Bytes, start: int, end: int) -> bool:
    """Return whether a text is nothing but white space, `&nbsp;`, `&#160;`, U+00A0 and U+200B."""
    at = start
    while at < end:
        byte = html[at]
        if byte <= SPACE:
            at += 1
        elif byte == AMPERSAND and at + 5 < end and three_at(html, at + 1) in (NBS, NUMBER_16):
            at += 6
        elif byte == 0xC2 and at + 1 < end and html[at + 1] == 0xA0:
            at += 2
        elif byte == 0xE2 and at + 2 < end and html[at + 1] == 0x80 and html[at + 2] == 0x8B:
            at += 3
        else:
            return False
    return True


@inner
def is_blank(html: Bytes, start: int, end: int) -> bool:
    """Return whether a text is nothing but white space."""
    for at in range(start, end):  # noqa: SIM110 - compiled
        if html[at] > SPACE:
            return False
    return True
