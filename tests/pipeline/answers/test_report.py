"""What a report says beside its tables: of the last attempt at a run, of tasks that took much, of a large release."""

from pathlib import Path

import pytest

from pipeline.answers import report
from pipeline.answers.finished_run import FinishedRun
from pipeline.journal import RunStatus, status_of
from pipeline.stages.base import FinishedStage
from shards.receipts import Receipt
from shards.release.manifest import File, Manifest, Shard


def test_what_the_driver_last_wrote_is_told_if_it_can_be_read(tmp_path: Path) -> None:
    run = FinishedRun(str(tmp_path), {}, ())
    assert report._status(run) is None
    status = RunStatus(outcome="done", host="here", process=1, began=0, written=1, retries=3, failed=2)
    Path(status_of(run.output)).write_text(status.model_dump_json(), encoding="utf-8")
    assert report._status(run) == status
    Path(status_of(run.output)).write_text('{"of": "another version"}', encoding="utf-8")
    assert report._status(run) is None


def test_tasks_are_told_that_took_the_most_time_of_a_processor() -> None:
    def stage(name: str, seconds: list[float]) -> FinishedStage:
        receipts = {
            f"{name}{place}": Receipt(
                stage=name, task=f"{name}{place}", reads=(), rows=0, kept={}, rejected={}, files={}, cpu_seconds=each
            )
            for place, each in enumerate(seconds)
        }
        return FinishedStage(name, name, (), receipts)

    run = FinishedRun("out", {}, (stage("documents", [1.0] * 20 + [3.0]), stage("dedup", [2.0])))
    slowest = report._slowest(run)
    assert len(slowest) == report.SLOWEST
    assert [(one.task, one.cpu_seconds) for one in slowest[:3]] == [
        ("documents20", 3.0),
        ("dedup0", 2.0),
        ("documents0", 1.0),
    ]


def test_of_a_large_release_shards_are_read_until_there_are_enough_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(path="x", bytes=1, sha256="0" * 64)
    shards = tuple(
        Shard(
            path=str(number),
            rows=10,
            bytes=1,
            sha256=str(9 - number) * 64,
            language="tha_Thai",
            license_class="open",
            licenses={"CC0-1.0": 10},
            split="train",
            attribution=file,
        )
        for number in range(9)
    )
    described = Manifest(title="Large", shards=shards, stages=(), card=file, lineage=file)
    assert len(list(report._drawn_shards(described))) == 9
    monkeypatch.setattr(report, "MOST", 25)
    assert [one.path for one in report._drawn_shards(described)] == ["8", "7", "6"]
