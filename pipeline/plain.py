"""Texts of strangers, printed: nothing in them moves the cursor, changes a colour, turns a line round or hides."""

import json
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

JOINERS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060"
UNSEEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}  # categories
_UNSEEN_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def plain(piece: str) -> str:
    """Return a piece with the code points of what could not be seen.

    Joiners and spaces without width belong to the spelling of Persian, Hindi, Khmer and emoji: beside letters they
    stay.
    """
    spelt = "" if any(character not in JOINERS for character in piece) else JOINERS
    return "".join(f"<U+{ord(one):04X}>" if one in spelt or _unseen(one) else one for one in piece)


def plain_lines(text: str) -> str:
    """Return a text of several lines, each of them plain."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in UNSEEN and character not in ("\t", *JOINERS)


def plain_json(value: "JsonValue", indent: int | None = None) -> str:
    """Return a value as JSON in which what would steer a terminal is escaped; a parser returns the value."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    return _UNSEEN_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
