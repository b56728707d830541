"""One task, from inputs to receipt: done again, it writes the same."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.retries import retried
from pipeline.stages.base import Stage, Task, Workspace
from shards.errors import StoreError, of_disk
from shards.receipts import Receipt, write_receipt
from shards.secrets import redacted


@dataclass(frozen=True)
class Failure:
    """A task that did not end, and why."""

    stage: str
    task: str
    error: str


def execute(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt:
    """Do a task and return its receipt.

    An error is raised, and leaves no receipt.
    """

    def attempt() -> Receipt:
        workspace = Workspace(stage.name, task, folder, upstream)
        return workspace.receipt(stage.process(workspace))

    receipt = retried(attempt, f"{stage.name}/{task.key}")
    write_receipt(folder, receipt)
    return receipt


def attempt(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt | Failure:
    """Do a task and return its receipt; an error becomes a failure, so that its neighbours go on."""
    try:
        return execute(stage, task, folder, upstream)
    except (PipelineError, StoreError) as error:
        return Failure(stage.name, task.key, str(error))
    except Exception as error:  # noqa: BLE001 - a defect of ours: named with its place; the run goes on to find others
        if isinstance(error, OSError) and (wrong := of_disk(error)):
            return Failure(stage.name, task.key, redacted(wrong))
        return Failure(stage.name, task.key, redacted(traceback.format_exc()))
