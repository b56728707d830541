"""The same input read from another mount gives the same bytes, and the same tasks."""

import hashlib
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.config import load
from pipeline.run import Local, run
from shards import files
from tests.pipeline.sources.samples import FILES, OPTIONS, lay
from tests.runs import Silent


def read_from(output: Path, folder: str) -> FinishedRun:
    """Return a run whose collections of every kind lie in a folder, one of them broken."""
    sources: list[dict[str, Any]] = [
        {"kind": kind, "name": kind, "paths": [f"{folder}/{kind}"], **OPTIONS.get(kind, {})} for kind in FILES
    ]
    for source in sources:
        if source["kind"] == "common_crawl":
            source |= {"paths": [f"{folder}/common_crawl/*.parquet"], "prefix": f"{folder}/common_crawl/"}
    broken = {"kind": "parquet", "name": "broken", "paths": [f"{folder}/broken/*.parquet"]}
    listed = {"kind": "text", "name": "listed", "paths": [f"{folder}/texts.paths"], "prefix": f"{folder}/"}
    steps = [{"name": "extract"}, {"name": "normalize"}, {"name": "encoding_damage"}]
    stage = {"name": "documents", "sources": [*sources, broken, listed], "steps": steps, "task_bytes": 4000}
    output.mkdir(parents=True)
    path = output / "config.yaml"
    path.write_text(yaml.safe_dump({"name": "mounts", "output": str(output / "out"), "stages": [stage]}))
    result = run(load(str(path)), Local(), Silent())
    assert result.failures == [], result.failures[0].error
    return open_run(str(output / "out"))


def lay_all(folder: Path) -> None:
    """Write a collection of every kind, a broken file and a list of files to a folder."""
    for kind in FILES:
        lay(folder / kind, kind)
    (folder / "broken").mkdir()
    (folder / "broken" / "a.parquet").write_bytes(b"no table")
    (folder / "texts.paths").write_text("text/a.txt\ntext/b.gz\n")


def written(found: FinishedRun) -> dict[str, str]:
    """Return the digest of every file that is a result."""
    (stage,) = found.stages
    paths = [path for role in ("kept", "rejected", "signals") for path in Path(stage.folder).glob(f"{role}/*")]
    return {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    datasets.disable_progress_bars()
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


def test_another_mount_gives_the_same_tasks_and_the_same_bytes_and_is_named_in_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mount in ("the-mount", "quite/another"):
        lay_all(tmp_path / mount)
    monkeypatch.chdir(tmp_path / "quite")
    absolute, relative = (
        read_from(tmp_path / "run0", str(tmp_path / "the-mount")),
        read_from(tmp_path / "run1", "another"),
    )
    (stage,), (again,) = absolute.stages, relative.stages
    assert [task.key for task in stage.tasks] == [task.key for task in again.tasks]
    assert Path(stage.folder).name == Path(again.folder).name
    assert written(absolute) == written(relative)
    assert len(written(absolute)) >= 3 * len(FILES)
    unreadable = [receipt.unreadable for receipt in stage.receipts.values() if receipt.unreadable]
    assert unreadable == [receipt.unreadable for receipt in again.receipts.values() if receipt.unreadable]
    assert [why for receipt in unreadable for why in receipt] == [
        "broken: a.parquet: not a table of parquet: Parquet magic bytes not found in footer. Either the file is "
        "corrupted or this is not a parquet file."
    ]
    for path in (path for path in Path(stage.folder).rglob("*") if path.is_file()):
        content = str(files.read_table(str(path)).to_pylist()) if path.suffix == ".arrow" else path.read_text()
        assert content
        assert "the-mount" not in content, path
    for task in stage.tasks:
        assert "the-mount" not in task.model_dump_json(exclude={"places"})
        assert "the-mount" in task.model_dump_json(include={"places"})
