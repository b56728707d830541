"""The members of a tar archive, one after the other and in any compression, or a file that is a record by itself."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from pipeline.sources.streams import DamagedError, decompressed

_TAR = b"ustar"
_TAR_AT = 257


@dataclass(frozen=True, slots=True)
class Member:
    """A member's content and its place in the decompressed archive; `damage` is why there is none."""

    name: str
    offset: int
    length: int
    content: bytes
    damage: str | None = None


def members(uri: str, suffixes: tuple[str, ...], max_bytes: int) -> Iterator[Member]:
    """Yield the members of an archive whose names end so, or the one member that a file of another kind is.

    Where the archive breaks off, the last member is `truncated`; one that is larger than `max_bytes` is `too_large`.
    """
    with decompressed(uri) as stream:
        try:
            head = stream.peek(512)[:512]  # type: ignore[attr-defined]
            if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
                yield from _tar(stream, suffixes, max_bytes)
            else:
                content = stream.read(max_bytes + 1)
                damage = "too_large" if len(content) > max_bytes else None
                yield Member(uri, 0, len(content), b"" if damage else content, damage)
        except (DamagedError, tarfile.ReadError) as error:
            yield Member(uri, 0, 0, str(error).encode(), "truncated")


def _tar(stream: IO[bytes], suffixes: tuple[str, ...], max_bytes: int) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            if not info.isreg() or not info.name.lower().endswith(suffixes):
                continue
            if info.size > max_bytes:
                yield Member(info.name, info.offset_data, info.size, info.name.encode(), "too_large")
                continue
            file = archive.extractfile(info)
            content = file.read() if file else b""
            yield Member(info.name, info.offset_data, info.size, content)
