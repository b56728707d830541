"""A plan over a run that reads archives, with an export and a copy of its release: all of it is reached."""

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.config import PipelineConfig, load
from pipeline.errors import QuestionError
from pipeline.extract.suppressed import add_to_list, hashes_of
from pipeline.run import Local, run
from pipeline.takedown.apply import apply
from pipeline.takedown.copies import release_of
from pipeline.takedown.finding import Selector, Signatures
from pipeline.takedown.plan import planned
from shards import files
from shards.release import export
from shards.release.verifier import check_release
from tests.pipeline.stages.corpus import prose
from tests.runs import Silent

PAGES = 6


def page(number: int) -> bytes:
    block = prose(number).encode()
    head = (
        f"WARC/1.1\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        f"WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: https://notes.example/{number}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


def settings(folder: Path, output: str, **dedup: Any) -> PipelineConfig:
    path = folder / f"{output}.yaml"
    source = {"kind": "warc", "name": "pages", "paths": [str(folder / "out/crawl/*.wet.gz")], "license": "CC-BY-4.0"}
    stages = [
        {"name": "documents", "sources": [source], "steps": [{"name": "normalize"}], "task_bytes": 1},
        {"name": "dedup", "minhash": {"exact": True}, **dedup},
        {"name": "publish", "title": "Notes", "unlicensed": True},
        {"name": "commit", "data_set": "example.org/notes"},
    ]
    path.write_text(yaml.safe_dump({"name": "notes", "output": str(folder / output), "stages": stages}))
    return load(str(path))


def crawled(folder: Path) -> FinishedRun:
    crawl = folder / "out" / "crawl"
    crawl.mkdir(parents=True)
    for number in range(PAGES):
        with (crawl / f"{number % 2}.wet.gz").open("ab") as archive:
            archive.write(page(number))
    assert run(settings(folder, "out"), Local(), Silent()).failures == []
    return open_run(str(folder / "out"))


def test_archives_exports_copies_and_hashes_lose_it_and_the_run_has_nothing_to_do(tmp_path: Path) -> None:
    made = crawled(tmp_path)
    export.export(release_of(made), str(tmp_path / "export"), "jsonl")
    shutil.copytree(release_of(made), tmp_path / "copy")
    copies = [str(tmp_path / "export"), str(tmp_path / "copy")]
    plan = planned([made], Selector(urls=("https://notes.example/2",)), "content", "court", copies)
    (reach,) = plan.runs
    assert [(Path(archive.path).name, len(archive.records)) for archive in reach.archives] == [("0.wet.gz", 1)]
    assert reach.inputs == ()
    hashed = index_rows(made)
    apply(plan)
    apply(plan)
    with gzip.open(tmp_path / "out/crawl/0.wet.gz") as archive:
        assert prose(2)[:60].encode() not in archive.read()
    assert export.problems(str(tmp_path / "export")) == []
    assert export.read(str(tmp_path / "export")).rows == PAGES - 1
    assert check_release(tmp_path / "copy").wrong == []
    assert files.sha256(str(tmp_path / "copy/manifest.json")) == files.sha256(f"{release_of(made)}/manifest.json")
    assert len(gone := hashed - index_rows(open_run(made.output))) == 1
    assert all(any(each) for each in gone)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*/receipts/*.json")}
    assert run(settings(tmp_path, "out"), Local(), Silent()).failures == []
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*/receipts/*.json")} == before


def index_rows(made: FinishedRun) -> set[tuple[bytes, bytes]]:
    stage = made.stage("index")
    uris = [stage.uri(key, "index") for key in stage.keys]
    tables = [files.read_table(uri) for uri in uris if "signature" in files.schema_of(uri).names]
    return {
        (row["signature"], row["exact"])
        for table in tables
        for row in table.to_pylist()
        if row["signature"].strip(b"\0")
    }


def test_a_task_whose_archive_was_purged_is_done_again_with_all_that_follows_from_it(tmp_path: Path) -> None:
    made = crawled(tmp_path)
    apply(planned([made], Selector(urls=("https://notes.example/2",)), "record", "court"))
    stage = made.stage("documents")
    for key in stage.keys:
        Path(stage.uri(key, "kept")).unlink()
    assert run(settings(tmp_path, "out"), Local(), Silent()).failures == []
    again = open_run(made.output)
    assert check_release(Path(release_of(again))).wrong == []
    rows = [
        row
        for key in again.stage("documents").keys
        for row in files.read_table(again.stage("documents").uri(key, "kept")).to_pylist()
    ]
    assert len(rows) == PAGES - 1


def test_a_later_run_against_an_index_that_lost_a_record_is_as_it_was_and_takes_the_page_from_elsewhere(
    tmp_path: Path,
) -> None:
    made = crawled(tmp_path)
    apply(planned([made], Selector(urls=("https://notes.example/2",)), "record", "opt-out"))
    other = tmp_path / "elsewhere"
    (other / "out/crawl").mkdir(parents=True)
    content = gzip.decompress(page(2)).replace(b"notes.example/2", b"other.example/2").replace(b"uuid:2>", b"uuid:9>")
    (other / "out/crawl/0.wet.gz").write_bytes(gzip.compress(content) + page(3))
    assert run(settings(other, "later", against=[made.output]), Local(), Silent()).failures == []
    later = open_run(str(other / "later"))
    stage = later.stage("publish")
    assert sum(receipt.kept_rows for receipt in stage.receipts.values()) == 1
    apply(planned([made], Selector(urls=("https://notes.example/4",)), "record", "opt-out"))
    before = {path: path.stat().st_mtime_ns for path in (other / "later").glob("*/receipts/*.json")}
    assert run(settings(other, "later", against=[made.output]), Local(), Silent()).failures == []
    assert {path: path.stat().st_mtime_ns for path in (other / "later").glob("*/receipts/*.json")} == before


def test_hashes_ask_for_a_text_that_nobody_shows(tmp_path: Path) -> None:
    made = crawled(tmp_path)
    asked = str(tmp_path / "asked.arrow")
    add_to_list(asked, hashes_of(["https://notes.example/1"], [prose(4)]))
    selector = Selector(signatures=(Signatures(path=asked, sha256=files.sha256(asked)),))
    plan = planned([made], selector, "content", "personal-data")
    assert {hit.address for hit in plan.runs[0].hits} == {f"https://notes.example/{number}" for number in (1, 4)}
    Path(asked).write_bytes(b"")
    with pytest.raises(QuestionError, match="plan again"):
        planned([made], Selector(signatures=selector.signatures), "content", "personal-data")


def test_a_folder_that_is_no_copy_of_a_release_of_these_runs_is_refused(tmp_path: Path) -> None:
    made = crawled(tmp_path)
    shutil.copytree(release_of(made), tmp_path / "copy")
    (tmp_path / "copy/manifest.json").write_text("{}")
    asked = Selector(urls=("https://notes.example/1",))
    for folder, why in ((tmp_path, "neither an export nor a copy"), (tmp_path / "copy", "of no release of")):
        with pytest.raises(QuestionError, match=why):
            planned([made], asked, "record", "court", [str(folder)])
