"""What a worker does with the tasks that a driver sends it: it loads their stage, and no other."""

import logging
import pickle
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pipeline import plugins
from pipeline.discreet import log_discreetly
from pipeline.garbage import collect_seldom
from pipeline.inputs import digests_of
from pipeline.stages.base import Stage, Task
from pipeline.task import Failure, attempt
from shards.receipts import Receipt

Packed: TypeAlias = tuple[Sequence[plugins.Module], bytes]  # the plug-ins, without which the stage cannot be read


def packed(stage: Stage) -> Packed:
    """Return a stage as it travels to a worker."""
    return plugins.loaded(), pickle.dumps(stage)


def ready() -> None:
    """Do nothing: to be asked for it, a worker loads what every task needs, while the driver plans."""


def digests(uris: Sequence[str]) -> list[str]:
    """Return the digests of input files, which no driver reads whole."""
    log_discreetly(logging.WARNING)
    return digests_of(uris)


def do(stage: Packed, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]) -> list[Receipt | Failure]:
    """Do tasks of a stage, and return what became of each."""
    log_discreetly(logging.WARNING)
    modules, pickled = stage
    plugins.restore(modules)
    unpacked = pickle.loads(pickled)  # noqa: S301 # the driver's own
    collect_seldom()
    return [attempt(unpacked, task, folder, upstream) for task in tasks]
