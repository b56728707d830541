"""Running text: the letters (and the marks on them) that stand in sentences, line by line, in every script.

A line is running text up to the last place where a sentence ends in it. It is so as a whole if a sentence ends with it,
behind quotation marks and brackets too, or if it breaks off at a comma or semicolon, as lines of verse and of wrapped
text do. In a script that marks no end of a sentence (Thai, Lao) a long line is. Verse without marks is known by its
neighbours: four or more lines of a few words each, without digits and bullets, most of which have a function word.
Lines between fences (```) are code, and neither running text nor anything else.
"""

import numpy as np

from filters.text import characters
from shards.arrays import Array
from shards.compiled import compiled, inner

STANZA = 4  # the fewest lines of verse one below the other
THAI, LAO_END = np.uint32(0x0E00), np.uint32(0x0EFF)  # Thai and Lao, one block behind the other


@compiled
def running(
    points: Array, props: Array, starts: Array, ends: Array, documents: Array, long_line: int
) -> tuple[Array, Array, Array, Array]:
    """Return, per line, its letters, how many of them are running text, its visible characters, and whether it is code.

    `documents` has the first line of each text. A line of a script that marks no ends of sentences is running text from
    so many characters on.
    """
    letters = np.zeros(len(starts), np.int32)
    runs = np.zeros(len(starts), np.int32)
    widths = np.zeros(len(starts), np.int32)
    code = np.zeros(len(starts), np.bool_)
    for document in range(len(documents) - 1):
        fenced = False
        for line in range(documents[document], documents[document + 1]):
            start, end = starts[line], ends[line]
            fence = end - start >= 3 and points[start] == 96 and points[start + 1] == 96 and points[start + 2] == 96
            code[line] = fenced or fence
            fenced ^= fence
            total, reached, markless, width = 0, 0, 0, 0
            for i in range(start, end):
                width += not props[i] & characters.INVISIBLE
                if props[i] & (characters.ALPHABETIC | characters.MARK):
                    total += 1
                    markless += THAI <= points[i] <= LAO_END
                elif props[i] & characters.TERMINAL and _ends_inside(points, props, i, start, end):
                    reached = total
            if _ends_line(points, props, start, end) or (2 * markless > total and width >= long_line):
                reached = total
            letters[line] = total
            widths[line] = width
            runs[line] = 0 if code[line] else reached
    return letters, runs, widths, code


@inner
def _ends_inside(points: Array, props: Array, i: int, start: int, end: int) -> bool:
    """Return whether the terminal at `i` ends a sentence: not that of a number, an abbreviation or an address."""
    if points[i] > 127:
        return True
    if i - start < 2 or i + 1 >= end or points[i + 1] == 46:
        return False
    if not props[i + 1] & (characters.SPACE | characters.PUNCTUATION):
        return False
    word = characters.ALPHABETIC | characters.MARK
    return bool(props[i - 1] & word and props[i - 2] & word)


@inner
def _ends_line(points: Array, props: Array, start: int, end: int) -> bool:
    """Return whether the line ends as a sentence does or goes on behind a comma; an ellipsis is neither."""
    i = end - 1
    while i > start and _closes(points[i]):
        i -= 1
    c = points[i]
    # , ; ， 、 ； ، ؛ and the Ethiopic ፣ ፤
    if c in (0x2C, 0x3B, 0xFF0C, 0x3001, 0xFF1B, 0x60C, 0x61B, 0x1363, 0x1364):
        return True
    dots = c == 46 and i - start >= 2 and points[i - 1] == 46
    return bool(props[i] & characters.TERMINAL) and not dots


@inner
def _closes(c: np.uint32) -> bool:
    """Return whether the character may stand behind the mark that ends a sentence: ) ] } " ' ’ ” » › 」 』 】 》 ）."""
    ascii_marks = c == 41 or c == 93 or c == 125 or c == 34 or c == 39 or c == 0xBB
    quotes = c == 0x2019 or c == 0x201D or c == 0x201C or c == 0x203A
    return bool(ascii_marks or quotes or (0x300B <= c <= 0x3011 and c & 1) or c == 0xFF09 or c == 0xFF02)


@compiled
def verse(points: Array, props: Array, starts: Array, ends: Array, documents: Array, marked: Array) -> Array:
    """Return which lines are verse; `marked` are those with a function word, or that end as sentences do."""
    found = np.zeros(len(starts), np.bool_)
    for document in range(len(documents) - 1):
        first = documents[document]
        for line in range(documents[document], documents[document + 1] + 1):
            if line < documents[document + 1] and _may_be_verse(points, props, starts[line], ends[line]):
                continue
            spoken = 0
            for k in range(first, line):
                spoken += marked[k]
            if line - first >= STANZA and 2 * spoken >= line - first:
                found[first:line] = True
            first = line + 1
    return found


@inner
def _may_be_verse(points: Array, props: Array, start: int, end: int) -> bool:
    """Return whether a line has three to twelve words, or so many letters without spaces, and nothing of a list."""
    spaces, unspaced, width = 0, 0, 0
    for i in range(start, end):
        if props[i] & characters.NUMBER or points[i] == 124 or points[i] == 58 or points[i] == 0xFF1A:
            return False
        spaces += props[i] & (characters.SPACE | characters.INVISIBLE) == characters.SPACE
        width += not props[i] & characters.INVISIBLE
        unspaced += props[i] & characters.UNSPACED != 0
    opens = props[start] & (characters.ALPHABETIC | characters.MARK) or points[start] == 34 or points[start] == 0x201C
    return bool(opens) and (2 <= spaces <= 11 if 2 * unspaced < width else 4 <= width <= 30)
