"""One task, from inputs to receipt: done once, however often it is tried."""

from collections.abc import Mapping

from pipeline.retries import retried
from pipeline.stages.base import Stage, Task, Workspace
from shards.receipts import Receipt, receipt_of, write_receipt


def execute(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt:
    """Do a task unless its receipt is there, and return the receipt.

    An error is raised, and leaves no receipt.
    """
    done = receipt_of(folder, task.key)
    if done is not None:
        return done

    def attempt() -> Receipt:
        workspace = Workspace(stage.name, task, folder, upstream)
        return workspace.receipt(stage.process(workspace))

    receipt = retried(attempt, f"{stage.name}/{task.key}")
    write_receipt(folder, receipt)
    return receipt
