"""Streams in the charset that a configuration names, as UTF-8 where a line end is no byte of its own."""

import codecs
import io
from typing import IO, Any

from pipeline.sources.streams import CHUNK


def known_encoding(encoding: str) -> str:
    """Return the name of a charset; a ValueError if Python knows none of that name."""
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise ValueError(f"{encoding} is no encoding that Python knows") from error


def encoding_of(head: bytes) -> str:
    """Return the charset that a file begins to be in: UTF-16 by its mark, or else UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


def is_wide(encoding: str) -> bool:
    """Return whether characters of a charset take two or four bytes each, among which any byte may be."""
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def transcoded(stream: IO[bytes], encoding: str) -> IO[bytes]:
    """Return a stream of lines that end in a byte: of a wide charset, its text in UTF-8."""
    return io.BufferedReader(_Transcoded(stream, encoding), CHUNK) if is_wide(encoding) else stream


class _Transcoded(io.RawIOBase):
    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            data = self._stream.read(CHUNK)
            self._held = self._decoder.decode(data, not data).encode("utf-8", "replace")
            if not data:
                break
        taken, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
