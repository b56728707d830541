"""What the driver writes about a run while it runs, for people and machines that watch it; no task reads any of it.

OUTPUT/status.json       who runs it, the stage at work, tries, failures (`RunStatus`)
STAGE/tasks.json         the tasks of the stage with their weights, `{key: weight}`: which receipts are wanted
OUTPUT/metrics.prom      the numbers of the receipts (`pipeline.metrics`)

and, where its logger is asked for INFO, a line for each task that ends.
"""

import json
import logging
import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from pydantic import BaseModel, ValidationError

from pipeline.metrics import StageNumbers, as_text
from pipeline.plan import PlannedStage, Work
from pipeline.stages.base import Task
from shards import files
from shards.receipts import Receipt
from shards.secrets import discreet

TASKS = "yuliao.tasks"
tasks = logging.getLogger(TASKS)
tasks.setLevel(logging.WARNING)  # a run has more tasks than people read lines: `--log json` asks for them

WRITE_EVERY = 10.0  # seconds between two writes within a stage
WRITE_SOON = 1.0  # between two stages: in a bucket each write is a request
NAMED = 20  # failures, and inputs that could not be read, that are named; all are counted

Outcome: TypeAlias = Literal["running", "done", "failed", "stopped"]


class StageStatus(BaseModel, frozen=True, extra="forbid"):
    """The stage at work, or the last one that was."""

    name: str
    folder: str  # below the run's
    number: int  # of those the run has come to, from 1
    tasks: int
    began: float  # seconds since the epoch


class RunStatus(BaseModel, frozen=True, extra="forbid"):
    """What `status.json` holds, as its driver last wrote it: `running` may have been killed since."""

    format: Literal[1] = 1
    outcome: Outcome
    host: str
    process: int
    began: float  # seconds since the epoch
    written: float
    stage: StageStatus | None = None
    retries: int = 0  # tasks begun again since their worker was lost, in this attempt at the run
    failed: int = 0  # tasks, in this attempt
    failures: tuple[str, ...] = ()  # the first of them: stage/task: why
    unreadable: int = 0  # input files, of all stages so far
    unreadable_inputs: tuple[str, ...] = ()  # the first of them, each with why


def status_of(output: str) -> str:
    """Return the path of the status of a run."""
    return files.join(output, "status.json")


def tasks_of(folder: str) -> str:
    """Return the path of the list of the tasks of a stage."""
    return files.join(folder, "tasks.json")


def list_tasks(folder: str, tasks: Sequence[Task], *, if_damaged: bool = False) -> None:
    """Write the list of the tasks of a stage; or only if it is not there as it was written."""
    listed = json.dumps({task.key: task.weight for task in tasks}, sort_keys=True).encode()
    if not if_damaged or files.read_if_there(tasks_of(folder)) != listed:
        files.write_bytes(tasks_of(folder), listed)


class Journal:
    """Keeps the status and the numbers of a run. One that has nothing to do leaves its files as they are."""

    def __init__(self, run: str, output: str) -> None:
        self._run, self._output = run, output
        self._status = RunStatus(
            outcome="running", host=socket.gethostname(), process=os.getpid(), began=time.time(), written=0.0
        )
        self._stages: dict[str, StageNumbers] = {}
        self._unreadable: dict[str, list[str]] = {}  # by stage
        self._stage = ""
        self._last = 0.0

    def begin(self, plan: PlannedStage, work: Work, number: int) -> None:
        """Take a stage as the one at work."""
        self._stage = plan.stage.name
        self._stages[self._stage] = StageNumbers(planned=len(work.tasks))
        self._unreadable[self._stage] = []
        for receipt in work.receipts.values():
            self._count(receipt)
        if not work.remaining and files.scheme(plan.folder) is None:  # stores check what they hold
            list_tasks(plan.folder, work.tasks, if_damaged=True)
        if work.remaining:
            list_tasks(plan.folder, work.tasks)
            stage = StageStatus(
                name=self._stage,
                folder=plan.folder.rpartition("/")[2],
                number=number,
                tasks=len(work.tasks),
                began=time.time(),
            )
            self._set(stage=stage)
            if time.monotonic() - self._last >= WRITE_SOON:
                self._write()

    def done(self, receipt: Receipt) -> None:
        """Count a task that ended."""
        self._count(receipt)
        told = {
            "rows": receipt.rows,
            "kept": receipt.kept_rows,
            "unreadable": len(receipt.unreadable),
            "seconds": receipt.seconds,
            "cpu_seconds": receipt.cpu_seconds,
            "peak_bytes": receipt.peak_bytes,
        }
        self._tell(receipt.task, "done", told)
        self._write_now_and_then()

    def failed(self, task: str, error: str) -> None:
        """Count a task that failed."""
        self._stages[self._stage].failed += 1
        failures = self._status.failures
        if len(failures) < NAMED:
            failures = (*failures, f"{self._stage}/{task}: {discreet(error)}")
        self._set(failed=self._status.failed + 1, failures=failures)
        self._tell(task, "failed", {"error": discreet(error)})
        self._write_now_and_then()

    def retried(self, task: str, why: str) -> None:
        """Count a task that is begun again."""
        self._stages[self._stage].retries += 1
        self._set(retries=self._status.retries + 1)
        self._tell(task, "retried", {"error": discreet(why)})
        self._write_now_and_then()

    def end(self, outcome: Outcome) -> None:
        """Say how the run ended, unless it had nothing to do and the one before it has said the same."""
        self._set(outcome=outcome)
        if self._last or ended_as(self._output) != outcome:
            self._write(numbers=True)

    def break_off(self, outcome: Outcome) -> None:
        """Say how the run ended before its end, unless it had not begun to work."""
        if self._last:
            self.end(outcome)

    def _count(self, receipt: Receipt) -> None:
        self._stages[self._stage].add(receipt)
        self._unreadable[self._stage] += map(discreet, receipt.unreadable)

    def _set(self, **changes: object) -> None:
        self._status = self._status.model_copy(update=changes)

    def _tell(self, task: str, outcome: str, more: Mapping[str, object]) -> None:
        told = {"stage": self._stage, "task": task, "outcome": outcome, **more}
        tasks.info("%s/%s: %s", self._stage, task, outcome, extra={"fields": told})

    def _write_now_and_then(self) -> None:
        if time.monotonic() - self._last >= WRITE_EVERY:
            self._write(numbers=True)

    def _write(self, *, numbers: bool = False) -> None:
        self._last = time.monotonic()
        unreadable = sorted(why for reasons in self._unreadable.values() for why in reasons)
        self._set(written=time.time(), unreadable=len(unreadable), unreadable_inputs=tuple(unreadable[:NAMED]))
        files.write_bytes(status_of(self._output), self._status.model_dump_json(indent=1).encode() + b"\n")
        if numbers:
            text = as_text(self._run, self._stages.items())
            files.write_bytes(files.join(self._output, "metrics.prom"), text.encode())


def ended_as(output: str) -> str | None:
    """Return the outcome that a run has last written; None if it has written none that can be read."""
    if (written := files.read_if_there(status_of(output))) is None:
        return None
    try:
        return RunStatus.model_validate_json(written).outcome
    except ValidationError:
        return None
