"""Superscripts, subscripts and ruby in plain text: one notation for web pages, books, articles, papers and wikis.

Digits and signs are the characters that Unicode has for them (`10⁶`, `m⁻²`, `H₂O`), all else is written as in TeX
(`x^n`, `k_{max}`). Ordinals and abbreviations are not raised in plain text: `2nd`, `1er`, `nº`, `Mme`.
"""

import re
from typing import Literal, TypeAlias

Readings: TypeAlias = Literal["drop", "brackets"]

_RAISED = str.maketrans("0123456789+-−–=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")
_LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_RANGE = re.compile(r"(?<=\d)[-–−](?=\d)|,")  # of notes: `2–4`, no minus
_SIGNS = frozenset("®©™℠*†‡§¶‖#°ºª′″'’\"⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")  # which are their own superscript
_MARKS = {"TM": "™", "SM": "℠"}
_INDICATORS = {"o": "º", "a": "ª"}
_ORDINALS = frozenset(
    [
        *("st", "nd", "rd", "th", "e", "er", "re", "ère", "ere", "ers", "res", "es", "ème", "eme", "me", "èmes"),
        *("nde", "nds", "de", "ste", "o", "a", "os", "as", "ro", "ra", "to", "ta", "mo", "ma", "vo", "va", "no", "na"),
        *("è", "ena", "ene", "ti"),
    ]
)
_ROMAN = re.compile(r"(?<![^\W_])[IVXLCDM]+$")
_ABBREVIATED = {  # the letters before, as they are written, and what is raised after them
    **dict.fromkeys(("n", "N"), ("o", "os", "ro")),
    "M": ("me", "mes", "lle", "lles", "gr", "r", "rs", "e", "es", "a"),
    **dict.fromkeys(("Mr", "mr"), ("s",)),
    "D": ("r", "re", "rs", "ra", "na"),
    "S": ("t", "te", "ts", "r", "ra", "ta"),
    "C": ("ie", "o"),
    "V": ("ve",),
    "J": ("r", "n"),
    "P": ("r",),
    "B": ("d",),
    **dict.fromkeys(("f", "F"), ("o", "os")),
    **dict.fromkeys(("r", "v"), ("o",)),
    **dict.fromkeys(("Dr", "Sr", "Prof", "Mar"), ("a",)),
    **dict.fromkeys(("W", "Th", "Geo", "Jn"), ("m", "os", "o")),
}
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]+$")
_LONG = 12  # characters of a raised phrase: a remark, no exponent
_NOTE = re.compile(
    r"[\[(（【〔]?\s*(?:(?:notes?|fn|n|注|註|脚注|注釈|주)\.?\s*)?"
    r"(?:\d{1,4}|[a-zA-Z]{1,2}|[ivxlc]{1,6}|[*†‡§¶‖#※⁎]{1,4}|[①-⑳])"
    r"(?:\s*[,;–-]\s*(?:\d{1,4}|[a-z*†‡§]))*\s*[\])）】〕]?[,.;]?",
    re.IGNORECASE,
)


def superscript(before: str, text: str) -> str:
    """Return a superscript as it is written behind the text `before`, of which the end decides."""
    text = text.strip()
    if not text or _SIGNS.issuperset(text):
        return text
    if text in _MARKS:
        return _MARKS[text]
    if _is_ordinal(before, text.lower()) or _is_abbreviated(before, text):
        return _INDICATORS.get(text, text)
    return _remark(before, text) or _written("^", text, _RAISED)


def subscript(before: str, text: str) -> str:
    """Return a subscript as it is written behind the text `before`."""
    text = text.strip()
    return _remark(before, text) or (_written("_", text, _LOWERED) if text else "")


def is_note_mark(text: str) -> bool:
    """Return whether a link with this text says no more than where a note stands: `1`, `[a]`, `†`, `注3`."""
    return _NOTE.fullmatch(text.strip()) is not None


def with_reading(base: str, reading: str, readings: Readings) -> str:
    """Return a word whose reading stands beside it (ruby), with the reading in brackets behind it or without."""
    base, reading = base.strip(), "".join(reading.split())
    if readings == "drop" or not base or not reading:
        return base
    return f"{base}({reading})" if base.isascii() else f"{base}（{reading}）"


def _written(mark: str, text: str, characters: dict[int, int]) -> str:
    short = "".join(text.split()).translate(characters)
    if not _RANGE.search(text) and all(ord(character) in characters.values() for character in short):
        return short
    return mark + (text if len(text) == 1 else f"{{{text}}}")


def _is_ordinal(before: str, text: str) -> bool:
    if text not in _ORDINALS:
        return False
    before = before.rstrip(".")
    if before[-1:].isdecimal():
        return True
    numeral = _ROMAN.search(before)
    return numeral is not None and (len(numeral[0]) > 1 or text not in _INDICATORS)


def _is_abbreviated(before: str, text: str) -> bool:
    word = _WORD.search(before.rstrip("."))
    if word is None:  # degrees: 25 ºC
        return text == "o" and bool(before) and not before.strip()[-1:].isalpha()
    return text.rstrip(".") in _ABBREVIATED.get(word[0], ())


def _remark(before: str, text: str) -> str:
    """Return a raised or lowered phrase as the words that it is; nothing where it is an index or exponent."""
    if text[:1] in "[［【" or (len(text) > _LONG and " " in text):
        return text if not before or before[-1].isspace() or text[:1] in "[［【" else f" {text}"
    return ""
