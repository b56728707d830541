"""The log of a run says what every stage did, in documents where it counts them."""

import io
import logging
import re
from collections.abc import Sequence

import pytest
from rich.console import Console

from jobs.show.progress import progress_on
from pipeline.plan import PlannedStage, Work
from pipeline.stages.base import Task
from pipeline.stages.dedup.components import ComponentsStage
from pipeline.task import Failure
from shards.receipts import Receipt, Receipts

TASKS = [Task(reads=(name,), part={}) for name in ("a", "b", "c")]


def receipt(task: Task, rows: int, kept: int) -> Receipt:
    left = {"rule": {"eng_Latn": rows - kept}} if rows > kept else {}
    return Receipt(
        stage="any", task=task.key, reads=(), rows=rows, kept={"eng_Latn": kept}, rejected=left, files={}, facts={},
        seconds=1.0, cpu_seconds=1.0, peak_bytes=1,
    )  # fmt: skip


def last_line(
    caplog: pytest.LogCaptureFixture, results: Sequence[Receipt | Failure], done: dict[str, Receipt] | None = None
) -> str:
    stage = PlannedStage(ComponentsStage(), "out/components", {}, "")
    with caplog.at_level(logging.INFO, "jobs.show.progress"), progress_on(Console(file=io.StringIO())) as progress:
        progress.begin(stage, Work(TASKS, Receipts(done or {})))
        for task, result in zip(TASKS, results, strict=False):
            progress.advance(task, result)
        progress.end(stage)
    return re.sub(r"[\d.,]+( s|/s)", r"#\1", caplog.messages[-1])


def test_a_stage_that_counts_no_documents_says_how_many_tasks_it_did(caplog: pytest.LogCaptureFixture) -> None:
    assert last_line(caplog, [receipt(task, 0, 0) for task in TASKS]) == "components: 3 tasks done in # s"


def test_a_stage_that_counts_documents_says_how_many_and_what_stayed(caplog: pytest.LogCaptureFixture) -> None:
    found = last_line(caplog, [receipt(task, 1000, 750) for task in TASKS])
    assert found == "components: 3 tasks done in # s, 3,000 documents, #/s, 75% kept"


def test_tasks_of_an_earlier_run_are_not_counted_and_failures_are_named(caplog: pytest.LogCaptureFixture) -> None:
    done = {TASKS[2].key: receipt(TASKS[2], 9, 9)}
    failure = Failure("any", TASKS[1].key, "broken")
    assert last_line(caplog, [receipt(TASKS[0], 0, 0), failure], done) == "components: 2 tasks done in # s, 1 failed"
