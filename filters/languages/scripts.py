"""Which scripts a text is written in, counted in one pass over Arrow's UTF-8 buffer.

`scripts.tsv` holds the code point ranges of letters and marks by ISO 15924 code, after the character names of Unicode
14. Han characters that are written in only one of the two Chinese standards are counted under `Hans` and `Hant`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import opencc
import pyarrow as pa
from pydantic import BaseModel

from shards.arrays import utf8
from shards.compiled import compiled
from shards.tables import CodePoint, rows

Counts: TypeAlias = npt.NDArray[np.int64]

TABLE = Path(__file__).with_name("scripts.tsv")

SPACE, OTHER, DIGIT, SIGN, HANS, HANT = range(6)  # the classes that are not scripts of `scripts.tsv`; then those
_WEIGHTS = {"Hani": 3.0, "Hang": 2.0, "Hira": 2.0, "Kana": 2.0}  # letters per character, beside alphabets
_KANA = 0.1  # of kana and Han together: what a Japanese text surely has and a Chinese one surely has not
_SIGNS = "{}()[];=<>_/&*#$@^~`+"  # of code and markup; `|` and `\\` come from tables
JAPANESE = "Jpan"  # Han and kana together

_HAN = range(0x4E00, 0xA000)  # the block of every Han character that the two standards write differently


class ScriptRange(BaseModel, frozen=True, extra="forbid"):
    """A row of `scripts.tsv`: code points from the first to the last, and their script."""

    first: CodePoint
    last: CodePoint
    script: str


@cache
def script_ranges() -> tuple[ScriptRange, ...]:
    """Return the rows of `scripts.tsv`."""
    return tuple(rows(TABLE, ScriptRange))


@cache
def names() -> tuple[str, ...]:
    """Return what each column of `counts` counts."""
    return ("space", "other", "digit", "sign", "Hans", "Hant", *sorted({row.script for row in script_ranges()}))


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """Return the column of `counts` to which each code point belongs."""
    table = np.full(0x110000, OTHER, np.uint8)
    table[[cp for cp in range(0x3001) if chr(cp).isspace() or cp == 0x200B]] = SPACE
    table[[cp for cp in range(0x10000) if chr(cp).isdecimal()]] = DIGIT
    table[[ord(character) for character in _SIGNS]] = SIGN
    for row in script_ranges():
        table[row.first : row.last + 1] = names().index(row.script)
    simplified, traditional = chinese_variants()
    table[[ord(character) for character in simplified]] = HANS
    table[[ord(character) for character in traditional]] = HANT
    return table


@cache
def chinese_variants() -> tuple[frozenset[str], frozenset[str]]:
    """Return the characters that only simplified, and those that only traditional Chinese uses.

    They are what OpenCC would convert, less those that are at home in the other standard too (后, 里, 乾): the common
    characters of Big5, and the characters of GB 2312.
    """
    characters = [chr(code_point) for code_point in _HAN]
    simplified = _converted(characters, "s2t") - {
        c for c in characters if b"\xa4" <= _encoded(c, "big5") <= b"\xc6\x7e"
    }
    traditional = _converted(characters, "t2s") - {c for c in characters if _encoded(c, "gb2312")}
    return frozenset(simplified - traditional), frozenset(traditional - simplified)


def _converted(characters: Sequence[str], config: str) -> set[str]:
    after = opencc.OpenCC(config).convert("\n".join(characters)).split("\n")
    return {old for old, new in zip(characters, after, strict=True) if old != new}


def _encoded(character: str, charset: str) -> bytes:
    return character.encode(charset, errors="ignore")


def counts(texts: pa.StringArray, limit: int) -> Counts:
    """Return how many characters of each class (see `names`) the first `limit` bytes of each text hold."""
    offsets, data = utf8(texts)
    return _count(data, offsets, limit, _classes(), len(names()))


def share_names() -> tuple[str, ...]:
    """Return the script of each column of `shares`."""
    return (*names()[HANT + 1 :], JAPANESE)


def shares(counts: Counts) -> npt.NDArray[np.float32]:
    """Return texts x scripts (see `share_names`): the share of each among the letters; all 0 where there are none.

    A Han character counts as 3 letters, a kana or Hangul syllable as 2. Han and kana together are Japanese if a tenth
    or more of them is kana, else Chinese.
    """
    weights = np.array([_WEIGHTS.get(name, 1.0) for name in share_names()])
    letters = np.append(counts[:, HANT + 1 :], np.zeros((len(counts), 1)), axis=1) * weights
    han, hiragana, katakana = (share_names().index(name) for name in ("Hani", "Hira", "Kana"))
    kana = letters[:, hiragana] + letters[:, katakana]
    both = letters[:, han] + kana + _WEIGHTS["Hani"] * counts[:, [HANS, HANT]].sum(axis=1)
    japanese = (kana > 0) & (kana >= _KANA * both)
    letters[:, [hiragana, katakana]] = 0
    letters[:, han] = np.where(japanese, 0, both)
    letters[:, -1] = np.where(japanese, both, 0)
    total = letters.sum(axis=1, keepdims=True)
    return np.asarray(letters / np.maximum(total, 1), np.float32)


def letters(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the number of letters of each text, a Han character counting as 3, a kana or Hangul syllable as 2."""
    weights = [_WEIGHTS.get("Hani" if name in ("Hans", "Hant") else name, 1.0) for name in names()[HANS:]]
    return np.asarray(counts[:, HANS:] @ np.array(weights), np.float64)


def letter_shares(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the share of letters among the characters that are not spaces, of each text; 0 where there are none.

    A Han character counts as 3 and a kana or Hangul syllable as 2, here as in `letters`.
    """
    found = letters(counts)
    return np.asarray(found / np.maximum(found + counts[:, OTHER:HANS].sum(axis=1), 1), np.float64)


def sign_shares(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the share of signs of code and markup among the characters that are not spaces, counted likewise."""
    found = letters(counts) + counts[:, OTHER:HANS].sum(axis=1)
    return np.asarray(counts[:, SIGN] / np.maximum(found, 1), np.float64)


@compiled
def _count(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    limit: int,
    classes: npt.NDArray[np.uint8],
    width: int,
) -> Counts:
    result = np.zeros((len(offsets) - 1, width), np.int64)
    for row in range(len(offsets) - 1):
        at = offsets[row]
        end = min(offsets[row + 1], at + limit)
        while at < end:
            lead = data[at]
            length = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            if at + length > offsets[row + 1]:
                break
            code_point = int(lead) if lead < 0x80 else int(lead) & (0x7F >> length)
            for follower in range(1, length):
                code_point = code_point << 6 | (int(data[at + follower]) & 0x3F)
            result[row, int(classes[min(code_point, 0x10FFFF)])] += 1
            at += length
    return result
