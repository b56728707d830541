"""Records that were taken down say nothing any more in a WARC file, and all others lie where they lay."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from fastwarc.stream_io import ZstdReader
from fastwarc.warc import ArchiveIterator

from pipeline.takedown.archives import Packing, Read, filled, purge, spans
from tests.pipeline.sources.test_warc import zstd


def record(kind: str, number: int, about: int | None = None, words: str = "a page about rivers") -> bytes:
    block = f"{words} {number} {words[::-1]}".encode()
    refers = f"WARC-Concurrent-To: <urn:uuid:{about}>\r\n" if about is not None else ""
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    )
    return f"{head}{refers}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


RECORDS = [record("resource", 0), record("request", 10, 0), record("resource", 1), record("request", 11, 1)]


def unpacked(content: bytes) -> bytes:
    return ZstdReader(io.BytesIO(content)).read()


PACKINGS: dict[Packing, tuple[str, Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "none": (".warc", bytes, bytes),
    "gzip": (".warc.gz", gzip.compress, gzip.decompress),
    "zstd": (".warc.zst", zstd, unpacked),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_record_and_its_request_say_nothing_and_the_others_lie_where_they_lay(
    tmp_path: Path, packing: Packing
) -> None:
    suffix, pack, unpack = PACKINGS[packing]
    path = tmp_path / f"a{suffix}"
    parts = [*map(pack, RECORDS)]
    path.write_bytes(b"".join(parts))
    read = Read(frozenset({0}), frozenset({"<urn:uuid:0>"}))
    places = spans(str(path), read, str(tmp_path), everywhere=False)
    assert [offset for offset, _ in places] == [0, len(parts[0])]
    purge(str(path), places)
    after = path.read_bytes()
    assert len(after) == sum(map(len, parts))
    assert after.endswith(b"".join(parts[2:]))
    content = unpack(after)
    assert b"rivers 0" not in content
    assert b"urn:uuid:0>" not in content
    assert len(list(ArchiveIterator(io.BytesIO(after)))) == 4
    purge(str(path), places)
    assert path.read_bytes() == after


@pytest.mark.parametrize("length", [100, 117, 118, 119, 500, 40_000, *range(131_070, 131_100), 3_000_000])
def test_a_record_that_says_nothing_has_any_length(length: int) -> None:
    for packing, (_, _, unpack) in PACKINGS.items():
        made = filled(7, length, packing)
        assert len(made) == length
        whole = unpack(made)
        assert whole.startswith(b"WARC/1.1\r\nWARC-Type: metadata\r\n")


def test_what_cannot_be_written_again_in_place_is_left_as_an_input(tmp_path: Path) -> None:
    read = Read(frozenset({0}), frozenset())
    together = tmp_path / "run" / "together.warc.gz"
    together.parent.mkdir()
    together.write_bytes(gzip.compress(b"".join(RECORDS)))  # all in one member
    assert spans(str(together), read, str(together.parent), everywhere=False) == []
    together.with_suffix(".zst").write_bytes(zstd(b"".join(RECORDS)))
    assert spans(str(together.with_suffix(".zst")), read, str(together.parent), everywhere=False) == []
    outside = tmp_path / "outside.warc"
    outside.write_bytes(b"".join(RECORDS))
    assert spans(str(outside), read, str(together.parent), everywhere=False) == []
    assert spans(str(outside), read, str(together.parent), everywhere=True) == [(0, len(RECORDS[0]) - 4)]
