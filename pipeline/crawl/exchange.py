"""One request and its answer as they went over the wire, byte for byte, and what can be read from them."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import brotli
from backports import zstd

from pipeline.media_types import compression

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,16})[^\r\n]*\r?\n")


@dataclass(slots=True)
class Exchange:
    """What was sent and received on a connection for one URL; filled while it happens."""

    started: float  # seconds since the epoch
    address: str | None = None
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    broken: str | None = None  # the limit that ended it

    def answer(self) -> "Answer | None":
        """Return the final response, or None as long as its head is not whole."""
        data = bytes(self.received)
        while head := _HEAD_END.search(data):
            answer = Answer.parse(data[: head.end()], data[head.end() :])
            if answer is None or not 100 <= answer.status < 200:
                return answer
            data = data[head.end() :]  # 100 Continue, 103 Early Hints: the response is still to come
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its head and its body as received."""

    status: int
    headers: tuple[tuple[str, str], ...]  # in order; names as sent, values without surrounding space
    head: bytes
    body: bytes  # still chunked, still compressed; what came after its declared end is cut off

    @classmethod
    def parse(cls, head: bytes, body: bytes) -> "Answer | None":
        """Return the response, or None where it does not begin like one."""
        lines = [line.rstrip("\r") for line in head.decode("latin-1").split("\n")]
        status = re.match(r"HTTP/1\.[01] (\d{3})(?: |$)", lines[0])
        if status is None:
            return None
        answer = cls(int(status[1]), tuple(_fields(lines[1:])), head, body)
        length = answer.header("content-length")
        if length is not None and length.isdigit() and not answer.chunked:
            answer = cls(answer.status, answer.headers, head, body[: int(length)])
        return answer

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """Return every value of a header, in order."""
        return [value for each, value in self.headers if each.lower() == name]

    @property
    def chunked(self) -> bool:
        """Whether the body is in chunks."""
        return (self.header("transfer-encoding") or "").lower().strip() == "chunked"

    @property
    def media_type(self) -> str:
        """The declared media type, lower case, without its parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def payload(self, most: int, ratio: int) -> bytes:
        """Return the body without its transfer and content codings; raise BombError where it grows beyond the limits.

        What is left of a damaged body is what could be decoded.
        """
        body = _joined(self.body) if self.chunked else self.body
        most = min(most, max(len(body), 1_000) * ratio)
        for coding in reversed(_codings(self.all("content-encoding"))):
            body = _inflated(body, coding, most)
        return body


class BombError(Exception):
    """A body decodes to more than the limits allow."""


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in re.sub(r"\n[ \t]+", " ", "\n".join(lines)).split("\n"):  # a folded line belongs to the one before
        name, colon, value = line.partition(":")
        if colon and name.strip():
            yield name.strip(), value.strip()


def _codings(values: list[str]) -> list[str]:
    codings = [coding.strip().lower() for value in values for coding in value.split(",")]
    return [coding for coding in codings if coding in _INFLATE]


def _joined(body: bytes) -> bytes:
    parts, at = [], 0
    while (size := _CHUNK_SIZE.match(body, at)) and (length := int(size[1], 16)):
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length + (2 if body[size.end() + length :][:1] == b"\r" else 1)
    return b"".join(parts) if parts or size else body


def _inflated(body: bytes, coding: str, most: int) -> bytes:
    """Return the body decoded; a server that says `deflate` means either of two formats, one that lies means none."""
    for inflate in _INFLATE[coding]:
        try:
            decoded = inflate(body, most + 1)
        except (zlib.error, brotli.error, zstd.ZstdError):
            continue
        if len(decoded) > most:
            raise BombError(f"{len(body)} bytes of {coding} decode to more than {most}")
        return decoded
    return body


class _Decoder(Protocol):
    """Of one member of a compressed body: zlib's, or zstd's."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _members(begin: Callable[[], _Decoder]) -> Callable[[bytes, int], bytes]:
    """Return what decodes the members of a body, one after the other, up to a number of bytes."""

    def inflate(body: bytes, most: int) -> bytes:
        decoder = begin()
        decoded = decoder.decompress(body, most)
        while decoder.eof and decoder.unused_data and len(decoded) < most:
            rest, decoder = decoder.unused_data, begin()
            try:
                decoded += decoder.decompress(rest, most - len(decoded))
            except (zlib.error, zstd.ZstdError):
                break  # what follows the last member is not one
        return decoded

    return inflate


def _brotli(body: bytes, most: int) -> bytes:
    decoder = brotli.Decompressor()
    decoded = bytes(decoder.process(body, output_buffer_limit=most))
    if body and not decoded and not decoder.is_finished():
        raise brotli.error(
            "nothing decodes"
        )  # the format has no mark at its beginning: any text may be the start of one
    return decoded


def _zlib(window: int) -> Callable[[bytes, int], bytes]:
    return _members(lambda: zlib.decompressobj(window))


_WINDOW = {int(zstd.DecompressionParameter.window_log_max): 23}  # RFC 9659: 8 MiB
_INFLATE: dict[str, tuple[Callable[[bytes, int], bytes], ...]] = {
    "gzip": (_zlib(zlib.MAX_WBITS | 16),),
    "x-gzip": (_zlib(zlib.MAX_WBITS | 16),),
    "deflate": (_zlib(zlib.MAX_WBITS), _zlib(-zlib.MAX_WBITS)),
    "br": (_brotli,),
    "zstd": (_members(lambda: zstd.ZstdDecompressor(options=_WINDOW)),),
}


def gunzipped(body: bytes, most: int, ratio: int) -> bytes:
    """Return a file that may be gzipped, as sitemaps are, in the clear; raise BombError beyond the limits."""
    if compression(body) != "gzip":
        return body
    return _inflated(body, "gzip", min(most, max(len(body), 1_000) * ratio))
