"""A cluster of near duplicates: where its members lie, and in which pieces two texts differ."""

import re
from difflib import SequenceMatcher

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.documents import Documents
from pipeline.answers.sample import Place
from shards import files
from shards.arrays import text_scalar

MEMBERS = 100  # of a cluster that are told
COMPARED = 1_000  # lines or words on either side that are compared one by one: it takes their product, or more
Spans = list[tuple[int, int]]

# A word of a script that has spaces between them, or one character.
_PIECES = re.compile(r"[0-9A-Za-z\u00c0-\u052f\u0531-\u06ff\u0900-\u0dff]+|.", re.DOTALL)


def members(documents: Documents, name: str) -> list[Place]:
    """Return where the documents of a cluster lie, at most MEMBERS of them, in the order of their shards."""
    places: list[Place] = []
    wanted = text_scalar(name)
    for index, shard in enumerate(documents.shards):
        for uri in shard.verdicts.values():
            if "cluster" in files.schema_of(uri).names:
                table = files.read_table(uri, ["id", "cluster"])
                rows = np.flatnonzero(pc.fill_null(pc.equal(table["cluster"], wanted), False))
                named = table["id"].take(pa.array(rows)).to_pylist()
                places += [Place(0, one, index, row) for one, row in zip(named, rows.tolist(), strict=True)]
        if len(places) >= MEMBERS:
            break
    return places[:MEMBERS]


def differences(one: str, other: str) -> tuple[Spans, Spans]:
    """Return the spans, in code points, of what each of two texts has and the other has not.

    Lines are compared first, and the words of those that differ; where there are too many, all of it is different.
    """
    spans: tuple[Spans, Spans] = ([], [])
    left, right = _lines(one), _lines(other)
    if max(len(left), len(right)) > COMPARED:
        return [(0, len(one))], [(0, len(other))]
    for tag, i, j, k, m in SequenceMatcher(None, [t for _, t in left], [t for _, t in right], False).get_opcodes():
        if tag != "equal":
            _compare(left[i:j], right[k:m], spans)
    return spans


def _lines(text: str) -> list[tuple[int, str]]:
    starts, lines = 0, []
    for line in text.splitlines(keepends=True):
        lines.append((starts, line))
        starts += len(line)
    return lines


def _compare(left: list[tuple[int, str]], right: list[tuple[int, str]], spans: tuple[Spans, Spans]) -> None:
    """Add the spans in which two runs of lines differ."""
    pieces = [
        [(at + m.start(), m.group()) for at, line in lines for m in _PIECES.finditer(line)] for lines in (left, right)
    ]
    if any(len(side) > COMPARED for side in pieces) or not all(pieces):
        for side, lines in zip(spans, (left, right), strict=True):
            side += [(at, at + len(line)) for at, line in lines]
        return
    one, other = ([word for _, word in side] for side in pieces)
    for tag, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            for side, tokens, (start, end) in zip(spans, pieces, ((i, j), (k, m)), strict=True):
                if start < end:
                    side.append((tokens[start][0], tokens[end - 1][0] + len(tokens[end - 1][1])))
