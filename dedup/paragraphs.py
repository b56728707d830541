"""Lines that many documents of a host, or of the corpus, have in common: counted, and removed as spans with that count.

Navigation, cookie notices and calls to subscribe are no near duplicates of anything, and yet they are the most repeated
text on the web. In steps, like everything here: `lines` of each shard, `line_counts` of each shard partitioned by key,
their sum per partition, the `repeated` ones, and the `spans` of each shard that go.

What must not go with them:

- pages that are copies of each other. Ten translations that nobody made, or ten printings of one manual, share every
  line. Documents are therefore counted by sketches, which copies share: lines of ten copies occur in one.
- headings and other short lines inside a text: below `tokens`, a line goes only if nothing but repeated lines stands
  before it, or after it.
- rows of tables, code, and lines that speak of rights, which an attribution may need.

Keys are those of the folded line, so case, width, punctuation and the script of Chinese do not hide a repetition; lines
without a letter or a digit have none and stay.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, Field

from dedup.folding import Folding, FoldingRules, fold_document, folding_table, utf8
from dedup.runs import first_of_runs
from dedup.shingles import BLOCK, GOLDEN, MIX, Hashes, hash_shingles, hash_tokens, mixed
from shards.arrays import Bytes, Mask, Places
from shards.compiled import compiled, inner

SALTS = np.arange(1, 5, dtype=np.uint64) * GOLDEN  # of the orders of the four sketches


class Repetition(BaseModel, frozen=True, extra="forbid"):
    """Which lines are repeated too often to be anybody's text."""

    unit: Literal["line", "paragraph"] = Field(
        "line", description="the unit that is counted and removed: lines, or paragraphs between empty lines"
    )
    scope: Literal["host", "corpus"] = Field(
        "host", description="where the documents with a line are counted: on each host, or in the whole corpus"
    )
    documents: int = Field(
        10, ge=1, description="a line is removed if more documents than this have it; higher removes less"
    )
    tokens: int = Field(
        8, ge=1, description="a shorter line is removed only at the beginning or end of a text, so that headings stay"
    )
    remaining: int = Field(50, ge=0, description="a text that lost lines and has fewer tokens left is rejected")
    fold: Folding = Folding()  # differences between lines that are ignored


class KeyedLines(NamedTuple):
    """Every line that says something: its document's row, its bytes in the document, its key; in reading order."""

    rows: Places
    starts: Places
    ends: Places
    keys: Hashes
    tokens: Places
    kept: Mask  # rows of tables and code, which stay
    sketches: Hashes  # [documents, 2], two sketches of 32 bits in each: copies of a document have the same, mostly


class Counts(NamedTuple):
    """How many documents of the same sketches have each key; ascending, each combination once."""

    keys: Hashes
    first: Hashes  # two sketches
    second: Hashes  # two more
    documents: Places


class Repeated(NamedTuple):
    """The keys that go, ascending, and how many documents have each."""

    keys: Hashes
    documents: Places


class RepeatedSpans(NamedTuple):
    """What goes: the row of the document, its bytes with the line ends that go too, its tokens, and who else has it."""

    rows: Places
    starts: Places
    ends: Places
    tokens: Places
    documents: Places


def lines(texts: pa.Array, settings: Repetition, scopes: Hashes | None = None) -> KeyedLines:
    """Return the lines of each text; with `scopes`, one number per text, keys of different scopes differ."""
    table = folding_table(settings.fold)
    data, offsets = utf8(texts)
    if scopes is None:
        scopes = np.zeros(len(texts), np.uint64)
    room = table.room(int(np.diff(offsets).max(initial=0)))
    scratch, ends, hashes = np.empty(8 * (room // 8 + 2), np.uint8), np.empty(room, np.int64), np.empty(room, np.uint64)
    newlines = 1 if settings.unit == "line" else 2
    size = int((data[offsets[0] : offsets[-1]] == 0x0A).sum()) + len(texts)
    rows, starts, stops, tokens = (np.empty(size, np.int64) for _ in range(4))
    keys, kept = np.empty(size, np.uint64), np.zeros(size, np.bool_)
    count = _lines(
        rows,
        starts,
        stops,
        keys,
        tokens,
        kept,
        data,
        offsets,
        scopes,
        newlines,
        scratch,
        ends,
        hashes,
        table.rules,
    )
    rows, keys, tokens = rows[:count], keys[:count], tokens[:count]
    sketches = _sketches(rows, keys, tokens, len(texts))
    return KeyedLines(rows, starts[:count], stops[:count], keys, tokens, kept[:count], sketches)


def _sketches(rows: Places, keys: Hashes, tokens: Places, documents: int) -> Hashes:
    """Return four sketches of each document: the least of its lines in four orders, in which the longer come earlier.

    Two documents agree in a sketch as often as their texts agree. One sketch would leave it to luck whether the same
    line of a site is the least of all of its pages, and they pass for copies; with four, there is nearly always one in
    which it is not.
    """
    begins = np.flatnonzero(first_of_runs(rows))
    least = np.zeros((documents, 4), np.uint64)
    for order, salt in enumerate(SALTS) if len(rows) else ():
        values = (keys ^ salt) * BLOCK
        values = (values ^ (values >> np.uint64(32))) * GOLDEN
        weighed = (values ^ (values >> np.uint64(29))) // tokens.astype(np.uint64)
        least[rows[begins], order] = np.minimum.reduceat(weighed, begins) * MIX >> np.uint64(32)
    return np.stack([least[:, 0] << np.uint64(32) | least[:, 1], least[:, 2] << np.uint64(32) | least[:, 3]], axis=1)


@compiled
def _lines(
    rows: Places,
    starts: Places,
    stops: Places,
    keys: Hashes,
    tokens: Places,
    kept: Mask,
    text: Bytes,
    offsets: Places,
    scopes: Hashes,
    newlines: int,
    scratch: Bytes,
    ends: Places,
    hashes: Hashes,
    rules: FoldingRules,
) -> int:
    words = scratch.view(np.uint64)
    count = 0
    for row in range(len(offsets) - 1):
        first, last = offsets[row], offsets[row + 1]
        start = first
        while start < last:
            stop = start
            while stop < last and not _ends_here(text, stop, last, newlines):
                stop += 1
            _, length = fold_document(scratch, ends, 0, text, start, stop, 0, rules)
            if length:
                hash_tokens(hashes, words, ends, length)
                hash_shingles(hashes, length, length)
                rows[count], starts[count], stops[count], tokens[count] = row, start - first, stop - first, length
                keys[count] = mixed(hashes[0] ^ scopes[row])
                kept[count] = _is_table_or_code(text, start, stop)
                count += 1
            start = stop + newlines
    return count


@inner
def _ends_here(text: Bytes, at: int, last: int, newlines: int) -> bool:
    if text[at] != 0x0A:
        return False
    return newlines == 1 or (at + 1 < last and text[at + 1] == 0x0A)


@inner
def _is_table_or_code(text: Bytes, start: int, stop: int) -> bool:
    """Return whether a line begins with a bar, is indented without being an item of a list, or has marks of code."""
    at = start
    while at < stop and (text[at] == 0x20 or text[at] == 0x09):
        at += 1
    if at == stop or text[at] == 0x7C:
        return True
    if at - start >= 4 and text[at] not in (0x2A, 0x2D, 0xE2) and not 0x30 <= text[at] <= 0x39:  # * - • 1.
        return True
    for place in range(at, stop):
        if text[place] in (0x24, 0x3D, 0x5C, 0x5E, 0x5F, 0x60, 0x7B, 0x7D):  # $ = \ ^ _ ` { }
            return True
    return bool(text[stop - 1] == 0x3B)  # ;


def line_counts(lines: KeyedLines) -> Counts:
    """Return how many documents of the same sketches have each key in a shard."""
    rows, keys = lines.rows[~lines.kept], lines.keys[~lines.kept]
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    first = first_of_runs(keys, rows)
    keys, rows = keys[first], rows[first]
    return _added(Counts(keys, lines.sketches[rows, 0], lines.sketches[rows, 1], np.ones(len(keys), np.int64)))


def summed(parts: Sequence[Counts]) -> Counts:
    """Return the counts of several shards as one."""
    return parts[0] if len(parts) == 1 else _added(Counts(*map(np.concatenate, zip(*parts, strict=True))))


def _added(counts: Counts) -> Counts:
    """Return the counts with those of one key and the same sketches added up."""
    order = np.lexsort((counts.second, counts.first, counts.keys))
    keys, first, second = counts.keys[order], counts.first[order], counts.second[order]
    begins = np.flatnonzero(first_of_runs(keys, first, second))
    return Counts(keys[begins], first[begins], second[begins], _sums(counts.documents[order], begins))


def repeated(counts: Counts, settings: Repetition) -> Repeated:
    """Return the keys that documents of more sketches have than the settings allow, by the sketch that tells most."""
    keys, begins = np.unique(counts.keys, return_index=True)
    most = np.zeros(len(keys), np.int64)
    for pair in (counts.first, counts.second):
        for sketch in (pair >> np.uint64(32), pair & np.uint64(0xFFFFFFFF)):
            order = np.lexsort((sketch, counts.keys))
            different = first_of_runs(counts.keys[order], sketch[order]).astype(np.int64)
            most = np.maximum(most, _sums(different, begins))
    often = most > settings.documents
    return Repeated(keys[often], _sums(counts.documents, begins)[often])


def _sums(values: Places, begins: Places) -> Places:
    sums: Places = np.add.reduceat(values, begins) if len(begins) else values[:0]
    return sums


# A line that names a right may be what a licence asks to keep.
RIGHTS = re.compile(
    r"©|\(c\) |copyright|copyleft|licen[cs]|lizen[zs]|лиценз|авторск|creative ?commons|\bCC[ -](?:BY|0)|public domain"
    r"|rights reserved|tous droits|alle rechte|derechos reservados|direitos reservados|diritti riservati|prawa zastrze"
    r"|版[权權]|著作[权權]|授[权權]|[许許]可|ライセンス|저작권|라이선스|حقوق|رخصة|ترخيص|สงวนลิขสิทธิ์|สัญญาอนุญาต"
    r"|bản quyền|hak cipta|telif",
    re.IGNORECASE,
)


def spans(texts: pa.Array, lines: KeyedLines, often: Repeated, settings: Repetition) -> RepeatedSpans:
    """Return what goes from the texts, ascending: repeated lines that are long, or at either end of their text."""
    place = np.searchsorted(often.keys, lines.keys)
    place[place == len(often.keys)] = 0
    hit = often.keys[place] == lines.keys if len(often.keys) else np.zeros(len(lines.keys), np.bool_)
    hit &= ~lines.kept
    data, offsets = utf8(texts)
    for at in np.flatnonzero(hit).tolist():
        first = offsets[lines.rows[at]]
        line = data[first + lines.starts[at] : first + lines.ends[at]].tobytes().decode()
        hit[at] = not RIGHTS.search(line)
    gone = hit & ((lines.tokens >= settings.tokens) | _at_either_end(lines.rows, hit))
    rows, starts, ends = lines.rows[gone], lines.starts[gone], lines.ends[gone]
    _take_line_ends(data, offsets, rows, starts, ends)
    documents = often.documents[place[gone]] if len(often.keys) else np.zeros(0, np.int64)
    return RepeatedSpans(rows, starts, ends, lines.tokens[gone], documents)


def tokens_left(lines: KeyedLines, gone: RepeatedSpans, documents: int) -> Places:
    """Return how many tokens remain of each document."""
    had = np.bincount(lines.rows, lines.tokens, documents)
    left: Places = (had - np.bincount(gone.rows, gone.tokens, documents)).astype(np.int64)
    return left


@compiled
def _at_either_end(rows: Places, hit: Mask) -> Mask:
    """Return which lines have nothing but repeated ones before them, or after them, in their document."""
    size = len(rows)
    ends = np.zeros(size, np.bool_)
    open_ = True
    for line in range(size):
        open_ = hit[line] and (open_ or line == 0 or rows[line] != rows[line - 1])
        ends[line] = open_
    open_ = True
    for line in range(size - 1, -1, -1):
        open_ = hit[line] and (open_ or line == size - 1 or rows[line] != rows[line + 1])
        ends[line] |= open_
    return ends


@compiled
def _take_line_ends(text: Bytes, offsets: Places, rows: Places, starts: Places, ends: Places) -> None:
    """Let every span take the line ends behind it along, and the last of a text those before it."""
    for span in range(len(rows)):
        first, last = offsets[rows[span]], offsets[rows[span] + 1]
        while first + ends[span] < last and text[first + ends[span]] == 0x0A:
            ends[span] += 1
    tail = False
    for span in range(len(rows) - 1, -1, -1):
        first, last = offsets[rows[span]], offsets[rows[span] + 1]
        next_to = span + 1 < len(rows) and rows[span + 1] == rows[span] and starts[span + 1] == ends[span]
        tail = first + ends[span] == last or (next_to and tail)
        follows = span > 0 and rows[span - 1] == rows[span] and ends[span - 1] == starts[span]
        while tail and not follows and starts[span] > 0 and text[first + starts[span] - 1] == 0x0A:
            starts[span] -= 1
