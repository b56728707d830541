"""The records of a WARC file as bytes, each with its place in the file, and the damaged ones set apart.

A compressed WARC holds a member per record, so damage is confined: what cannot be inflated, or is shorter than it
declares, is one damaged record, and reading goes on at the next member that begins with a record.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from pipeline.media_types import ZSTD_DICTIONARY
from pipeline.sources.members import (
    BLOCK,
    GZIP,
    ZSTD,
    Gzip,
    Piece,
    Window,
    Zstd,
    members,
    zstd_dictionary,
)

MAGIC = b"WARC/"
MAX_HEADER = 64 << 10
_DIGITS = 100  # of a length; Python refuses to read thousands

LENGTH = re.compile(rb"^content-length[ \t]*:([^\n]*)\n?", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_NEXT = re.compile(rb"[\n\0](?=WARC/\d)")
_BETWEEN = re.compile(rb"\r?\n\r?\n")  # what ends a record; what follows it is another, or damage
_HOLE = 64  # bytes that are zero where a record should begin: a block that was never written
_BLANK = re.compile(rb"[\r\n\0]*")


@dataclass(frozen=True, slots=True)
class Record:
    """A record's bytes from its WARC header to the end of its block, and its place in the file.

    In a compressed file that is the place of its member, whose length is None while it is not known. `damage` is why
    the record is not whole: `truncated` (it ends early), `corrupt` (it cannot be inflated or does not begin as a
    record), `length` (it is not as long as it declares), `too_large` (`data` is its header, `digest` the SHA-256 of all
    of it).
    """

    offset: int
    length: int | None
    data: bytes
    damage: str | None = None
    digest: str | None = None


class NotWarcError(ValueError):
    """There is no WARC record in the file."""


def is_packed(head: bytes) -> bool:
    """Return whether a file that begins so is compressed."""
    return head.startswith((GZIP, ZSTD, ZSTD_DICTIONARY))


def records(file: pa.NativeFile, start: int, end: int | None, max_bytes: int) -> Iterator[Record]:
    """Yield the records that begin in the range, in order.

    Any division of a compressed file into ranges gives the same records: a range goes from the first record in it to
    the first one in the next, and what is damaged in between belongs to it. An uncompressed file is one range.

    Raises
    ------
    NotWarcError
        when a file that is read from its beginning has no record.
    """
    window = Window(file)
    end = window.size if end is None else end
    head = bytes(window.at(0, 5))
    if head.startswith(GZIP):
        pieces = members(window, Gzip(), MAGIC, start, end)
    elif head.startswith((ZSTD, ZSTD_DICTIONARY)):
        dictionary, first = zstd_dictionary(window)
        pieces = members(window, Zstd(dictionary), MAGIC, max(start, first), end)
    elif head == MAGIC:
        pieces = _plain(window, 0)
    else:
        raise NotWarcError("it begins neither as a WARC nor as a compressed one")
    cutter = _Cutter(max_bytes, packed=is_packed(head))
    reached = 0
    for piece in pieces:
        yield from cutter.feed(piece)
        reached = piece.end
    if start == 0 and not cutter.found and reached >= window.size:
        raise NotWarcError("no WARC record in it")


def record_at(file: pa.NativeFile, offset: int, max_bytes: int) -> Iterator[Record]:
    """Yield the record at the offset, or those of the member there, which the whole file may be."""
    window = Window(file)
    head = bytes(window.at(0, 8))
    if not is_packed(head):
        pieces = _plain(window, offset)
    elif head.startswith(GZIP):
        pieces = Gzip().pieces(window, offset)
    else:
        pieces = Zstd(zstd_dictionary(window)[0]).pieces(window, offset)
    cutter = _Cutter(max_bytes, packed=is_packed(head))
    for piece in pieces:
        for record in cutter.feed(piece):
            yield record
            if not cutter.packed:
                return


def _plain(window: Window, start: int) -> Iterator[Piece]:
    position = start
    while position < window.size:
        block = bytes(window.at(position, BLOCK))
        yield Piece(0, window.size - start, block, last=position + len(block) >= window.size)
        position += len(block)


@dataclass(slots=True)
class _Large:
    """A record that is too large, of which the header is held and the rest digested as it comes."""

    begin: int  # in the inflated member
    header: bytes
    digest: "hashlib._Hash"
    length: int = 0

    def take(self, data: bytes) -> None:
        self.digest.update(data)
        self.length += len(data)


class _Cutter:
    """Cuts members into records as their pieces arrive."""

    def __init__(self, max_bytes: int, *, packed: bool) -> None:
        self.max_bytes = max_bytes
        self.packed = packed
        self.found = False  # whether anything looked like a record
        self._begin_member()

    def _begin_member(self) -> None:
        self._held = b""  # what is not cut yet
        self._position = 0  # of its first byte in the inflated member
        self._large: _Large | None = None
        self._surplus = 0  # bytes still to come of it

    def feed(self, piece: Piece) -> Iterator[Record]:
        """Yield the records that the piece completes."""
        self._held += piece.data
        cut = [*self._passed_over(piece), *self._cut(piece)]
        if piece.damage and not (cut and cut[-1].damage):
            blank = Record(piece.offset, piece.end - piece.offset, b"")
            cut = [*cut[:-1], replace(cut[-1] if cut else blank, damage=piece.damage)]
        yield from cut
        if piece.last:
            self._begin_member()

    def _advance(self, count: int) -> None:
        self._held = self._held[count:]
        self._position += count

    def _passed_over(self, piece: Piece) -> Iterator[Record]:
        """Yield the record that is too large, once all of it has come."""
        if self._large is None:
            return
        dropped = min(self._surplus, len(self._held))
        self._large.take(self._held[:dropped])
        self._surplus -= dropped
        self._advance(dropped)
        if not self._surplus or piece.last:
            large, self._large = self._large, None
            yield self._record(piece, large.begin, large.length, large.header, "too_large", large.digest.hexdigest())

    def _cut(self, piece: Piece) -> Iterator[Record]:
        position = 0
        while not self._surplus:
            begin = _end(_BLANK, self._held, position)
            if self._held.count(b"\0", position, begin) >= _HOLE:
                hole = self._held[position:begin]
                yield self._record(piece, self._position + position, len(hole), hole, "corrupt")
            step = self._one(piece, begin) if begin < len(self._held) else None
            if step is None:
                position = begin
                break
            position, stop, damage = step
            data = self._held[begin:stop]
            self.found = self.found or data.startswith(MAGIC)
            if damage != "too_large":
                yield self._record(piece, self._position + begin, len(data), data, damage)
                continue
            self._large, self._surplus = _Large(self._position + begin, data, hashlib.sha256()), position - begin
            self._advance(begin)
            yield from self._passed_over(piece)
            position = 0
        self._advance(min(position, len(self._held)))

    def _one(self, piece: Piece, begin: int) -> tuple[int, int, str | None] | None:
        """Return where the next record begins, where this one ends and what damage it has; None to wait for more."""
        held, available = self._held, len(self._held)
        if not held.startswith(MAGIC, begin):
            return self._resume(piece, begin, begin, "corrupt")
        header = _HEADER_END.search(held, begin, begin + MAX_HEADER)
        declared = LENGTH.search(held, begin, header.start() + 1) if header else None
        if header is None:
            wait = not piece.last and available - begin < MAX_HEADER
            return None if wait else self._resume(piece, begin, begin, piece.damage or "truncated")
        if held.find(b"\0", begin, header.end()) >= 0:
            return self._resume(piece, begin, begin + 1, "corrupt")  # it ends in a hole, and this is another's end
        if declared is None or not declared[1].strip().isdigit():
            return self._resume(piece, begin, header.end(), "length")
        stop = header.end() + int(declared[1][:_DIGITS])
        known_end = available if piece.last else piece.end - self._position if not self.packed else None
        if known_end is not None and stop > known_end:
            return self._resume(piece, begin, header.end(), piece.damage or "truncated")
        if stop - begin > self.max_bytes:
            return stop, header.end(), "too_large"
        if not piece.last and available < stop + len(MAGIC) + 4:
            return None
        following = _end(_BLANK, held, stop)
        if following >= available or held.startswith(MAGIC, following) or _BETWEEN.match(held, stop):
            return stop, stop, None
        if held.startswith(bytes(4), stop):
            return stop, stop, "length"  # its end is in a hole, which is no part of it
        return self._resume(piece, begin, header.end(), "length")

    def _resume(self, piece: Piece, begin: int, behind: int, damage: str) -> tuple[int, int, str] | None:
        """Return the damaged record that goes to the next one that begins as a record, or to the member's end."""
        following = _NEXT.search(self._held, behind)
        if following is not None:
            return following.end(), following.end(), "length" if damage == "truncated" else damage
        available = len(self._held)
        if piece.last or available - begin > self.max_bytes:
            return available, available, damage
        return None

    def _record(
        self, piece: Piece, begin: int, length: int, data: bytes, damage: str | None, digest: str | None = None
    ) -> Record:
        if not self.packed:
            return Record(begin, length, data, damage, digest)
        return Record(piece.offset, piece.end - piece.offset if piece.last else None, data, damage, digest)


def _end(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    match = pattern.match(data, position)
    return match.end() if match else position
