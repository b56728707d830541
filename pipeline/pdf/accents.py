"""Letters with an accent that a page draws as two characters, one over the other, as TeX does: one code point.

`´` and `e` in one place are `é`. An accent that is a sign of its own (in a list of signs, in code) stands beside the
letter.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.pdf.characters import Characters, only
from shards.arrays import Mask
from shards.compiled import compiled, inner

_MARKS = {
    0x60: 0x300, 0xB4: 0x301, 0x5E: 0x302, 0x2C6: 0x302, 0x7E: 0x303, 0x2DC: 0x303, 0xAF: 0x304, 0x2C9: 0x304,
    0x2D8: 0x306, 0x2D9: 0x307, 0xA8: 0x308, 0x2DA: 0x30A, 0x2DD: 0x30B, 0x2C7: 0x30C, 0xB8: 0x327, 0x2DB: 0x328,
}  # fmt: skip
_DOTLESS = {0x131: 0x69, 0x237: 0x6A}  # ı, ȷ: under an accent an i and a j
_LETTERS = (*range(0x41, 0x5B), *range(0x61, 0x7B), 0xC6, 0xD8, 0xE6, 0xF8, *_DOTLESS)
_LAST = max(_MARKS)
_INSIDE = 0.1  # of the letter's width: how far within its box the middle of its accent is
_RAISED = 0.6  # heights: by which an accent is moved up over a capital


class Accents(NamedTuple):
    """Accents and what they make of letters, as loops take them."""

    is_accent: Mask  # by code
    pairs: npt.NDArray[np.int64]  # accent << 16 | letter, in order
    composed: npt.NDArray[np.int32]


@lru_cache(maxsize=1)
def accents() -> Accents:
    """Return the letters that accents make, of those that have a code point."""
    found: dict[int, int] = {}
    for accent, mark in _MARKS.items():
        for letter in _LETTERS:
            whole = unicodedata.normalize("NFC", chr(_DOTLESS.get(letter, letter)) + chr(mark))
            if len(whole) == 1:
                found[accent << 16 | letter] = ord(whole)
    is_accent = np.zeros(_LAST + 1, np.bool_)
    is_accent[list(_MARKS)] = True
    pairs = sorted(found)
    return Accents(is_accent, np.array(pairs, np.int64), np.array([found[pair] for pair in pairs], np.int32))


def with_accents(found: Characters, known: Accents) -> Characters:
    """Return the characters of a page, accents and the letters under them as one."""
    kept = _composed(found, known)
    return found if kept.all() else only(found, kept)


@compiled
def _composed(found: Characters, known: Accents) -> Mask:
    """Write letters with their accents, and return which characters are still needed."""
    kept = np.ones(len(found.codes), np.bool_)
    for at in range(len(found.codes)):
        if found.codes[at] > _LAST or not known.is_accent[found.codes[at]] or found.generated[at]:
            continue
        for step in (1, -1):
            letter = at + step
            while 0 <= letter < len(found.codes) and found.generated[letter]:
                letter += step
            if not 0 <= letter < len(found.codes) or not kept[letter] or not _is_over(found, at, letter):
                continue
            pair = found.codes[at] << 16 | found.codes[letter]
            place = np.searchsorted(known.pairs, pair)
            if place < len(known.pairs) and known.pairs[place] == pair:
                found.codes[letter] = known.composed[place]
                kept[min(at, letter) : max(at, letter)] = False  # with what pdfium made up between the two
                kept[at], kept[letter] = False, True
                break
    return kept


@inner
def _is_over(found: Characters, accent: int, letter: int) -> bool:
    """Return whether an accent stands over or under a letter."""
    middle = (found.left[accent] + found.right[accent]) / 2
    within = _INSIDE * (found.right[letter] - found.left[letter])
    raised = abs(found.y[accent] - found.y[letter]) < _RAISED * found.size[letter]
    return bool(found.left[letter] + within < middle < found.right[letter] - within and raised)
