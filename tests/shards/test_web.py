"""Files of a server on 127.0.0.1 that does not tell their length, compresses them, or fails for a while."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from pipeline.errors import ConfigError, ShardError, SourceError
from pipeline.sources.base import opened
from pipeline.sources.jsonl import Jsonl
from shards import web

LINES = b"".join(json.dumps({"text": f"line {number}"}).encode() + b"\n" for number in range(300))


class Handler(BaseHTTPRequestHandler):
    """Answers by the name of the file: a status, or how the content is sent."""

    protocol_version = "HTTP/1.1"
    refused: ClassVar[dict[str, int]] = {}  # how often

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.strip("/").partition("?")[0]
        if name.isdigit():
            self.send(int(name), b"", **{"Retry-After": "1"})
        elif name == "flaky" and self.refused.setdefault(name, 0) < 4:
            self.refused[name] += 1
            self.send(503, b"")
        elif name == "circle":
            self.send(302, b"", Location="/circle")
        elif name == "encoded":
            self.send(200, gzip.compress(LINES), **{"Content-Encoding": "gzip"})
        elif name == "unmeasured":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if self.command == "GET":
                self.wfile.write(LINES)
        else:
            self.send(200, LINES)

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.retries.DELAYS", (0, 0, 0))
    monkeypatch.setattr("pipeline.retries.LONGEST_DELAY", 0.01)


@pytest.mark.parametrize("name", ["plain", "encoded", "unmeasured", "plain?key=a/b&x=1", "flaky"])
def test_a_file_is_read_however_it_is_sent(server: str, name: str) -> None:
    source = Jsonl(name="web", paths=(f"{server}/{name}",))
    rows = [row for split in source.splits() for row in source.read(split)]
    assert [row["text"] for row in rows] == [f"line {number}" for number in range(300)]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_not_asked_for_again(server: str, status: int) -> None:
    with pytest.raises(ShardError), opened(f"{server}/{status}"):
        pass
    with pytest.raises(ConfigError):
        Jsonl(name="web", paths=(f"{server}/{status}",)).splits()


def test_redirects_without_an_end_are_told(server: str) -> None:
    with pytest.raises(SourceError, match="/circle: the server redirects without an end"), opened(f"{server}/circle"):
        pass


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_that_fails_may_be_well_again(server: str, status: int, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=str(status)) as raised, opened(f"{server}/{status}"):
        pass
    assert raised.value.retry_after == 1
    (tmp_path / "files.paths").write_text(f"{server}/plain\n{server}/{status}\n")
    source = Jsonl(name="web", paths=(str(tmp_path / "files.paths"),))
    with pytest.raises(SourceError, match=str(status)):
        [list(source.read(split)) for split in source.splits()]
    with pytest.raises(SourceError, match=str(status)):
        Jsonl(name="web", paths=(f"{server}/{status}",)).splits()


def test_a_time_to_come_back_may_be_a_date(server: str) -> None:
    assert web.status(f"{server}/404") == (404, 1.0)
    assert web._seconds("Wed, 21 Oct 2099 07:28:00 GMT") > 1e9
    assert [web._seconds(value) for value in ("", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "7")] == [0, 0, 0, 7]
