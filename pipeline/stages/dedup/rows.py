"""The rows of the shards of dedup, and arrays from and to them.

A node is a document's position in the run: the ordinal of its group of shards << 32 | its row among the signed
documents of the group. Groups know their rows only, and later stages add the ordinal. The groups of earlier releases,
a file of their index each, come first.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dedup.components import Edges
from dedup.records import Records, planes_of, restore
from shards import files

RECORDS = pa.schema(
    [
        *((name, pa.uint16()) for name in ("key_low", "key_middle", "key_high", "row_low", "row_high")),
        ("count", pa.uint32()),
    ]
)
EDGES = pa.schema([("node", pa.uint64()), ("other", pa.uint64())])
COMPONENTS = pa.schema([("node", pa.uint64()), ("root", pa.uint64())])


def record_batch(records: Records, first_key: np.uint64) -> pa.RecordBatch:
    """Return the records of one group of documents in one partition, whose smallest key it is."""
    columns = [*planes_of(records, first_key), records.counts]
    return pa.RecordBatch.from_arrays(list(map(pa.array, columns)), schema=RECORDS)


def records_at(uris: Sequence[str], rows: Sequence[tuple[int, int]], before: int, first_key: np.uint64) -> Records:
    """Return the records of a partition from all groups of documents, given where they lie in each.

    `before` is the ordinal of the first of these groups.
    """
    size = sum(last - first for first, last in rows)
    found = Records(np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.uint32))
    start = 0
    for ordinal, (uri, (first, last)) in enumerate(zip(uris, rows, strict=True), before):
        key = first_key
        for batch in files.read_rows(uri, first, last).to_batches():
            here = found.at(slice(start, start + batch.num_rows))
            planes = tuple(column.to_numpy() for column in batch.columns)
            key = restore(here.keys, here.nodes, planes[:5], np.uint64(key), np.uint64(ordinal))
            here.counts[:] = planes[5]
            start += batch.num_rows
    return found


def edge_batch(edges: Edges) -> pa.RecordBatch:
    """Return edges as rows."""
    columns = [pa.array(np.ascontiguousarray(edges[:, side])) for side in (0, 1)]
    return pa.RecordBatch.from_arrays(columns, schema=EDGES)


def edges_in(uri: str) -> Edges:
    """Return the edges of a shard."""
    table = files.read_table(uri)
    return np.stack([table["node"].to_numpy(), table["other"].to_numpy()], axis=1)


def edges_at(uri: str, first: int, last: int) -> Edges:
    """Return some rows of the edges of a shard."""
    table = files.read_rows(uri, first, last)
    return np.stack([table["node"].to_numpy(), table["other"].to_numpy()], axis=1)
