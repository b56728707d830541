"""WARC 1.1 (ISO 28500:2017) written record by record: gzip per record, rotated by size, bytes as they were received.

Records are laid out here and not by a library because the libraries at hand parse the HTTP head and write it anew;
what is stored as evidence has to be what the server sent. Both digests are over what is in the record: the block,
and the body as transferred.
"""

import base64
import hashlib
import os
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

FAMILIES = ("pages", "site", "diagnostics")
OPEN = ".open"  # a WARC file that may still grow
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:x-yuliao:warc-record")
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

Position: TypeAlias = Mapping[str, tuple[int, int]]  # by family: the number of its last file, and its size


@dataclass(frozen=True)
class Written:
    """Where a record stands."""

    id: str
    file: str
    offset: int
    length: int


class Original(NamedTuple):
    """The record that a revisit refers to. A list in JSON."""

    id: str
    date: str
    payload_digest: str


def digest(data: bytes) -> str:
    """Return a labelled digest as WARC headers carry it."""
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode()


def iso(seconds: float) -> str:
    """Return a moment as WARC headers carry it, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class WarcFiles:
    """The WARC files of one task, written in order; each has its final name once it will not grow any more."""

    def __init__(self, directory: Path, name: str, information: str, largest: int) -> None:
        self.directory = directory
        self._name = name
        self._information = information
        self._largest = largest
        self._number = 0
        self._stream: BinaryIO | None = None

    def _file(self, number: int, *, open_: bool) -> Path:
        return self.directory / f"{self._name}-{number:05d}.warc.gz{OPEN if open_ else ''}"

    @property
    def position(self) -> tuple[int, int]:
        """The number of the file that is written to, and its size."""
        return self._number, self._stream.tell() if self._stream else 0

    def rewind(self, number: int, size: int) -> None:
        """Forget what was written after a position; what a killed task left behind ends in the middle of a record."""
        self.close(seal=False)
        for each in sorted(self.directory.glob(f"{self._name}-*.warc.gz*")):
            if int(each.name.removesuffix(OPEN).removesuffix(".warc.gz")[-5:]) > number:
                each.unlink()
        self._number = number
        path = self._file(number, open_=True)
        if self._file(number, open_=False).exists():
            os.replace(self._file(number, open_=False), path)
        if size and path.exists():
            os.truncate(path, size)
            self._stream = path.open("ab")
        else:
            path.unlink(missing_ok=True)

    def holds(self, number: int, size: int) -> bool:
        """Return whether the files reach up to a position."""
        if not size:
            return True
        paths = (self._file(number, open_=False), self._file(number, open_=True))
        return any(path.exists() and path.stat().st_size >= size for path in paths)

    def rotate(self) -> None:
        """Begin a new file if the present one is full; a request and its answer never stand in two files."""
        if self._stream and self._stream.tell() >= self._largest:
            self.close()
            self._number += 1

    def write(
        self, kind: str, url: str | None, date: str, block: bytes, headers: Mapping[str, str], salt: str = ""
    ) -> Written:
        """Append a record. Its id follows from what it says, so that the same exchange has the same id."""
        if self._stream is None:
            self.directory.mkdir(exist_ok=True)
            self._stream = self._file(self._number, open_=True).open("ab")
            if self._stream.tell() == 0:
                self.write(
                    "warcinfo", None, date, self._information.encode(), {"Content-Type": "application/warc-fields"}
                )
        block_digest = digest(block)
        record_id = f"<urn:uuid:{uuid.uuid5(_IDS, ' '.join((kind, url or self._name, date, block_digest, salt)))}>"
        named = {"WARC-Type": kind, "WARC-Record-ID": record_id, "WARC-Date": date}
        named |= {"WARC-Target-URI": url} if url else {"WARC-Filename": self._file(self._number, open_=False).name}
        named |= {**headers, "WARC-Block-Digest": block_digest, "Content-Length": str(len(block))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        compressor = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        parts = (f"WARC/1.1\r\n{lines}\r\n".encode(), block, b"\r\n\r\n")
        data = b"".join([*map(compressor.compress, parts), compressor.flush()])
        offset = self._stream.tell()
        self._stream.write(data)
        file = f"{self.directory.name}/{self._file(self._number, open_=False).name}"
        return Written(record_id, file, offset, len(data))

    def flush(self, *, sync: bool = False) -> None:
        """Hand what was written to the operating system; with `sync`, to the disk."""
        if self._stream:
            self._stream.flush()
            if sync:
                os.fsync(self._stream.fileno())

    def close(self, *, seal: bool = True) -> None:
        """Close the present file; sealed, it gets its final name."""
        if self._stream:
            self.flush(sync=True)
            self._stream.close()
            self._stream = None
            if seal:
                os.replace(self._file(self._number, open_=True), self._file(self._number, open_=False))


class Archive:
    """The WARC files of one task in three families, so that who wants the pages need not read the rest.

    `pages` has what was fetched and what was unchanged, with its metadata; `site` has robots.txt, sitemaps and what
    speaks about rights; `diagnostics` has every other answer. Common Crawl divides its archives in the same way.
    """

    def __init__(self, directory: Path, name: str, information: str, largest: int) -> None:
        self._families = {
            family: WarcFiles(directory / family, f"{name}-{family}", information, largest) for family in FAMILIES
        }

    def __getitem__(self, family: str) -> WarcFiles:
        return self._families[family]

    @property
    def position(self) -> Position:
        """How far each family has been written."""
        return {family: files.position for family, files in self._families.items()}

    def rewind(self, position: Position) -> None:
        """Forget what was written after a position."""
        for family, files in self._families.items():
            files.rewind(*position.get(family, (0, 0)))

    def holds(self, position: Position) -> bool:
        """Return whether the files reach up to a position."""
        return all(self._families[family].holds(*place) for family, place in position.items())

    def flush(self, *, sync: bool = False) -> None:
        """Hand what was written to the operating system; with `sync`, to the disk."""
        for files in self._families.values():
            files.flush(sync=sync)

    def close(self, *, seal: bool = True) -> None:
        """Close the files; sealed, they get their final names."""
        for files in self._families.values():
            files.close(seal=seal)


def write_exchange(
    files: WarcFiles,
    url: str,
    date: str,
    address: str | None,
    sent: bytes,
    head: bytes,
    body: bytes,
    payload_digest: str,
    *,
    truncated: str | None = None,
    original: Original | None = None,
    not_modified: bool = False,
    salt: str = "",
) -> Written:
    """Append the response, or the revisit that stands for it, and its request; return where the first stands."""
    common = {"WARC-IP-Address": address} if address else {}
    headers = {**common, "Content-Type": "application/http; msgtype=response"}
    kind, block = "response", head + body
    if original is not None:
        kind, block = "revisit", head
        headers |= {"WARC-Profile": _NOT_MODIFIED if not_modified else _IDENTICAL}
        headers |= {
            "WARC-Refers-To": original.id,
            "WARC-Refers-To-Target-URI": url,
            "WARC-Refers-To-Date": original.date,
        }
    headers["WARC-Payload-Digest"] = payload_digest
    if truncated:
        headers["WARC-Truncated"] = truncated
    response = files.write(kind, url, date, block, headers, salt)
    headers = {**common, "WARC-Concurrent-To": response.id, "Content-Type": "application/http; msgtype=request"}
    files.write("request", url, date, sent, headers, salt)
    return response


def write_metadata(files: WarcFiles, url: str, date: str, about: str, text: str, salt: str = "") -> Written:
    """Append what was noted about a response, as JSON."""
    headers = {"WARC-Concurrent-To": about, "Content-Type": "application/json"}
    return files.write("metadata", url, date, text.encode(), headers, salt)


def warcinfo(fields: Sequence[tuple[str, str]]) -> str:
    """Return the block of a warcinfo record."""
    return "".join(f"{name}: {value}\r\n" for name, value in fields)
