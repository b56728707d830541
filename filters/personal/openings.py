"""How the words that a pattern of `types.yaml` asks for begin, so that it is tried only beside numbers that have some.

Numbers are many in tables and records, and most kinds must be named by a word: two characters of it, looked up in the
pass over the characters, spare almost all the tries.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from shards.arrays import Array
from shards.compiled import inner

LENGTH = 2  # characters of an opening
MOST = 1 << 10  # openings of a pattern; with more it is tried beside any word
# Entries of a table: one for each two ASCII characters, so that formulas and identifiers name nothing, and as many for
# all others, of which about a tenth are taken.
_ASCII = 1 << 7
_PAIRS = _ASCII * _ASCII
_LOW, _FACTOR = _PAIRS - 1, 40_503
_ANY = "\0"
_LIKE = {"k": "\u212a", "s": "\u017f", "i": "\u0130\u0131"}  # the same letters to a pattern that ignores case


def openings(pattern: str) -> frozenset[str] | None:
    """Return the first two characters of all that a pattern can match, as it spells them; null if these are anything.

    It knows the syntax that patterns of words use: groups without names, sets, `?`, `*`, `+`, and what stands around.
    """
    found, _ = _alternatives(pattern, 0)
    if len(found) > MOST or any(len(opening) < LENGTH or _ANY in opening for opening in found):
        return None
    return frozenset(found)


def table_of(kinds: Mapping[int, Iterable[str]]) -> npt.NDArray[np.int64]:
    """Return the bits of the kinds (key: the number of the bit) by the place of two characters, in any case."""
    table = np.zeros(2 * _PAIRS, np.int64)
    for bit, found in kinds.items():
        for opening in found:
            for first in _cases(opening[0]):
                for second in _cases(opening[1]):
                    table[_place(ord(first), ord(second))] |= 1 << bit
    return table


@inner
def bits_between(points: Array, table: Array, first: int, last: int) -> int:
    """Return the bits of all openings that stand between two places."""
    bits = 0
    for k in range(first, last - 1):
        bits |= table[_place(points[k], points[k + 1])]
    return bits


@inner
def _place(first: int, second: int) -> int:
    if first < _ASCII and second < _ASCII:
        return first * _ASCII + second
    return _PAIRS + (((first & _LOW) * _FACTOR + second) & _LOW)


def _cases(character: str) -> set[str]:
    forms = {character, character.lower(), character.upper(), *_LIKE.get(character.lower(), "")}
    return {form for form in forms if len(form) == 1}


def _alternatives(pattern: str, at: int) -> tuple[set[str], int]:
    """Return the openings of what is divided by `|`, and where it ends: at a bracket, or with the pattern."""
    found, at = _sequence(pattern, at)
    while pattern[at : at + 1] == "|":
        more, at = _sequence(pattern, at + 1)
        found |= more
    return found, at


def _sequence(pattern: str, at: int) -> tuple[set[str], int]:
    found = {""}
    while at < len(pattern) and pattern[at] not in "|)":
        item, at = _item(pattern, at)
        sign = pattern[at : at + 1]
        if sign in ("*", "+"):
            item |= {one + other for one in item for other in item}
        if sign in ("?", "*"):
            item = item | {""}
        at += sign in ("?", "*", "+")
        found = {(one + other)[:LENGTH] for one in found for other in item}
    return found, at


def _item(pattern: str, at: int) -> tuple[set[str], int]:
    """Return the openings of one character, set, escape or group, and where it ends."""
    sign = pattern[at]
    if sign == "(":
        around = pattern.startswith(("(?!", "(?=", "(?<"), at)
        head = len("(?<!") if pattern.startswith("(?<", at) else len("(?:")
        found, end = _alternatives(pattern, at + head)
        return ({""} if around else found), end + 1
    if sign == "[":
        end = pattern.index("]", at + 2)
        inside = pattern[at + 1 : end]
        plain = not inside.startswith("^") and "-" not in inside[1:-1] and "\\" not in inside
        return (set(inside) if plain else {_ANY}), end + 1
    if sign == "\\":
        escaped = pattern[at + 1]
        return ({""} if escaped in "bZ" else {_ANY} if escaped.isalnum() else {escaped}), at + 2
    return ({""} if sign in "^$" else {_ANY} if sign in ".{" else {sign}), at + 1
