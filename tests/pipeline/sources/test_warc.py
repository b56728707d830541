import gzip
import hashlib
import io
import json
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xxhash
from fastwarc.stream_io import ZstdWriter, zstd_train_dictionary_from_samples
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, ShardError, SourceError
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.warc import Warc, reread
from pipeline.sources.warc_records import records
from pipeline.stages.guard import read_rows
from shards.schema import document_id
from tests.pipeline.sources.conftest import Rows

HTML = "<!DOCTYPE html><html><head><title>語料</title></head><body><p>Ein Satz. 一句話。</p></body></html>".encode()


def record(
    name: object,
    block: bytes,
    kind: str = "response",
    content_type: str = "application/http; msgtype=response",
    length: int | None = None,
    **headers: object,
) -> bytes:
    lines = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{name}>",
        "WARC-Target-URI": f"http://example.org/{name}",
        "WARC-Date": "2026-01-02T03:04:05Z",
        "Content-Type": content_type,
        "Content-Length": len(block) if length is None else length,
    } | {key.replace("_", "-"): value for key, value in headers.items()}
    head = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def http(
    body: bytes = HTML, status: str = "200 OK", content_type: str | None = "text/html; charset=utf-8", **headers: object
) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def noise(seed: int | str, size: int = 5000) -> bytes:
    return b"<html><body>" + random.Random(seed).randbytes(size).hex().encode() + b"</body></html>"


def zstd(content: bytes) -> bytes:
    buffer = io.BytesIO()
    writer = ZstdWriter(buffer)
    writer.write(content)
    writer.close()
    return buffer.getvalue()


def pages(count: int) -> list[bytes]:
    return [record(name, http(noise(name))) for name in range(count)]


@pytest.fixture
def warc(tmp_path: Path, read: Rows) -> Rows:
    """Write bytes as a WARC and return its rows."""

    def rows(content: bytes, skipped: Counter[str] | None = None, **settings: Any) -> list[Row]:
        path = tmp_path / "a.warc.gz"
        path.write_bytes(content)
        return read(Warc(name="web", paths=(str(path),), **settings), skipped)

    return rows


@pytest.fixture
def again(tmp_path: Path) -> Callable[[Row], bytes]:
    """Read a row's payload again, from where its provenance says it lies."""
    source = Warc(name="web", paths=(str(tmp_path / "a.warc.gz"),))
    return lambda row: reread(source, row["provenance"])


def reasons(rows: list[Row]) -> list[str | None]:
    return [row.get("rejected_by") for row in rows]


def every_row(source: Warc, splits: list[Split]) -> list[Row]:
    damage: list[str] = []
    return [row for split in splits for row in read_rows(source, split, Skipped(), damage)]


def ids(rows: list[Row]) -> list[str]:
    return [row["source_id"] for row in rows]


SPELLINGS: list[Callable[[bytes], bytes]] = [bytes, bytes.lower, bytes.upper]
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd, "none": bytes}


def test_a_response_becomes_a_page_with_its_headers_and_its_place_in_the_file(warc: Rows) -> None:
    first, second = (gzip.compress(record(name, http(Server="nginx"))) for name in "ab")
    row = warc(first + second)[1]
    assert row["payload"] == HTML
    assert row["text"] == ""
    assert row["source_id"] == "<urn:uuid:b>"
    assert row["id"] == document_id("web", "<urn:uuid:b>")
    assert row["url"] == "http://example.org/b"
    assert row["fetched_at"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert row["content_type"] == "text/html; charset=utf-8"
    assert row["headers"] == [
        {"name": "Content-Type", "value": "text/html; charset=utf-8"},
        {"name": "Server", "value": "nginx"},
    ]
    digest = hashlib.sha256(record("b", http(Server="nginx")).removesuffix(b"\r\n\r\n")).hexdigest()
    place = {"offset": len(first), "row": None, "length": len(second), "digest": digest}
    assert row["provenance"] == {"source": "web", "file": "a.warc.gz", **place}
    assert row["payload_digest"] == xxhash.xxh3_128_hexdigest(HTML)
    assert reasons([row]) == [None]


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
def test_every_compression_gives_the_same_pages(
    warc: Rows, compress: Callable[[bytes], bytes], again: Callable[[Row], bytes]
) -> None:
    rows = warc(b"".join(compress(page) for page in pages(4)))
    assert [row["payload"] for row in rows] == [noise(name) for name in range(4)]
    assert ids(rows) == [f"<urn:uuid:{name}>" for name in range(4)]
    for row in rows:
        assert again(row) == row["payload"]


def test_one_gzip_member_for_the_whole_file_is_read_too(warc: Rows, again: Callable[[Row], bytes]) -> None:
    rows = warc(gzip.compress(b"".join(pages(5))))
    assert [row["payload"] for row in rows] == [noise(name) for name in range(5)]
    assert again(rows[3]) == noise(3)


def test_a_member_larger_than_the_buffer_is_read_in_pieces(warc: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.members.PIECE", 3000)
    rows = warc(gzip.compress(b"".join(pages(5))))
    assert [row["payload"] for row in rows] == [noise(name) for name in range(5)]


def test_the_text_of_a_wet_file_is_the_text_of_the_document(warc: Rows) -> None:
    text = "Первая строка\n第二行\nบรรทัดที่สาม"
    (row,) = warc(gzip.compress(record("w", text.encode(), "conversion", "text/plain")))
    assert row["text"] == text
    assert row.get("payload") is None


def test_a_wet_text_that_is_not_utf8_is_left_to_charset_detection(warc: Rows) -> None:
    (row,) = warc(gzip.compress(record("w", "網頁".encode("big5"), "conversion", "text/plain")))
    assert (row["text"], row["payload"], row["content_type"]) == ("", "網頁".encode("big5"), "text/plain")


def test_a_resource_is_a_page_without_http(warc: Rows) -> None:
    (row,) = warc(gzip.compress(record("r", HTML, "resource", "text/html")))
    assert row["payload"] == HTML
    assert row["content_type"] == "text/html"


def test_records_that_are_no_documents_are_counted_by_type(warc: Rows) -> None:
    skipped: Counter[str] = Counter()
    kinds = ["warcinfo", "request", "response", "metadata", "metadata"]
    rows = warc(b"".join(gzip.compress(record(n, http(), kind)) for n, kind in enumerate(kinds)), skipped)
    assert len(rows) == 1
    assert skipped == {"warc.warcinfo": 1, "warc.request": 1, "warc.metadata": 2}


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("warc.revisit", record("x", http(b""), "revisit")),
        ("warc.status", record("x", http(status="404 Not Found"))),
        ("warc.status", record("x", http(status="301 Moved", Location="/"))),
        ("warc.not_text", record("x", http(b"\x89PNG\r\n\x1a\n\0\0", content_type="image/png"))),
        ("pdf.truncated", record("x", http(b"%PDF-1.7 ...", content_type="application/pdf"))),
        ("warc.not_text", record("x", http(b"PK\x03\x04....", content_type="text/html"))),
        ("warc.not_text", record("x", http(b"\0\1\2\3\4", content_type=None))),
        ("warc.not_prose", record("x", http(b"p { color: red }", content_type="text/css"))),
        ("warc.not_prose", record("x", http(b'{"a": 1}', content_type="application/json"))),
        ("warc.not_prose", record("x", http(b"<?xml version='1.0'?><rss/>", content_type="application/rss+xml"))),
        ("warc.empty", record("x", http(b""))),
        ("warc.empty", record("x", b"  \n", "conversion", "text/plain")),
        ("warc.http", record("x", b"\xff\xfe\x00 no http here\r\n\r\n")),
        ("warc.http", record("x", http(X="y" * 200_000))),
        ("warc.encoding", record("x", http(gzip.compress(HTML)[:9] + b"\xff" * 40, Content_Encoding="gzip"))),
        ("warc.not_prose", record("x", b"1.2.3.4", content_type="text/dns", WARC_Target_URI="dns:example.org")),
    ],
)
def test_what_is_no_page_is_a_rejected_row_with_a_reason_and_no_payload(
    warc: Rows, reason: str, content: bytes
) -> None:
    (row,) = warc(gzip.compress(content))
    assert row["rejected_by"] == reason
    assert (row["text"], row.get("payload"), row["source_id"]) == ("", None, "<urn:uuid:x>")


@pytest.mark.parametrize(
    ("declared", "payload", "read_as"),
    [
        ("application/octet-stream", HTML, "text/html"),
        ("text/css", HTML, "text/html"),
        (None, b"<p>a paragraph</p>", "text/html"),
        (None, b"only words", "text/plain"),
        ("text/plain", HTML, "text/plain"),
        ("TEXT/HTML;charset=GBK", "網頁".encode("gbk"), "TEXT/HTML;charset=GBK"),
        ("text/html", b"\xff\xfe" + "<html>語</html>".encode("utf-16-le"), "text/html"),
        ("text/html", "<html>語</html>".encode("utf-16-be"), "text/html"),
        ("text/html", b"<html>a stray \x06 control character</html>", "text/html"),
        ("text/html", b"<text title='GB2312'><!-- NW\x02N\x02AS -->", "text/html"),
        ("text/html", b"\x1b$B8lNA\x1b(B ISO-2022-JP", "text/html"),
    ],
)
def test_a_content_type_is_corrected_only_where_the_bytes_say_otherwise(
    warc: Rows, declared: str | None, payload: bytes, read_as: str
) -> None:
    (row,) = warc(gzip.compress(record("x", http(payload, content_type=declared))))
    assert (row.get("rejected_by"), row["content_type"], row["payload"]) == (None, read_as, payload)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (chunked(HTML), {"Transfer_Encoding": "chunked"}),
        (gzip.compress(HTML), {"Content_Encoding": "gzip"}),
        (zlib.compress(HTML), {"Content_Encoding": "deflate"}),
        (zlib.compress(HTML)[2:-4], {"Content_Encoding": "deflate"}),
        (chunked(gzip.compress(HTML)), {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}),
        (HTML, {"Transfer_Encoding": "chunked"}),
        (HTML, {"Content_Encoding": "br"}),
        (HTML, {"Content_Encoding": "utf-8"}),
    ],
    ids=["chunked", "gzip", "deflate", "raw deflate", "both", "chunked in name", "br in name", "no encoding"],
)
def test_encodings_are_undone_whether_or_not_they_are_what_they_are_called(
    warc: Rows, body: bytes, headers: dict[str, str], again: Callable[[Row], bytes]
) -> None:
    (row,) = warc(gzip.compress(record("x", http(body, **headers))))
    assert row["payload"] == HTML
    assert again(row) == HTML


@pytest.mark.parametrize("why", ["length", "time", "disconnect", "unspecified"])
def test_a_record_that_its_crawler_cut_off_is_no_document(warc: Rows, why: str) -> None:
    """It may be whole as a record, and its text long: what the page goes on to say is not there."""
    rows = warc(
        record("cut", http(), WARC_Truncated=why)
        + record("text", b"Ein Satz.", "conversion", "text/plain", WARC_Truncated=why)
        + record("missing", http(status="404 Not Found"), WARC_Truncated=why)
        + record("whole", http())
    )
    assert reasons(rows) == ["warc.truncated", "warc.truncated", "warc.status", None]


@pytest.mark.parametrize("line", [b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200 OK\r\n"], ids=["all", "some"])
@pytest.mark.parametrize("rest", [b"", b"\r\n\r\n<p>More</p>"], ids=["", "with another end"])
def test_a_response_whose_head_ends_in_line_feeds_is_not_read_from_where_its_page_has_empty_lines(
    warc: Rows, line: bytes, rest: bytes
) -> None:
    rows = warc(record("unix", line + b"Content-Type: text/html\n\n" + HTML + rest) + record("next", http()))
    assert reasons(rows) == [None, None]
    assert rows[0]["payload"] == HTML + rest


@pytest.mark.parametrize("length", ["", "Content-Length: many\r\n", "Content-Length: -7\r\n"])
def test_a_record_that_does_not_say_how_long_it_is_is_a_rejected_row_and_the_next_is_read(
    warc: Rows, length: str
) -> None:
    block = http()
    whole = record("unknown", block)
    said = f"Content-Length: {len(block)}\r\n".encode()
    assert said in whole
    for compress in (gzip.compress, bytes):
        rows = warc(b"".join(map(compress, (whole.replace(said, length.encode()), record("next", block)))))
        assert reasons(rows) == ["warc.length", None], compress


def test_a_file_that_breaks_off_ends_with_a_truncated_row(warc: Rows) -> None:
    for compress in (gzip.compress, bytes):
        rows = warc(b"".join(map(compress, pages(3)))[:-1000])
        assert reasons(rows) == [None, None, "warc.truncated"]
        assert ids(rows)[2] == "<urn:uuid:2>"
        assert rows[2]["url"] == "http://example.org/2"
    assert reasons(warc(b"".join(map(zstd, pages(3)))[:-1000])) == [None, None, "warc.truncated"]


def damaged(compress: Callable[[bytes], bytes], at: str) -> list[bytes]:
    """Four pages of which the second is hit in its middle or its beginning."""
    members = [compress(page) for page in pages(4)]
    where = {"middle": len(members[1]) // 2, "head": 12, "end": len(members[1]) - 6}[at]
    members[1] = members[1][:where] + b"\0\1\2\3\xff\xff" + members[1][where + 6 :]
    return members


@pytest.mark.parametrize("at", ["middle", "head", "end"])
@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_damage_inside_a_file_costs_the_record_it_is_in_and_no_other(
    warc: Rows, compress: Callable[[bytes], bytes], at: str
) -> None:
    members = damaged(compress, at)
    rows = warc(b"".join(members))
    assert len(rows) == 4
    assert reasons(rows)[0] is None
    assert reasons(rows)[2:] == [None, None]
    if compress is gzip.compress or at != "middle":  # zstd stores random text as it is, and frames have no checksum
        assert reasons(rows)[1] == "warc.corrupt"
        place = {"offset": len(members[0]), "length": len(members[1])}
        assert rows[1]["provenance"].items() >= place.items()


def test_a_corrupt_record_is_still_named_where_its_head_can_be_read(warc: Rows) -> None:
    members = damaged(gzip.compress, "middle")
    assert ids(warc(b"".join(members)))[1] == "<urn:uuid:1>"


def test_what_is_no_record_between_records_is_one_corrupt_row(warc: Rows) -> None:
    first, second = map(gzip.compress, pages(2))
    strange = b"a gzip of something else"
    for junk in (b"\0" * 300 + b"x", b"HTTP/1.1 503 try later\r\n", gzip.compress(strange)):
        rows = warc(first + junk + second)
        assert reasons(rows) == [None, "warc.corrupt", None]
        there = strange if junk.startswith(b"\x1f") else junk
        assert rows[1]["source_id"] == rows[1]["provenance"]["digest"] == hashlib.sha256(there).hexdigest()


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
@pytest.mark.parametrize(("length", "reason"), [(3000, "warc.length"), (20_000, None), (10**15, None)])
def test_a_wrong_content_length_does_not_swallow_the_neighbours(
    warc: Rows, compress: Callable[[bytes], bytes], length: int | None, reason: str
) -> None:
    contents = pages(4)
    contents[1] = record(1, http(noise(1)), length=length)
    rows = warc(b"".join(map(compress, contents)))
    assert ids(rows) == [f"<urn:uuid:{name}>" for name in range(4)]
    assert [index for index, found in enumerate(reasons(rows)) if found] == [1]
    assert reasons(rows)[1] == reason or reasons(rows)[1] in ("warc.truncated", "warc.length")


def test_a_record_too_large_is_passed_over_without_holding_it(warc: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.members.PIECE", 10_000)
    monkeypatch.setattr("pipeline.sources.warc_records.BLOCK", 10_000)
    large = record("large", http(b"<html>" + b"x" * 100_000))
    for compress in COMPRESSIONS.values():
        for parts in ([large, *pages(1)], [*pages(1), large], [large, large]):
            rows = warc(b"".join(map(compress, parts)), max_record_bytes=20_000)
            assert reasons(rows) == ["warc.too_large" if part == large else None for part in parts]
            assert ids(rows) == ["<urn:uuid:large>" if part == large else "<urn:uuid:0>" for part in parts]
            digests = [hashlib.sha256(part.removesuffix(b"\r\n\r\n")).hexdigest() for part in parts]
            assert [row["provenance"]["digest"] for row in rows] == digests
            if compress is bytes:
                lengths = [len(part) - 4 for part in parts]
                assert [row["provenance"]["length"] for row in rows] == lengths


def test_a_record_too_large_that_ends_early_is_one_row(warc: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.members.PIECE", 10_000)
    monkeypatch.setattr("pipeline.sources.warc_records.BLOCK", 10_000)
    large = record("large", http(noise("large", 100_000)), length=300_000)
    for compress in (gzip.compress, zstd):
        rows = warc(b"".join(map(compress, [large, *pages(1)])), max_record_bytes=20_000)
        assert reasons(rows) == ["warc.too_large", None]
        assert rows[0]["provenance"]["digest"] == hashlib.sha256(large).hexdigest()


def test_a_body_that_inflates_without_end_is_stopped(warc: Rows) -> None:
    bomb = record("bomb", http(gzip.compress(b"<html>" + b" " * 5_000_000), Content_Encoding="gzip"))
    assert reasons(warc(gzip.compress(bomb), max_record_bytes=1_000_000)) == ["warc.too_large"]


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("damage", [False, True])
def test_any_division_into_tasks_gives_the_same_rows(
    tmp_path: Path, compress: Callable[[bytes], bytes], damage: bool
) -> None:
    members = damaged(compress, "head") if damage else [compress(page) for page in pages(4)]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join([*members, b"stray bytes", *map(compress, pages(3))]))
    source = Warc(name="web", paths=(str(path),))
    whole = every_row(source, [Split(file=str(path), name=path.name)])
    assert len(whole) == 8
    for size in (700, 1500, 4999, 9000, 20_000):
        splits = source.model_copy(update={"bytes_per_task": size}).splits()
        assert every_row(source, splits) == whole


def test_a_large_file_is_divided_and_an_uncompressed_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"".join(map(gzip.compress, pages(4))))
    (tmp_path / "b.warc").write_bytes(b"".join(pages(4)))
    splits = Warc(name="web", paths=(str(tmp_path),), bytes_per_task=10_000).splits()
    assert [(split.file[-6:], split.start is None) for split in splits] == [("arc.gz", False)] * 3 + [("b.warc", True)]
    assert splits[0].end == splits[1].start


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
def test_a_zstd_file_may_begin_with_its_dictionary(warc: Rows, packed: bool, again: Callable[[Row], bytes]) -> None:
    rng = random.Random(0)
    samples = [b"WARC/1.0\r\nWARC-Type: response\r\n" + rng.randbytes(60).hex().encode() for _ in range(2000)]
    dictionary = zstd_train_dictionary_from_samples(samples, 4096)
    frames: list[bytes] = []
    for page in pages(3):
        writer = ZstdWriter(buffer := io.BytesIO(), dictionary=dictionary, compress_dictionary_frame=packed)
        writer.write(page)
        writer.close()
        content = buffer.getvalue()
        body = 8 + int.from_bytes(content[4:8], "little")
        frames.append(content if not frames else content[body:])
    rows = warc(b"".join(frames))
    assert [row["payload"] for row in rows] == [noise(name) for name in range(3)]
    assert again(rows[2]) == noise(2)


def test_a_file_that_is_no_warc_is_an_error_that_names_it(tmp_path: Path) -> None:
    for content in (b"", b"<html>not a WARC</html>", gzip.compress(b"words"), gzip.compress(b"")):
        path = tmp_path / "page.warc.gz"
        path.write_bytes(content)
        with pytest.raises(ShardError, match=r"page\.warc\.gz"):
            list(Warc(name="web", paths=(str(path),)).read(Split(file=str(path), name=path.name)))


def test_a_missing_file_is_an_error_of_the_config_before_and_may_be_back_after(tmp_path: Path) -> None:
    source = Warc(name="web", paths=(str(tmp_path / "none.warc.gz"),))
    with pytest.raises(ConfigError, match="none"):
        source.splits()
    with pytest.raises(SourceError, match="none"):
        list(source.read(Split(file=source.paths[0], name="none.warc.gz")))


def test_rereading_another_file_than_the_one_that_was_read_is_an_error(
    tmp_path: Path, warc: Rows, again: Callable[[Row], bytes]
) -> None:
    (row,) = warc(gzip.compress(pages(1)[0]))
    other = tmp_path / "a.warc.gz"
    other.write_bytes(gzip.compress(record(0, http())))
    with pytest.raises(ShardError, match="no record at byte 0"):
        again(row)


def test_a_list_of_paths_names_files_below_its_prefix(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.warc.gz").write_bytes(gzip.compress(pages(1)[0]))
    listing = tmp_path / "warc.paths.gz"
    listing.write_bytes(gzip.compress(b"b.warc.gz\na.warc.gz\n\n"))
    source = Warc(name="CC-MAIN", paths=(str(listing),), prefix=f"{tmp_path}/")
    assert [split.file for split in source.splits()] == [f"{tmp_path}/a.warc.gz", f"{tmp_path}/b.warc.gz"]


def test_a_declared_licence_stands_in_every_row_with_its_evidence(tmp_path: Path, read: Rows) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(pages(1)[0])
    declared = {"license": "CC-BY-4.0", "license_url": "https://creativecommons.org/licenses/by/4.0/"}
    settings = {"name": "web", "paths": [str(path)], "legal_basis": "contract 7", "contributor": "Archive"}
    (row,) = read(Warc.model_validate({**settings, **declared}))
    assert row.items() >= (declared | {"contributor": "Archive", "domain": "general"}).items()
    (evidence,) = row["evidence"]
    assert evidence == {
        "kind": "source", "value": "CC-BY-4.0", "where": "contract 7", "subject": "document", "digest": None
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30_000), st.binary(min_size=1, max_size=40)), max_size=4), st.data())
def test_no_damage_raises_or_changes_what_lies_outside_of_it(
    tmp_path_factory: pytest.TempPathFactory, hits: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    content = bytearray(b"".join(map(gzip.compress, pages(5))))
    for position, junk in hits:
        content[position % len(content) : position % len(content) + len(junk)] = junk
    path = tmp_path_factory.mktemp("fuzz") / "a.warc.gz"
    path.write_bytes(content)
    source = Warc(name="web", paths=(str(path),))
    try:
        rows = list(source.read(Split(file=str(path), name=path.name)))
    except ShardError:
        return
    good = [row["payload"] for row in rows if not row.get("rejected_by")]
    assert len(set(good) & {noise(name) for name in range(5)}) >= 5 - len(hits) * 2
    cut = data.draw(st.integers(1, len(content) - 1))
    halves = [
        Split(file=str(path), name=path.name, start=0, end=cut),
        Split(file=str(path), name=path.name, start=cut, end=len(content)),
    ]
    assert [row for split in halves for row in source.read(split)] == rows


@pytest.mark.parametrize("kind", ["response", "resource", "conversion"])
@settings(max_examples=50, deadline=None)
@given(block=st.binary(max_size=300))
def test_any_block_gives_one_row(tmp_path_factory: pytest.TempPathFactory, kind: str, block: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.warc.gz"
    path.write_bytes(gzip.compress(record("x", block, kind)))
    (row,) = Warc(name="web", paths=(str(path),)).read(Split(file=str(path), name=path.name))
    assert row["source_id"] == "<urn:uuid:x>"


def test_the_real_crawl_is_read_as_labelled(data: Path, read: Rows) -> None:
    lines = gzip.decompress((data / "rawwarc" / "labels.jsonl.gz").read_bytes()).splitlines()
    labels = [json.loads(line) for line in lines]
    skipped: Counter[str] = Counter()
    source = Warc(name="raw", paths=(str(data / "rawwarc" / "*.warc.gz"),))
    rows = read(source, skipped)
    kept = [row for row in rows if not row.get("rejected_by")]
    wanted = {label["payload_sha1"] for label in labels if label.get("payload_sha1")}
    assert wanted <= {hashlib.sha1(row["payload"]).hexdigest() for row in kept}
    statuses = Counter(label["status"] for label in labels if label.get("rec_type") == "response")
    found = Counter(reasons(rows))
    assert found["warc.status"] == statuses["302"] + statuses["502"]
    assert found["warc.revisit"] == sum(label.get("rec_type") == "revisit" for label in labels)
    assert found["warc.corrupt"] == found["warc.truncated"] == found["warc.http"] == found["warc.encoding"] == 0
    assert len(rows) == len(labels) + 2  # the two resource records have no label
    assert skipped == {"warc.request": 231, "warc.metadata": 18, "warc.warcinfo": 4}
    for row in kept[::100]:
        assert reread(source, row["provenance"]) == row["payload"]


def note(about: str, preferences: Any, content_type: str = "application/json") -> bytes:
    block = json.dumps({"preferences": preferences}).encode()
    return record(f"note-{about}", block, "metadata", content_type, WARC_Concurrent_To=f"<urn:uuid:{about}>")


SAID = {"mechanism": "content_signal", "raw": "ai-train=no", "where": "robots.txt:2", "digest": "ab"}
NOTED = {"kind": "content_signal", "value": "ai-train=no", "where": "robots.txt:2", "subject": None, "digest": "ab"}


def test_a_crawls_note_belongs_to_the_page_it_names(warc: Rows) -> None:
    request = record("r", b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request")
    parts = [record("a", http()), request, note("a", [SAID]), record("b", http()), note("a", [SAID])]
    skipped: Counter[str] = Counter()
    rows = warc(b"".join(gzip.compress(part) for part in parts), skipped, license="CC0-1.0")
    assert [[each for each in row["evidence"] if each["kind"] != "source"] for row in rows] == [[NOTED], []]
    assert skipped == {"warc.request": 1, "warc.metadata": 2}


STRANGE = [
    note("a", [SAID], content_type="application/warc-fields"),
    note("a", [{"mechanism": "content_signal"}]),
    note("a", [SAID | {"raw": 7}]),
    note("a", [SAID | {"mechanism": "source", "raw": "CC0-1.0"}]),
    record("n", b"{", "metadata", "application/json", WARC_Concurrent_To="<urn:uuid:a>"),
    record("n", b"[]", "metadata", "application/json", WARC_Concurrent_To="<urn:uuid:a>"),
]


@pytest.mark.parametrize("strange", STRANGE)
def test_a_note_that_is_not_a_crawls_says_nothing(warc: Rows, strange: Any) -> None:
    (row,) = warc(gzip.compress(record("a", http())) + gzip.compress(strange))
    assert "evidence" not in row


@pytest.mark.parametrize("size", [400, 700, 1000, 1500, 5000])
def test_a_note_behind_the_end_of_a_split_is_read_with_its_page(warc: Rows, size: int) -> None:
    parts = [part for name in "abcdef" for part in (record(name, http(noise(name, 300))), note(name, [SAID]))]
    skipped: Counter[str] = Counter()
    rows = warc(b"".join(map(gzip.compress, parts)), skipped, bytes_per_task=size)
    assert [row["evidence"] for row in rows] == [[NOTED]] * 6
    assert skipped == {"warc.metadata": 6}


def test_where_a_file_cannot_be_read_on_the_page_before_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*arguments: Any) -> Iterator[Any]:
        for found in records(*arguments):
            yield found
            if b"/b" in found.data[:300]:
                raise OSError("the disk is gone")

    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(gzip.compress(record(name, http())) for name in "abc"))
    monkeypatch.setattr("pipeline.sources.warc.records", breaking)
    found: list[Row] = []
    with pytest.raises(ShardError, match="the disk is gone"):
        found.extend(Warc(name="web", paths=(str(path),)).read(Split(file=str(path), name=path.name)))
    assert ids(found) == ["<urn:uuid:a>", "<urn:uuid:b>"]


def test_zeros_in_the_middle_cost_their_own_records_and_are_named(warc: Rows, tmp_path: Path, read: Rows) -> None:
    for seed in range(50):
        rng = random.Random(seed)
        for compress in (bytes, gzip.compress, zstd):
            parts = [compress(page) for page in pages(9)]
            content = bytearray(b"".join(parts))
            ends = [sum(map(len, parts[: number + 1])) for number in range(len(parts))]
            start = rng.randrange(200, len(content) - 600)
            stop = min(start + rng.randint(200, 5000), len(content))
            content[start:stop] = bytes(stop - start)
            (tmp_path / "a.warc.gz").write_bytes(content)
            unreadable: list[str] = []
            rows = read(Warc(name="web", paths=(str(tmp_path / "a.warc.gz"),)), None, unreadable)
            hurt = {n for n, end in enumerate(ends) if end > start and end - len(parts[n]) < stop}
            whole = [row["source_id"] for row in rows if row.get("rejected_by") is None]
            expected = [f"<urn:uuid:{n}>" for n in range(len(parts)) if n not in hurt]
            assert [name for name in whole if name in expected] == expected, (seed, compress)
            if compress is not bytes or len(hurt) > 1:
                assert unreadable or any(row.get("rejected_by") for row in rows), (seed, compress, start, stop)


@pytest.mark.parametrize("seed", range(60))
def test_heads_are_read_however_their_lines_end_and_their_names_are_written(warc: Rows, seed: int) -> None:
    rng = random.Random(seed)
    found = []
    for name in "abc":
        body = HTML + rng.choice([b"", b"\n\n", b"\r\n\r\n<p>more</p>", b"\n\r\n"])
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Y: z\r\n\r\n"
        head = rng.choice([head, head.replace(b"\r\n", b"\n"), head.replace(b"OK\r\n", b"OK\n")])
        warc_head, _, _ = record(name, head + body).partition(b"\r\n\r\n")
        respell = rng.choice(SPELLINGS)
        lines = [
            respell(line.partition(b":")[0]) + b":" + line.partition(b":")[2] for line in warc_head.split(b"\r\n")[1:]
        ]
        end = rng.choice([b"\r\n", b"\n"])
        found.append(end.join([b"WARC/1.0", *lines, b"", b""]) + head + body + end * 2)
    compress = rng.choice([COMPRESSIONS["gzip"], COMPRESSIONS["none"]])
    rows = warc(b"".join(map(compress, found)))
    assert reasons(rows) == [None] * 3
    assert all(row["payload"].startswith(HTML) for row in rows)
    assert all({header["name"] for header in row["headers"]} == {"Content-Type", "X-Y"} for row in rows)


@pytest.mark.parametrize("seed", range(60))
def test_a_body_is_read_whatever_stands_behind_it_and_as_far_as_it_goes(warc: Rows, seed: int) -> None:
    random_ = random.Random(seed)
    page = HTML + b"<p>" + bytes(random_.choices(b"harbour and crane ", k=random_.randint(20, 5000)))
    way = random_.randrange(3)
    if way == 0:  # one of two names, and more behind the end
        body, name = gzip.compress(page), random_.choice(("gzip", "x-gzip", "X-GZIP"))
        behind = random_.choice((b"", b"\0\0garbage", b"\n", b"<!-- cached -->"))
        headers, expected = {"Content_Encoding": name}, page
        body += behind
    else:  # chunks, of which the last breaks off
        size = random_.randint(8, 40)
        chunks = [page[at : at + size] for at in range(0, len(page), size)]
        end = random_.choice((b"\r\n", b";name=value\r\n"))
        body = b"".join(b"%x%s%s\r\n" % (len(each), end, each) for each in chunks[:-2])
        last = chunks[-2][: random_.randint(0, len(chunks[-2]))]
        body += b"%x%s%s" % (size, end, last)
        headers, expected = {"Transfer_Encoding": random_.choice(("chunked", "Chunked"))}, b"".join(chunks[:-2]) + last
    (row,) = warc(record("x", http(body, **headers)))
    assert (row.get("rejected_by"), row["payload"]) == (None, expected)
