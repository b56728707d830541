"""The outline of a page, in one compiled pass over its bytes: elements, runs of text, and the blocks they form.

A block is the text between two boundaries of block-level elements: a paragraph, a heading, a list item, a table cell.
The pass follows the HTML standard where pages depend on it (implied end tags, raw text, void elements, misnested
links) and keeps no tree: an element is a row with its parent's number, in document order.
"""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.extract.attributes import (
    HIDES,
    LEADS,
    MOST_TOKENS,
    NUMBER,
    OPENS,
    SILENT,
    STATES,
    UNSEEN,
    Hashes,
    attributes,
)
from pipeline.extract.characters import (
    BANG,
    LT,
    NINE,
    NON_ASCII,
    QUESTION,
    SLASH,
    SPACE,
    UPPER_A,
    UPPER_Z,
    ZERO,
    is_letter,
)
from pipeline.extract.scanning import (
    after_comment,
    after_tag,
    end_of_raw,
    is_blank,
    only_no_break_spaces,
    tag_name,
    tag_of,
    up_to_tag,
)
from pipeline.extract.tags import (
    CLOSES_P,
    DECORATES,
    HOLDS_ITEMS,
    IS_BLOCK,
    IS_RAW,
    IS_SKIPPED,
    IS_VOID,
    ITEM,
    NOTED,
    SCOPE,
    TAGS,
)
from shards.arrays import Array, Bytes
from shards.compiled import compiled, inner

DEEPEST = 1_200  # elements below are counted as children of the one at this depth

A, BODY, BR, H1, H6, P, SMALL_TEXT, TITLE = (
    TAGS[name] for name in ("a", "body", "br", "h1", "h6", "p", "small", "title")
)

NOTHING: Hashes = np.zeros(0, np.uint32)
LINE_BREAK = -1  # in place of a run's start
SPACE_BREAK = -2  # between a heading and what is small in it


class Outline(NamedTuple):
    """Columns of elements, runs and blocks; the first element is the document."""

    tag: npt.NDArray[np.int16]  # per element
    parent: npt.NDArray[np.int32]
    block: npt.NDArray[np.int32]  # the nearest block-level element, itself included
    first_token: npt.NDArray[np.int32]  # its class and id tokens: tokens[first_token[e] : first_token[e + 1]]
    hidden: npt.NDArray[np.bool_]  # by its tag, or that of one around it
    unseen: npt.NDArray[np.bool_]  # hidden, by the style sheet too, and not named for what a click opens
    number: npt.NDArray[np.int32]  # at which a list begins, or that an item has, and one more; 0: it does not say
    tokens: npt.NDArray[np.uint32]
    run_start: npt.NDArray[np.int32]  # per run: bytes of the page, LINE_BREAK or SPACE_BREAK
    run_end: npt.NDArray[np.int32]
    run_linked: npt.NDArray[np.bool_]
    block_element: npt.NDArray[np.int32]  # per block
    first_run: npt.NDArray[np.int32]  # its runs: first_run[b] : first_run[b + 1]
    title: tuple[int, int]  # the bytes of <title>
    # Of each tag of NOTED, or that states something of the page: its element, where it begins and ends, where its raw
    # text does (0: it holds none), and whether it states something.
    noted: npt.NDArray[np.int32]


class Cursor(Protocol):
    """How far the pass has come; the functions that are given it move it on."""

    elements: int  # so many rows of each are filled
    tokens: int
    runs: int
    blocks: int
    noted: int
    depth: int  # of the innermost open element
    link: int  # the element of the open link, or -1
    skipping: int  # the depth of the open element whose text nobody sees, or -1
    filled: bool  # the last block goes on
    title_start: int
    title_end: int


_CURSOR = np.dtype([(name, np.int64) for name in Cursor.__annotations__])
_ELEMENT = np.dtype(
    [
        *(("tag", "i2"), ("hidden", "?"), ("unseen", "?"), ("opened", "?")),
        *(("parent", "i4"), ("block", "i4"), ("first_token", "i4"), ("number", "i4")),
    ],
    align=True,
)
_RUN = np.dtype([("start", "i4"), ("end", "i4"), ("linked", "?")], align=True)
_BLOCK = np.dtype([("element", "i4"), ("first_run", "i4")])


class Draft(NamedTuple):
    """An outline being drawn: room for all that the page can have, and the open elements by their depth."""

    elements: Array
    tokens: Hashes
    hiding: Hashes  # selectors that the page's style sheet hides
    runs: Array
    blocks: Array
    noted: npt.NDArray[np.int32]
    stack: npt.NDArray[np.int32]
    progress: Array  # one row


def outline(html: Bytes, hiding: Hashes = NOTHING) -> Outline:
    """Return the outline of markup in UTF-8, given the selectors that its style sheets hide (`style_sheets.hiding`)."""
    return _outline(html, hiding)


@compiled
def _outline(html: Bytes, hiding: Hashes) -> Outline:
    draft = _draft(html, hiding)
    at = int(np.int64(0))  # a literal 0 would be a type of its own, for which all would be compiled as well
    while True:
        at = _text(html, at, draft)
        if at >= len(html) - 1:
            return _finished(draft)
        if html[at + 1] == BANG or html[at + 1] == QUESTION:
            at = after_comment(html, at)
        elif html[at + 1] == SLASH:
            at = _end_tag(html, at + 2, draft)
        else:
            at = _start_tag(html, at + 1, draft)


@compiled
def _draft(html: Bytes, hiding: Hashes) -> Draft:
    """Return an empty outline; the document is its first element, and open."""
    most = 2
    for byte in html:
        most += byte == LT
    progress = np.zeros(1, _CURSOR)
    now = progress[0]
    now.elements, now.link, now.skipping = 1, -1, -1
    elements = np.zeros(most + 1, _ELEMENT)
    elements[0].parent = -1
    return Draft(
        elements,
        np.zeros(4 * most + MOST_TOKENS, np.uint32),
        hiding,
        np.zeros(2 * most, _RUN),
        np.zeros(most + 1, _BLOCK),
        np.zeros((most, 5), np.int32),
        np.zeros(DEEPEST + 2, np.int32),
        progress,
    )


@compiled
def _finished(draft: Draft) -> Outline:
    """Return the rows that are filled."""
    now: Cursor = draft.progress[0]
    draft.blocks[now.blocks].first_run = now.runs
    draft.elements[now.elements].first_token = now.tokens
    elements, runs, blocks = draft.elements[: now.elements], draft.runs[: now.runs], draft.blocks[: now.blocks]
    return Outline(
        elements["tag"].copy(),
        elements["parent"].copy(),
        elements["block"].copy(),
        draft.elements["first_token"][: now.elements + 1].copy(),
        elements["hidden"].copy(),
        elements["unseen"].copy(),
        elements["number"].copy(),
        draft.tokens[: now.tokens],
        runs["start"].copy(),
        runs["end"].copy(),
        runs["linked"].copy(),
        blocks["element"].copy(),
        draft.blocks["first_run"][: now.blocks + 1].copy(),
        (now.title_start, now.title_end),
        draft.noted[: now.noted].copy(),
    )


@inner
def _text(html: Bytes, start: int, draft: Draft) -> int:
    """Take the text up to the next tag as a run of the block that goes on, or of a new one; return where it ends."""
    end, blank = up_to_tag(html, start)
    now: Cursor = draft.progress[0]
    if end == start or now.skipping >= 0:
        return end
    if not now.filled and not blank and not only_no_break_spaces(html, start, end):
        now.filled = True
        block = draft.blocks[now.blocks]
        block.element, block.first_run = draft.elements[draft.stack[now.depth]].block, now.runs
        now.blocks += 1
    if now.filled:
        _add_run(draft, start, end, now.link >= 0)
    return end


@inner
def _add_run(draft: Draft, start: int, end: int, linked: bool) -> None:
    now: Cursor = draft.progress[0]
    run = draft.runs[now.runs]
    run.start, run.end, run.linked = start, end, linked
    now.runs += 1


@inner
def _end_tag(html: Bytes, at: int, draft: Draft) -> int:
    """Close what the end tag closes whose name is here; return where the tag ends."""
    name, _, at = tag_name(html, at)
    which = tag_of(name)
    now: Cursor = draft.progress[0]
    if which == A:
        now.link = -1
    elif which == BR:
        which = 0
    if IS_BLOCK[which]:
        now.filled = False
    found = _open_element(draft, which)
    if found > 0:
        if IS_BLOCK[which] or found == now.depth or (which != A and not _block_between(draft, found)):
            now.depth = found - 1
        if now.skipping > now.depth:
            now.skipping = -1
    at = after_tag(html, at)
    if which == SMALL_TEXT:
        _part_small(html, at, draft, True)
    return at


@inner
def _start_tag(html: Bytes, at: int, draft: Draft) -> int:
    """Open the element whose name is here; return where its tag ends, or after its content if that holds no tags."""
    start = at - 1
    name, letters, at = tag_name(html, at)
    which = tag_of(name)
    now: Cursor = draft.progress[0]
    if IS_BLOCK[which]:
        now.filled = False
        _close_implied(draft, which)
    number, parent = now.elements, draft.stack[now.depth]
    element = draft.elements[number]
    element.tag, element.parent, element.first_token = which, parent, now.tokens
    element.block = number if IS_BLOCK[which] else draft.elements[parent].block
    at, now.tokens, found = attributes(html, at, draft.tokens, now.tokens, draft.hiding, name)
    element.number = found >> NUMBER
    around = draft.elements[parent]
    element.hidden = found & HIDES > 0 or around.hidden
    element.opened = found & OPENS > 0 or around.opened
    unseen = found & (HIDES | UNSEEN) > 0 and not element.opened
    element.unseen = unseen or around.unseen
    now.elements += 1
    noted = NOTED[which] or found & STATES > 0
    if noted:
        _note(draft, number, start, at, found & STATES > 0)
    if which == BR:
        _break_line(html, draft)
    elif which == SMALL_TEXT:
        _part_small(html, at, draft, False)
    if IS_VOID[which]:
        return at
    if IS_RAW[which]:
        end = end_of_raw(html, at, name, letters)
        if noted:
            draft.noted[now.noted - 1, 3] = end
        if which == TITLE and now.title_end == 0:
            now.title_start, now.title_end = at, end
        return after_tag(html, end)
    if which == A and found & LEADS:
        now.link = number
    if now.depth < DEEPEST:
        now.depth += 1
    draft.stack[now.depth] = number
    silent = found & SILENT > 0 and DECORATES[which]
    if (IS_SKIPPED[which] or silent or (unseen and not IS_BLOCK[which])) and now.skipping < 0:
        now.skipping = now.depth
    return at


@inner
def _note(draft: Draft, element: int, start: int, end: int, states: bool) -> None:
    now: Cursor = draft.progress[0]
    note = draft.noted[now.noted]
    note[0], note[1], note[2], note[4] = element, start, end, states
    now.noted += 1


@inner
def _break_line(html: Bytes, draft: Draft) -> None:
    """Break the line of the block that goes on; a second line break ends its paragraph."""
    now: Cursor = draft.progress[0]
    if not now.filled or now.skipping >= 0:
        return
    first, last = draft.blocks[now.blocks - 1].first_run, now.runs - 1
    while (
        last >= first and draft.runs[last].start >= 0 and is_blank(html, draft.runs[last].start, draft.runs[last].end)
    ):
        last -= 1
    if last >= first and draft.runs[last].start == LINE_BREAK:
        now.filled = False
    else:
        _add_run(draft, LINE_BREAK, LINE_BREAK, False)


@inner
def _part_small(html: Bytes, at: int, draft: Draft, ends: bool) -> None:
    """Part what is small in a heading from what is not, but in a word: 5<small>th</small>, T<small>HE</small>."""
    now: Cursor = draft.progress[0]
    if not now.filled or now.skipping >= 0 or now.runs <= draft.blocks[now.blocks - 1].first_run:
        return
    run = draft.runs[now.runs - 1]
    if run.start < 0 or not H1 <= draft.elements[draft.blocks[now.blocks - 1].element].tag <= H6:
        return
    before, after = html[run.end - 1], html[at] if at < len(html) else np.uint8(LT)
    if UPPER_A <= before <= UPPER_Z or after <= SPACE:
        return
    begins = after == LT or UPPER_A <= after <= UPPER_Z
    if not ZERO <= before <= NINE:
        begins = begins or after >= NON_ASCII or (not ends and (is_letter(after) or ZERO <= after <= NINE))
    if begins:
        _add_run(draft, SPACE_BREAK, SPACE_BREAK, False)


@inner
def _close_implied(draft: Draft, which: int) -> None:
    """Close the open elements that end where a block of this kind begins."""
    now: Cursor = draft.progress[0]
    if CLOSES_P[which]:
        level = now.depth
        while level > 0 and not IS_BLOCK[draft.elements[draft.stack[level]].tag]:
            level -= 1
        if level > 0 and draft.elements[draft.stack[level]].tag == P:
            now.depth = level - 1
    if ITEM[which] > 0:
        now.depth = _without_item(draft, ITEM[which])
    elif which == BODY:
        now.depth, now.skipping = 0, -1
    if now.skipping > now.depth:
        now.skipping = -1


@inner
def _without_item(draft: Draft, kind: int) -> int:
    """Return the depth after an open item of this kind and of the same list, row or table is closed."""
    depth: int = draft.progress[0].depth
    for level in range(depth, 0, -1):
        which = draft.elements[draft.stack[level]].tag
        if ITEM[which] == kind:
            return level - 1
        if HOLDS_ITEMS[kind, which]:
            break
    return depth


@inner
def _open_element(draft: Draft, which: int) -> int:
    """Return the depth of the open element that an end tag closes; 0 if there is none within its scope."""
    for level in range(draft.progress[0].depth, 0, -1):
        other = draft.elements[draft.stack[level]].tag
        if other == which:
            return level
        if SCOPE[other] and not SCOPE[which]:
            return 0
    return 0


@inner
def _block_between(draft: Draft, found: int) -> bool:
    for level in range(found + 1, draft.progress[0].depth + 1):
        if IS_BLOCK[draft.elements[draft.stack[level]].tag]:
            return True
    return False
