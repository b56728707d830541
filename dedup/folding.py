"""The comparison form of a text, in which mirrors of it are equal; the text itself is never changed.

A folded text is its tokens joined by single spaces. Where words are spaced, a token is a word; elsewhere (Han, kana,
Thai, Lao, Khmer, Myanmar, Tibetan …) it is one character. Folded away are case, compatibility forms (full and half
width, ligatures, circled digits: Unicode's NFKD after case folding), invisible formatting, punctuation, symbols and
white space; traditional Chinese becomes simplified, character by character, from OpenCC's own table; a run of decimal
digits in any form becomes `0` if asked. Marks are kept: a vowel sign of Thai or of an Indic script is a letter like any
other. What a formula or the name of a language consists of is kept where there is little else (`fold_document`).
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

from shards.arrays import Bytes, Places
from shards.compiled import compiled, inner

Codes: TypeAlias = npt.NDArray[np.int32]

IGNORED, SPACE, PUNCTUATION, OPERATOR, WORD, UNSPACED, MARK, DIGIT = range(8)
CLOSED, IN_WORD, CHARACTER = range(3)
CLOSES = 1  # the token before, and is none itself
WORDS_ALONE, OPERATORS, EVERY_SYMBOL = range(3)  # what is a token
OPERATING = "-#%&*@/\\‰′″"  # what Unicode calls punctuation and formulas, names and addresses are written with
FORMULA = 16  # tokens below which a text may be a formula (a second look at every text of 40 would double its time),
OPERATED = 0.6  # if it has so many operators for each of them

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


class Folding(BaseModel, frozen=True, extra="forbid"):
    """What a comparison key leaves out besides case, width, punctuation and white space."""

    # read every run of digits as 0, so that pages which differ in a date or a counter are duplicates
    numbers: bool = False
    # read traditional Chinese characters as simplified ones, so that both versions of a text are duplicates
    chinese: bool = True


class FoldingRules(NamedTuple):
    """What becomes of each code point."""

    ascii: Bytes  # of the first 128: a space where nothing does; empty if that depends on the neighbours
    # of those of three bytes: the three of a token of its own, CLOSES, or 0: see the rest
    three: npt.NDArray[np.uint32]
    kind: Bytes
    target: Codes  # a code point, or -(first << 8 | length) into `expansions`
    expansions: Codes


class FoldingTable(NamedTuple):
    """The rules, the room that their results take, and their identity."""

    rules: FoldingRules
    growth: int  # a folded text takes at most so many times the bytes of the text
    digest: str  # equal digests mean equal keys, whatever the versions of Unicode and OpenCC

    def room(self, size: int) -> int:
        """Return bytes enough for the folded form of a text of this size; it has fewer tokens than bytes."""
        return self.growth * (size + 2)


@functools.lru_cache(maxsize=8)
def folding_table(folding: Folding) -> FoldingTable:
    """Return the folding's table, built once per process from Unicode's data and OpenCC's."""
    kind = np.full(0x110000, WORD, np.uint8)
    target = np.arange(0x110000, dtype=np.int32)
    for first, last in UNSPACED_BLOCKS:
        kind[first : last + 1] = UNSPACED
    expansions: list[int] = []
    growth = 2
    for code in _listed():
        character = chr(code)
        kind[code] = _kind(character, kind[code], folding)
        folded = _folded(character)
        if folded == character:
            continue
        growth = max(growth, 2 * len(folded.encode()) // len(character.encode()) + 1)
        if len(folded) == 1:
            target[code] = ord(folded)
        else:
            target[code] = -(len(expansions) << 8 | len(folded))
            expansions.extend(map(ord, folded))
    if folding.chinese:
        _simplify(target)
    if folding.numbers:
        target[kind == DIGIT] = ord("0")
        single = target >= 0
        target[single] = target[target[single]]  # a superscript, or a digit in a circle, is one of them, too
    expanded = np.array(expansions, np.int32)
    expanded = np.where(target[expanded] >= 0, target[expanded], expanded)
    digest = hashlib.sha256(kind.tobytes() + target.tobytes() + expanded.tobytes()).hexdigest()[:16]
    simple = np.where(kind[:128] == WORD, target[:128], 0x20).astype(np.uint8)
    rules = FoldingRules(simple[: 0 if folding.numbers else 128], _three(kind, target), kind, target, expanded)
    return FoldingTable(rules, growth, digest)


def _three(kind: Bytes, target: Codes) -> npt.NDArray[np.uint32]:
    folded = np.maximum(target[:0x10000], 0)
    single = (target[:0x10000] >= 0x800) & (folded <= 0xFFFF) & (kind[folded] == UNSPACED)
    closes = (target[:0x10000] >= 0) & np.isin(kind[folded], (SPACE, PUNCTUATION, OPERATOR))
    packed = 0x8080E0 | folded >> 12 | (folded >> 6 & 0x3F) << 8 | (folded & 0x3F) << 16
    return np.where(single, packed, np.where(closes, CLOSES, 0)).astype(np.uint32)


def _listed() -> Iterator[int]:
    skipped = iter((*PLAIN_BLOCKS[:3], (0xD800, 0xF8FF), *PLAIN_BLOCKS[3:], (0x2FA20, 0xE0000)))
    code = 0
    for first, last in skipped:
        yield from range(code, first)
        code = last + 1
    yield from range(code, LAST_ASSIGNED + 1)


def _kind(character: str, letter: int, folding: Folding) -> int:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp", "Cc") or character == "\u200b":
        return SPACE
    if category == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F or ord(character) >= 0xE0100:
        return IGNORED  # joiners, soft hyphens, direction marks and variation selectors
    if category[0] in "PS":
        return OPERATOR if character in OPERATING or (category[0] == "S" and character != "|") else PUNCTUATION
    if category == "Nd" and folding.numbers:
        return DIGIT
    if category[0] == "M" and (letter == WORD or character in "\u3099\u309a"):
        return MARK  # belongs to the letter before it, whichever way that letter is written
    return letter


def _simplify(target: Codes) -> None:
    characters = [chr(code) for first, last in HAN_BLOCKS for code in range(first, last + 1)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    simpler = {ord(a): ord(b) for a, b in zip(characters, simplified, strict=True) if a != b and len(b) == 1}
    for code, simple in simpler.items():
        target[code] = simple
    while True:  # radicals and compatibility ideographs decompose to characters that may have a simpler form
        again = np.where(target >= 0, target[np.maximum(target, 0)], target)
        if np.array_equal(again, target):
            return
        target[:] = again


def _folded(text: str) -> str:
    """Return a form that folding changes no more: lower case may decompose further."""
    while (again := unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())) != text:
        text = again
    return text


@inner
def fold_into(
    out: Bytes,
    ends: Places,
    position: int,
    text: Bytes,
    first: int,
    last: int,
    symbols: int,
    rules: FoldingRules,
) -> tuple[int, int]:
    """Write the folded form of text[first:last] at out[position:], and where each token ends.

    `symbols` says which of them are tokens: WORDS_ALONE, OPERATORS or EVERY_SYMBOL.

    Return where the last token ends, and how many there are.
    """
    tokens = 0
    opened = CLOSED  # whether the token being written may go on; a space follows each that is closed
    in_number = False
    fast = len(rules.ascii) > 0 and symbols == WORDS_ALONE
    while first < last:
        byte = text[first]
        if fast and byte < 0x80 and opened != CHARACTER:
            while first < last and text[first] < 0x80:  # without branches: a mispredicted one costs more than the rest
                byte = rules.ascii[text[first]]
                in_word = int(byte != 0x20)
                out[position] = byte
                ends[tokens] = position
                tokens += opened & ~in_word
                position += opened | in_word
                opened = in_word
                first += 1
            continue
        while first < last and text[first] & 0xF0 == 0xE0:  # Han, kana, Thai: most are looked up as they are written
            code, _ = decoded(text, first)
            packed = rules.three[code]
            if packed <= symbols:
                break
            if opened != CLOSED:
                ends[tokens] = position
                tokens += 1
                out[position] = 0x20
                position += 1
            if packed == CLOSES:
                opened = CLOSED
            else:
                out[position] = packed & 0xFF
                out[position + 1] = packed >> 8 & 0xFF
                out[position + 2] = packed >> 16
                position += 3
                opened = CHARACTER
            in_number = False
            first += 3
        if first == last:
            break
        code, width = decoded(text, first)
        first += width
        target = int(rules.target[code])
        at, left = 0, 1
        if target < 0:
            at, left = -target >> 8, -target & 0xFF
            target = int(rules.expansions[at])
        while True:
            kind = rules.kind[target]
            if kind != IGNORED and not (kind == DIGIT and in_number):
                joins = (opened == IN_WORD and kind in (WORD, DIGIT)) or (opened != CLOSED and kind == MARK)
                if opened != CLOSED and not joins:
                    ends[tokens] = position
                    tokens += 1
                    out[position] = 0x20
                    position += 1
                    opened = CLOSED
                if kind > OPERATOR - symbols:  # words are above both
                    position = encode(out, position, target)
                    if not joins:
                        opened = IN_WORD if kind in (WORD, DIGIT) else CHARACTER
                in_number = kind == DIGIT
            left -= 1
            if left == 0:
                break
            at += 1
            target = int(rules.expansions[at])
    if opened != CLOSED:
        ends[tokens] = position
        return position, tokens + 1
    return position - (tokens > 0), tokens


@inner
def decoded(text: Bytes, first: int) -> tuple[int, int]:
    """Return the code point that begins at text[first], and how many bytes it takes."""
    byte = int(text[first])
    if byte < 0x80:
        return byte, 1
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | int(text[first + 1]) & 0x3F, 2
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | (int(text[first + 1]) & 0x3F) << 6 | int(text[first + 2]) & 0x3F, 3
    code = (byte & 0x07) << 18 | (int(text[first + 1]) & 0x3F) << 12
    return code | (int(text[first + 2]) & 0x3F) << 6 | int(text[first + 3]) & 0x3F, 4


@inner
def encode(out: Bytes, position: int, code: int) -> int:
    """Write a code point as UTF-8 at out[position:]; return where it ends."""
    if code < 0x80:
        out[position] = code
        return position + 1
    if code < 0x800:
        out[position] = 0xC0 | code >> 6
        out[position + 1] = 0x80 | code & 0x3F
        return position + 2
    if code < 0x10000:
        out[position] = 0xE0 | code >> 12
        out[position + 1] = 0x80 | code >> 6 & 0x3F
        out[position + 2] = 0x80 | code & 0x3F
        return position + 3
    out[position] = 0xF0 | code >> 18
    out[position + 1] = 0x80 | code >> 12 & 0x3F
    out[position + 2] = 0x80 | code >> 6 & 0x3F
    out[position + 3] = 0x80 | code & 0x3F
    return position + 4


@inner
def fold_document(
    out: Bytes,
    ends: Places,
    position: int,
    text: Bytes,
    first: int,
    last: int,
    short: int,
    rules: FoldingRules,
) -> tuple[int, int]:
    """Fold one text; one of fewer than `short` tokens, or a formula, keeps its operators: `C++` is not `C#`.

    A text of punctuation alone keeps it. Where `short` is 0, a folded text has words alone.
    """
    end, tokens = fold_into(out, ends, position, text, first, last, WORDS_ALONE, rules)
    if short == 0 or tokens >= FORMULA:
        return end, tokens
    symbols = OPERATORS if tokens > 0 else EVERY_SYMBOL
    end, all_tokens = fold_into(out, ends, position, text, first, last, symbols, rules)
    if tokens < short or all_tokens - tokens >= OPERATED * tokens:
        return end, all_tokens
    return fold_into(out, ends, position, text, first, last, WORDS_ALONE, rules)


@compiled
def _fold_all(
    out: Bytes,
    ends: Places,
    text: Bytes,
    offsets: Places,
    short: int,
    rules: FoldingRules,
) -> Places:
    stops = np.zeros(len(offsets), np.int64)
    for row in range(len(offsets) - 1):
        stops[row + 1], _ = fold_document(out, ends, stops[row], text, offsets[row], offsets[row + 1], short, rules)
    return stops


def utf8(texts: pa.Array) -> tuple[Bytes, Places]:
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
    its operators, as does a formula, each as a token.
    """
    table = folding_table(folding)
    data, offsets = utf8(texts)
    out = np.empty(table.growth * (int(offsets[-1] - offsets[0]) + 1), np.uint8)
    ends = np.empty(table.room(int(np.diff(offsets).max(initial=0))), np.int64)
    stops = _fold_all(out, ends, data, offsets, short, table.rules)
    return pa.LargeStringArray.from_buffers(
        len(texts), pa.py_buffer(stops.tobytes()), pa.py_buffer(out[: stops[-1]].tobytes())
    )
