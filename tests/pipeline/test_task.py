"""What becomes of a task."""

import errno
import os
from pathlib import Path

import pytest
from pydantic import JsonValue

from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.task import Failure, attempt
from shards.receipts import Receipt


class Nothing(Part):
    """No part."""


class OnDisk(Stage):
    name: str = "on_disk"

    def settings(self) -> dict[str, JsonValue]:
        return {}

    def tasks(self, state: RunState) -> list[Task]:
        return [Task.of(["xxh3:0"], Nothing())]

    def process(self, workspace: Workspace) -> Outcome:
        return Outcome()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_task_on_a_disk_that_cannot_be_written_fails_in_one_line_and_is_done_when_it_can(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number), "a.arrow")

    stage, task = OnDisk(), Task.of(["xxh3:0"], Nothing())
    with monkeypatch.context() as full:
        full.setattr(os, "replace", fails)
        failed = attempt(stage, task, str(tmp_path / "stage"), {})
    assert failed == Failure("on_disk", task.key, f"a.arrow: {os.strerror(number)}")
    assert isinstance(attempt(stage, task, str(tmp_path / "stage"), {}), Receipt)


def test_a_bug_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.ENOTTY, "not a typewriter")

    monkeypatch.setattr(os, "replace", fails)
    failed = attempt(OnDisk(), Task.of(["xxh3:0"], Nothing()), str(tmp_path / "stage"), {})
    assert isinstance(failed, Failure)
    assert "Traceback" in failed.error
