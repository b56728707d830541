"""Which pages may say something about rights: one pass over their bytes, before any is parsed."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

TABLE = Path(__file__).with_name("prefilter.yaml")

UTF_16 = r"^(?:\xff\xfe|\xfe\xff)"  # would hide every pattern, so these pages are always read
SPACE = r"(?:\s+|&nbsp;)"
SEPARATOR = "\0"  # between a page's pieces of text, in none of which it can stand: HTML has no such character
SYNTAX = frozenset(".^$*+?{}[]\\|()")


@cache
def _table() -> dict[str, Any]:
    with TABLE.open(encoding="utf-8") as file:
        table: dict[str, Any] = yaml.safe_load(file)
    return table


@cache
def _words(section: str) -> tuple[str, ...]:
    return tuple(word for entry in _table()[section] for word in entry["words"])


@cache
def _ascii(section: str) -> str:
    """Return a section's ASCII words as one pattern, in any case, any white space between them."""
    words = [word for word in _words(section) if word.isascii()]
    spaced = ["".join(f"\\{char}" if char in SYNTAX else char for char in word) for word in words]
    return "|".join(f"(?i:{word.replace(' ', SPACE)})" for word in spaced)


@cache
def _other(section: str) -> str:
    """Return a section's other words as one pattern over their bytes in the charsets they come in."""
    branches = [
        escaped
        for entry in _table()[section]
        for word in entry["words"]
        if not word.isascii()
        for form in (word, word.capitalize(), word.upper())
        for charset in ("utf-8", *entry["charsets"])
        if (escaped := _escaped(form, charset))
    ]
    return "|".join([*dict.fromkeys(branches), *([UTF_16] if section == "names" else [])])


@cache
def _markup() -> str:
    return "|".join(f"(?i:{pattern})" for pattern in _table()["markup"])


def _escaped(word: str, charset: str) -> str:
    """Return the bytes of a word as a pattern; empty where the charset cannot write it."""
    try:
        return "".join(f"\\x{byte:02x}" for byte in word.encode(charset))
    except UnicodeEncodeError:
        return ""


def may_speak(payloads: pa.LargeBinaryArray) -> pa.BooleanArray:
    """Return, per payload, whether it may say anything about rights; null where there is no payload.

    Two passes, for a pattern with all the words in it would outgrow RE2's cache.
    """
    if payloads.null_count == len(payloads):
        return pa.nulls(len(payloads), pa.bool_())  # compiling the patterns takes longer than many a small batch
    words = pc.match_substring_regex(payloads, "|".join([_markup(), _ascii("names"), _ascii("reserved")]))
    return pc.or_(words, pc.match_substring_regex(payloads, "|".join([_other("names"), _other("reserved")])))


def may_license(payloads: pa.LargeBinaryArray) -> pa.BooleanArray:
    """Return, per payload, whether it may state a licence or an opt-out; null where there is no payload."""
    words = pc.match_substring_regex(payloads, "|".join([_markup(), _ascii("names")]))
    return pc.or_(words, pc.match_substring_regex(payloads, _other("names")))


def reservations(payloads: pa.LargeBinaryArray) -> pa.LargeBinaryArray:
    """Return, per payload, the bytes that reserve all rights, with a few after them; null where none do."""
    words = "|".join([_ascii("reserved"), _other("reserved")])
    return pc.struct_field(pc.extract_regex(payloads, f"(?P<words>(?:{words})[^<>\\r\\n]{{0,60}})"), "words")


@cache
def _alphabets() -> list[tuple[str, frozenset[str]]]:
    """Return every word with the characters that a page which holds it must have."""
    return [(word, frozenset(word)) for word in dict.fromkeys([*_words("names"), *_words("reserved")])]


def speaking(texts: Sequence[str]) -> list[int]:
    """Return which of a page's pieces of text may name a licence or reserve all rights."""
    whole = " ".join(SEPARATOR.join(texts).lower().split())
    characters = set(whole)
    places = {
        place
        for word, alphabet in _alphabets()
        if alphabet <= characters and (first := whole.find(word)) >= 0
        for place in _places(whole, word, first)
    }
    if not places:
        return []
    begins = list(accumulate((len(text) + 1 for text in whole.split(SEPARATOR)), initial=0))
    return sorted({bisect_right(begins, place) - 1 for place in places})


def _places(whole: str, word: str, first: int) -> Iterator[int]:
    while first >= 0:
        yield first
        first = whole.find(word, first + len(word))
