"""What `tests.benchmarks.cases` looks at in whole runs and over HTTP: what one file's text cannot show."""

import gzip
import http.server
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import yaml

from pipeline.errors import PipelineError
from pipeline.sources.base import Row, Skipped
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.guard import read_rows
from shards.files import read_table


class Check(NamedTuple):
    """One thing looked at in a folder; `why` says what was found instead, or nothing."""

    what: str
    why: str = ""


def read_at(address: str, kind: str, **settings: Any) -> list[Row]:
    """Return the rows that a source gives for a file."""
    stage = DocumentsStage.model_validate(
        {
            "sources": [{"kind": kind, "name": "cases", "paths": [address], **settings}],
            "steps": [{"name": "extract"}, {"name": "normalize"}],
        }
    )
    (source,) = stage.sources
    return [row for split in source.splits() for row in read_rows(source, split, Skipped(), [])]


def run(folder: str, *stages: Mapping[str, Any]) -> tuple[int, str]:
    """Run stages into a folder; return the exit code and what was said."""
    path = Path(folder, "cases.yaml")
    path.write_text(yaml.safe_dump({"name": "cases", "output": f"{folder}/out", "stages": stages}), encoding="utf-8")
    command = [sys.executable, "-m", "jobs", "run", str(path), "--local"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


COPIES = ["s0 s2", "s3 s5", "s6 s7", "z0 z1 z2 z3 z4", "l0 l2", "u0 u1"]
SINGLE = ["s1", "s4", "n0", "n1", "n2", "p0", "p1", "p2", "p3", "m0", "m1", "u2", "u3", "u4", "u5", "u6", "u7"]


def duplicates(cases: Path, folder: str) -> Iterator[Check]:
    """Publish the records, deduplicated by text and by address, and look at which are there."""
    fields = {"id": "id", "url": "url", "fetched_at": "date"}
    source: dict[str, Any] = {
        "kind": "jsonl",
        "name": "cases",
        "paths": [str((cases / folder / "in.jsonl").absolute())],
    }
    source |= {"license": "CC-BY-4.0", "fields": fields}
    documents = {"name": "documents", "sources": [source], "steps": [{"name": "license"}, {"name": "normalize"}]}
    with tempfile.TemporaryDirectory() as scratch:
        code, said = run(
            scratch,
            documents,
            {"name": "rights"},
            {"name": "dedup", "url": "latest", "minhash": {"exact": True}},
            {"name": "publish", "title": "Cases", "contact": "removal@cases.example"},
        )
        if code:
            yield Check("the run", said[-400:])
            return
        files = Path(scratch, "out", "release").resolve().glob("data/**/*.arrow")
        stand = {name for file in files for name in read_table(str(file), ["source_id"]).column(0).to_pylist()}
    for copies in COPIES:
        left = stand.intersection(copies.split())
        yield Check(f"one of {copies} stands", "" if len(left) == 1 else f"{sorted(left)} stand")
    yield from (Check(f"{name} stands", "" if name in stand else "was taken for a copy") for name in SINGLE)


LINES = b"".join(b'{"text": "The harbour board met on Tuesday, line %d.", "id": "%d"}\n' % (i, i) for i in range(2000))


class Server(http.server.BaseHTTPRequestHandler):
    """A store of one file, that is sometimes busy, or says nothing of its length, or packs what it sends."""

    protocol_version = "HTTP/1.1"
    busy: ClassVar[set[str]] = set()

    def log_message(self, format: str, *values: Any) -> None:  # noqa: A002  # its name there
        """Say nothing."""

    def answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path in self.busy:
            self.answer(503, b"busy", Retry_After="1")
        elif self.path.startswith("/packed"):
            self.answer(200, gzip.compress(LINES), Content_Encoding="gzip")
        elif self.path.startswith("/chunked"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(LINES), LINES))
        elif self.path.startswith("/file"):
            self.answer(200, LINES)
        else:
            self.answer(404)

    do_HEAD = do_GET  # noqa: N815  # as the server calls it


def from_a_server(cases: Path, folder: str) -> Iterator[Check]:
    """Read files over HTTP; one answers 503 during a first run and is well during the second."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server, tempfile.TemporaryDirectory() as scratch:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        for name in ("file", "chunked", "packed"):
            try:
                rows = len(read_at(f"{address}/{name}.jsonl", "jsonl"))
                yield Check(f"{name} is read or refused", "" if rows == 2000 else f"{rows} rows of 2000")
            except PipelineError:
                yield Check(f"{name} is read or refused")
        Path(scratch, "list.paths").write_text("file1.jsonl\nfile2.jsonl\n", encoding="utf-8")
        source: dict[str, Any] = {
            "kind": "jsonl",
            "name": "cases",
            "paths": [f"{scratch}/list.paths"],
            "prefix": f"{address}/",
        }
        documents = {
            "name": "documents",
            "sources": [source | {"license": "CC-BY-4.0"}],
            "steps": [{"name": "normalize"}],
        }
        Server.busy.add("/file2.jsonl")
        first, said = run(scratch, documents)
        yield Check(
            "a file whose server is busy fails its task", "" if first == 1 and "no such file" not in said else said
        )
        Server.busy.clear()
        second, said = run(scratch, documents)
        yield Check("the same command reads it later", "" if second == 0 else said)
        server.shutdown()
