"""Spans that a judge takes out of texts: a column of verdicts, and the texts without them.

    removed   list<struct<start: int32, end: int32, documents: int32>>

Bytes of the text as it stood before that judge, ascending; null where nothing goes. `documents` is how many have them.
The text itself is not written again until it is published.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SPAN = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("documents", pa.int32())])
REMOVED = pa.list_(SPAN)


def without(texts: pa.Array | pa.ChunkedArray, removed: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the texts without their spans, as strings of the type they had."""
    texts, removed = (
        column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in (texts, removed)
    )
    kind, wide = texts.type, texts.cast(pa.large_string())
    rows = pc.list_parent_indices(removed).to_numpy()
    if not len(rows):
        return texts
    spans = pc.list_flatten(removed)
    starts, ends = (spans.field(name).to_numpy().astype(np.int64) for name in ("start", "end"))
    _, offsets, data = wide.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(wide) + 1, 8 * wide.offset)
    content = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    bounds = bounds - bounds[0]
    pieces = np.concatenate(
        [[0], np.stack([bounds[rows] + starts, bounds[rows] + ends], axis=1).ravel(), [len(content)]]
    )
    kept = np.concatenate([content[first:last] for first, last in pieces.reshape(-1, 2)])
    lost: npt.NDArray[np.int64] = np.bincount(rows + 1, ends - starts, len(wide) + 1).cumsum().astype(np.int64)
    cut = pa.LargeStringArray.from_buffers(len(wide), pa.py_buffer(bounds - lost), pa.py_buffer(kept))
    return pc.if_else(pc.is_valid(wide), cut, None).cast(kind)


def spans_of(rows: npt.NDArray[np.int64], size: int, **fields: npt.NDArray[np.int64]) -> pa.Array:
    """Return a list of spans per document; those of a document lie together, in order."""
    counts = np.bincount(rows, minlength=size)
    offsets = pa.array(np.concatenate([[0], counts.cumsum()]), pa.int32())
    values = pa.StructArray.from_arrays([pa.array(fields[field.name], field.type) for field in SPAN], fields=list(SPAN))
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(counts == 0)).cast(REMOVED)
