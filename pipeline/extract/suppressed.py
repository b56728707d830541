"""The list of what was taken down, and the step that rejects it when it is read again.

    suppressed.arrow   key (of an address, or null), shingles (of a text, 64 bits each, ascending; empty if none)

The list holds hashes alone. A document is rejected, and loses its content, if its address is in the list, or if its
text is near one: from .8 of Jaccard similarity or of containment, folded, so that a copy in the other Chinese script is
met as well. How the list travels: `pipeline.takedown.notes`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field

from dedup.containment import NEAR, Wanted
from dedup.shingles import Hashes
from filters.chain import REASONS, Judgement, Step
from shards import files
from shards.arrays import Mask
from shards.erasing import without
from shards.release.commitments import address_of
from shards.release.proofs import key_of
from shards.schema import with_columns

SUPPRESSED = pa.schema(
    [pa.field("key", pa.binary(32)), pa.field("shingles", pa.large_list(pa.uint64()), nullable=False)]
)
REASON = "suppressed.taken_down"


class Suppressions(NamedTuple):
    """What a list holds."""

    keys: frozenset[bytes] = frozenset()  # of addresses
    texts: tuple[Hashes, ...] = ()  # the shingles of each


class Suppressed(Step, frozen=True):
    """Rejects documents that were taken down, and their near copies; it follows the steps that make the text."""

    name: Literal["suppressed"] = "suppressed"
    lists: tuple[str, ...] = Field(
        min_length=1, description="`suppressed.arrow` files, written by `yuliao takedown apply`"
    )

    reads_text = True

    def resources(self) -> Sequence[Path]:
        return [Path(path) for path in self.lists]

    def measures(self) -> Mapping[str, pa.DataType]:
        return {}

    @cached_property
    def _keys(self) -> frozenset[bytes]:
        return frozenset(key for path in self.lists for key in read_list(path).keys)

    @cached_property
    def _texts(self) -> Wanted:
        return Wanted([row for path in self.lists for row in read_list(path).texts])

    def run(self, batch: pa.RecordBatch) -> Judgement:
        """Return the documents, those that were taken down rejected, and without their content."""
        gone = self.matches(batch)
        reasons = [[REASON] if each else [] for each in gone.tolist()]
        if gone.any():
            (batch,) = without(pa.Table.from_batches([batch]), pa.array(gone)).combine_chunks().to_batches()
        column = pa.array([each[0] if each else None for each in reasons], pa.string())
        return Judgement(with_columns(batch, {"rejected_by": column}), {}, pa.array(reasons, REASONS))

    def matches(self, documents: pa.RecordBatch) -> Mask:
        """Return which documents the list names, by address or by text."""
        urls = documents.column("url").to_pylist()
        named = np.array([url is not None and key_of(address_of(url)) in self._keys for url in urls], bool)
        gone: Mask = named | (self._texts.near(documents.column("text")) >= NEAR)
        return gone

    def emptied(self, documents: pa.Table) -> pa.Table:
        """Return documents that were rejected for other reasons, those that the list names without their content."""
        gone = [self.matches(batch) for batch in documents.to_batches()]
        return without(documents, pa.array(np.concatenate(gone))) if gone else documents


def read_list(path: str) -> Suppressions:
    """Return what a list holds; nothing if there is no list."""
    if not files.is_file(path):
        return Suppressions()
    table = files.read_table(path, ["key", "shingles"])
    rows = (np.array(row, np.uint64) for row in table["shingles"].to_pylist())
    keys = frozenset(key for key in table["key"].to_pylist() if key is not None)
    return Suppressions(keys, tuple(row for row in rows if len(row)))


def hashes_of(addresses: Iterable[str], texts: Sequence[str]) -> Suppressions:
    """Return what a list holds of addresses and of texts."""
    return Suppressions(frozenset(map(key_of, addresses)), tuple(Wanted.of(list(texts)).sets))


def add_to_list(path: str, added: Suppressions) -> None:
    """Add to a list; what is there already changes nothing, nor does the order of additions."""
    old = read_list(path)
    keys = sorted(old.keys | added.keys)
    texts = sorted({tuple(row.tolist()) for row in (*old.texts, *added.texts)})
    columns = [
        pa.array([*([None] * len(texts)), *keys], pa.binary(32)),
        pa.array([*texts, *([()] * len(keys))], pa.large_list(pa.uint64())),
    ]
    files.write_shard(path, [pa.RecordBatch.from_arrays(columns, schema=SUPPRESSED)], SUPPRESSED)
