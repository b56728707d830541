"""What a run writes of itself for those who watch it says what its receipts say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.config import PipelineConfig
from pipeline.journal import NAMED, RunStatus
from pipeline.run import Local, Retry, run
from pipeline.stages.base import Stage, Task
from pipeline.task import Failure
from shards.receipts import Receipt
from tests.runs import Silent


class Troubled:
    """Loses each worker once, and fails some tasks."""

    digests = Local().digests

    def __init__(self, failing: int) -> None:
        self.failing = failing

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure | Retry]:
        for task in tasks:
            yield Retry(stage.name, task.key, "its worker died")
        for task in tasks[: self.failing]:
            yield Failure(stage.name, task.key, "out of memory at https://name:secret@host/")
        yield from Local().run(stage, tasks[self.failing :], folder, upstream)


def config_of(folder: Path, files: int) -> PipelineConfig:
    """Return a configuration that reads so many texts, a task each."""
    for number in range(files):
        (folder / f"{number}.txt").write_text(f"Rain has come to the coast, the {number}th time.", encoding="utf-8")
    source = {"kind": "text", "name": "notes", "paths": [f"{folder}/*.txt"]}
    stage = {"name": "documents", "sources": [source], "steps": [{"name": "normalize"}], "task_bytes": 1}
    return PipelineConfig.model_validate({"name": "notes", "output": str(folder / "out"), "stages": [stage]})


def test_failures_and_retries_are_counted_and_the_first_are_named_without_secrets(tmp_path: Path) -> None:
    config = config_of(tmp_path, NAMED + 5)
    result = run(config, Troubled(NAMED + 2), Silent())
    status = RunStatus.model_validate_json((tmp_path / "out" / "status.json").read_bytes())
    assert (status.outcome, status.failed, status.retries) == ("failed", len(result.failures), NAMED + 5)
    assert len(status.failures) == NAMED
    assert "secret" not in "".join(status.failures)
    assert not run(config, Local(), Silent()).failures
    status = RunStatus.model_validate_json((tmp_path / "out" / "status.json").read_bytes())
    assert (status.outcome, status.failed, status.retries) == ("done", 0, 0)


def test_a_run_with_nothing_to_do_leaves_its_files_alone(tmp_path: Path) -> None:
    config = config_of(tmp_path, 2)
    run(config, Local(), Silent())
    names = ("status.json", "metrics.prom")
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in names}
    run(config, Local(), Silent())
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in names} == before
    (listed,) = (tmp_path / "out").glob("*/tasks.json")
    sound = listed.read_bytes()
    listed.write_bytes(sound[:-2])
    run(config, Local(), Silent())
    assert listed.read_bytes() == sound, "what is damaged is written again"


def test_a_defect_of_the_driver_is_an_end_that_is_told(tmp_path: Path) -> None:
    class Broken(Local):
        def run(
            self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
        ) -> Iterator[Receipt | Failure]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(config_of(tmp_path, 1), Broken(), Silent())
    assert json.loads((tmp_path / "out" / "status.json").read_bytes())["outcome"] == "failed"
