"""The rows of the shards of dedup, and arrays from and to them.

A node is a document's position in the run: the ordinal of its group of shards << 32 | its row among the signed
documents of the group. Groups know their rows only, and later stages add the ordinal. The groups of earlier releases,
a file of their index each, come first.
"""

import numpy as np
import pyarrow as pa

from dedup.components import Edges
from dedup.shingles import Hashes
from shards import files

RECORDS = pa.schema([("word", pa.uint64())])  # `dedup.records.packed`, a batch for each partition
EDGES = pa.schema([("node", pa.uint64()), ("other", pa.uint64())])
COMPONENTS = pa.schema([("node", pa.uint64()), ("root", pa.uint64())])


def record_batch(words: Hashes) -> pa.RecordBatch:
    """Return packed records as rows."""
    return pa.RecordBatch.from_arrays([pa.array(words)], schema=RECORDS)


def edge_batch(edges: Edges) -> pa.RecordBatch:
    """Return edges as rows."""
    columns = [pa.array(np.ascontiguousarray(edges[:, side])) for side in (0, 1)]
    return pa.RecordBatch.from_arrays(columns, schema=EDGES)


def edges_of(table: pa.Table) -> Edges:
    """Return rows as edges."""
    return np.stack([table["node"].to_numpy(), table["other"].to_numpy()], axis=1)


def edges_in(uri: str) -> Edges:
    """Return the edges of a shard."""
    return edges_of(files.read_table(uri))
