import gzip
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ShardError, SourceError
from pipeline.sources.base import Row
from pipeline.sources.common_crawl import CommonCrawl
from pipeline.sources.warc import Warc, reread

PAGES = [
    ("https://www.example.cn/1", "www.example.cn", "example.cn", "cn", "zho", "text/html", 200),
    ("https://www.example.cn/2", "www.example.cn", "example.cn", "cn", "zho,eng", "text/html", 200),
    ("https://news.example.cn/3", "news.example.cn", "example.cn", "cn", "eng,zho", "text/html", 200),
    ("https://a.de/4", "a.de", "a.de", "de", "deu", "text/html", 200),
    ("https://a.de/5.pdf", "a.de", "a.de", "de", "deu", "application/pdf", 200),
    ("https://a.de/6", "a.de", "a.de", "de", None, "text/html", 404),
    ("https://b.de/7", "b.de", "b.de", "de", None, "application/xhtml+xml", 200),
]
COLUMNS = [
    "url",
    "url_host_name",
    "url_host_registered_domain",
    "url_host_tld",
    "content_languages",
    "content_mime_detected",
]


def response(url: str) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + f"<html><p>{url}</p>{'x' * 5000}</html>".encode()
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Record-ID: <{url}>\r\n"
    return (
        head.encode()
        + b"Content-Type: application/http\r\nContent-Length: %d\r\n\r\n" % len(block)
        + block
        + b"\r\n\r\n"
    )


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two WARC files and the index of both, in row groups of two."""
    folder = tmp_path_factory.mktemp("crawl")
    rows = []
    for number, page in enumerate(PAGES):
        path = folder / f"{number % 2}.warc.gz"
        with path.open("ab") as file:
            offset = file.tell()
            file.write(gzip.compress(response(page[0])))
            place = {"warc_record_offset": offset, "warc_record_length": file.tell() - offset}
        values: dict[str, Any] = dict(zip([*COLUMNS, "fetch_status"], page, strict=True))
        rows.append({**values, "warc_filename": path.name, **place})
    pq.write_table(pa.Table.from_pylist(rows), folder / "index.parquet", row_group_size=2)
    return folder


def pages_of(crawl: Path, prefix: str | None = None, **settings: Any) -> tuple[list[Row], Counter[str]]:
    source = CommonCrawl(name="CC", paths=(str(crawl / "index.parquet"),), prefix=prefix or f"{crawl}/", **settings)
    skipped: Counter[str] = Counter()
    return [row for split in source.splits() for row in source.read(split, skipped)], skipped


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, "1 2 3 4 7"),
        ({"languages": ("zho",)}, "1 2"),
        ({"languages": ("eng", "deu")}, "3 4"),
        ({"languages": ("zh",)}, ""),
        ({"hosts": ("www.example.cn",)}, "1 2"),
        ({"domains": ("example.cn", "a.de")}, "1 2 3 4"),
        ({"tlds": ("de",)}, "4 7"),
        ({"tlds": ("de",), "media_types": ("application/pdf",)}, "5"),
        ({"tlds": ("de",), "media_types": ()}, "4 5 7"),
    ],
)
def test_the_index_selects_the_pages_and_counts_the_others(crawl: Path, settings: dict[str, Any], wanted: str) -> None:
    rows, skipped = pages_of(crawl, **settings)
    assert sorted(row["url"].rpartition("/")[2][0] for row in rows) == wanted.split()
    assert len(rows) + skipped["common_crawl.filtered"] == len(PAGES)


def test_a_page_is_the_one_that_its_whole_file_gives(crawl: Path) -> None:
    rows, _ = pages_of(crawl, media_types=())
    whole = Warc(name="CC", paths=(str(crawl / "*.warc.gz"),))
    read_whole = {row["url"]: row for split in whole.splits() for row in whole.read(split)}
    assert len(rows) == 6
    for row in rows:
        assert row == read_whole[row["url"]]
        assert reread(whole, row["provenance"]) == row["payload"]


class Ranges(BaseHTTPRequestHandler):
    """Serves a folder as object stores do, and remembers what was asked."""

    folder: Path
    asked: ClassVar[list[tuple[str, int]]]
    status = 206

    def do_HEAD(self) -> None:
        self.reply(b"", 200)

    def do_GET(self) -> None:
        path = self.folder / self.path.lstrip("/")
        if not path.exists():
            return self.reply(b"", 404)
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        content = path.read_bytes()[int(first) : int(last) + 1 if last else None]
        self.asked.append((self.path, len(content)))
        return self.reply(content, self.status)

    def reply(self, content: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(crawl: Path) -> Iterator[tuple[type[Ranges], str]]:
    handler = type("Handler", (Ranges,), {"folder": crawl, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield handler, f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()


def test_over_http_only_the_bytes_of_the_records_are_asked_for(crawl: Path, server: tuple[type[Ranges], str]) -> None:
    handler, prefix = server
    rows, _ = pages_of(crawl, prefix, tlds=("de",))
    local, _ = pages_of(crawl, tlds=("de",))
    assert [row["payload"] for row in rows] == [row["payload"] for row in local]
    assert sorted(handler.asked) == sorted(
        ("/" + row["provenance"]["file"], row["provenance"]["length"]) for row in rows
    )


def test_a_file_that_is_gone_gives_rejected_rows_and_a_server_in_trouble_an_error(
    crawl: Path, server: tuple[type[Ranges], str], tmp_path: Path
) -> None:
    handler, prefix = server
    rows, _ = pages_of(crawl, prefix + "elsewhere/", tlds=("de",))
    assert [row["rejected_by"] for row in rows] == ["common_crawl.missing"] * 2
    assert [row["url"] for row in rows] == ["https://a.de/4", "https://b.de/7"]
    handler.status = 503
    with pytest.raises(SourceError, match="127"):
        pages_of(crawl, prefix, tlds=("de",))


def test_a_range_that_is_no_record_is_a_rejected_row(crawl: Path, tmp_path: Path) -> None:
    for path in crawl.glob("*"):
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(b"\0" * len(content) if path.suffix == ".gz" else content)
    rows, _ = pages_of(tmp_path, tlds=("de",))
    assert [row["rejected_by"] for row in rows] == ["common_crawl.corrupt"] * 2


def test_a_table_that_is_no_index_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "index.parquet")
    with pytest.raises(ShardError, match="not a Common Crawl index"):
        pages_of(tmp_path)
