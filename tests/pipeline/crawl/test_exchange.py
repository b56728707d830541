"""What was received is read carefully and kept whole."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crawl.exchange import Answer, BombError, Exchange, gunzipped


def received(data: bytes) -> Answer | None:
    return Exchange(0.0, received=bytearray(data)).answer()


def body_of(data: bytes) -> bytes:
    answer = received(data)
    assert answer is not None
    return answer.payload(1_000_000, 200)


TEXT = "你好, мир, שלום. ".encode() * 50


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "raw deflate", "identity", "br", "zstd", "rot13"])
def test_a_body_is_decoded_by_what_it_says_and_what_it_is(coding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(TEXT),
        "x-gzip": gzip.compress(TEXT),
        "deflate": zlib.compress(TEXT),
        "br": brotli.compress(TEXT),
        "zstd": zstd.compress(TEXT),
        "raw deflate": raw.compress(TEXT) + raw.flush(),
    }.get(coding, TEXT)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding.removeprefix('raw ')}\r\n\r\n".encode()
    assert body_of(head + packed) == TEXT


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd"])
def test_a_body_that_is_not_what_it_says_is_taken_as_it_is(coding: bytes) -> None:
    assert body_of(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + b"\r\n\r\nplain text") == b"plain text"


@pytest.mark.parametrize(("coding", "packed"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_members_are_read_to_the_last_and_what_follows_is_left(coding: str, packed: Callable[[bytes], bytes]) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n".encode()
    assert body_of(head + packed(b"one, ") + packed(b"two")) == b"one, two"
    assert body_of(head + packed(b"one") + b"\r\n\r\n") == b"one"


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_chunks_are_joined(chunks: list[bytes]) -> None:
    coded = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nTrailer: x\r\n\r\n"
    assert body_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded) == b"".join(chunks)


def test_what_comes_after_the_declared_length_is_not_part_of_the_answer() -> None:
    answer = received(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef")
    assert answer is not None
    assert answer.body == b"abc"


def test_interim_responses_are_passed_over() -> None:
    answer = received(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 None\r\nA: b\r\n\r\n"
    )
    assert answer is not None
    assert (answer.status, answer.headers) == (204, (("A", "b"),))
    assert received(b"HTTP/1.1 100 Continue\r\n\r\n") is None


def test_headers_are_read_in_order_with_folded_lines_and_any_byte() -> None:
    answer = received(b"HTTP/1.1 200\r\nA: 1\r\nbroken\r\na:\xff\x85\r\nLong: x\r\n\ty\r\n\r\n")
    assert answer is not None
    assert answer.headers == (("A", "1"), ("a", "\xff\x85".strip()), ("Long", "x y"))
    assert answer.all("a") == ["1", answer.headers[1][1]]


@pytest.mark.parametrize("nested", [1, 2])
@pytest.mark.parametrize(
    ("coding", "packed"), [(b"gzip", gzip.compress), (b"br", brotli.compress), (b"zstd", zstd.compress)]
)
def test_a_bomb_is_an_error(nested: int, coding: bytes, packed: Callable[[bytes], bytes]) -> None:
    body = b"0" * 3_000_000
    for _ in range(nested):
        body = packed(body)
    answer = received(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b", ".join([coding] * nested) + b"\r\n\r\n" + body)
    assert answer is not None
    with pytest.raises(BombError):
        answer.payload(50_000_000, 200)
    with pytest.raises(BombError):
        gunzipped(gzip.compress(b"0" * 3_000_000), 1_000_000, 10_000)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    for answer in (received(data), received(b"HTTP/1.1 200 OK\r\n" + data + b"\r\n\r\n" + data)):
        if answer is not None:
            answer.payload(10_000, 200)
