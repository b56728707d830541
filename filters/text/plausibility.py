"""How little a decoded text looks like writing, by which one charset's reading is preferred to another's."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

SAMPLE = 20_000  # non-ASCII characters looked at
WORDS = re.compile(r"[^\W\d_]*[^\x00-\x7f]+[^\W\d_]*")  # words with a non-ASCII character in them


def implausibility(text: str) -> float:
    """Return the share, in [0, 1], of non-ASCII characters that do not fit where they stand.

    Unfitting are: controls, private and unassigned characters, replacement characters; symbols inside words; capitals
    after small letters; a word's letters of another script than the letter before; half-width kana; accented Latin
    letters in long runs.
    """
    bad = total = 0
    for match in WORDS.finditer(text):
        word = match[0]
        total += sum(character > "\x7f" for character in word)
        bad += sum(_unfit(before, after) for before, after in pairwise(f" {word} "))
        if total > SAMPLE:
            break
    return min(1.0, bad / total) if total else 0.0


@lru_cache(maxsize=1 << 16)
def _unfit(before: str, after: str) -> bool:
    kind, previous = _kind(after), _kind(before)
    if kind == "bad":
        return True
    if after <= "\x7f" and before <= "\x7f":
        return False
    if kind == "symbol":
        return previous not in {"space", "symbol", "han"} and before > "\x7f"
    if kind == "space" or previous in {"space", "symbol", "bad"}:
        return False
    if before.islower() and after.isupper():
        return True
    if kind == previous == "latin":
        return before > "\x7f" and after > "\x7f"
    return kind != previous


@lru_cache(maxsize=1 << 14)
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category.startswith("P"):
        return "space"
    if category in {"Cc", "Co", "Cn", "Cs"} or character == "\ufffd" or "\uff61" <= character <= "\uff9f":
        return "bad"
    if category.startswith(("S", "N", "C")):
        return "symbol"
    name = unicodedata.name(character, "").split(" ", 1)[0].split("-")[0]
    return {"LATIN": "latin", "CJK": "han", "HIRAGANA": "han", "KATAKANA": "han", "COMBINING": "space"}.get(name, name)
