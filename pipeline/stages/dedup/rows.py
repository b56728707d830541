"""The rows of the shards of dedup, and arrays from and to them.

A node is a document's position in the run: the ordinal of its shard << 32 | its row. Shards know their rows only, and
later stages add the ordinal, so that a new input file changes no shard of another. The shards of earlier releases come
first.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.candidates import Records
from dedup.components import Edges
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
    """Return the records of one shard of documents in one partition, whose smallest key it is.

    Of each key, the distance from the one before, in units of 2^16 (`dedup.candidates.KEY`). What has few bits is
    written in planes of 16: 6 bytes a record, where zstd would leave 10 of the numbers as they are at half the speed.
    """
    distances = _halves(np.diff(records.keys, prepend=first_key) >> np.uint64(16))
    planes = [*distances.T[:3], *_halves(records.nodes).T[:2]]
    columns = [pa.array(np.ascontiguousarray(plane)) for plane in planes]
    return pa.RecordBatch.from_arrays([*columns, pa.array(records.counts)], schema=RECORDS)


def records_at(uri: str, ordinal: int, first: int, last: int, first_key: np.uint64) -> Records:
    """Return the records of a partition from the shard of one of documents: its ordinal, and where they lie in it."""
    table = files.read_rows(uri, first, last)
    planes = [table[name].to_numpy() for name in RECORDS.names[:5]]
    keys = (np.cumsum(_joined(*planes[:3])) << np.uint64(16)) + first_key
    nodes = _joined(*planes[3:]) | np.uint64(ordinal) << np.uint64(32)
    return Records(keys, nodes, table["count"].to_numpy())


def _halves(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """Return the 16-bit words of each number, the lowest first."""
    return numbers.astype("<u8").view("<u2").reshape(-1, 4)


def _joined(*planes: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint64]:
    """Return the numbers of which these are the lower words."""
    words = np.zeros((len(planes[0]), 4), "<u2")
    for place, plane in enumerate(planes):
        words[:, place] = plane
    return words.view("<u8").ravel().astype(np.uint64, copy=False)


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
