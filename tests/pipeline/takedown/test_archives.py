"""Records that were taken down say nothing any more in a WARC file, and all others lie where they lay."""

import gzip
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from fastwarc.stream_io import ZstdReader
from fastwarc.warc import ArchiveIterator

from pipeline.sources.warc_records import Record, record_at, records
from pipeline.takedown.archives import Packing, Read, filled, purge, spans
from tests.pipeline.sources.test_warc import zstd


def record(kind: str, number: int, about: int | None = None, words: str = "a page about rivers") -> bytes:
    block = f"{words} {number} {words[::-1]}".encode()
    refers = f"WARC-Concurrent-To: <urn:uuid:{about}>\r\n" if about is not None else ""
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    )
    return f"{head}{refers}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


PAGES = [hashlib.sha512(bytes([number])).hexdigest() * 2 + " rivers" for number in range(2)]
RECORDS_TOGETHER = [
    *(record("resource", 0, words=PAGES[0]), record("request", 10, 0)),
    *(record("resource", 1, words=PAGES[1]), record("request", 11, 1)),
]
RECORDS = [record("resource", 0), record("request", 10, 0), record("resource", 1), record("request", 11, 1)]


def unpacked(content: bytes) -> bytes:
    return ZstdReader(io.BytesIO(content)).read()


def read_records(path: Path) -> list[Record]:
    with pa.OSFile(str(path)) as file:
        return list(records(file, 0, None, 1 << 20))


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
    purge(str(path), places, read.ids)
    after = path.read_bytes()
    assert len(after) == sum(map(len, parts))
    assert after.endswith(b"".join(parts[2:]))
    content = unpack(after)
    assert b"rivers 0" not in content
    assert b"urn:uuid:0>" not in content
    assert len(list(ArchiveIterator(io.BytesIO(after)))) == 4
    purge(str(path), places, read.ids)
    assert path.read_bytes() == after


@pytest.mark.parametrize("length", [100, 117, 118, 119, 500, 40_000, *range(131_070, 131_100), 3_000_000])
def test_a_record_that_says_nothing_has_any_length(length: int) -> None:
    for packing, (_, _, unpack) in PACKINGS.items():
        made = filled(7, length, packing)
        assert len(made) == length
        whole = unpack(made)
        assert whole.startswith(b"WARC/1.1\r\nWARC-Type: metadata\r\n")


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("gone", [0, 1])
def test_of_several_records_in_a_member_the_others_stay(tmp_path: Path, packing: Packing, gone: int) -> None:
    suffix, pack, unpack = PACKINGS[packing]
    path = tmp_path / f"together{suffix}"
    alone = pack(record("resource", 7))
    together = pack(b"".join(RECORDS_TOGETHER))
    path.write_bytes(alone + together + alone)
    read = Read(frozenset({len(alone)}), frozenset({f"<urn:uuid:{gone}>"}))
    places = spans(str(path), read, str(tmp_path), everywhere=False)
    assert places == [(len(alone), len(together))]
    purge(str(path), places, read.ids)
    after = path.read_bytes()
    assert len(after) == len(alone) * 2 + len(together)
    assert after.startswith(alone)
    assert after.endswith(alone)
    content = unpack(after)
    assert PAGES[gone].encode() not in content
    assert f"urn:uuid:{gone}>".encode() not in content
    kept = RECORDS_TOGETHER[2:] if gone == 0 else RECORDS_TOGETHER[:2]
    assert b"".join(kept) in content
    with pa.OSFile(str(path)) as file:
        assert [each.data for each in record_at(file, len(alone), 1 << 20)] == [each[:-4] for each in kept]
    assert all(each.damage is None for each in read_records(path))
    purge(str(path), places, read.ids)
    assert path.read_bytes() == after


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_member_of_nothing_but_what_is_taken_down_says_nothing(tmp_path: Path, packing: Packing) -> None:
    suffix, pack, unpack = PACKINGS[packing]
    path = tmp_path / f"together{suffix}"
    path.write_bytes(pack(b"".join(RECORDS_TOGETHER)))
    read = Read(frozenset({0}), frozenset({"<urn:uuid:0>", "<urn:uuid:1>"}))
    purge(str(path), spans(str(path), read, str(tmp_path), everywhere=False), read.ids)
    assert b"rivers" not in unpack(path.read_bytes())


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "whole", [b"".join(RECORDS_TOGETHER)[:-30], b"".join(RECORDS_TOGETHER).replace(b"WARC-Record-ID", b"X-ID")]
)
def test_a_member_in_which_it_cannot_be_told_apart_is_left(tmp_path: Path, packing: Packing, whole: bytes) -> None:
    suffix, pack, _ = PACKINGS[packing]
    path = tmp_path / f"together{suffix}"
    path.write_bytes(pack(whole.replace(b"WARC-Concurrent-To", b"X-Of")))
    read = Read(frozenset({0}), frozenset({"<urn:uuid:0>"}))
    assert spans(str(path), read, str(tmp_path), everywhere=False) == []


def test_a_file_outside_the_run_is_left_as_an_input(tmp_path: Path) -> None:
    read = Read(frozenset({0}), frozenset())
    run = tmp_path / "run"
    run.mkdir()
    outside = tmp_path / "outside.warc"
    outside.write_bytes(b"".join(RECORDS))
    assert spans(str(outside), read, str(run), everywhere=False) == []
    assert spans(str(outside), read, str(run), everywhere=True) == [(0, len(RECORDS[0]) - 4)]
