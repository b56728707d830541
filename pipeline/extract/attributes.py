"""What the outline keeps of a tag's attributes: hashed names, and whether it links, hides its element, may show it."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.extract import stated
from pipeline.extract.characters import (
    APOSTROPHE,
    COLON,
    DOT,
    EQUALS,
    GT,
    HASH,
    HYPHEN,
    LOWER_A,
    LOWER_Z,
    NINE,
    QUOTE,
    SLASH,
    SMALL,
    SPACE,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
    is_letter,
    name_hash,
    small_at,
    three_at,
)
from shards.arrays import Bytes
from shards.compiled import inner

Hashes: TypeAlias = npt.NDArray[np.uint32]

MOST_TOKENS = 24  # class and id tokens kept of one element

ARIA_HIDDEN, CLASS, HIDDEN, HREF, ID, ITEMPROP, ROLE, STYLE = (
    np.uint32(name_hash(name)) for name in ("aria-hidden", "class", "hidden", "href", "id", "itemprop", "role", "style")
)
# What says what its tag states.
HTTP_EQUIV, NAME, PROPERTY, REL, TYPE = (
    np.uint32(name_hash(name)) for name in ("http-equiv", "name", "property", "rel", "type")
)
# What an element has that a click unfolds: a label elsewhere, a height to grow from.
ARIA_LABELLEDBY, HEIGHT = (np.uint32(name_hash(name)) for name in ("aria-labelledby", "height"))
# What `attributes` finds: its element is hidden by its own tag; by the page's style sheet; from screen readers only;
# it leads somewhere; a click opens it; it may state something of its page. Above them stands the
# number at which a list or item begins, and one more.
HIDES, UNSEEN, SILENT, LEADS, OPENS, STATES, NUMBER = 1, 2, 4, 8, 16, 32, 6
HIGHEST = 9_999  # number of an item, above which it is taken for something else

DIS, NON, VIS, HID, TRU = (int.from_bytes(word) for word in (b"dis", b"non", b"vis", b"hid", b"tru"))
START, VALUE, OL, LI = (np.uint32(name_hash(name)) for name in ("start", "value", "ol", "li"))

_EMPTY, _PRIME = np.uint32(7), 0x01000193  # of the hashes of tokens


def token_hash(name: str) -> int:
    """Return the hash of a part of a class's or id's name, as the loops compute it."""
    value = int(_EMPTY)
    for byte in name.encode("ascii"):
        value = (value * _PRIME ^ byte) & 0xFFFFFFFF
    return value


# Parts of names of what is hidden until somebody asks for it: its text is the page's.
OPENING = np.array(
    [
        token_hash(name)
        for name in (
            *(
                "tab",
                "tabs",
                "tabpanel",
                "pane",
                "panel",
                "accordion",
                "akkordeon",
                "collapse",
                "collapsed",
                "collapsible",
            ),
            *(
                "toggle",
                "toggled",
                "togglable",
                "fold",
                "folded",
                "spoiler",
                "expand",
                "expanded",
                "expandable",
                "expander",
            ),
            *(
                "more",
                "readmore",
                "faq",
                "answer",
                "solution",
                "slide",
                "slider",
                "carousel",
                "swiper",
                "steps",
                "lightbox",
            ),
        )
    ],
    np.uint32,
)


STATED = np.array([name_hash(name) for name in stated.NAMES], np.uint32)
NAMING = np.array([token_hash(name) for name in stated.PARTS], np.uint32)


@inner
def attributes(html: Bytes, at: int, tokens: Hashes, used: int, hiding: Hashes, tag: np.uint32) -> tuple[int, int, int]:
    """Return where the tag ends, the number of tokens then used, and what was found: HIDES and so on.

    Tokens are hashes of the words in class, id, role and itemprop: each whole name, and its parts at hyphens,
    underscores and capitals; lower-cased, digits left out. `hiding` are the selectors that a style sheet hides.
    """
    size, first, most = len(html), used, min(used + MOST_TOKENS, len(tokens))
    found = 0
    while at < size and html[at] != GT:
        if html[at] <= SPACE or html[at] == SLASH:
            at += 1
            continue
        key, at = _key(html, at)
        at = _after_space(html, at)
        if at >= size or html[at] != EQUALS:
            found |= HIDES * (key == HIDDEN)
            continue
        at = _after_space(html, at + 1)
        if at >= size:
            break
        start, end, at = _value(html, at)
        found |= _said(html, start, end, key)
        if key in (CLASS, ID, ROLE, ITEMPROP):
            used = _tokens(html, start, end, tokens, used, most)
            found |= UNSEEN * _selected(html, start, end, key, hiding, tag)
        elif tag in (OL, LI) and key in (START, VALUE):
            found |= _number(html, start, end) << NUMBER
    if found & (HIDES | UNSEEN):
        found |= OPENS * _any_among(tokens, first, used, OPENING)
    return at + 1, used, found | STATES * _any_among(tokens, first, used, NAMING)


@inner
def _said(html: Bytes, start: int, end: int, key: np.uint32) -> int:
    """Return what an attribute says of its element, its tokens apart."""
    if key == HREF:
        return LEADS
    if key == STYLE:
        return HIDES * _hides(html, start, end)
    if key == HIDDEN:
        return HIDES
    if key == ARIA_HIDDEN:
        return SILENT * (end - start == 4 and three_at(html, start) == TRU)
    if key in (ARIA_LABELLEDBY, HEIGHT):
        return OPENS
    if key in (HTTP_EQUIV, ITEMPROP, NAME, PROPERTY, REL, TYPE):
        return STATES * _among(_value_hash(html, start, end), STATED)
    return 0


@inner
def _value_hash(html: Bytes, start: int, end: int) -> np.uint32:
    """Return the hash of a value, white space around it left out, as that of a name."""
    while start < end and html[start] <= SPACE:
        start += 1
    while start < end and html[end - 1] <= SPACE:
        end -= 1
    value = np.uint32(0)
    for at in range(start, end):
        small = html[at] | SMALL if UPPER_A <= html[at] <= UPPER_Z else html[at]
        value = np.uint32((value * 131 + small) & 0xFFFFFFFF)
    return value


@inner
def _any_among(tokens: Hashes, first: int, end: int, values: Hashes) -> bool:
    for index in range(first, end):  # noqa: SIM110 - compiled
        if _among(tokens[index], values):
            return True
    return False


@inner
def _among(value: np.uint32, values: Hashes) -> bool:
    for other in values:  # noqa: SIM110 - compiled
        if value == other:
            return True
    return False


@inner
def _selected(html: Bytes, start: int, end: int, key: np.uint32, hiding: Hashes, tag: np.uint32) -> bool:
    """Return whether a selector in `hiding`, of a class or an id with or without this tag, is one of the names here."""
    if len(hiding) == 0 or key not in (CLASS, ID):
        return False
    mark = HASH if key == ID else DOT
    seeds = np.uint32((_EMPTY * _PRIME ^ mark) & 0xFFFFFFFF), np.uint32((tag * _PRIME ^ mark) & 0xFFFFFFFF)
    bare, tagged, letters = seeds[0], seeds[1], 0
    for at in range(start, end + 1):
        byte = html[at] if at < end else np.uint8(SPACE)
        if byte > SPACE:
            bare = np.uint32((bare * _PRIME ^ byte) & 0xFFFFFFFF)
            tagged = np.uint32((tagged * _PRIME ^ byte) & 0xFFFFFFFF)
            letters += 1
        elif letters > 0:
            if _among(bare, hiding) or _among(tagged, hiding):
                return True
            bare, tagged, letters = seeds[0], seeds[1], 0
    return False


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
        word = small_at(html, at)
        if (word == DIS and _is_set_to(html, at + 7, end, NON)) or (
            word == VIS and _is_set_to(html, at + 10, end, HID)
        ):
            return True
    return False


@inner
def _is_set_to(html: Bytes, at: int, end: int, word: int) -> bool:
    at = _value_of(html, at, end)
    return at + 3 < end and small_at(html, at) == word


@inner
def _value_of(html: Bytes, at: int, end: int) -> int:
    """Return where the value begins of a property whose name ends here; the end if none does."""
    while at < end and html[at] <= SPACE:
        at += 1
    if at >= end or html[at] != COLON:
        return end
    at += 1
    while at < end and html[at] <= SPACE:
        at += 1
    return at


@inner
def _number(html: Bytes, start: int, end: int) -> int:
    """Return a number and one more, 0 where none stands."""
    value = 0
    for at in range(start, end):
        if not ZERO <= html[at] <= NINE or value > HIGHEST:
            return 0
        value = value * 10 + int(html[at]) - ZERO
    return value + 1 if end > start else 0


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
