"""Comparison keys fold what mirrors of a text differ in; the text itself is never touched.

A folded text is its tokens joined by single spaces. Where words are spaced, a token is a word; elsewhere (Han, kana,
Thai, Lao, Khmer, Myanmar, Tibetan …) it is one character. Folded away are case, compatibility forms (full and half
width, ligatures, circled digits: Unicode's NFKD after case folding), invisible formatting, punctuation, symbols and
white space; traditional Chinese becomes simplified, character by character, from OpenCC's own table; numbers become
`0` if asked. Marks are kept: a vowel sign of Thai or of an Indic script is a letter like any other.
"""

import functools
import hashlib
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import opencc
import pyarrow as pa
from pydantic import BaseModel

from dedup.compiled import compiled

Bytes: TypeAlias = npt.NDArray[np.uint8]

SPACE, SYMBOL, WORD, UNSPACED, MARK, IGNORED, DIGIT = range(7)

# Blocks of scripts that do not put spaces between words; the letters and marks in them are tokens of their own.
UNSPACED_BLOCKS = (
    (0x0E00, 0x109F),  # Thai, Lao, Tibetan, Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x312F),  # radicals, CJK symbols, kana, bopomofo
    (0x31A0, 0x31FF),  # bopomofo and kana extensions
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0xA4CF),  # Han, Yi
    (0xA980, 0xA9FF),  # Javanese, Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0x16FE0, 0x18DFF),  # Tangut, Khitan
    (0x1AFF0, 0x1B2FF),  # kana supplements, Nushu
    (0x20000, 0x3FFFF),  # Han, all further extensions
)
HAN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF))
# Blocks whose characters neither decompose nor have case: nothing to look up.
PLAIN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0xA63F), (0xAC00, 0xD7FF), (0x17000, 0x1AFEF), (0x20000, 0x2F7FF))
LAST_ASSIGNED = 0xE01EF
EXPANDED = np.uint32(1 << 31)


class Folding(BaseModel, frozen=True, extra="forbid"):
    """What a comparison key leaves out besides case, width, punctuation and white space."""

    numbers: bool = False  # every run of digits reads `0`: pages that differ in a date or a counter are copies
    chinese: bool = True  # traditional characters read as simplified ones


class Table(NamedTuple):
    """What becomes of each code point. `target`: a code point, or EXPANDED | first << 8 | length into `expansions`."""

    kind: Bytes
    target: npt.NDArray[np.uint32]
    expansions: npt.NDArray[np.uint32]
    growth: int  # a folded text takes at most this many times the bytes of the text, plus `growth`
    digest: str  # of all the above: equal digests mean equal keys, whatever the versions of Unicode and OpenCC


@functools.lru_cache(maxsize=8)
def table(folding: Folding) -> Table:
    """Return the folding's table, built once per process from Unicode's data and OpenCC's."""
    kind = np.full(0x110000, WORD, np.uint8)
    target = np.arange(0x110000, dtype=np.uint32)
    for first, last in PLAIN_BLOCKS:
        kind[first : last + 1] = UNSPACED if _unspaced(first) else WORD
    expansions: list[int] = []
    growth = 2
    for code in _listed():
        character = chr(code)
        kind[code] = _kind(character, folding)
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        if folded == character:
            continue
        growth = max(growth, 2 * len(folded.encode()) // len(character.encode()) + 1)
        if len(folded) == 1:
            target[code] = ord(folded)
        else:
            target[code] = int(EXPANDED) | len(expansions) << 8 | len(folded)
            expansions.extend(map(ord, folded))
    if folding.chinese:
        _simplify(target)
    if folding.numbers:
        target[kind == DIGIT] = ord("0")
    expanded = np.array(expansions, np.uint32)
    expanded = np.where(target[expanded] < EXPANDED, target[expanded], expanded)
    digest = hashlib.sha256(kind.tobytes() + target.tobytes() + expanded.tobytes()).hexdigest()[:16]
    return Table(kind, target, expanded, growth, digest)


def _listed() -> Iterator[int]:
    skipped = iter((*PLAIN_BLOCKS[:3], (0xD800, 0xF8FF), *PLAIN_BLOCKS[3:], (0x2FA20, 0xE0000)))
    code = 0
    for first, last in skipped:
        yield from range(code, first)
        code = last + 1
    yield from range(code, LAST_ASSIGNED + 1)


def _unspaced(code: int) -> bool:
    return any(first <= code <= last for first, last in UNSPACED_BLOCKS)


def _kind(character: str, folding: Folding) -> int:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp", "Cc") or character == "\u200b":
        return SPACE
    if category == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F or ord(character) >= 0xE0100:
        return IGNORED  # joiners, soft hyphens, direction marks and variation selectors
    if category[0] in "PS":
        return SYMBOL
    if category == "Nd" and folding.numbers:
        return DIGIT
    if category[0] == "M" and (character in "\u3099\u309a" or not _unspaced(ord(character))):
        return MARK  # belongs to the letter before it, whichever way that letter is written
    return UNSPACED if _unspaced(ord(character)) else WORD


def _simplify(target: npt.NDArray[np.uint32]) -> None:
    characters = [chr(code) for first, last in HAN_BLOCKS for code in range(first, last + 1)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    simpler = {ord(a): ord(b) for a, b in zip(characters, simplified, strict=True) if a != b and len(b) == 1}
    for code, simple in simpler.items():
        target[code] = simple
    for code in range(0xF900, 0xFB00):  # compatibility ideographs decompose to one that may have a simpler form
        target[code] = simpler.get(int(target[code]), target[code])


@compiled
def fold_into(
    out: Bytes,
    position: int,
    text: Bytes,
    first: int,
    last: int,
    kinds: Bytes,
    targets: npt.NDArray[np.uint32],
    expansions: npt.NDArray[np.uint32],
    symbols: bool,
) -> tuple[int, int]:
    """Write the folded form of text[first:last] at out[position:]; return its end and its number of tokens."""
    start = position
    tokens = 0
    in_word = False  # the token being written is a word
    in_token = False  # there is a token that a mark can join
    in_number = False
    while first < last:
        byte = text[first]
        if byte < 0x80:
            code, width = np.uint32(byte), 1
        elif byte < 0xE0:
            code = np.uint32(byte & 0x1F) << np.uint32(6) | np.uint32(text[first + 1] & 0x3F)
            width = 2
        elif byte < 0xF0:
            code = np.uint32(byte & 0x0F) << np.uint32(12) | np.uint32(text[first + 1] & 0x3F) << np.uint32(6)
            code |= np.uint32(text[first + 2] & 0x3F)
            width = 3
        else:
            code = np.uint32(byte & 0x07) << np.uint32(18) | np.uint32(text[first + 1] & 0x3F) << np.uint32(12)
            code |= np.uint32(text[first + 2] & 0x3F) << np.uint32(6) | np.uint32(text[first + 3] & 0x3F)
            width = 4
        first += width
        target = targets[code]
        at, left = np.int64(0), np.int64(1)
        if target >= EXPANDED:
            at = np.int64((target ^ EXPANDED) >> np.uint32(8))
            left = np.int64(target & np.uint32(0xFF))
            code = expansions[at]
        else:
            code = target
        while left > 0:
            kind = kinds[code]
            if kind == DIGIT and in_number:
                pass
            elif kind == SPACE or (kind == SYMBOL and not symbols):
                in_word = in_token = in_number = False
            elif kind != IGNORED:
                joins = (in_word and kind in (WORD, DIGIT)) or (in_token and kind == MARK)
                if not joins:
                    tokens += 1
                    if position > start:
                        out[position] = 0x20
                        position += 1
                    in_word = kind in (WORD, MARK, DIGIT)
                    in_token = kind != SYMBOL
                in_number = kind == DIGIT
                if code < 0x80:
                    out[position] = code
                    position += 1
                elif code < 0x800:
                    out[position] = 0xC0 | code >> np.uint32(6)
                    out[position + 1] = 0x80 | code & np.uint32(0x3F)
                    position += 2
                elif code < 0x10000:
                    out[position] = 0xE0 | code >> np.uint32(12)
                    out[position + 1] = 0x80 | code >> np.uint32(6) & np.uint32(0x3F)
                    out[position + 2] = 0x80 | code & np.uint32(0x3F)
                    position += 3
                else:
                    out[position] = 0xF0 | code >> np.uint32(18)
                    out[position + 1] = 0x80 | code >> np.uint32(12) & np.uint32(0x3F)
                    out[position + 2] = 0x80 | code >> np.uint32(6) & np.uint32(0x3F)
                    out[position + 3] = 0x80 | code & np.uint32(0x3F)
                    position += 4
            left -= 1
            if left > 0:
                at += 1
                code = expansions[at]
    return position, tokens


@compiled
def fold_document(
    out: Bytes,
    position: int,
    text: Bytes,
    first: int,
    last: int,
    kinds: Bytes,
    targets: npt.NDArray[np.uint32],
    expansions: npt.NDArray[np.uint32],
    short: int,
) -> tuple[int, int]:
    """Fold one text; one of fewer than `short` tokens keeps its symbols, so that `C++` and `C#` stay apart."""
    end, tokens = fold_into(out, position, text, first, last, kinds, targets, expansions, False)
    if tokens < short:
        return fold_into(out, position, text, first, last, kinds, targets, expansions, True)
    return end, tokens


@compiled
def _fold_all(
    out: Bytes,
    text: Bytes,
    offsets: npt.NDArray[np.int64],
    kinds: Bytes,
    targets: npt.NDArray[np.uint32],
    expansions: npt.NDArray[np.uint32],
    short: int,
) -> npt.NDArray[np.int64]:
    ends = np.zeros(len(offsets), np.int64)
    for row in range(len(offsets) - 1):
        ends[row + 1], _ = fold_document(
            out, ends[row], text, offsets[row], offsets[row + 1], kinds, targets, expansions, short
        )
    return ends


def utf8(texts: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Return the bytes of the texts, not copied, and the offsets of each among them; a null reads as an empty text."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if texts.null_count:
        texts = texts.fill_null("")
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.offset) if len(texts) else np.zeros(1, np.int64)
    return np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8), starts


def folded(texts: pa.Array, folding: Folding, short: int = 0) -> pa.LargeStringArray:
    """Return the comparison form of each text: its tokens, folded, joined by single spaces.

    The empty string is what remains of a text that has no visible character. A text of fewer than `short` tokens keeps
    its punctuation and symbols, each as a token.
    """
    rules = table(folding)
    data, offsets = utf8(texts)
    out = np.empty(rules.growth * (int(offsets[-1] - offsets[0]) + 1), np.uint8)
    ends = _fold_all(out, data, offsets, rules.kind, rules.target, rules.expansions, short)
    return pa.LargeStringArray.from_buffers(
        len(texts), pa.py_buffer(ends.tobytes()), pa.py_buffer(out[: ends[-1]].tobytes())
    )
