"""Lines that many documents of a host, or of the corpus, have in common: counted, and removed as spans with that count.

Navigation, cookie notices and licence footers are no near duplicates of anything, and yet they are the most repeated
text on the web. In steps, like everything here: `lines` of each shard, `document_counts` of each shard partitioned by
key, their sum per partition, the `repeated` ones, and each shard's texts `without` them. Keys are those of the folded
line, so case, width, punctuation and the script of Chinese do not hide a repetition; lines without a letter or a digit
have none and stay. A row of the spans that were removed:

    row        int64   of the document in its shard
    start      int64   first byte of the span in the document's UTF-8
    end        int64   the byte behind it
    key        uint64  of the line
    documents  int64   how many documents have it, in its scope
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, Field

from dedup.folding import Bytes, Ends, Folding, Rules, fold_document, table, utf8
from dedup.shingles import Hashes, hash_shingles, hash_tokens, mixed
from shards.compiled import compiled

Places: TypeAlias = npt.NDArray[np.int64]

REMOVED = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("documents", pa.int64(), nullable=False),
    ]
)


class Repetition(BaseModel, frozen=True, extra="forbid"):
    """Which lines are repeated too often to be anybody's text."""

    unit: Literal["line", "paragraph"] = "line"  # paragraphs end at empty lines
    scope: Literal["host", "corpus"] = "host"
    documents: int = Field(default=10, ge=1)  # a line in more documents of the scope than these is removed from all
    tokens: int = Field(default=1, ge=1)  # shorter lines stay, however often they are repeated
    fold: Folding = Folding()


class Lines(NamedTuple):
    """Every line that says something: its document's row, its bytes in the document, its key; in reading order."""

    rows: Places
    starts: Places
    ends: Places
    keys: Hashes


class Counts(NamedTuple):
    """In how many documents each key occurs; keys ascending."""

    keys: Hashes
    documents: Places


def lines(texts: pa.Array, settings: Repetition, scopes: Hashes | None = None) -> Lines:
    """Return the lines of each text; with `scopes`, one number per text, keys of different scopes differ."""
    found = table(settings.fold)
    data, offsets = utf8(texts)
    if scopes is None:
        scopes = np.zeros(len(texts), np.uint64)
    room = found.room(int(np.diff(offsets).max(initial=0)))
    scratch, ends, hashes = np.empty(8 * (room // 8 + 2), np.uint8), np.empty(room, np.int64), np.empty(room, np.uint64)
    newlines = 1 if settings.unit == "line" else 2
    size = int((data[offsets[0] : offsets[-1]] == 0x0A).sum()) + len(texts)
    rows, starts, stops = (np.empty(size, np.int64) for _ in range(3))
    keys = np.empty(size, np.uint64)
    count = _lines(
        rows, starts, stops, keys, data, offsets, scopes, newlines, settings.tokens, scratch, ends, hashes, found.rules
    )
    return Lines(rows[:count], starts[:count], stops[:count], keys[:count])


@compiled
def _lines(
    rows: Places,
    starts: Places,
    stops: Places,
    keys: Hashes,
    text: Bytes,
    offsets: Places,
    scopes: Hashes,
    newlines: int,
    least: int,
    scratch: Bytes,
    ends: Ends,
    hashes: Hashes,
    rules: Rules,
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
            _, tokens = fold_document(scratch, ends, 0, text, start, stop, 0, rules)
            if tokens >= least:
                hash_tokens(hashes, words, ends, tokens)
                hash_shingles(hashes, tokens, tokens)
                rows[count], starts[count], stops[count] = row, start - first, stop - first
                keys[count] = mixed(hashes[0] ^ scopes[row])
                count += 1
            start = stop + newlines
    return count


@compiled
def _ends_here(text: Bytes, at: int, last: int, newlines: int) -> bool:
    if text[at] != 0x0A:
        return False
    return newlines == 1 or (at + 1 < last and text[at + 1] == 0x0A)


def document_counts(found: Lines) -> Counts:
    """Return in how many documents of the shard each key occurs."""
    order = np.lexsort((found.rows, found.keys))
    keys, rows = found.keys[order], found.rows[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    unique, documents = np.unique(keys[new], return_counts=True)
    return Counts(unique, documents.astype(np.int64))


def summed(parts: Sequence[Counts]) -> Counts:
    """Return the counts of several shards as one."""
    keys, places = np.unique(np.concatenate([part.keys for part in parts]), return_inverse=True)
    documents = np.zeros(len(keys), np.int64)
    np.add.at(documents, places, np.concatenate([part.documents for part in parts]))
    return Counts(keys, documents)


def repeated(counts: Counts, settings: Repetition) -> Counts:
    """Return the keys that occur in more documents than the settings allow."""
    often = counts.documents > settings.documents
    return Counts(counts.keys[often], counts.documents[often])


def without(texts: pa.Array, found: Lines, often: Counts) -> tuple[pa.LargeStringArray, pa.Table]:
    """Return the texts without their repeated lines, and the spans that were removed."""
    places = np.searchsorted(often.keys, found.keys)
    places[places == len(often.keys)] = 0
    hit = often.keys[places] == found.keys if len(often.keys) else np.zeros(len(found.keys), np.bool_)
    gone = Lines(found.rows[hit], found.starts[hit], found.ends[hit], found.keys[hit])
    data, offsets = utf8(texts)
    out = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint8)
    stops = _without(out, data, offsets, gone.rows, gone.starts, gone.ends)
    kept = pa.LargeStringArray.from_buffers(
        len(texts), pa.py_buffer(stops.tobytes()), pa.py_buffer(out[: stops[-1]].tobytes())
    )
    columns = [*gone, often.documents[places[hit]] if len(often.keys) else np.zeros(0, np.int64)]
    return kept, pa.Table.from_arrays([pa.array(column) for column in columns], schema=REMOVED)


@compiled
def _without(out: Bytes, text: Bytes, offsets: Places, rows: Places, starts: Places, ends: Places) -> Places:
    stops = np.zeros(len(offsets), np.int64)
    position, span = 0, 0
    for row in range(len(offsets) - 1):
        begin, at, last = position, offsets[row], offsets[row + 1]
        cut = False
        while at < last:
            if span < len(rows) and rows[span] == row and offsets[row] + starts[span] == at:
                at = offsets[row] + ends[span]
                span += 1
                cut = True
                while at < last and text[at] == 0x0A:  # the line takes its end with it
                    at += 1
            else:
                out[position] = text[at]
                position += 1
                at += 1
                cut = False
        while cut and position > begin and out[position - 1] == 0x0A:
            position -= 1  # what was the last line is not there any more
        stops[row + 1] = position
    return stops
