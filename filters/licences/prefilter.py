"""Which pages may say something about rights: one pass over their bytes, before any is parsed."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

TABLE = Path(__file__).with_name("prefilter.yaml")

UTF_16 = r"^(?:\xff\xfe|\xfe\xff)"  # would hide every pattern, so these pages are always read
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
def _pattern(section: str) -> str:
    """Return a section as one pattern over bytes."""
    return "|".join(dict.fromkeys(_branches(section)))


def _branches(section: str) -> Iterator[str]:
    for entry in _table()[section]:
        for word in entry["words"]:
            if word.isascii():
                spaced = "".join(f"\\{char}" if char in SYNTAX else char for char in word).replace(
                    " ", r"(?:\s+|&nbsp;)"
                )
                yield f"(?i:{spaced})"
                continue
            for form in (word, word.capitalize(), word.upper()):
                yield from (
                    escaped for charset in ("utf-8", *entry["charsets"]) if (escaped := _escaped(form, charset))
                )


def _escaped(word: str, charset: str) -> str:
    """Return the bytes of a word as a pattern; empty where the charset cannot write it."""
    try:
        return "".join(f"\\x{byte:02x}" for byte in word.encode(charset))
    except UnicodeEncodeError:
        return ""


@cache
def _speaks() -> str:
    return "|".join([*(f"(?i:{pattern})" for pattern in _table()["markup"]), _pattern("names"), UTF_16])


def may_license(payloads: pa.LargeBinaryArray) -> pa.BooleanArray:
    """Return, per payload, whether it may state a licence or an opt-out; null where there is no payload."""
    return pc.match_substring_regex(payloads, _speaks())


def reservations(payloads: pa.LargeBinaryArray) -> pa.LargeBinaryArray:
    """Return, per payload, the bytes that reserve all rights, with a few after them; null where none do."""
    found = pc.extract_regex(payloads, f"(?P<words>(?:{_pattern('reserved')})[^<>\\r\\n]{{0,60}})")
    return pc.struct_field(found, "words")


def speaking(texts: Sequence[str]) -> list[int]:
    """Return which of a page's pieces of text may name a licence or reserve all rights."""
    lower = [text.lower() for text in texts]
    whole = "\n".join(lower)
    present = [word for section in ("names", "reserved") for word in _words(section) if word in whole]
    if not present:
        return []
    spaced = [text if text.isascii() and "\n" not in text else " ".join(text.split()) for text in lower]
    return [index for index, text in enumerate(spaced) if any(word in text for word in present)]
