"""Files on any file system, written whole or not at all, and the Arrow shards among them.

A path without a scheme is local: see `shards.folders`, whose names are here too.
"""

import bisect
import contextlib
import hashlib
import io
import os
import tempfile
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import fs

from shards import stores, web
from shards.canonical import canonical
from shards.folders import (
    FileInfo as FileInfo,
)
from shards.folders import (
    exists as exists,
)
from shards.folders import (
    folders_in as folders_in,
)
from shards.folders import (
    info as info,
)
from shards.folders import (
    is_file as is_file,
)
from shards.folders import (
    is_folder as is_folder,
)
from shards.folders import (
    join as join,
)
from shards.folders import (
    modified as modified,
)
from shards.folders import (
    names_in as names_in,
)
from shards.folders import (
    paths_below as paths_below,
)
from shards.folders import (
    remove as remove,
)
from shards.folders import (
    remove_folder as remove_folder,
)
from shards.folders import (
    resolve as resolve,
)
from shards.folders import (
    scheme as scheme,
)
from shards.folders import (
    sizes_below as sizes_below,
)
from shards.folders import (
    times_in as times_in,
)

ROWS_PER_BATCH = 1024  # of a shard, however its rows arrived: the bytes depend on nothing else
NUMBERS_PER_BATCH = 32_768  # of one that holds nothing but numbers: small ones cost more than what is in them
SHARD_COMPRESSION = pa.Codec("zstd", compression_level=1)  # 273 MB/s at 2.3x; level 3 gains 0.6x at half the speed


@dataclass(frozen=True)
class Written:
    """A file as written: what a receipt says of it."""

    bytes: int
    sha256: str


def open_input(uri: str) -> pa.NativeFile:
    """Open a file for random access; one on the web whose server does not tell its length is fetched whole before."""
    if scheme(uri) in web.WEB and web.length(uri) is None:
        return web.fetched(uri)
    if stores.holds(uri):
        return stores.opened(uri)
    system, path = resolve(uri)
    return system.open_input_file(path)


def read_bytes(uri: str) -> bytes:
    """Return a file's content."""
    if stores.holds(uri):
        return stores.read(uri)
    with open_input(uri) as source:
        return bytes(source.read())


def read_if_there(uri: str) -> bytes | None:
    """Return a file's content; None if there is no such file, also because what should be its folder is a file."""
    try:
        return read_bytes(uri)
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_part(uri: str, offset: int, length: int) -> bytes:
    """Return some bytes of a file, and ask for no others: a file opened over HTTP reads 5 MB ahead."""
    if stores.holds(uri):
        return stores.read_part(uri, offset, length)
    system, path = resolve(uri)
    if isinstance(system, fs.PyFileSystem):
        return bytes(system.handler.fs.cat_file(path, start=offset, end=offset + length))
    with system.open_input_file(path) as file:
        return bytes(file.read_at(length, offset))


def sha256(uri: str) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    with open_input(uri) as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


class _Hashing(io.RawIOBase):
    """Passes bytes on to a stream and digests them on the way."""

    def __init__(self, stream: pa.NativeFile | IO[bytes]) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: Any) -> int:
        self.stream.write(data)
        self.digest.update(data)
        count = memoryview(data).nbytes
        self.size += count
        return count


@contextlib.contextmanager
def writing(uri: str) -> Iterator[_Hashing]:
    """Give a stream whose file appears under its name when the block ends, whole, or not at all when it fails.

    An object is sent once its content is complete. A local file is written under a temporary name, synced and renamed.
    """
    if stores.holds(uri):
        with tempfile.SpooledTemporaryFile(stores.PART) as held:
            yield _Hashing(held)
            held.seek(0)
            stores.write(uri, held)
        return
    system, path = resolve(uri)
    if not isinstance(system, fs.LocalFileSystem):
        with system.open_output_stream(path, compression=None) as stream:  # a name that ends in .gz asks for none
            yield _Hashing(stream)
        return
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temporary = f"{path}.{uuid.uuid4().hex[:8]}{TEMPORARY}"
    try:
        with system.open_output_stream(temporary, compression=None) as stream:
            yield _Hashing(stream)
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


TEMPORARY = ".tmp"


def remove_temporary(folder: str) -> None:
    """Remove what killed writers left below a local folder. Only while nobody else writes there."""
    if scheme(folder) is None:
        for root, _, names in os.walk(folder):
            for name in names:
                if name.endswith(TEMPORARY):
                    os.unlink(os.path.join(root, name))


def write_bytes(uri: str, content: bytes) -> Written:
    """Write a file whole."""
    if stores.holds(uri):
        stores.write(uri, content)
        return Written(len(content), hashlib.sha256(content).hexdigest())
    with writing(uri) as sink:
        sink.write(content)
    return Written(sink.size, sink.digest.hexdigest())


def copy(source: str, target: str) -> Written:
    """Write a file as another is, byte for byte."""
    with open_input(source) as content, writing(target) as sink:
        while chunk := content.read(1 << 20):
            sink.write(chunk)
    return Written(sink.size, sink.digest.hexdigest())


def duplicate(source: str, target: str) -> None:
    """Write a file as another of the same run is, byte for byte; a store does so itself."""
    if stores.holds(source) and source.split("/")[:3] == target.split("/")[:3]:
        stores.copy(source, target)
    else:
        copy(source, target)


def write_shard(uri: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema, *, as_given: bool = False) -> Written:
    """Write batches as one Arrow IPC file; the same rows give the same bytes, whatever made and batched them.

    `as_given` keeps the batches, so that each is one reader's (`read_batches`).
    """
    options = pa.ipc.IpcWriteOptions(compression=SHARD_COMPRESSION, use_threads=False)
    with writing(uri) as sink, pa.ipc.new_file(pa.PythonFile(sink, mode="w"), schema, options=options) as writer:
        for batch in batches if as_given else rebatched(batches, schema):
            writer.write_batch(canonical(batch))
    return Written(sink.size, sink.digest.hexdigest())


def rows_per_batch(schema: pa.Schema) -> int:
    """Return how many rows each batch of a shard has, the last one excepted."""
    numbers = all(pa.types.is_primitive(field.type) for field in schema)
    return NUMBERS_PER_BATCH if numbers else ROWS_PER_BATCH


def rebatched(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of exactly `rows_per_batch`, the last one excepted."""
    size = rows_per_batch(schema)
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        while rows >= size:
            table = pa.Table.from_batches(held, schema)
            yield from table.slice(0, size).combine_chunks().to_batches()
            held = table.slice(size).to_batches()
            rows -= size
    if rows:
        yield from pa.Table.from_batches(held, schema).combine_chunks().to_batches()


@contextlib.contextmanager
def open_shard(uri: str, columns: Collection[str] | None = None) -> Iterator[pa.ipc.RecordBatchFileReader]:
    """Open a shard, mapped into memory where it is local; only the named columns are read, as far as it has them."""
    with _shard_source(uri) as source:
        options = pa.ipc.IpcReadOptions(use_threads=False)
        if columns is not None:
            names = pa.ipc.open_file(source).schema.names
            options.included_fields = [index for index, name in enumerate(names) if name in columns]
        yield pa.ipc.open_file(source, options=options)


def _shard_source(uri: str) -> pa.NativeFile:
    if stores.holds(uri):
        return stores.opened(uri, from_end=True)
    system, path = resolve(uri)
    return pa.memory_map(path) if isinstance(system, fs.LocalFileSystem) else system.open_input_file(path)


def schema_of(uri: str) -> pa.Schema:
    """Return the columns of a shard."""
    with open_shard(uri) as reader:
        return reader.schema


def read_shard(uri: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a shard, with the named columns only."""
    with open_shard(uri, columns) as reader:
        for index in range(reader.num_record_batches):
            batch = reader.get_batch(index)
            yield batch if columns is None else batch.select(list(columns))


def read_batches(uri: str, batches: range) -> Iterator[pa.RecordBatch]:
    """Yield batches of a shard that was written as given; nothing else of it is unpacked."""
    with open_shard(uri) as reader:
        yield from map(reader.get_batch, batches)


def read_rows(uri: str, first: int, last: int) -> pa.Table:
    """Return the rows `first` to `last` - 1 of a shard; only the batches that hold them are read."""
    return take(uri, range(first, last))


def take(
    uri: str, rows: Sequence[int] | npt.NDArray[np.integer[Any]], columns: Sequence[str] | None = None
) -> pa.Table:
    """Return the rows of a shard at the given positions, ascending; only the batches that hold them are read."""
    wanted = np.arange(rows.start, rows.stop) if isinstance(rows, range) else np.asarray(rows, np.int64)
    with open_shard(uri, columns) as reader:
        # The rows of every batch but the last; of one alone, which is not unpacked for it, as many as are wanted.
        several = len(wanted) > 0 and reader.num_record_batches > 1
        size = reader.get_batch(0).num_rows if several else int(wanted.max(initial=0)) + 1
        bounds = np.searchsorted(wanted, np.arange(reader.num_record_batches + 1) * size)
        parts = []
        for index in np.flatnonzero(np.diff(bounds)).tolist():
            here = wanted[bounds[index] : bounds[index + 1]] - index * size
            batch = reader.get_batch(index)
            whole = int(here[-1] - here[0]) + 1 == len(here)
            parts.append(batch.slice(here[0], len(here)) if whole else batch.take(pa.array(here)))
        return pa.Table.from_batches(parts, reader.schema)


def read_range(uri: str, column: str, first: int, last: int, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a shard whose value in a column, by which it is sorted, lies between the two, both included.

    The column holds uint64. Only the batches that hold such rows, and those that a binary search looks at, are read.
    """
    with open_shard(uri, columns) as reader:

        def value(index: int) -> int:
            return int(reader.get_batch(index)[column][0].as_py())

        batches = range(reader.num_record_batches)
        start = max(bisect.bisect_left(batches, first, key=value) - 1, 0)
        parts = []
        for index in batches[start:]:
            batch = reader.get_batch(index)
            values = batch[column].to_numpy()
            if values[0] > last:
                break
            low, high = np.searchsorted(values, np.uint64(first)), np.searchsorted(values, np.uint64(last), "right")
            parts.append(batch.slice(low, high - low))
        return pa.Table.from_batches(parts, reader.schema)


def read_table(uri: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a whole shard."""
    with open_shard(uri, columns) as reader:
        table = reader.read_all()
        return table if columns is None else table.select(list(columns))
