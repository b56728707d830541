"""One task, from inputs to receipt: done again, it writes the same."""

from collections.abc import Mapping

from pipeline.retries import retried
from pipeline.stages.base import Stage, Task, Workspace
from shards.receipts import Receipt, write_receipt


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
