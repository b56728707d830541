"""How far a run has come, from its files alone: while it runs, after it was killed, and from any machine.

What is done is what has a receipt; what is to do, and what went wrong, the driver has written (`pipeline.journal`).
"""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from pydantic import JsonValue, TypeAdapter, ValidationError

from pipeline.errors import QuestionError
from pipeline.journal import RunStatus, status_of, tasks_of
from pipeline.lock import is_locked
from pipeline.overrides import TRIAL
from pipeline.record import record_of
from pipeline.words import did_you_mean
from shards import files
from shards.errors import plainly

WINDOW_SECONDS = 600.0  # over which the rate is taken

# `unknown`: it had not ended when it was last heard of, and a bucket has no lock by which to see that it was killed
State: TypeAlias = Literal["running", "killed", "unknown", "done", "failed", "stopped"]


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come. Times are seconds since the epoch, and durations seconds."""

    state: State
    host: str
    process: int
    began: float
    heard: float  # when the driver, or a task of the stage at work, last wrote
    stage: str | None  # at work, or the last one that was
    number: int
    folder: str | None
    tasks: int
    done: int
    rate: float  # tasks per second over the last ten minutes, or since the stage began
    remaining: float | None  # until the stage ends, by the weight of its tasks; None if nothing tells
    retries: int
    failed: int
    failures: tuple[str, ...]
    unreadable: int
    unreadable_inputs: tuple[str, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """Return it for programs."""
        return {"format": 1, **asdict(self)}


def progress_of(output: str, now: float) -> RunProgress:
    """Return how far the run in an output folder has come.

    Raises
    ------
    QuestionError
        when no driver has written there, or something else has.
    """
    status = _read(output)
    state: State = status.outcome
    if state == "running":
        locked = is_locked(output)
        state = "unknown" if locked is None else "running" if locked else "killed"
    weights, times = _tasks(output, status)
    done = sum(weights[task] for task in times)
    began = status.stage.began if status.stage else now
    window = max(min(now - began, WINDOW_SECONDS), 1e-3)
    lately = [task for task, time in times.items() if time >= now - window]
    speed = sum(weights[task] for task in lately) / window
    left = sum(weights.values()) - done
    at_work = state in ("running", "unknown")
    return RunProgress(
        state=state,
        host=status.host,
        process=status.process,
        began=status.began,
        heard=max([status.written, *times.values()]),
        stage=status.stage.name if status.stage else None,
        number=status.stage.number if status.stage else 0,
        folder=status.stage.folder if status.stage else None,
        tasks=len(weights),
        done=len(times),
        rate=len(lately) / window if at_work else 0.0,
        remaining=left / speed if at_work and speed else None,
        retries=status.retries,
        failed=status.failed,
        failures=status.failures,
        unreadable=status.unreadable,
        unreadable_inputs=status.unreadable_inputs,
    )


def _read(output: str) -> RunStatus:
    path = status_of(output)
    if not files.exists(path):
        if files.exists(record_of(output)):
            raise QuestionError(f"{output}: this run was made by a version that wrote no status; use `yuliao report`")
        near = did_you_mean(name for name in _near(output) if files.exists(status_of(name)))
        raise QuestionError(f"{output}: no run here (it would have a status.json, written when its work begins){near}")
    try:
        return RunStatus.model_validate_json(files.read_bytes(path))
    except ValidationError as error:
        raise QuestionError(f"{path}: written by another version ({plainly(error)})") from error


def _near(output: str) -> list[str]:
    return [output.rstrip("/") + TRIAL, *(files.join(output, name) for name in files.folders_in(output))]


def _tasks(output: str, status: RunStatus) -> tuple[dict[str, int], dict[str, float]]:
    """Return the weight of every task of the stage at work, and when it was done, of those that are."""
    if status.stage is None:
        return {}, {}
    folder = files.join(output, status.stage.folder)
    listed = tasks_of(folder)
    if not files.exists(listed):
        return {}, {}
    try:
        weights = TypeAdapter(dict[str, int]).validate_json(files.read_bytes(listed))
    except ValidationError as error:
        raise QuestionError(f"{listed}: damaged; repeat the same `yuliao run`") from error
    written = files.times_in(files.join(folder, "receipts"))
    return weights, {task: written[f"{task}.json"] for task in weights if f"{task}.json" in written}
