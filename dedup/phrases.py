"""Phrases that stand word for word on many hosts, in texts that are otherwise different: as poison is planted.

Two words side by side that hardly ever stand without the same words behind them are unusual; ordinary words go on in
many ways. Such a phrase on a few hosts is a name or a quotation. On many unrelated ones, inside lines that differ, it
was put there. (Boilerplate and texts that were copied repeat whole lines, and are not meant: `dedup.paragraphs`.)

In steps: `phrases` of each shard, their `sightings` by key, one a host, and of all shards together the `suspects`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, Field

from dedup.folding import Folding, FoldingRules, fold_document, folding_table, utf8
from dedup.paragraphs import RIGHTS
from dedup.runs import first_of_runs
from dedup.shingles import TOKEN, Hashes, hash_shingles, hash_tokens, mixed
from shards.arrays import Bytes, Mask, Places
from shards.compiled import compiled

NOTICE = 300  # characters of a line, up to which a word on rights makes it a notice
VARIED = 4  # ways in which two words go on, from which they are ordinary


class Planting(BaseModel, frozen=True, extra="forbid"):
    """When a phrase is taken for planted."""

    tokens: int = Field(
        5, ge=3, description="tokens of a phrase, words or characters of Chinese; a smaller value finds shorter ones"
    )
    hosts: int = Field(8, ge=2, description="hosts with the phrase; a larger value spares more names and quotations")
    alone: float = Field(
        0.9,
        gt=0,
        le=1,
        description="share of the hosts with its first two words where it goes on in this way; lower flags more",
    )
    sample: int = Field(
        1, ge=1, description="one of how many word pairs is looked at; a larger value exchanges less and misses more"
    )


class Phrases(NamedTuple):
    """Every phrase of some texts: its row, the bytes of its line; hashes of its first two words, of it, of the line."""

    rows: Places
    starts: Places
    ends: Places
    keys: Hashes
    phrases: Hashes
    lines: Hashes


class Sightings(NamedTuple):
    """A phrase on a host, in a line; phrase 0: its first two words go on in many ways. By key, phrase, host."""

    keys: Hashes
    phrases: Hashes
    hosts: Hashes
    lines: Hashes


class Suspects(NamedTuple):
    """Phrases that were planted, ascending, and on how many hosts each is."""

    phrases: Hashes
    hosts: Places


def phrases(texts: pa.Array, settings: Planting) -> Phrases:
    """Return the phrases of each text, in reading order; notices of rights have none."""
    table = folding_table(Folding())
    data, offsets = utf8(texts)
    room = table.room(int(np.diff(offsets).max(initial=0)))
    scratch, ends = np.empty(8 * (room // 8 + 2), np.uint8), np.empty(room, np.int64)
    hashes, tokens = np.empty(room, np.uint64), np.empty(room, np.uint64)
    size = table.room(int(offsets[-1] - offsets[0]))
    places = np.empty((size, 3), np.int64)
    hits = np.empty((size, 3), np.uint64)
    sample = np.uint64(settings.sample)
    count = _phrases(places, hits, data, offsets, settings.tokens, sample, scratch, ends, hashes, tokens, table.rules)
    places, hits = places[:count], hits[:count]
    keep = _without_rights(places, data, offsets)
    rows, starts, ends = (places[keep, column] for column in range(3))
    return Phrases(rows, starts, ends, *(hits[keep, column] for column in range(3)))


@compiled
def _phrases(
    places: Places,
    hits: Hashes,
    text: Bytes,
    offsets: Places,
    ngram: int,
    sample: np.uint64,
    scratch: Bytes,
    ends: Places,
    hashes: Hashes,
    tokens: Hashes,
    rules: FoldingRules,
) -> int:
    count = 0
    for row in range(len(offsets) - 1):
        first, last = offsets[row], offsets[row + 1]
        start = first
        while start < last:
            stop = start
            while stop < last and text[stop] != 0x0A:
                stop += 1
            _, length = fold_document(scratch, ends, 0, text, start, stop, 0, rules)
            if length >= ngram:
                hash_tokens(tokens, scratch.view(np.uint64), ends, length)
                hashes[:length] = tokens[:length]
                shingles = hash_shingles(hashes, length, ngram)
                line = np.uint64(1)
                for at in range(length):
                    line = line * TOKEN + tokens[at]
                for at in range(shingles):
                    key = mixed(tokens[at] * TOKEN + tokens[at + 1])
                    if key % sample == 0:
                        places[count, 0], places[count, 1], places[count, 2] = row, start - first, stop - first
                        hits[count, 0], hits[count, 1], hits[count, 2] = key, hashes[at], mixed(line)
                        count += 1
            start = stop + 1
    return count


def _without_rights(places: Places, data: Bytes, offsets: Places) -> Mask:
    """Return which phrases stand in no notice of rights, which attributions repeat."""
    keep = np.ones(len(places), np.bool_)
    begins = np.flatnonzero(first_of_runs(places[:, 0], places[:, 1]))
    for begin, end in pairwise([*begins.tolist(), len(keep)]):
        first = offsets[places[begin, 0]]
        line = data[first + places[begin, 1] : first + places[begin, 2]].tobytes().decode("utf-8", "replace")
        keep[begin:end] = len(line) > NOTICE or not RIGHTS.search(line)
    return keep


def sightings(phrases: Phrases, hosts: Hashes) -> Sightings:
    """Return one row per phrase and host, given the host of each row; one per key where it goes on in many ways."""
    return _fewer(Sightings(phrases.keys, phrases.phrases, hosts[phrases.rows], phrases.lines))


def joined(parts: Sequence[Sightings]) -> Sightings:
    """Return the sightings of several groups of texts as one."""
    return _fewer(Sightings(*map(np.concatenate, zip(*parts, strict=True))))


def _fewer(seen: Sightings) -> Sightings:
    order = np.lexsort((seen.lines, seen.hosts, seen.phrases, seen.keys))
    keys, named, hosts, lines = (column[order] for column in seen)
    first = first_of_runs(keys, named, hosts)
    keys, named, hosts, lines = keys[first], named[first], hosts[first], lines[first]
    ways = first_of_runs(keys, named)
    begins = np.flatnonzero(first_of_runs(keys))
    sizes = np.diff(np.append(begins, len(keys)))
    many = np.add.reduceat(ways, begins, dtype=np.int64) >= VARIED if len(begins) else np.zeros(0, np.bool_)
    many |= named[begins] == 0  # so it was in a part
    varied = np.repeat(many, sizes)
    keep = ~varied
    keep[begins] = True
    marks = np.zeros(len(keys), np.bool_)
    marks[begins] = many
    named, hosts, lines = (np.where(marks, np.uint64(0), column)[keep] for column in (named, hosts, lines))
    return Sightings(keys[keep], named, hosts, lines)


def suspects(seen: Sightings, settings: Planting) -> Suspects:
    """Return the phrases on enough hosts whose first words hardly stand without them, in lines that mostly differ."""
    begins = np.flatnonzero(first_of_runs(seen.keys, seen.phrases))
    hosts = np.diff(np.append(begins, len(seen.keys)))
    often = np.flatnonzero((hosts >= settings.hosts) & (seen.phrases[begins] != 0))
    hosts_of: dict[int, int] = {}
    for run in often.tolist():
        rows = slice(begins[run], begins[run] + hosts[run])
        first, last = (np.searchsorted(seen.keys, seen.keys[begins[run]], side) for side in ("left", "right"))
        of_key = len(np.unique(seen.hosts[first:last]))
        different = len(np.unique(seen.lines[rows]))
        if hosts[run] >= settings.alone * of_key and different >= settings.alone * hosts[run]:
            hosts_of[int(seen.phrases[begins[run]])] = int(hosts[run])
    named = sorted(hosts_of)
    return Suspects(np.array(named, np.uint64), np.array([hosts_of[one] for one in named], np.int64))
