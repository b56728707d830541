"""The members of a tar archive in any compression, or of a zip archive, or a file that is a record by itself.

A sparse member, which may claim any size without having it, is not read if it is larger than a record may be.
"""

import hashlib
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Self

from pipeline.errors import ShardError
from pipeline.sources.base import opened
from pipeline.sources.streams import CHUNK, DamagedError, decompressed, digest_of

_ZIP = b"PK\x03\x04"
_TAR = b"ustar"
_TAR_AT = 257


@dataclass(frozen=True, slots=True)
class Member:
    """A member's content, its place and digest, and `damage`, why there is no content.

    Of a member of an archive, the place is that in the decompressed archive; of a file that is a record by itself, it
    is the whole file as it lies. `identity` is the digest of the content, however it is compressed: it names a record
    that has no other name.
    """

    name: str
    offset: int
    length: int
    content: bytes
    digest: str
    identity: str
    damage: str | None = None
    number: int = 0  # in its archive, where the reader counts


def members(uri: str, suffixes: tuple[str, ...], max_bytes: int) -> Iterator[Member]:
    """Yield the members of an archive whose names end so, or the one member that a file of another kind is.

    That one has no name. Where the archive breaks off, the last member is `truncated`, which stands for the archive,
    and a `ShardError` follows; one that is larger than `max_bytes` is `too_large`.
    """
    with opened(uri) as file:
        if file.read_at(len(_ZIP), 0) == _ZIP:
            yield from _zip(file, suffixes, max_bytes)
            return
    with decompressed(uri, digested=True) as stream:
        damage = None
        try:
            head = stream.peek(512)[:512]
            if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
                stream.undigested()
                yield from _tar(stream, suffixes, max_bytes)
                return
            content = stream.read(max_bytes + 1)
        except (DamagedError, tarfile.ReadError):
            content, damage = b"", "truncated"
        size, digest = stream.file_digest()
        if len(content) > max_bytes:
            content, damage = b"", "too_large"
        identity = hashlib.sha256(content).hexdigest() if stream.packed and not damage else digest
        yield Member("", 0, size, content, digest, identity, damage)
        if damage == "truncated":
            raise ShardError(f"{uri}: it is truncated")


def file_member(uri: str, max_bytes: int) -> Member:
    """Return a file as a record by itself, its content as it lies; `too_large` without its content if it is larger."""
    with opened(uri) as file:
        content = file.read(max_bytes + 1)
        digest, size = digest_of(file, content), int(file.size())
    if len(content) > max_bytes:
        return Member("", 0, size, b"", digest, digest, "too_large")
    return Member("", 0, size, content, digest, digest)


def _zip(file: Any, suffixes: tuple[str, ...], max_bytes: int) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if not info.is_dir() and info.filename.lower().endswith(suffixes):
                    yield _zipped(archive, info, max_bytes)
    except zipfile.BadZipFile:  # its directory, which stands at the end, is not there
        digest = digest_of(file)
        yield Member("", 0, int(file.size()), b"", digest, digest, "truncated")


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int) -> Member:
    content, damage = b"", None
    try:
        with archive.open(info) as member:
            content = member.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):  # damaged, or encrypted
        damage = "truncated"
    name = hashlib.sha256(content).hexdigest()
    if len(content) > max_bytes:
        content, damage = b"", "too_large"
    return Member(info.filename, info.header_offset, info.compress_size, content, name, name, damage)


class _Header(tarfile.TarInfo):
    """A member's header. One that is damaged, cut or missing is an error, where `tarfile` takes it for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the block of zeros that ends an archive
            raise tarfile.ReadError(str(error)) from error


def _tar(stream: IO[bytes], suffixes: tuple[str, ...], max_bytes: int) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        for info in archive:
            if not info.isreg() or not info.name.lower().endswith(suffixes):
                continue
            hollow = info.issparse() and info.size > max_bytes
            file = io.BytesIO() if hollow else archive.extractfile(info) or io.BytesIO()
            digest, chunks = hashlib.sha256(), []
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                if info.size <= max_bytes:
                    chunks.append(chunk)
            damage = "too_large" if info.size > max_bytes else None
            name = digest.hexdigest()
            yield Member(info.name, info.offset_data, info.size, b"".join(chunks), name, name, damage)
        rest = archive.fileobj
        while rest is not None and (behind := rest.read(CHUNK)):
            if behind.strip(b"\0"):
                raise tarfile.ReadError("blocks of zeros, which end an archive, and then more")


def unpacked(member: Member, max_bytes: int) -> tuple[bytes, str | None]:
    """Return the content of a member, which may be packed by itself, or why there is none."""
    if member.damage or not member.name.lower().endswith(".gz"):
        return member.content, member.damage
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(member.content, max_bytes + 1)
    except zlib.error:
        return b"", "truncated"
    if len(content) > max_bytes:
        return b"", "too_large"
    return content, None if inflater.eof else "truncated"
