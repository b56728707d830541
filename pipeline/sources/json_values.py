"""JSON values one after the other, in an array or not, from a stream of bytes: each with its place and its bytes.

A file of JSON that has not a value a line: one array of records, or records of several lines each.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from pipeline.sources.streams import CHUNK, DamagedError

_BETWEEN = " \t\r\n,\x1e\ufeff"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Value:
    """A value, its place and bytes in the stream; `damage` is why there is none, and then nothing follows."""

    offset: int
    data: bytes
    value: Any = None
    damage: str | None = None


class _Text:
    """What is held of a stream, as text in which every byte that is no UTF-8 is a lone surrogate."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rest = b""
        self.held = ""
        self.offset = 0  # of its first byte
        self.ended = False

    def more(self, count: int) -> None:
        """Hold so many bytes more."""
        data = self._rest + (read := self._stream.read(count))
        self.ended = not read
        cut = len(data) if self.ended else _whole(data)
        self.held += data[:cut].decode("utf-8", "surrogateescape")
        self._rest = data[cut:]

    def take(self, end: int) -> bytes:
        """Return the bytes of the text up to a place, and hold them no longer."""
        data = self.held[:end].encode("utf-8", "surrogateescape")
        self.held, self.offset = self.held[end:], self.offset + len(data)
        return data


def _whole(data: bytes) -> int:
    """Return how many bytes there are without a character at the end that is not complete."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:  # it begins a character of several bytes
            return len(data) - back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else len(data)
        if byte < 0x80:
            break
    return len(data)


def values(stream: IO[bytes], max_bytes: int) -> Iterator[Value]:
    """Yield the values of a stream: the elements of the array that it is, or the values that it holds."""
    text = _Text(stream)
    try:
        text.more(CHUNK)
        text.take(_blank(text.held))
        array = text.held.startswith("[")
        if array:
            text.take(1)
        while (value := _next(text, array, max_bytes)) is not None:
            yield value
            if value.damage:
                return
    except DamagedError:
        yield Value(text.offset, b"", None, "truncated")


def _next(text: _Text, array: bool, max_bytes: int) -> Value | None:
    while True:
        text.take(_blank(text.held))
        if text.held or text.ended:
            break
        text.more(CHUNK)
    if not text.held:
        return Value(text.offset, b"", None, "truncated") if array else None
    if array and text.held.startswith("]"):
        return None
    count = CHUNK
    while True:
        try:
            value, end = _DECODER.raw_decode(text.held)
        except RecursionError:
            return Value(text.offset, b"", None, "not_json")
        except ValueError:
            value, end = None, 0
        # a number may go on behind what is held
        if end and (end < len(text.held) or text.ended):
            return Value(text.offset, text.take(end), value)
        if text.ended:
            return Value(text.offset, text.take(len(text.held)), None, "truncated" if array else "not_json")
        if len(text.held) > max_bytes:
            return Value(text.offset, b"", None, "too_large")
        text.more(count)
        count = len(text.held)  # twice as much each time: what is held is parsed anew


def _blank(held: str) -> int:
    return len(held) - len(held.lstrip(_BETWEEN))
