"""WARC files without the records of documents that are taken down, each as long as it was.

In the place of such a record, and of its request and whatever else refers to it, stands one of the same length that
says nothing: all others stay where their provenance says. A gzip member or zstd frame of several records is compressed
again without them, and what it is shorter by is a record that says nothing. A file is whole as it was, or whole as it
will be.
"""

import io
import os
import re
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from fastwarc.stream_io import ZstdWriter

from pipeline.answers.finished_run import FinishedRun
from pipeline.media_types import ZSTD_DICTIONARY
from pipeline.sources.members import GZIP, ZSTD
from pipeline.sources.warc import Warc
from pipeline.sources.warc_records import MAX_HEADER, Record, record_at, records
from pipeline.takedown.finding import ROLES
from shards import files

SUFFIXES: Final = Warc.suffixes
LARGEST: Final = 1 << 30  # bytes of a record that is looked at whole
_REFERS: Final = re.compile(rb"^warc-(?:concurrent-to|refers-to)[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_NAMED: Final = re.compile(rb"^warc-record-id[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_GZIP_HEAD: Final = b"\x1f\x8b\x08\x10" + bytes(5) + b"\xff"  # with a comment, which ends with a zero
_FILLING: Final = b" "
_ZSTD_HEAD: Final = ZSTD + b"\xa0"  # a single segment, whose size takes four bytes (RFC 8878, 3.1.1.1)
_ZSTD_BLOCK: Final = 128 << 10  # bytes of a block, at most
_COPIED: Final = 1 << 22  # bytes at a time

Packing: TypeAlias = Literal["gzip", "zstd", "none"]


class Read(NamedTuple):
    """The records of documents in one file that a run has read."""

    offsets: frozenset[int]
    ids: frozenset[str]  # of the records

    def tells_of(self, record: Record) -> bool:
        """Whether a record of several in a member is one of them, or refers to one."""
        head = record.data[:MAX_HEADER].partition(b"\r\n\r\n")[0]
        named = {name.strip(b"<>") for pattern in (_REFERS, _NAMED) for name in pattern.findall(head)}
        return not named.isdisjoint(name.strip("<>").encode() for name in self.ids)


def read_from(run: FinishedRun, ids: frozenset[str]) -> dict[str, Read]:
    """Return the files that documents were read from, with their records; of what is erased already, nothing."""
    stage, wanted = run.stage("documents"), pa.array(sorted(ids), pa.string())
    files_read: dict[str, Read] = {}
    for task in stage.tasks:
        places = task.places.get("files")
        for role in ROLES:
            table = files.read_table(stage.uri(task.key, role), ["id", "source_id", "provenance"])
            for row in table.filter(pc.is_in(table["id"], wanted)).to_pylist():
                if (where := row["provenance"]) is not None and isinstance(places, Mapping):
                    uri = str(places.get(where["file"], where["file"]))
                    known = files_read.get(uri, Read(frozenset(), frozenset()))
                    offsets = known.offsets | ({where["offset"]} if where["offset"] is not None else set())
                    files_read[uri] = Read(offsets, known.ids | {row["source_id"]})
    return files_read


def spans(uri: str, read: Read, output: str, *, everywhere: bool) -> list[tuple[int, int]]:
    """Return where the records lie in an archive that may be rewritten, and how long they are; none if it may not.

    It may if it is a WARC of the output folder, or lies anywhere on a local disk. Of several records in a gzip member
    or zstd frame the place is that of the member; all of them must be whole.
    """
    if files.scheme(uri) is not None or not uri.endswith(SUFFIXES) or not files.is_file(uri):
        return []
    if not (everywhere or (files.scheme(output) is None and _is_below(uri, output))):
        return []
    found, lengths, met, damaged = set[int](), dict[int, int](), Counter[int](), set[int]()
    with files.open_input(uri) as content:
        for record in records(content, 0, None, LARGEST):
            met[record.offset] += 1
            lengths[record.offset] = record.length or 0
            if record.damage is not None:
                damaged.add(record.offset)
            if record.offset in read.offsets or read.tells_of(record):
                found.add(record.offset)
        shared = {offset for offset in found if met[offset] > 1}
        if not all(lengths[offset] for offset in found) or damaged & shared:
            return []
        packing = _packing(content.read_at(8, 0))
        try:
            for offset in shared:
                _rest(content, offset, lengths[offset], read, packing)
        except ValueError:
            return []
    return [(offset, lengths[offset]) for offset in sorted(found)]


def _is_below(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def purge(uri: str, places: Sequence[tuple[int, int]], ids: frozenset[str]) -> None:
    """Write an archive again without the records at these places; done again, it changes nothing.

    `ids` are the names of the documents' records, by which those of a member that has others too are known.
    """
    read = Read(frozenset(offset for offset, _ in places), ids)
    with files.open_input(uri) as content, files.writing(uri) as sink:
        packing = _packing(content.read_at(8, 0))
        behind = 0
        for offset, length in places:
            _copy(content, sink.write, behind, offset)
            sink.write(_rest(content, offset, length, read, packing))
            behind = offset + length
        _copy(content, sink.write, behind, int(content.size()))


def _rest(content: pa.NativeFile, offset: int, length: int, read: Read, packing: Packing) -> bytes:
    """Return what stands for a record, or for a member of several: the others compressed again, and one without a word.

    Raises
    ------
    ValueError
        where none of several records is known to be one of the documents', or the others have no room.
    """
    if packing == "none":
        return filled(offset, length, packing)
    count, others, end, packed = 0, 0, 0, _COMPRESSED[packing]()
    for record in record_at(content, offset, LARGEST):
        count, end = count + 1, record.length or 0
        if not read.tells_of(record):
            others += 1
            packed.write(record.data + b"\r\n\r\n")
    if end < length:
        return bytes(content.read_at(length, offset))  # it was written again before
    if count == 1 or not others:
        return filled(offset, length, packing)
    if others == count:
        raise ValueError("none of the records is known by its name")
    kept = packed.close()
    return kept + filled(offset + len(kept), length - len(kept), packing)


def _copy(content: pa.NativeFile, write: Callable[[bytes], int], start: int, end: int) -> None:
    for at in range(start, end, _COPIED):
        write(content.read_at(min(end - at, _COPIED), at))


def _packing(head: bytes) -> Packing:
    """Return how a file is compressed that begins so."""
    if head.startswith(GZIP):
        return "gzip"
    return "zstd" if head.startswith((ZSTD, ZSTD_DICTIONARY)) else "none"


def filled(offset: int, length: int, packing: Packing) -> bytes:
    """Return a record that says nothing, of a length in the file."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:x-yuliao:erased:{offset}")
    least = "WARC/1.1\r\nWARC-Type: metadata\r\n"
    for head in (f"{least}WARC-Record-ID: <urn:uuid:{name}>\r\nWARC-Date: 1970-01-01T00:00:00Z\r\n", least):
        if (record := _FILLED[packing](head, length)) is not None:
            return record
    raise ValueError(f"no record has {length} bytes")


def _gzip(head: str, length: int) -> bytes | None:
    body = f"{head}Content-Length: 0\r\n\r\n\r\n\r\n".encode()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = deflate.compress(body) + deflate.flush()
    tail += zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    room = length - len(_GZIP_HEAD) - 1 - len(tail)
    return _GZIP_HEAD + _FILLING * room + b"\0" + tail if room >= 0 else None


def _plain(head: str, length: int) -> bytes | None:
    for count in range(length, -1, -1):
        begin = f"{head}Content-Length: {count}\r\n\r\n".encode()
        if len(begin) + count == length:
            return begin + _FILLING * count
        if len(begin) + count < length:  # a digit less: the head takes it
            return f"{head}Content-Length: 0{count}\r\n\r\n".encode() + _FILLING * count
    return None


def _zstd(head: str, length: int) -> bytes | None:
    """Return a frame of blocks that are not compressed: it needs no dictionary, and has any length."""
    blocks = 1
    while (size := length - len(_ZSTD_HEAD) - 4 - 3 * blocks) > blocks * _ZSTD_BLOCK:
        blocks += 1
    record = _plain(head, size - 4) if size > 4 else None
    if record is None:
        return None
    content = record + b"\r\n\r\n"
    frame = bytearray(_ZSTD_HEAD + size.to_bytes(4, "little"))
    for number in range(blocks):
        block = content[number * _ZSTD_BLOCK : (number + 1) * _ZSTD_BLOCK]
        frame += (len(block) << 3 | (number == blocks - 1)).to_bytes(3, "little") + block
    return bytes(frame)


class _Gzip:
    """A member that is written."""

    def __init__(self) -> None:
        self._deflate, self._written = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16), list[bytes]()

    def write(self, data: bytes) -> None:
        self._written.append(self._deflate.compress(data))

    def close(self) -> bytes:
        return b"".join([*self._written, self._deflate.flush()])


class _Zstd:
    """A frame that is written."""

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self._writer = ZstdWriter(self._sink)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def close(self) -> bytes:
        self._writer.close()
        return self._sink.getvalue()


_COMPRESSED: Final[Mapping[Packing, type[_Gzip | _Zstd]]] = {"gzip": _Gzip, "zstd": _Zstd}
_FILLED: Final[Mapping[Packing, Callable[[str, int], bytes | None]]] = {"gzip": _gzip, "zstd": _zstd, "none": _plain}
