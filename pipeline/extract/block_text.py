"""What the text of each block of an outline is like: lengths, links, punctuation, digits, its first words."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.markup import Outline
from shards.compiled import compiled, inner

FIRST_WORDS = 24  # of a block, for the word model

# Columns of `BlockText.counts`.
CHARACTERS = 0  # without white space
WORDS = 1  # runs between white space; two ideographs make one
LINKED = 2  # characters inside of links
LINKS = 3  # runs of text inside of links
STOPS = 4  # full stops, question and exclamation marks
COMMAS = 5
DIGITS = 6
CAPITALS = 7  # words that begin with one
BREAKS = 8
SIGNS = 9  # | / » · • > © and the like
IDEOGRAPHS = 10
LAST = 11  # 1: ends as a sentence; 2: ends with a colon
FIRST = 12  # 1: begins with a capital; 2: with a digit; 3: with a sign
COUNTS = 13


class BlockText(NamedTuple):
    """Per block: counts, a hash of the text, and of its first words: words[first_word[b] : first_word[b + 1]]."""

    counts: npt.NDArray[np.float32]
    digest: npt.NDArray[np.uint64]
    first_word: npt.NDArray[np.int32]
    words: npt.NDArray[np.uint32]


@compiled
def block_text(html: npt.NDArray[np.uint8], page: Outline) -> BlockText:
    """Return the statistics of every block's text."""
    return text_of_runs(html, page.run_start, page.run_end, page.run_linked, page.first_run)


@compiled
def title_text(html: npt.NDArray[np.uint8], page: Outline) -> BlockText:
    """Return the statistics of a page's title, as of one block."""
    starts, ends, first_run = np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(2, np.int32)
    starts[0], ends[0], first_run[1] = page.title[0], page.title[1], 1
    return text_of_runs(html, starts, ends, np.zeros(1, np.bool_), first_run)


@compiled
def text_of_runs(
    html: npt.NDArray[np.uint8],
    run_start: npt.NDArray[np.int32],
    run_end: npt.NDArray[np.int32],
    run_linked: npt.NDArray[np.bool_],
    first_run: npt.NDArray[np.int32],
) -> BlockText:
    """Return the statistics of the text of blocks, given the runs that an outline has of them."""
    blocks = len(first_run) - 1
    counts = np.zeros((blocks, COUNTS), np.float32)
    digest = np.zeros(blocks, np.uint64)
    first_word = np.zeros(blocks + 1, np.int32)
    words = np.zeros(blocks * FIRST_WORDS, np.uint32)
    used = 0
    for block in range(blocks):
        count = counts[block]
        first_word[block] = used
        value, last, first = np.uint64(0xCBF29CE484222325), np.uint32(32), np.uint32(0)
        word, letters, fresh, ideograph = np.uint32(11), 0, True, np.uint32(0)
        last_word = used + FIRST_WORDS
        for run in range(first_run[block], first_run[block + 1]):
            at, end = run_start[run], run_end[run]
            if at < 0:
                count[BREAKS] += 1
                fresh = True
                continue
            linked = run_linked[run]
            count[LINKS] += linked
            while at < end:
                character, at = _next(html, at, end)
                if character == 32:
                    fresh = True
                else:
                    count[CHARACTERS] += 1
                    count[LINKED] += linked
                    value = (value ^ np.uint64(character)) * np.uint64(0x100000001B3)
                    if first == 0:
                        first = character
                    last = character
                is_ideograph = _is_ideograph(character)
                is_letter = not is_ideograph and (97 <= (character | 32) <= 122 or character >= 0xC0)
                if not is_letter or fresh:
                    used = _noted(words, used, last_word, word, letters > 1)
                    word, letters = np.uint32(11), 0
                if is_letter:
                    folded = character | np.uint32(32) if character < 128 else character
                    word = np.uint32((word * 0x01000193 ^ folded) & 0xFFFFFFFF)
                    letters += 1
                elif is_ideograph:
                    count[IDEOGRAPHS] += 1
                    count[WORDS] += np.float32(0.5)
                    pair = np.uint32((ideograph * 0x01000193 ^ character) & 0xFFFFFFFF)
                    used = _noted(words, used, last_word, pair, bool(ideograph > 0))
                else:
                    _count_sign(count, character)
                ideograph = character if is_ideograph else np.uint32(0)
                if character != 32 and fresh:
                    count[WORDS] += not is_ideograph
                    count[CAPITALS] += 65 <= character <= 90
                    fresh = False
        used = _noted(words, used, last_word, word, letters > 1)
        digest[block] = value
        count[LAST] = _kind_of_last(last)
        count[FIRST] = _kind_of_first(first)
    first_word[blocks] = used
    return BlockText(counts, digest, first_word, words[:used])


@inner
def _noted(words: npt.NDArray[np.uint32], used: int, last: int, word: np.uint32, whole: bool) -> int:
    """Write the hash of a word, if it is whole and there is room for it, and return how many there are."""
    if not whole or used >= last:
        return used
    words[used] = word
    return used + 1


@inner
def _count_sign(count: npt.NDArray[np.float32], character: np.uint32) -> None:
    if 48 <= character <= 57:
        count[DIGITS] += 1
    elif character == 46 or character == 33 or character == 63 or _full_stop(character):
        count[STOPS] += 1
    elif character == 44 or character == 0xFF0C or character == 0x3001 or character == 0x60C:
        count[COMMAS] += 1
    elif _is_sign(character):
        count[SIGNS] += 1


@inner
def _kind_of_last(character: np.uint32) -> int:
    if character in (46, 33, 63, 34, 0x201D) or _full_stop(character):
        return 1
    return 2 if character == 58 or character == 0xFF1A else 0


@inner
def _kind_of_first(character: np.uint32) -> int:
    if 65 <= character <= 90:
        return 1
    if 48 <= character <= 57:
        return 2
    return 3 if _is_sign(character) else 0


@inner
def _next(html: npt.NDArray[np.uint8], at: int, end: int) -> tuple[np.uint32, int]:
    """Return the character here and where the next one is; 32 for any white space, 38 for a character reference."""
    byte = html[at]
    if byte < 128:
        if byte <= 32:
            return np.uint32(32), at + 1
        if byte == 38:
            for length in range(2, min(10, end - at)):
                other = html[at + length]
                if other == 59:
                    space = html[at + 1] == 110 and html[at + 2] == 98
                    return np.uint32(32 if space else 38), at + length + 1
                if other <= 32:
                    break
        return np.uint32(byte), at + 1
    if byte < 0xE0 and at + 1 < end:
        character = np.uint32((byte & 0x1F) << 6 | (html[at + 1] & 0x3F))
        return (np.uint32(32) if character == 0xA0 else character), at + 2
    if byte < 0xF0 and at + 2 < end:
        character = np.uint32((byte & 0x0F) << 12 | (html[at + 1] & 0x3F) << 6 | (html[at + 2] & 0x3F))
        return (np.uint32(32) if character == 0x3000 or 0x2000 <= character <= 0x200B else character), at + 3
    if at + 3 < end:
        return np.uint32(0x1F600), at + 4
    return np.uint32(32), at + 1


@inner
def _is_ideograph(character: np.uint32) -> bool:
    return bool(
        0x3040 <= character <= 0x30FF
        or 0x3400 <= character <= 0x9FFF
        or 0xF900 <= character <= 0xFAFF
        or 0x0E00 <= character <= 0x0E7F
        or 0x1780 <= character <= 0x17FF
        or 0x1000 <= character <= 0x109F
    )


@inner
def _full_stop(character: np.uint32) -> bool:
    return bool(character in (0x3002, 0xFF01, 0xFF1F, 0x2026, 0x0964, 0x06D4, 0x061F, 0xFF1B, 0x300D, 0x104B, 0x17D4))


@inner
def _is_sign(character: np.uint32) -> bool:
    return bool(
        character in (124, 47, 62, 60, 42, 43, 35, 64, 95, 126, 0xA9, 0xAE, 0xBB, 0xAB, 0xB7, 0x203A, 0x2039)
        or 0x2190 <= character <= 0x2BFF
        or character == 0x2022
        or character == 0xFF5C
        or character == 0x1F600
    )
