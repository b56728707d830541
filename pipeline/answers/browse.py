"""The documents of a run that meet criteria, a list at a time, in the order in which they lie.

A list begins where another ended: at a shard and a row, which stay what they are for as long as the run does. Of a
shard that receipts say may have such documents the columns that are asked about are read, and texts of those listed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.documents import Documents, DocumentShard
from pipeline.answers.sample import COLUMNS, Criteria
from shards import files
from shards.arrays import Mask, Places

LISTED = 50  # documents of a list
BEGINNING = 200  # characters of a text that are shown; one more says that there are more
SEARCHED = ("text", "title", "url")


@dataclass(frozen=True)
class Listed:
    """A document in a list."""

    shard: int
    row: int
    id: str
    title: str | None
    url: str | None
    language: str | None
    license: str | None
    quality_score: float | None
    rejected_by: str | None
    beginning: str  # of its text, as it stood before dedup took lines from it


@dataclass(frozen=True)
class Listing:
    """A list of documents, and where the next one begins; None: there are no more."""

    documents: tuple[Listed, ...]
    next: tuple[int, int] | None
    searched: int  # shards that were looked through, of all


def listing(
    documents: Documents,
    criteria: Criteria,
    phrase: str = "",
    start: tuple[int, int] = (0, 0),
    enough: Callable[[], bool] = lambda: False,
) -> Listing:
    """Return the next documents that meet criteria and have a phrase, in any case, in text, title or address.

    After a shard at which `enough` says so the list ends, however short it is.
    """
    listed_so_far: list[Listed] = []
    criteria = criteria.among(documents)
    first, row = start
    for index in range(first, len(documents.shards)):
        shard = documents.shards[index]
        if criteria.may_be_in(shard):
            for listed in _listed(
                shard, index, criteria, phrase, row if index == first else 0, LISTED + 1 - len(listed_so_far)
            ):
                if len(listed_so_far) == LISTED:
                    return Listing(tuple(listed_so_far), (index, listed.row), index)
                listed_so_far.append(listed)
            if enough() and index + 1 < len(documents.shards):
                return Listing(tuple(listed_so_far), (index + 1, 0), index + 1)
    return Listing(tuple(listed_so_far), None, len(documents.shards))


def _listed(
    shard: DocumentShard, index: int, criteria: Criteria, phrase: str, start: int, most: int
) -> Iterator[Listed]:
    columns = list(dict.fromkeys([*COLUMNS, "title", *(["text"] if phrase else [])]))
    before, left = 0, most
    for table in shard.read(columns):
        if before + table.num_rows > start and left:
            rows = np.flatnonzero(criteria.met(table))
            rows = rows[rows >= start - before]
            if phrase:
                rows = rows[_having(table.take(pa.array(rows)), phrase)]
            rows = rows[:left]
            left -= len(rows)
            yield from _told(shard, index, table.take(pa.array(rows)), rows + before)
        before += table.num_rows


def _having(documents: pa.Table, phrase: str) -> Mask:
    matches = (pc.match_substring(documents[name], phrase, ignore_case=True) for name in SEARCHED)
    return np.asarray(reduce(pc.or_, (pc.fill_null(match, False) for match in matches)), np.bool_)


def _told(shard: DocumentShard, index: int, documents: pa.Table, rows: Places) -> Iterator[Listed]:
    if not len(rows):
        return
    beginnings = pc.utf8_slice_codeunits(files.take(shard.uri, rows, ["text"])["text"], 0, BEGINNING + 1).to_pylist()
    names = [name for name in documents.column_names if name in Listed.__dataclass_fields__]
    for row, beginning, known in zip(rows.tolist(), beginnings, documents.select(names).to_pylist(), strict=True):
        yield Listed(shard=index, row=row, beginning=beginning, **known)
