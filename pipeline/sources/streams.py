"""Files as streams of bytes, decompressed on the way, and as lines with their offsets."""

import contextlib
import hashlib
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
_LINE_END = b"\r\n"


class DamagedError(Exception):
    """The compressed stream breaks off or cannot be inflated from here on."""


class _Raw(io.RawIOBase):
    """The compressed bytes; it remembers its own failure, which is the network's and not the stream's."""

    def __init__(self, file: pa.NativeFile, *, digested: bool) -> None:
        self.file = file
        self.failure: Exception | None = None
        self.digest = hashlib.sha256() if digested else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.file.read(len(buffer))
        except Exception as error:
            self.failure = error
            raise
        if self.digest is not None:
            self.digest.update(data)
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        return self.digest is None

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self.file.seek(offset, whence))

    def tell(self) -> int:
        return int(self.file.tell())


class Decompressed(io.BufferedReader):
    """The content of a file, read forwards; `packed` says whether the file is compressed."""

    def __init__(self, raw: _Raw, inflated: Any) -> None:
        self.packed = inflated is not None
        self._lies = raw
        super().__init__(_Guarded(inflated, raw) if self.packed else raw, CHUNK)

    def undigested(self) -> None:
        """Digest the file no further: it turns out to hold many documents."""
        self._lies.digest = None

    def file_digest(self) -> tuple[int, str]:
        """Return the size and the SHA-256 of the file as it lies, compressed or not. Nothing can be read after it."""
        file, digest = self._lies.file, self._lies.digest
        if digest is None:
            file.seek(0)
            digest = hashlib.sha256()
        return int(file.size()), _to_the_end(file, digest)


@contextlib.contextmanager
def decompressed(uri: str, *, digested: bool = False) -> Iterator[Decompressed]:
    """Give the content of a file, whatever its compression: gzip, zstd, bzip2, lz4, xz or none, by its first bytes.

    With `digested`, the file is digested as it is read, for `file_digest`. Reading raises `DamagedError` where the
    compression breaks off, which outside of the block is a `ShardError`.
    """
    try:
        with opened(uri) as file:
            raw = _Raw(file, digested=digested)
            inflated = _inflated(file.read_at(6, 0), raw)
            file.seek(0)
            yield Decompressed(raw, inflated)
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


def digest_of(file: pa.NativeFile, read: bytes = b"") -> str:
    """Return the SHA-256 of a file of which so much has been read; the rest is read now."""
    return _to_the_end(file, hashlib.sha256(read))


def _to_the_end(file: pa.NativeFile, digest: "hashlib._Hash") -> str:
    while data := file.read(CHUNK):
        digest.update(data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end: where it begins, how long it is, its SHA-256; `damage` is why `data` is not all of it."""

    offset: int
    length: int
    data: bytes
    digest: str
    damage: str | None = None


def lines(stream: IO[bytes], offset: int, end: int | None, max_bytes: int) -> Iterator[Line]:
    """Yield the lines that begin before `end`; one that is longer than `max_bytes` is passed over, with its beginning.

    Where the stream breaks off, the last line is `truncated`, even if none had begun; nothing is known of it.
    """
    while end is None or offset < end:
        try:
            data = stream.readline(max_bytes + 1)
            if not data:
                return
            if len(data) <= max_bytes:
                line = data.rstrip(_LINE_END)
                yield Line(offset, len(line), line, hashlib.sha256(line).hexdigest())
                offset += len(data)
            else:
                length, read, digest = _passed_over(stream, data)
                yield Line(offset, length, data[:CHUNK], digest, "too_large")
                offset += read
        except DamagedError:
            yield Line(offset, 0, b"", hashlib.sha256().hexdigest(), "truncated")
            return


def _passed_over(stream: IO[bytes], data: bytes) -> tuple[int, int, str]:
    """Read a line that begins with `data` to its end; return its length without and with its end, and its digest."""
    digest, length, read = hashlib.sha256(), 0, len(data)
    while True:
        line = data.rstrip(_LINE_END)
        digest.update(line)
        length += len(line)
        rest = b"" if data.endswith(b"\n") else stream.readline(CHUNK)
        if not rest:
            return length, read, digest.hexdigest()
        data = data[len(line) :] + rest  # a carriage return may yet stand within the line
        read += len(rest)


def skip_to_line(stream: IO[bytes], start: int) -> int:
    """Return the offset of the first line that begins at or after `start`, and leave the stream there."""
    if start == 0:
        return 0
    stream.seek(start - 1)
    return start - 1 + len(stream.readline())
