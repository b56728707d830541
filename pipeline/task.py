"""One task, from inputs to receipt: done once, however often it is tried."""

import logging
import time
from collections.abc import Mapping

from pipeline.errors import SourceError
from pipeline.stages.base import Stage, Task, Workspace
from shards.receipts import Receipt, read_receipts, write_receipt

logger = logging.getLogger(__name__)

DELAYS = (1, 2, 4)  # seconds between attempts at a store that does not answer


def execute(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt:
    """Do a task unless its receipt is there, and return the receipt.

    An error is raised, and leaves no receipt.
    """
    done = read_receipts(folder, [task.key])
    if done:
        return done[task.key]
    receipt = _attempt(stage, task, folder, upstream)
    write_receipt(folder, receipt)
    return receipt


def _attempt(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt:
    for delay in (*DELAYS, None):
        workspace = Workspace(stage.name, task, folder, upstream)
        try:
            return workspace.receipt(stage.process(workspace))
        except SourceError as error:
            if delay is None:
                raise
            logger.warning("%s/%s: %s; trying again in %d s", stage.name, task.key, error, delay)
            time.sleep(delay)
    raise AssertionError("the last attempt returns or raises")
