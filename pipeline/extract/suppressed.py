"""The list of what was taken down, and the step that rejects it when it is read again.

    suppressed.arrow   key (of an address, or null), shingles (of a text, 64 bits each, ascending; empty if none)

The list holds hashes alone. A document is rejected if its address is in the list, or if its text is near one: from .8
of Jaccard similarity or of containment, folded, so that a copy in the other Chinese script is met as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from dedup.containment import NEAR, Wanted
from filters.chain import REASONS, Judgement, Step
from shards import files
from shards.release.commitments import address_of
from shards.release.proofs import key_of
from shards.schema import with_columns

SUPPRESSED = pa.schema(
    [pa.field("key", pa.binary(32)), pa.field("shingles", pa.large_list(pa.uint64()), nullable=False)]
)
REASON = "suppressed.taken_down"


class Suppressed(Step, frozen=True):
    """Rejects documents that were taken down, and their near copies; stands behind the steps that make the text."""

    name: Literal["suppressed"] = "suppressed"
    lists: tuple[Path, ...] = Field(min_length=1, description="files that `yuliao takedown apply` has written")

    reads_text = True

    def resources(self) -> Sequence[Path]:
        return self.lists

    def measures(self) -> Mapping[str, pa.DataType]:
        return {}

    @cached_property
    def _keys(self) -> frozenset[bytes]:
        keys = (key for path in self.lists for key in files.read_table(str(path), ["key"])["key"].to_pylist())
        return frozenset(key for key in keys if key is not None)

    @cached_property
    def _texts(self) -> Wanted:
        return Wanted([np.array(row, np.uint64) for path in self.lists for row in _shingles(path)])

    def run(self, batch: pa.RecordBatch) -> Judgement:
        """Return the documents, those that were taken down rejected."""
        urls = batch.column("url").to_pylist()
        named = np.array([url is not None and key_of(address_of(url)) in self._keys for url in urls], bool)
        gone = named | (self._texts.near(batch.column("text")) >= NEAR)
        reasons = [[REASON] if each else [] for each in gone.tolist()]
        column = pa.array([each[0] if each else None for each in reasons], pa.string())
        return Judgement(with_columns(batch, {"rejected_by": column}), {}, pa.array(reasons, REASONS))


def _shingles(path: Path) -> list[list[int]]:
    found: list[list[int]] = files.read_table(str(path), ["shingles"])["shingles"].to_pylist()
    return found


def add_to_list(path: str, addresses: Iterable[str], texts: Sequence[str]) -> None:
    """Add addresses and texts to a list; what is there already changes nothing, nor does the order of additions."""
    old = files.read_table(path).to_pylist() if files.is_file(path) else []
    rows = {(row["key"] or b"", tuple(row["shingles"])) for row in old}
    rows |= {(key_of(address), ()) for address in addresses}
    rows |= {(b"", tuple(each.tolist())) for each in Wanted.of(list(texts)).sets}
    ordered = sorted(rows)
    columns = [
        pa.array([key or None for key, _ in ordered], pa.binary(32)),
        pa.array([shingles for _, shingles in ordered], pa.large_list(pa.uint64())),
    ]
    files.write_shard(path, [pa.RecordBatch.from_arrays(columns, schema=SUPPRESSED)], SUPPRESSED)
