"""Files as streams of bytes, decompressed on the way, and as lines with their offsets."""

import contextlib
import io
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa

from pipeline.errors import ShardError
from pipeline.media_types import compression
from pipeline.sources.base import opened

CHUNK = 1 << 20


class DamagedError(Exception):
    """The compressed stream breaks off or cannot be inflated from here on."""


class _Raw(io.RawIOBase):
    """The compressed bytes; it remembers its own failure, which is the network's and not the stream's."""

    def __init__(self, file: pa.NativeFile) -> None:
        self.file = file
        self.failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.file.read(len(buffer))
        except Exception as error:
            self.failure = error
            raise
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self.file.seek(offset, whence))

    def tell(self) -> int:
        return int(self.file.tell())


@contextlib.contextmanager
def decompressed(uri: str) -> Iterator[IO[bytes]]:
    """Give the content of a file, whatever its compression: gzip, zstd, bzip2, lz4, xz or none, by its first bytes.

    Reading raises `DamagedError` where the compression breaks off, which outside of the block is a `ShardError`.
    """
    try:
        with opened(uri) as file:
            raw = _Raw(file)
            inflated = _inflated(file.read_at(6, 0), raw)
            file.seek(0)
            yield io.BufferedReader(raw if inflated is None else _Guarded(inflated, raw), CHUNK)
    except DamagedError as error:
        raise ShardError(f"{uri}: {error}") from error


def _inflated(head: bytes, raw: _Raw) -> Any:
    codec = compression(head)
    if codec == "xz":
        return lzma.open(io.BufferedReader(raw, CHUNK))
    return codec and pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), codec)


class _Guarded(io.RawIOBase):
    """The inflated bytes; what is wrong with the compression is a `DamagedError`."""

    def __init__(self, stream: Any, raw: _Raw) -> None:
        self.stream = stream
        self.raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.stream.read(min(len(buffer), 64 << 10))  # small, for what precedes the damage to arrive
        except (OSError, EOFError, lzma.LZMAError) as error:
            if self.raw.failure is not None:
                raise self.raw.failure from error
            raise DamagedError(str(error)) from error
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, and where it begins; `damage` is why it is not whole."""

    offset: int
    length: int
    data: bytes
    damage: str | None = None


def lines(stream: IO[bytes], offset: int, end: int | None, max_bytes: int) -> Iterator[Line]:
    """Yield the lines that begin before `end`; one that is longer than `max_bytes` is passed over, with its beginning.

    Where the stream breaks off, the last line is `truncated`, even if none had begun.
    """
    while end is None or offset < end:
        try:
            data = stream.readline(max_bytes + 1)
            length = len(data)
            while data and len(data) > max_bytes and not data.endswith(b"\n"):
                rest = stream.readline(CHUNK)
                length += len(rest)
                if not rest or rest.endswith(b"\n"):
                    break
        except DamagedError:
            yield Line(offset, 0, b"", "truncated")
            return
        if not data:
            return
        if len(data) > max_bytes:
            yield Line(offset, length, data[:CHUNK], "too_large")
        else:
            yield Line(offset, length, data.rstrip(b"\r\n"))
        offset += length


def skip_to_line(stream: IO[bytes], start: int) -> int:
    """Return the offset of the first line that begins at or after `start`, and leave the stream there."""
    if start == 0:
        return 0
    stream.seek(start - 1)
    return start - 1 + len(stream.readline())
