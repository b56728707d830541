"""The outline of a page, in one compiled pass over its bytes: elements, runs of text, and the blocks they form.

A block is the text between two boundaries of block-level elements: a paragraph, a heading, a list item, a table cell.
The pass follows the HTML standard where pages depend on it (implied end tags, raw text, void elements, misnested
links) and keeps no tree: an element is a row with its parent's number, in document order.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.attributes import MOST_TOKENS, attributes, is_letter
from pipeline.extract.tags import (
    CELL,
    CLOSES_P,
    IS_BLOCK,
    IS_RAW,
    IS_SKIPPED,
    IS_VOID,
    SCOPE,
    TAG_HASHES,
    TAG_IDS,
    TAGS,
)
from shards.compiled import compiled

DEEPEST: Final = 1_200  # elements below are counted as children of the one at this depth

A: Final = TAGS["a"]
BR: Final = TAGS["br"]
P: Final = TAGS["p"]
LI: Final = TAGS["li"]
UL: Final = TAGS["ul"]
OL: Final = TAGS["ol"]
DT: Final = TAGS["dt"]
DD: Final = TAGS["dd"]
DL: Final = TAGS["dl"]
TR: Final = TAGS["tr"]
TABLE: Final = TAGS["table"]
OPTION: Final = TAGS["option"]
TITLE: Final = TAGS["title"]
HEAD: Final = TAGS["head"]
BODY: Final = TAGS["body"]

LINE_BREAK: Final = -1  # in place of a run's start


class Outline(NamedTuple):
    """Columns of elements, runs and blocks; the first element is the document."""

    tag: npt.NDArray[np.int16]  # per element
    parent: npt.NDArray[np.int32]
    block: npt.NDArray[np.int32]  # the nearest block-level element, itself included
    first_token: npt.NDArray[np.int32]  # its class and id tokens: tokens[first_token[e] : first_token[e + 1]]
    hidden: npt.NDArray[np.bool_]
    tokens: npt.NDArray[np.uint32]
    run_start: npt.NDArray[np.int32]  # per run: bytes of the page, or LINE_BREAK
    run_end: npt.NDArray[np.int32]
    run_linked: npt.NDArray[np.bool_]
    block_element: npt.NDArray[np.int32]  # per block
    first_run: npt.NDArray[np.int32]  # its runs: first_run[b] : first_run[b + 1]
    title: tuple[int, int]  # the bytes of <title>


@compiled
def outline(html: npt.NDArray[np.uint8]) -> Outline:
    """Return the outline of markup in UTF-8."""
    size = len(html)
    most = 2
    for byte in html:
        most += byte == 60
    tag = np.zeros(most, np.int16)
    parent = np.full(most, -1, np.int32)
    block = np.zeros(most, np.int32)
    first_token = np.zeros(most + 1, np.int32)
    hidden = np.zeros(most, np.bool_)
    tokens = np.zeros(4 * most + MOST_TOKENS, np.uint32)
    run_start = np.zeros(2 * most, np.int32)
    run_end = np.zeros(2 * most, np.int32)
    run_linked = np.zeros(2 * most, np.bool_)
    block_element = np.zeros(most, np.int32)
    first_run = np.zeros(most + 1, np.int32)
    stack = np.zeros(DEEPEST + 2, np.int32)
    elements, runs, blocks, used, depth = 1, 0, 0, 0, 0
    link, skipping, filled, title_start, title_end = -1, -1, False, 0, 0
    at = 0
    while at < size:
        # --- text up to the next tag
        start = at
        blank = True
        while at < size and not (html[at] == 60 and at + 1 < size and _opens(html[at + 1])):
            if html[at] > 32:
                blank = False
            at += 1
        if at > start and skipping < 0:
            if not blank:
                blank = _only_no_break_spaces(html, start, at)
            if not blank and not filled:
                filled = True
                block_element[blocks] = block[stack[depth]]
                first_run[blocks] = runs
                blocks += 1
            if filled:
                run_start[runs], run_end[runs], run_linked[runs] = start, at, link >= 0
                runs += 1
        if at >= size - 1:
            break
        # --- a comment, a declaration, a tag
        if html[at + 1] == 33 or html[at + 1] == 63:
            at = _after_comment(html, at)
            continue
        closing = html[at + 1] == 47
        at += 2 if closing else 1
        name, letters = np.uint32(0), 0
        while at < size and (is_letter(html[at]) or (letters > 0 and (48 <= html[at] <= 57 or html[at] == 45))):
            name = np.uint32((name * 131 + (html[at] | 32 if html[at] >= 65 else html[at])) & 0xFFFFFFFF)
            letters += 1
            at += 1
        which = _look_up(name)
        if closing:
            at = _after_tag(html, at)
            if which == A:
                link = -1
            elif which == BR:
                which = 0
            found = _open_element(tag, stack, depth, which)
            if found > 0:
                if IS_BLOCK[which]:
                    filled = False
                    depth = found - 1
                elif found == depth:
                    depth -= 1
                elif which != A and not _block_between(tag, stack, found, depth):
                    depth = found - 1
                if skipping > depth:
                    skipping = -1
            elif IS_BLOCK[which]:
                filled = False
            continue
        # --- an element opens; end tags that it implies
        if IS_BLOCK[which]:
            filled = False
            if CLOSES_P[which]:
                depth = _closed(tag, stack, depth, P)
            if which == LI:
                depth = _closed_item(tag, stack, depth, LI, LI, UL, OL)
            elif which in (DT, DD):
                depth = _closed_item(tag, stack, depth, DT, DD, DL, DL)
            elif which == TR:
                depth = _closed_item(tag, stack, depth, TR, TR, TABLE, TABLE)
            elif CELL[which]:
                depth = _closed_cell(tag, stack, depth)
            elif which == BODY:
                depth, skipping = 0, -1
            if skipping > depth:
                skipping = -1
        element = elements
        tag[element] = which
        parent[element] = stack[depth]
        block[element] = element if IS_BLOCK[which] else block[stack[depth]]
        first_token[element] = used
        at, used, is_hidden, has_address = attributes(html, at, tokens, used)
        hidden[element] = is_hidden or hidden[parent[element]]
        elements += 1
        if IS_VOID[which]:
            if which == BR and filled and skipping < 0:
                before = runs - 1
                while (
                    before >= first_run[blocks - 1]
                    and run_start[before] >= 0
                    and _is_blank(html, run_start[before], run_end[before])
                ):
                    before -= 1
                if before >= first_run[blocks - 1] and run_start[before] == LINE_BREAK:
                    filled = False  # a second line break ends the paragraph
                else:
                    run_start[runs], run_end[runs] = LINE_BREAK, LINE_BREAK
                    runs += 1
            continue
        if IS_RAW[which]:
            start = at
            at = _end_of_raw(html, at, name, letters)
            if which == TITLE and title_end == 0:
                title_start, title_end = start, at
            at = _after_tag(html, at)
            continue
        if which == A and has_address:
            link = element
        if depth < DEEPEST:
            depth += 1
        stack[depth] = element
        if IS_SKIPPED[which] and skipping < 0:
            skipping = depth
    first_run[blocks] = runs
    first_token[elements] = used
    return Outline(
        tag[:elements],
        parent[:elements],
        block[:elements],
        first_token[: elements + 1],
        hidden[:elements],
        tokens[:used],
        run_start[:runs],
        run_end[:runs],
        run_linked[:runs],
        block_element[:blocks],
        first_run[: blocks + 1],
        (title_start, title_end),
    )


@compiled
def _opens(byte: np.uint8) -> bool:
    """Return whether a `<` before this byte begins markup."""
    return bool(97 <= (byte | 32) <= 122 or byte == 47 or byte == 33 or byte == 63)


@compiled
def _look_up(name: np.uint32) -> int:
    low, high = 0, len(TAG_HASHES)
    while low < high:
        middle = (low + high) // 2
        if TAG_HASHES[middle] < name:
            low = middle + 1
        else:
            high = middle
    return int(TAG_IDS[low]) if low < len(TAG_HASHES) and TAG_HASHES[low] == name else 0


@compiled
def _after_comment(html: npt.NDArray[np.uint8], at: int) -> int:
    size = len(html)
    if at + 3 < size and html[at + 2] == 45 and html[at + 3] == 45:
        end = at + 4
        while end < size:
            if html[end] == 62 and html[end - 1] == 45 and html[end - 2] == 45:
                return end + 1
            end += 1
        return size
    end = at + 2
    while end < size and html[end] != 62:
        end += 1
    return end + 1


@compiled
def _after_tag(html: npt.NDArray[np.uint8], at: int) -> int:
    while at < len(html) and html[at] != 62:
        at += 1
    return at + 1


@compiled
def _end_of_raw(html: npt.NDArray[np.uint8], at: int, name: np.uint32, letters: int) -> int:
    """Return where the end tag of this name stands; the end of the page if there is none."""
    size = len(html)
    while at < size - letters - 1:
        if html[at] == 60 and html[at + 1] == 47:
            other = np.uint32(0)
            for offset in range(letters):
                other = np.uint32((other * 131 + (html[at + 2 + offset] | 32)) & 0xFFFFFFFF)
            if other == name:
                return at
        at += 1
    return size


@compiled
def _open_element(tag: npt.NDArray[np.int16], stack: npt.NDArray[np.int32], depth: int, which: int) -> int:
    """Return the depth of the open element that an end tag closes; 0 if there is none within its scope."""
    level = depth
    while level > 0:
        other = tag[stack[level]]
        if other == which:
            return level
        if SCOPE[other] and not SCOPE[which]:
            return 0
        level -= 1
    return 0


@compiled
def _block_between(tag: npt.NDArray[np.int16], stack: npt.NDArray[np.int32], found: int, depth: int) -> bool:
    for level in range(found + 1, depth + 1):  # noqa: SIM110 - compiled
        if IS_BLOCK[tag[stack[level]]]:
            return True
    return False


@compiled
def _closed(tag: npt.NDArray[np.int16], stack: npt.NDArray[np.int32], depth: int, which: int) -> int:
    """Return the depth after the innermost block is closed, if it is of this kind."""
    level = depth
    while level > 0 and not IS_BLOCK[tag[stack[level]]]:
        level -= 1
    return level - 1 if level > 0 and tag[stack[level]] == which else depth


@compiled
def _closed_item(
    tag: npt.NDArray[np.int16],
    stack: npt.NDArray[np.int32],
    depth: int,
    one: int,
    two: int,
    within: int,
    or_within: int,
) -> int:
    """Return the depth after an open item of the same list is closed."""
    level = depth
    while level > 0:
        other = tag[stack[level]]
        if other in (one, two):
            return level - 1
        if other in (within, or_within, TABLE):
            return depth
        level -= 1
    return depth


@compiled
def _closed_cell(tag: npt.NDArray[np.int16], stack: npt.NDArray[np.int32], depth: int) -> int:
    level = depth
    while level > 0:
        other = tag[stack[level]]
        if CELL[other]:
            return level - 1
        if other in (TR, TABLE):
            return depth
        level -= 1
    return depth


@compiled
def _only_no_break_spaces(html: npt.NDArray[np.uint8], start: int, end: int) -> bool:
    """Return whether a text is nothing but white space, `&nbsp;` and U+00A0, U+200B or U+FEFF."""
    at = start
    while at < end:
        byte = html[at]
        if byte <= 32:
            at += 1
        elif (byte == 38 and at + 5 < end and html[at + 1] == 110 and html[at + 2] == 98 and html[at + 3] == 115) or (
            byte == 38 and at + 5 < end and html[at + 1] == 35 and html[at + 2] == 49 and html[at + 3] == 54
        ):
            at += 6
        elif byte == 0xC2 and at + 1 < end and html[at + 1] == 0xA0:
            at += 2
        elif byte == 0xE2 and at + 2 < end and html[at + 1] == 0x80 and html[at + 2] == 0x8B:
            at += 3
        else:
            return False
    return True


@compiled
def _is_blank(html: npt.NDArray[np.uint8], start: int, end: int) -> bool:
    for at in range(start, end):  # noqa: SIM110 - compiled
        if html[at] > 32:
            return False
    return True
