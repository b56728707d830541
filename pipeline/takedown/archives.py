"""WARC files without the records of documents that are taken down, each as long as it was.

In the place of such a record, and of its request and whatever else refers to it, stands one of the same length that
says nothing: all others stay where their provenance says. A file is whole as it was, or whole as it will be.
"""

import os
import re
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.finished_run import FinishedRun
from pipeline.media_types import ZSTD_DICTIONARY
from pipeline.sources.members import GZIP, ZSTD
from pipeline.sources.warc import Warc
from pipeline.sources.warc_records import MAX_HEADER, records
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

Packing: TypeAlias = Literal["gzip", "zstd", "none"]


class Read(NamedTuple):
    """The records of documents in one file that a run has read."""

    offsets: frozenset[int]
    ids: frozenset[str]  # of the records


def read_from(run: FinishedRun, ids: frozenset[str]) -> dict[str, Read]:
    """Return the files that documents were read from, with their records; of what is erased already, nothing."""
    stage, wanted = run.stage("documents"), pa.array(sorted(ids), pa.string())
    found: dict[str, Read] = {}
    for task in stage.tasks:
        places = task.places.get("files")
        for role in ROLES:
            table = files.read_table(stage.uri(task.key, role), ["id", "source_id", "provenance"])
            for row in table.filter(pc.is_in(table["id"], wanted)).to_pylist():
                if (where := row["provenance"]) is not None and isinstance(places, Mapping):
                    uri = str(places.get(where["file"], where["file"]))
                    known = found.get(uri, Read(frozenset(), frozenset()))
                    offsets = known.offsets | ({where["offset"]} if where["offset"] is not None else set())
                    found[uri] = Read(offsets, known.ids | {row["source_id"]})
    return found


def spans(uri: str, read: Read, output: str, *, everywhere: bool) -> list[tuple[int, int]]:
    """Return where the records lie in an archive that may be rewritten, and how long they are; none if it may not.

    It may if it is a WARC of the output folder, or lies anywhere on a local disk, and has each record by itself.
    """
    if files.scheme(uri) is not None or not uri.endswith(SUFFIXES) or not files.is_file(uri):
        return []
    if not (everywhere or (files.scheme(output) is None and _is_below(uri, output))):
        return []
    wanted = {name.strip("<>").encode() for name in read.ids}
    found, met = list[tuple[int, int]](), Counter[int]()
    with files.open_input(uri) as content:
        for record in records(content, 0, None, LARGEST):
            met[record.offset] += 1
            head = record.data[:MAX_HEADER].partition(b"\r\n\r\n")[0]
            named = {name.strip(b"<>") for pattern in (_REFERS, _NAMED) for name in pattern.findall(head)}
            if (record.offset in read.offsets or named & wanted) and record.length:
                found.append((record.offset, record.length))
    return sorted(found) if all(met[offset] == 1 for offset, _ in found) else []


def _is_below(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def purge(uri: str, places: Sequence[tuple[int, int]]) -> None:
    """Write an archive again without the records at these places; done again, it changes nothing."""
    with files.open_input(uri) as content, files.writing(uri) as sink:
        packing = _packing(content.read(8))
        content.seek(0)
        for offset, length in places:
            _copy(content, sink.write, offset)
            sink.write(filled(offset, length, packing))
            content.seek(offset + length)
        _copy(content, sink.write, int(content.size()))


def _copy(content: pa.NativeFile, write: Callable[[bytes], int], end: int) -> None:
    while (left := end - content.tell()) > 0:
        write(content.read(min(left, 1 << 22)))


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


_FILLED: Final[Mapping[Packing, Callable[[str, int], bytes | None]]] = {"gzip": _gzip, "zstd": _zstd, "none": _plain}
