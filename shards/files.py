"""Files on any file system, written whole or not at all, and the Arrow shards among them.

A path without a scheme is local. `s3://` and `gs://` are pyarrow's own file systems; any other scheme (`https://`,
`hf://`) is read through fsspec.
"""

import bisect
import contextlib
import hashlib
import io
import os
import posixpath
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import fs

from shards import web
from shards.canonical import canonical

ROWS_PER_BATCH = 1024  # of a shard, however its rows arrived: the bytes depend on nothing else
NUMBERS_PER_BATCH = 32_768  # of one that holds nothing but numbers: small ones cost more than what is in them
SHARD_COMPRESSION = pa.Codec("zstd", compression_level=1)  # 273 MB/s at 2.3x; level 3 gains 0.6x at half the speed

_NATIVE = {"s3", "gs", "gcs", "file"}


@dataclass(frozen=True)
class FileInfo:
    """A file that exists: its URI as it was asked for, its size, and its time of change where the store tells.

    `folder` is what the pattern names before its first wildcard (of a file that was named itself, where it lies), and
    `path` what follows.
    """

    uri: str
    size: int | None  # None if its server does not tell
    mtime_ns: int | None = None
    folder: str = ""
    path: str = ""


@dataclass(frozen=True)
class Written:
    """A file as written: what a receipt says of it."""

    bytes: int
    sha256: str


def join(base: str, *parts: str) -> str:
    """Return the URI of a file below another."""
    return posixpath.join(base, *parts)


def scheme(uri: str) -> str | None:
    """Return the scheme of a URI, or None for a local path."""
    head, separator, _ = uri.partition("://")
    return head if separator else None


def resolve(uri: str) -> tuple[fs.FileSystem, str]:
    """Return the file system that holds a URI, and the path in it."""
    kind = scheme(uri)
    if kind is None:
        return fs.LocalFileSystem(), uri
    if kind in _NATIVE:
        system, path = fs.FileSystem.from_uri(uri)
        return system, path
    import fsspec  # brings asyncio, and most runs read local files

    handler = fsspec.filesystem(kind)
    return fs.PyFileSystem(fs.FSSpecHandler(handler)), handler._strip_protocol(uri)


def open_input(uri: str) -> pa.NativeFile:
    """Open a file for random access; one on the web whose server does not tell its length is fetched whole before."""
    if scheme(uri) in web.WEB and web.length(uri) is None:
        return web.fetched(uri)
    system, path = resolve(uri)
    return system.open_input_file(path)


def exists(uri: str) -> bool:
    """Return whether a file or folder is there."""
    system, path = resolve(uri)
    return bool(system.get_file_info(path).type != fs.FileType.NotFound)


def is_folder(uri: str) -> bool:
    """Return whether a folder is there, and not a file."""
    system, path = resolve(uri)
    return bool(system.get_file_info(path).type == fs.FileType.Directory)


def info(uri: str) -> FileInfo:
    """Return what is known of a file that is called exactly so, whatever characters are in its name.

    Raises
    ------
    FileNotFoundError
        when there is no such file.
    """
    system, path = resolve(uri)
    found = system.get_file_info(path)
    if found.type != fs.FileType.File:
        raise FileNotFoundError(f"{uri}: no such file")
    return FileInfo(uri, found.size, found.mtime_ns)


def is_file(uri: str) -> bool:
    """Return whether a file is there, and not a folder."""
    system, path = resolve(uri)
    return bool(system.get_file_info(path).type == fs.FileType.File)


def read_bytes(uri: str) -> bytes:
    """Return a file's content."""
    with open_input(uri) as source:
        return bytes(source.read())


def folders_in(uri: str) -> list[str]:
    """Return the names of the folders directly in a folder, sorted; none if there is no such folder."""
    system, path = resolve(uri)
    selector = fs.FileSelector(path, allow_not_found=True)
    return sorted(info.base_name for info in system.get_file_info(selector) if info.type == fs.FileType.Directory)


def modified(uri: str) -> int:
    """Return when a file was last written, in nanoseconds; 0 if it is not there or the store does not tell."""
    system, path = resolve(uri)
    return int(system.get_file_info(path).mtime_ns or 0)


def sha256(uri: str) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    with open_input(uri) as source:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def names_in(uri: str) -> list[str]:
    """Return the names of the files directly in a folder, sorted; none if there is no such folder."""
    return sorted(times_in(uri))


def times_in(uri: str) -> dict[str, float]:
    """Return when each file directly in a folder was written, in seconds since the epoch; none if there is none."""
    system, path = resolve(uri)
    if not isinstance(system, fs.LocalFileSystem):
        found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
        return {info.base_name: (info.mtime_ns or 0) / 1e9 for info in found if info.type == fs.FileType.File}
    times = {}
    with contextlib.suppress(FileNotFoundError):  # Arrow's list fails if the folder is made while it looks for it
        for entry in os.scandir(path):
            with contextlib.suppress(FileNotFoundError):
                if entry.is_file():
                    times[entry.name] = entry.stat().st_mtime
    return times


def paths_below(uri: str) -> list[str]:
    """Return the paths below a folder of all that is no folder, sorted; none if there is no such folder."""
    system, path = resolve(uri)
    if isinstance(system, fs.LocalFileSystem):  # arrow's passes over links that lead to nothing
        below = (posixpath.join(folder, name) for folder, _, names in os.walk(path, followlinks=True) for name in names)
    else:
        selector = fs.FileSelector(path, recursive=True, allow_not_found=True)
        below = (info.path for info in system.get_file_info(selector) if info.type != fs.FileType.Directory)
    return sorted(posixpath.relpath(file, path) for file in below)


def sizes_below(uri: str) -> dict[str, int]:
    """Return the size of every file below a folder, by its path below it; none if there is no such folder."""
    system, path = resolve(uri)
    found = system.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
    return {posixpath.relpath(info.path, path): int(info.size) for info in found if info.type == fs.FileType.File}


def remove(uri: str) -> None:
    """Remove a file."""
    system, path = resolve(uri)
    system.delete_file(path)


def remove_folder(uri: str) -> None:
    """Remove a folder with all that is in it; no link in it is followed."""
    system, path = resolve(uri)
    if isinstance(system, fs.LocalFileSystem):
        shutil.rmtree(path)
    else:
        system.delete_dir(path)


class _Hashing(io.RawIOBase):
    """Passes bytes on to a stream and digests them on the way."""

    def __init__(self, stream: pa.NativeFile) -> None:
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

    An object store shows an object only when it is complete. A local file is written under a temporary name, synced
    and renamed.
    """
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
    with writing(uri) as sink:
        sink.write(content)
    return Written(sink.size, sink.digest.hexdigest())


def copy(source: str, target: str) -> Written:
    """Write a file as another is, byte for byte."""
    with open_input(source) as content, writing(target) as sink:
        while chunk := content.read(1 << 20):
            sink.write(chunk)
    return Written(sink.size, sink.digest.hexdigest())


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
    system, path = resolve(uri)
    local = isinstance(system, fs.LocalFileSystem)
    with pa.memory_map(path) if local else system.open_input_file(path) as source:
        options = pa.ipc.IpcReadOptions(use_threads=False)
        if columns is not None:
            names = pa.ipc.open_file(source).schema.names
            options.included_fields = [index for index, name in enumerate(names) if name in columns]
        yield pa.ipc.open_file(source, options=options)


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
