"""How far a run has come is told from its files, while it runs and after it was killed."""

import json
import os
from pathlib import Path

import pytest

from pipeline.answers.status import WINDOW_SECONDS, progress_of
from pipeline.errors import QuestionError
from pipeline.journal import RunStatus, StageStatus
from pipeline.lock import locked

NOW = 1_800_000_000.0


def begun(output: Path, tasks: dict[str, int], ago: dict[str, float], outcome: str = "running") -> None:
    """Write what a driver has written whose stage began 2,000 s ago, and receipts of so many seconds ago."""
    stage = StageStatus(name="documents", folder="01-documents-x", number=1, tasks=len(tasks), began=NOW - 2000)
    status = RunStatus.model_validate(
        {"outcome": outcome, "host": "h", "process": 1, "began": NOW - 2000, "written": NOW - 2000, "stage": stage}
    )
    receipts = output / stage.folder / "receipts"
    receipts.mkdir(parents=True)
    (output / "status.json").write_text(status.model_dump_json())
    (output / stage.folder / "tasks.json").write_text(json.dumps(tasks))
    for task, seconds in ago.items():
        (receipts / f"{task}.json").touch()
        os.utime(receipts / f"{task}.json", (NOW - seconds, NOW - seconds))


def test_the_rate_is_that_of_ten_minutes_and_what_is_left_goes_by_weight(tmp_path: Path) -> None:
    begun(tmp_path, {"a": 30, "b": 30, "c": 10, "d": 10}, {"a": 1500, "b": 500, "of-an-earlier-input": 5})
    with locked(str(tmp_path)):
        found = progress_of(str(tmp_path), NOW)
    assert (found.state, found.done, found.tasks, found.heard) == ("running", 2, 4, NOW - 500)
    assert found.rate == pytest.approx(1 / WINDOW_SECONDS)
    assert found.remaining == pytest.approx(20 / (30 / WINDOW_SECONDS))


def test_a_killed_driver_is_seen_by_its_lock(tmp_path: Path) -> None:
    begun(tmp_path, {"a": 1, "b": 1}, {"a": 5})
    found = progress_of(str(tmp_path), NOW)
    assert (found.state, found.done, found.rate, found.remaining) == ("killed", 1, 0.0, None)


@pytest.mark.parametrize("outcome", ["done", "failed", "stopped"])
def test_what_has_ended_says_how(tmp_path: Path, outcome: str) -> None:
    begun(tmp_path, {"a": 1}, {"a": 5}, outcome)
    assert progress_of(str(tmp_path), NOW).state == outcome


def test_a_bucket_is_read_as_a_folder_is_but_has_no_lock(tmp_path: Path) -> None:
    begun(tmp_path, {"a": 1, "b": 1}, {"a": 5})
    found = progress_of(f"file://{tmp_path}", NOW)
    assert (found.state, found.done, found.tasks) == ("unknown", 1, 2)
    assert found.rate > 0


def test_what_is_no_run_or_damaged_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no run here"):
        progress_of(str(tmp_path), NOW)
    begun(tmp_path, {"a": 1}, {})
    with pytest.raises(QuestionError, match=r"did you mean .*\b") as raised:
        progress_of(str(tmp_path.parent), NOW)
    assert str(tmp_path) in str(raised.value)
    (tmp_path / "01-documents-x" / "tasks.json").write_text('{"a": ')
    with pytest.raises(QuestionError, match="damaged"):
        progress_of(str(tmp_path), NOW)
    (tmp_path / "status.json").write_text("{}")
    with pytest.raises(QuestionError, match="written by another version"):
        progress_of(str(tmp_path), NOW)
