"""The rows of the shards of dedup, and arrays from and to them.

A node is a document's position in the run: the ordinal of its shard << 32 | its row. Shards know their rows only, and
later stages add the ordinal, so that a new input file changes no shard of another. The shards of earlier releases come
first.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dedup.candidates import Edges, Nodes, Records, rows_of, shards_of
from shards import files

RECORDS = pa.schema([("key", pa.uint64()), ("row", pa.uint32()), ("count", pa.uint32())])
EDGES = pa.schema([("node", pa.uint64()), ("other", pa.uint64())])
COMPONENTS = pa.schema([("node", pa.uint64()), ("root", pa.uint64())])


def record_batch(records: Records) -> pa.RecordBatch:
    """Return the records of one shard of documents."""
    columns = [pa.array(records.keys), pa.array(records.nodes.astype(np.uint32)), pa.array(records.counts)]
    return pa.RecordBatch.from_arrays(columns, schema=RECORDS)


def records_at(uri: str, ordinal: int, first: int, last: int) -> Records:
    """Return some rows of the records of one shard of documents, whose ordinal it is."""
    table = files.read_rows(uri, first, last)
    nodes = table["row"].to_numpy().astype(np.uint64) | np.uint64(ordinal) << np.uint64(32)
    return Records(table["key"].to_numpy(), nodes, table["count"].to_numpy())


def edge_batch(edges: Edges) -> pa.RecordBatch:
    """Return edges as rows."""
    columns = [pa.array(np.ascontiguousarray(edges[:, side])) for side in (0, 1)]
    return pa.RecordBatch.from_arrays(columns, schema=EDGES)


def edges_in(uri: str) -> Edges:
    """Return the edges of a shard."""
    table = files.read_table(uri)
    return np.stack([table["node"].to_numpy(), table["other"].to_numpy()], axis=1)


def fetched(uris: Sequence[str], nodes: Nodes) -> pa.Table:
    """Return the rows of the shards, one per ordinal, that the nodes, ascending, stand for; null what one lacks."""
    ordinals = shards_of(nodes)
    return pa.concat_tables(
        (files.take(uris[ordinal], rows_of(nodes[ordinals == ordinal])) for ordinal in np.unique(ordinals).tolist()),
        promote_options="default",
    )
