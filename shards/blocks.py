"""A remote file as a file object that asks for few, large blocks."""

import io
from collections.abc import Callable
from typing import NamedTuple

FIRST, GROWTH, LARGEST = 1 << 20, 4, 16 << 20  # bytes of blocks that follow each other


class Got(NamedTuple):
    """Bytes of a file: where they begin, and how long the file is."""

    start: int
    content: bytes
    size: int


class Blocks(io.RawIOBase):
    """Reads a file through a function of a place and a length; what was got first is kept, and the last block.

    Blocks become larger while each begins where the last has ended, so that whoever reads little asks for little.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], first: Got) -> None:
        self._fetch = fetch
        self._size = first.size
        self._kept = (first.start, first.content)
        self._last = self._kept
        self._length = FIRST
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes: so many, or all that are left."""
        end = self._size if size is None or size < 0 else min(self._at + size, self._size)
        parts = []
        while self._at < end:
            start, content = next((one for one in (self._kept, self._last) if _has(one, self._at)), None) or self._next(
                end
            )
            part = content[self._at - start : end - start]
            parts.append(part)
            self._at += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _next(self, end: int) -> tuple[int, bytes]:
        start, content = self._last
        follows = self._at == start + len(content)
        self._length = min(self._length * GROWTH, LARGEST) if follows else FIRST
        stop = min(self._at + max(end - self._at, self._length), self._size)
        if self._at < self._kept[0] < stop:  # the end of the file is there already
            stop = max(self._kept[0], 0)
        self._last = (self._at, self._fetch(self._at, stop - self._at))
        return self._last


def _has(block: tuple[int, bytes], place: int) -> bool:
    return block[0] <= place < block[0] + len(block[1])
