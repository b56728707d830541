"""Rules about single lines, compiled: what a line contains and how it ends, and the text without the lines that go."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.text import characters
from filters.text.segment import Characters, Lines, Tokens, code_points
from shards.arrays import Array
from shards.compiled import compiled, inner


def containing(texts: Characters, lines: Lines, *groups: Sequence[str]) -> list[npt.NDArray[np.bool_]]:
    """Return, for each group of phrases, which lines contain one of them, whatever the case of ASCII letters."""
    phrases = [(phrase, number) for number, group in enumerate(groups) for phrase in group]
    wanted = code_points("".join(phrase for phrase, _ in phrases).lower())
    bounds = np.cumsum([0, *(len(phrase) for phrase, _ in phrases)])
    anchors = np.array([_anchor(phrase.lower()) for phrase, _ in phrases], np.int64)
    bits = np.array([1 << number for _, number in phrases], np.uint8)
    found = _containing(texts.points, lines.starts, lines.ends, wanted, bounds, anchors, bits)
    return [np.asarray(found & np.uint8(1 << number), np.bool_) for number in range(len(groups))]


def _anchor(phrase: str) -> int:
    """Return where the character that is rarest in running text stands in the phrase, if not at its end."""
    commonness = {letter: rank for rank, letter in enumerate("zqxjkvbpygfwmucldrhsnioate ", 1)}
    return min(range(max(len(phrase) - 1, 1)), key=lambda i: commonness.get(phrase[i], 0))


def token_bounds(tokens: Tokens, lines: Lines) -> npt.NDArray[np.int64]:
    """Return where each line's tokens start among all, and their number: bounds as those of documents are."""
    return np.append(np.searchsorted(tokens.starts, lines.starts), len(tokens.starts))


def without(texts: Characters, lines: Lines, gone: npt.NDArray[np.bool_], cut: npt.NDArray[np.bool_]) -> pa.StringArray:
    """Return the texts without the lines that are gone and the characters that are cut.

    Kept lines of a changed document stand one below the other, with a blank line between paragraphs. A document that
    loses nothing stays as it was to the byte.
    """
    keeps_all = (lines.total(gone) == 0) & (texts.total(cut) == 0)
    data, offsets = _without(
        texts.points,
        texts.documents,
        lines.starts,
        lines.ends,
        lines.documents,
        lines.opens_paragraph,
        gone,
        cut,
        keeps_all,
    )
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


@compiled
def _containing(
    points: Array, starts: Array, ends: Array, wanted: Array, bounds: Array, anchors: Array, bits: Array
) -> Array:
    found = np.zeros(len(starts), np.uint8)
    firsts = np.uint32(0)  # a bit for the last five bits of the character at a phrase's anchor
    pairs = np.zeros((32, 32), np.bool_)  # and with those of the one behind it
    for phrase in range(len(bits)):
        begin = bounds[phrase] + anchors[phrase]
        firsts |= np.uint32(1) << (wanted[begin] & np.uint32(31))
        if bounds[phrase + 1] - bounds[phrase] > 1:
            pairs[wanted[begin] & 31, wanted[begin + 1] & 31] = True
        else:
            pairs[wanted[begin] & 31, :] = True
    for line in range(len(starts)):
        for i in range(starts[line], ends[line]):
            if not firsts >> (points[i] & np.uint32(31)) & np.uint32(1):
                continue
            if not pairs[points[i] & 31, points[i + 1] & 31 if i + 1 < len(points) else 0]:
                continue
            for phrase in range(len(bits)):
                size, begin = bounds[phrase + 1] - bounds[phrase], i - anchors[phrase]
                if begin < starts[line] or begin + size > ends[line]:
                    continue
                k = 0
                while k < size:
                    c = points[begin + k]
                    if (c + 32 if 65 <= c <= 90 else c) != wanted[bounds[phrase] + k]:
                        break
                    k += 1
                if k == size:
                    found[line] |= bits[phrase]
    return found


@compiled
def longest_words(props: Array, starts: Array, ends: Array, parting: np.uint16) -> Array:
    """Return the length of each line's longest run of characters that have none of the parting properties."""
    longest = np.zeros(len(starts), np.int64)
    for line in range(len(starts)):
        run = 0
        for i in range(starts[line], ends[line]):
            run = 0 if props[i] & parting else run + 1
            longest[line] = max(longest[line], run)
    return longest


@compiled
def lists(points: Array, props: Array, starts: Array, ends: Array) -> Array:
    """Return which lines list: ten or more separators, no terminal at the end, at most three words between two."""
    found = np.zeros(len(starts), np.bool_)
    for line in range(len(starts)):
        separators, ideographic, spaces = 0, 0, 0
        for i in range(starts[line], ends[line]):
            c = points[i]
            separators += c == 44 or c == 59 or c == 124 or c == 183 or c == 0x2022
            ideographic += c == 0x3001
            spaces += props[i] & (characters.SPACE | characters.INVISIBLE) == characters.SPACE
        ends_sentence = props[ends[line] - 1] & characters.TERMINAL
        sparse = spaces <= 3 * separators and ends[line] - starts[line] <= 25 * separators + 8 * ideographic
        found[line] = separators + ideographic >= 10 and sparse and not ends_sentence
    return found


@compiled
def headings(points: Array, props: Array, starts: Array, ends: Array) -> Array:
    """Return which lines are numbered headings: 5.2 or B.4.1. and a name behind it that ends no sentence."""
    found = np.zeros(len(starts), np.bool_)
    for line in range(len(starts)):
        i, end, parts, digits = starts[line], ends[line], 0, 0
        letter = i + 1 < end and 65 <= points[i] <= 90 and points[i + 1] == 46
        if letter:
            i, parts = i + 2, 1
        while i < end and (48 <= points[i] <= 57 or points[i] == 46):
            digits = digits + 1 if points[i] != 46 else 0
            if digits > 2:
                break
            parts += digits == 1
            i += 1
        spaced = i < end and props[i] & characters.SPACE != 0
        last = points[end - 1]
        question = last == 63 or last == 59 or last == 0xFF1F
        found[line] = parts >= 2 and spaced and (question or not props[end - 1] & characters.TERMINAL)
    return found


@compiled
def citations(points: Array, marks: Array, starts: Array, ends: Array) -> Array:
    """Return which characters belong to a wiki's marks: [12], [], [edit], [citation needed].

    `marks` has the places of all brackets, in order.
    """
    cut = np.zeros(len(points), np.bool_)
    line, behind = 0, 0
    for i in marks:
        if points[i] != 91 or i < behind:
            continue
        while line < len(ends) and ends[line] <= i:
            line += 1
        limit = ends[line]
        end = i + 1
        while end < limit and 48 <= points[end] <= 57:
            end += 1
        if end == i + 1 and end < limit and (points[end] == 101 or points[end] == 99):
            value = np.uint64(0)
            while end < limit and end < i + 17 and points[end] != 93:
                value = value * np.uint64(31) + np.uint64(points[end])
                end += 1
            if value != _EDIT and value != _CITATION_NEEDED:
                end = limit
        if end < limit and points[end] == 93:
            cut[i : end + 1] = True
            behind = end + 1
    return cut


@compiled
def last_characters(points: Array, starts: Array, ends: Array, cut: Array) -> tuple[Array, Array]:
    """Return each line's last character that is neither cut nor a space before a cut, and whether `...` ends there."""
    last = np.zeros(len(starts), np.uint32)
    ellipsis = np.zeros(len(starts), np.bool_)
    for line in range(len(starts)):
        i = ends[line] - 1
        while i > starts[line] and (cut[i] or points[i] == 32):
            i -= 1
        last[line] = points[i]
        ellipsis[line] = i - starts[line] >= 2 and points[i] == 46 and points[i - 1] == 46 and points[i - 2] == 46
    return last, ellipsis


@compiled
def _without(
    points: Array,
    documents: Array,
    starts: Array,
    ends: Array,
    line_documents: Array,
    opens: Array,
    gone: Array,
    cut: Array,
    keeps_all: Array,
) -> tuple[Array, Array]:
    data = np.empty(4 * len(points) + 2 * len(starts), np.uint8)
    offsets = np.zeros(len(documents), np.int32)
    n = 0
    for document in range(len(documents) - 1):
        offsets[document] = n
        if keeps_all[document]:
            for i in range(documents[document], documents[document + 1]):
                n = _encode(points[i], data, n)
            continue
        new_paragraph = False
        for line in range(line_documents[document], line_documents[document + 1]):
            new_paragraph |= opens[line]
            if gone[line]:
                continue
            for _ in range(0 if n == offsets[document] else 2 if new_paragraph else 1):
                data[n] = 10
                n += 1
            new_paragraph = False
            for i in range(starts[line], ends[line]):
                if not cut[i]:
                    n = _encode(points[i], data, n)
    offsets[len(documents) - 1] = n
    return data[:n].copy(), offsets


@inner
def _encode(c: np.uint32, data: Array, n: int) -> int:
    """Write a code point as UTF-8 at place n; return the place behind it."""
    if c < 0x80:
        data[n] = c
        return n + 1
    if c < 0x800:
        data[n] = 0xC0 | (c >> 6)
        data[n + 1] = 0x80 | (c & 0x3F)
        return n + 2
    if c < 0x10000:
        data[n] = 0xE0 | (c >> 12)
        data[n + 1] = 0x80 | ((c >> 6) & 0x3F)
        data[n + 2] = 0x80 | (c & 0x3F)
        return n + 3
    data[n] = 0xF0 | (c >> 18)
    data[n + 1] = 0x80 | ((c >> 12) & 0x3F)
    data[n + 2] = 0x80 | ((c >> 6) & 0x3F)
    data[n + 3] = 0x80 | (c & 0x3F)
    return n + 4


def _rolled(text: str) -> np.uint64:
    """Return the number that `citations` rolls the text into."""
    value = 0
    for character in text:
        value = (value * 31 + ord(character)) % 2**64
    return np.uint64(value)


_EDIT = _rolled("edit")
_CITATION_NEEDED = _rolled("citation needed")
