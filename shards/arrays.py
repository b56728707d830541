"""Types of numpy arrays that every room uses, named for what they hold; what only one room has, it names itself.

And what a command that looks up one document needs of Arrow without pandas: `pa.scalar`, `pa.array` and instants as
Python has them import it, which takes a third of a second.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Array: TypeAlias = npt.NDArray[Any]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]  # which rows
Places: TypeAlias = npt.NDArray[np.int64]  # rows, offsets or bounds in other arrays


def utf8(texts: pa.StringArray) -> tuple[Array, Bytes]:
    """Return the offsets of the texts (one more than texts) and the bytes they point into, not copied and read-only:
    for bytes that can be written a loop would be compiled once more.
    """
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    starts = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1] if len(texts) else [0]
    return np.asarray(starts, np.int64), np.frombuffer(memoryview(data or b"").toreadonly(), np.uint8)


def text_scalar(text: str) -> pa.StringScalar:
    """Return a text as Arrow compares it with a column of texts."""
    content = text.encode()
    ends = np.array([0, len(content)], np.int32)
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(content)])[0]


def only_row(table: pa.Table) -> dict[str, Any]:
    """Return the one row of a table; its instants are whole seconds, UTC."""
    instants = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    (row,) = table.drop_columns(instants).to_pylist()
    for name in instants:
        seconds = table[name].cast(pa.timestamp("s", table.schema.field(name).type.tz)).cast(pa.int64())[0].as_py()
        row[name] = None if seconds is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return {name: row[name] for name in table.column_names}
