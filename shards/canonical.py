"""One representation of equal rows: arrays whose buffers hold what the rows say, and nothing else.

Arrow lets equal arrays differ in memory: in what lies behind their end or under their nulls, in an offset, in a bitmap
in which every bit is set. A slice, `filter`, `take` and a builder each leave other bytes there, and a writer writes
them: of a slice of a longer array, up to seven bytes of the rows that follow it. Here

    a bitmap of validity is there only if something is null, and the bits behind its last row are zero
    what is null is zero, or empty, and so is every field of a struct that is null, which is not null itself
    a buffer begins with the first value and ends with the last
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import lib, types

Mask: TypeAlias = npt.NDArray[np.bool_]
Offsets: TypeAlias = npt.NDArray[Any]  # int32 or int64

_EMPTY = pa.py_buffer(b"")
_STRINGS = {lib.Type_STRING: np.int32, lib.Type_BINARY: np.int32} | {
    lib.Type_LARGE_STRING: np.int64,
    lib.Type_LARGE_BINARY: np.int64,
}
_LISTS = {lib.Type_LIST: np.int32, lib.Type_MAP: np.int32, lib.Type_LARGE_LIST: np.int64}
_OFFSETS = _STRINGS | _LISTS


def canonical(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the same rows as they are written, whatever made them; what is as it should be already is not copied.

    Raises
    ------
    TypeError
        for a type whose equal arrays have no one form here: dictionaries, unions, views, runs, extensions.
    """
    return pa.RecordBatch.from_arrays([_array(column, None) for column in batch.columns], schema=batch.schema)


def _array(array: pa.Array, hidden: Mask | None) -> pa.Array:
    """Return the canonical array; `hidden` marks the rows whose parent is null."""
    kind, length = array.type, len(array)
    if kind.id == lib.Type_NA:
        return pa.nulls(length)
    null = _nulls(array, hidden)
    blank = null if hidden is None else hidden if null is None else hidden | null
    count = 0 if null is None else int(np.count_nonzero(null))
    bitmap = pa.py_buffer(np.packbits(~null, bitorder="little")) if null is not None and count else None
    buffers, children = _contents(array, blank)
    return pa.Array.from_buffers(kind, length, [bitmap, *buffers], count, children=children)


def _nulls(array: pa.Array, hidden: Mask | None) -> Mask | None:
    """Return, per row, whether it is null and its parent is not; None if none is."""
    if array.null_count == 0:
        return None
    null = ~_bits(array.buffers()[0], array.offset, len(array))
    return null if hidden is None else null & ~hidden


def _contents(array: pa.Array, blank: Mask | None) -> tuple[list[pa.Buffer], list[pa.Array] | None]:
    """Return the buffers behind the bitmap, and the children; of rows that are blank there is nothing in them."""
    kind = array.type
    if kind.id in _STRINGS:
        return _strings(array, blank), None
    if kind.id in _LISTS:
        offsets, values = _lists(array, blank)
        return [pa.py_buffer(offsets)], [_array(values, None)]
    if kind.id == lib.Type_STRUCT:
        return [], [_array(array.field(index), blank) for index in range(kind.num_fields)]
    if kind.id == lib.Type_FIXED_SIZE_LIST:
        size = kind.list_size
        values = array.values.slice(array.offset * size, len(array) * size)
        return [], [_array(values, None if blank is None else np.repeat(blank, size))]
    if kind.id == lib.Type_BOOL:
        return [_booleans(array, blank)], None
    if types.is_primitive(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind):
        return [_fixed(array, blank)], None
    raise TypeError(f"{kind} has no canonical form: a shard has no such column")


def _strings(array: pa.Array, blank: Mask | None) -> list[pa.Buffer]:
    offsets = _offsets(array)
    if blank is not None and np.diff(offsets)[blank].any():
        nothing = pa.scalar(b"", pa.binary()).cast(array.type)
        array = pc.if_else(pa.array(blank), nothing, array)
        offsets = _offsets(array)
    data = array.buffers()[2]
    first, last = int(offsets[0]), int(offsets[-1])
    return [pa.py_buffer(offsets - offsets[0]), _EMPTY if data is None else data.slice(first, last - first)]


def _lists(array: pa.Array, blank: Mask | None) -> tuple[Offsets, pa.Array]:
    """Return the offsets from zero, and the values that they speak of."""
    offsets = _offsets(array)
    values = array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    lengths = np.diff(offsets)
    if blank is None or not lengths[blank].any():
        return offsets - offsets[0], values
    values = values.filter(pa.array(np.repeat(~blank, lengths)))
    lengths[blank] = 0
    return np.concatenate([[0], lengths.cumsum()]).astype(offsets.dtype), values


def _offsets(array: pa.Array) -> Offsets:
    kind = _OFFSETS[array.type.id]
    if not len(array):  # an empty array may have none
        return np.zeros(1, kind)
    return np.frombuffer(array.buffers()[1], kind, len(array) + 1, array.offset * np.dtype(kind).itemsize)


def _booleans(array: pa.Array, blank: Mask | None) -> pa.Buffer:
    if not len(array):
        return _EMPTY
    bits = _bits(array.buffers()[1], array.offset, len(array))
    return pa.py_buffer(np.packbits(bits if blank is None else bits & ~blank, bitorder="little"))


def _fixed(array: pa.Array, blank: Mask | None) -> pa.Buffer:
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if not len(array) or data is None:
        return _EMPTY
    if blank is None or not blank.any():
        return data.slice(array.offset * width, len(array) * width)
    values = np.frombuffer(data, np.uint8, len(array) * width, array.offset * width).reshape(len(array), width).copy()
    values[blank] = 0
    return pa.py_buffer(values)


def _bits(buffer: pa.Buffer, offset: int, length: int) -> Mask:
    first, shift = divmod(offset, 8)
    packed = np.frombuffer(buffer, np.uint8, -(-(shift + length) // 8), first)
    return np.unpackbits(packed, bitorder="little")[shift : shift + length].view(np.bool_)
