"""The gzip members and zstd frames of a file, each inflated by itself, so that damage to one stays in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Protocol

import pyarrow as pa
from fastwarc.stream_io import ZstdReader
from isal import isal_zlib  # twice as fast as zlib, with the same interface

from pipeline.media_types import COMPRESSED, ZSTD_DICTIONARY

PIECE = 8 << 20  # inflated bytes of a member handed on at a time
BLOCK = 4 << 20  # bytes read from the file at a time
STEP = 32 << 10  # compressed bytes inflated at a time: what lies behind the member's end is copied in vain
_NOT_DEFLATE: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub has an instance
GZIP, ZSTD = COMPRESSED["gzip"], COMPRESSED["zstd"]
_TWO_BLOCKS = 256 << 10  # of a zstd frame, which has at most 128 KiB in a block


@dataclass(frozen=True, slots=True)
class Piece:
    """Inflated bytes of one member, which takes `offset` to `end` of the file. Only a large one has several pieces.

    `damage` says of the last piece why the member is not whole: `truncated` or `corrupt`.
    """

    offset: int
    end: int
    data: bytes
    last: bool = True
    damage: str | None = None


class Window:
    """Random access to a file that is read forwards, block by block."""

    def __init__(self, file: pa.NativeFile) -> None:
        self.file = file
        self.size = int(file.size())
        self._base = 0
        self._block = memoryview(b"")

    def at(self, position: int, count: int) -> memoryview:
        """Return so many bytes, or as many as there are."""
        offset = position - self._base
        if offset < 0 or offset + count > len(self._block):
            wanted = min(max(count, BLOCK), self.size - position)
            self._block = memoryview(self.file.read_at(wanted, position) if wanted > 0 else b"")
            self._base, offset = position, 0
        return self._block[offset : offset + count]

    def find(self, pattern: bytes, position: int) -> int | None:
        """Return where the pattern next stands."""
        while position + len(pattern) <= self.size:
            block = bytes(self.at(position, STEP))
            at = block.find(pattern)
            if at >= 0:
                return position + at
            position += max(len(block) - len(pattern) + 1, 1)
        return None


class Codec(Protocol):
    """A compression whose files are a sequence of members."""

    magic: bytes

    def pieces(self, window: Window, offset: int) -> Iterator[Piece]:
        """Yield the member at the offset, inflated; whatever happens, one last piece."""

    def head(self, window: Window, offset: int) -> bytes:
        """Return the first inflated bytes of the member at the offset, or none if it cannot be inflated."""


def members(window: Window, codec: Codec, starts: bytes, start: int, end: int) -> Iterator[Piece]:
    """Yield the members from the first good one at or after `start` to the first good one at or after `end`.

    A good one inflates to something that starts with `starts`. Reading from 0 begins at 0, good or not. What lies
    between two members is yielded as a member that is corrupt.
    """
    position = start if start == 0 else _good(window, codec, starts, start, end)
    while position is not None and position < window.size:
        if position >= end and codec.head(window, position).startswith(starts):
            return
        for piece in codec.pieces(window, position):
            if piece.damage is not None:
                following = _good(window, codec, starts, position + 1, window.size)
                piece = replace(piece, end=window.size if following is None else following)
            yield piece
        position = piece.end


def _good(window: Window, codec: Codec, starts: bytes, position: int, end: int) -> int | None:
    at = window.find(codec.magic, position)
    while at is not None and at < end:
        if codec.head(window, at).startswith(starts):
            return at
        at = window.find(codec.magic, at + 1)
    return None


class Gzip:
    """gzip, a member per record or one for all."""

    magic = GZIP

    def pieces(self, window: Window, offset: int) -> Iterator[Piece]:
        """Yield the member at the offset, inflated."""
        inflater = isal_zlib.decompressobj(wbits=31)
        position, held, size = offset, list[bytes](), 0
        while not inflater.eof:
            chunk = window.at(position, STEP)
            try:
                held.append(inflater.decompress(chunk))
            except _NOT_DEFLATE:
                salvaged = self.head(window, offset) if position == offset else b""
                yield Piece(offset, position, b"".join(held) + salvaged, damage="corrupt")
                return
            if not chunk:
                yield Piece(offset, position, b"".join(held), damage="truncated")
                return
            position += len(chunk) - len(inflater.unused_data)
            size += len(held[-1])
            if size >= PIECE and not inflater.eof:
                yield Piece(offset, position, b"".join(held), last=False)
                held, size = [], 0
        yield Piece(offset, position, held[0] if len(held) == 1 else b"".join(held))

    def head(self, window: Window, offset: int) -> bytes:
        """Return what can be inflated of the first bytes."""
        inflater = isal_zlib.decompressobj(wbits=31)
        compressed, data = window.at(offset, STEP), b""
        for position in range(0, len(compressed), 512):
            try:
                data += inflater.decompress(compressed[position : position + 512])
            except _NOT_DEFLATE:
                break
            if inflater.eof:
                break
        return data


class Zstd:
    """zstd, a frame per record, with the dictionary that the file may begin with."""

    magic = ZSTD

    def __init__(self, dictionary: bytes | None = None) -> None:
        self.dictionary = dictionary

    def pieces(self, window: Window, offset: int) -> Iterator[Piece]:
        """Yield the frame at the offset, inflated."""
        end = zstd_frame_end(window, offset)
        reader = self._reader(window, offset, window.size if end is None else end)
        data = b""
        while True:
            try:
                chunk = reader.read(PIECE if end is not None else STEP)
            except OSError:
                yield Piece(offset, offset, data, damage="corrupt" if end is not None else "truncated")
                return
            if not chunk:
                break
            if data and len(data) + len(chunk) > PIECE:
                yield Piece(offset, offset, data, last=False)
                data = b""
            data += chunk
        yield Piece(offset, offset if end is None else end, data, damage="corrupt" if end is None else None)

    def head(self, window: Window, offset: int) -> bytes:
        """Return the first inflated bytes."""
        end = zstd_frame_end(window, offset) or window.size
        try:
            return bytes(self._reader(window, offset, min(end, offset + _TWO_BLOCKS)).read(64))
        except OSError:
            return b""

    def _reader(self, window: Window, offset: int, end: int) -> ZstdReader:
        return ZstdReader(BytesIO(window.at(offset, end - offset)), dictionary=self.dictionary)


def zstd_frame_end(window: Window, offset: int) -> int | None:
    """Return where a zstd frame ends, by its block headers (RFC 8878), or None if it does not end in the file."""
    head = bytes(window.at(offset, 5))
    if head[:4] != ZSTD or len(head) < 5:
        return None
    flags = head[4]
    single_segment = flags >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[flags >> 6]
    position = offset + 5 + (1 - single_segment) + (0, 1, 2, 4)[flags & 3] + content_size
    while True:
        block = int.from_bytes(window.at(position, 3), "little")
        is_run = block >> 1 & 3 == 1  # a run of one byte takes one byte, however long it is
        position += 3 + (1 if is_run else block >> 3)
        if position > window.size:
            return None
        if block & 1:
            end = position + (4 if flags & 4 else 0)  # a checksum
            return end if end <= window.size else None


def zstd_dictionary(window: Window) -> tuple[bytes | None, int]:
    """Return the dictionary that a file begins with, and where its first frame begins."""
    head = bytes(window.at(0, 8))
    if head[:4] != ZSTD_DICTIONARY:
        return None, 0
    size = int.from_bytes(head[4:8], "little")
    content = bytes(window.at(8, size))
    dictionary = ZstdReader(BytesIO(content)).read() if content[:4] == ZSTD else content
    return bytes(dictionary), 8 + size
