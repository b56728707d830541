"""Proofs about a document: that it is in a release, with its licence, or that its address is not."""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow.compute as pc
from pydantic import BaseModel, ValidationError

from pipeline.errors import QuestionError
from shards import files
from shards.errors import plainly
from shards.release import manifest
from shards.release.commitments import address_of
from shards.release.place import release_at
from shards.release.proofs import Absence, Inclusion, Neighbour, key_of
from shards.release.verifier import (
    CHECKPOINT,
    TREE,
    addresses_of,
    commitment_path,
    record_contents,
    text_digests,
)
from shards.transparency import Note, inclusion, read_note, root_in_tiles

ID = re.compile(r"[0-9a-f]{32}")


class Tree(BaseModel, frozen=True, extra="forbid"):
    """What `commitments/tree.json` says."""

    format: int
    data_set: str
    origin: str
    size: int
    root: str
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class Proved:
    """A proof, and how many documents of the release have the address."""

    proof: Inclusion | Absence
    documents: int


def prove(wanted: str, path: str) -> Proved:
    """Return the proof that an address, or the document of an id, is in the release that a path leads to, or is not.

    Raises
    ------
    QuestionError
        if the release is not committed to, or no document has the id.
    """
    release = Committed(release_at(path))
    address = release.address_of_id(wanted) if ID.fullmatch(wanted) else address_of(wanted)
    key = key_of(address)
    first, places = release.placed(key)
    if places:
        return Proved(release.inclusion(first, places[0]), len(places))
    neighbours = [place for place in (first - 1, first) if 0 <= place < release.tree.size]
    return Proved(Absence(address, tuple(map(release.neighbour, neighbours)), release.note), 0)


class Committed:
    """A release that is committed to, opened for proofs."""

    def __init__(self, release: str) -> None:
        self.release = release
        try:
            self.tree = Tree.model_validate_json(files.read_bytes(files.join(release, TREE)))
            self.note: Note = read_note(files.read_bytes(files.join(release, CHECKPOINT)).decode())
        except FileNotFoundError as error:
            raise QuestionError(
                f"{release}: has no commitments: add `name: commit` after publish, and run again"
            ) from error
        except (ValidationError, ValueError) as error:
            raise QuestionError(f"{release}: its commitment cannot be read: {plainly(error)}") from error
        self.shards = [shard.path for shard in manifest.read(release).shards]
        self.leaves = cache(lambda number: files.read_table(files.join(release, self.tree.leaves[number])))
        tile = cache(lambda path: files.read_bytes(files.join(release, path)))
        self._root_of = root_in_tiles(self.tree.size, tile)

    def _start(self, number: int) -> int:
        return sum(self.leaves(earlier).num_rows for earlier in range(number))

    def placed(self, key: bytes) -> tuple[int, list[tuple[int, int]]]:
        """Return the place of the first leaf that is not before the key, and the shards and rows that have the key."""
        number = int.from_bytes(key[:4], "big") * len(self.tree.leaves) >> 32
        table = self.leaves(number)
        keys: Sequence[bytes] = table["key"].to_pylist()
        first, last = bisect.bisect_left(keys, key), bisect.bisect_right(keys, key)
        rows = table.slice(first, last - first)
        places = list(zip(rows["shard"].to_pylist(), rows["row"].to_pylist(), strict=True))
        return self._start(number) + first, places

    def _path(self, index: int) -> tuple[bytes, ...]:
        return tuple(inclusion(index, self.tree.size, self._root_of))

    def inclusion(self, index: int, place: tuple[int, int]) -> Inclusion:
        """Return the proof of a leaf, which is the record of a row."""
        shard, row = place
        rows = files.take(files.join(self.release, self.shards[shard]), [row]).combine_chunks().to_batches()[0]
        uri = files.join(self.release, commitment_path(self.shards[shard]))
        beside = files.take(uri, [row]).combine_chunks().to_batches()[0]
        addresses = addresses_of(rows, beside)
        (content,) = record_contents(rows, addresses, beside["salt"], text_digests(rows["text"]))
        return Inclusion(content, index, self._path(index), self.note)

    def neighbour(self, index: int) -> Neighbour:
        """Return a leaf with its proof."""
        number, first = 0, index
        while first >= self.leaves(number).num_rows:
            first -= self.leaves(number).num_rows
            number += 1
        row = self.leaves(number).slice(first, 1).to_pylist()[0]
        return Neighbour(index, row["key"] + row["record"], self._path(index))

    def address_of_id(self, wanted: str) -> str:
        """Return the address of the document of an id."""
        for shard in self.shards:
            uri = files.join(self.release, shard)
            ids = files.read_table(uri, ["id"])["id"]
            place = pc.index(ids, wanted).as_py()
            if place >= 0:
                rows = files.take(uri, [place]).combine_chunks().to_batches()[0]
                beside = files.take(files.join(self.release, commitment_path(shard)), [place])
                return str(addresses_of(rows, beside.combine_chunks().to_batches()[0])[0])
        raise QuestionError(f"{wanted}: no document of {self.release} has this id; absence is proved of an address")
