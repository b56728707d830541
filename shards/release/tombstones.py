"""What was taken out of a release: `tombstones.arrow`, a row for each document, which names no address.

id          of the document, which tells nothing of it to who has not had it
basis       copyright, opt-out, personal-data, supplier, court
scope       record, supplier, content
removed_from    SHA-256 of the manifest of the revision that still had it
"""

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from shards import files

TOMBSTONES = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("id", "basis", "scope", "removed_from")]
)
PATH = "tombstones.arrow"


class Tombstone(NamedTuple):
    """A document that was taken down."""

    id: str
    basis: str
    scope: str
    removed_from: str


def read_tombstones(release: str) -> list[Tombstone]:
    """Return the tombstones of a release, in order."""
    uri = files.join(release, PATH)
    if not files.is_file(uri):
        return []
    return [Tombstone(**row) for row in files.read_table(uri).to_pylist()]


def write_tombstones(release: str, added: Iterable[Tombstone]) -> None:
    """Add tombstones to a release; a document keeps its first one."""
    known = {stone.id: stone for stone in read_tombstones(release)}
    for stone in added:
        known.setdefault(stone.id, stone)
    rows = [known[name] for name in sorted(known)]
    columns = [pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)] if rows else []
    if rows:
        batch = pa.RecordBatch.from_arrays(columns, schema=TOMBSTONES)
        files.write_shard(files.join(release, PATH), [batch], TOMBSTONES)
