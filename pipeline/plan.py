"""Where each stage writes, and what remains to do there. Nothing here does any of it.

A stage's folder is named by its fingerprint: its settings, the code and the models that decide its result, and the
fingerprints of the stages before it. A changed threshold can therefore never reuse an old shard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.code import code_digests, file_digest, library_versions
from pipeline.errors import ConfigError
from pipeline.stages.base import FinishedStage, RunState, Stage, Task, digest_of
from shards import files
from shards.receipts import Receipts, those_written, with_files, with_receipts
from shards.secrets import redacted_in


@dataclass(frozen=True)
class PlannedStage:
    """A stage of a run: where it writes, and everything its name rests on."""

    stage: Stage
    folder: str
    basis: Mapping[str, Any]
    digest: str  # of the basis


def planned(stage: Stage, number: int, output: str, before: Sequence[PlannedStage], state: RunState) -> PlannedStage:
    """Return where a stage writes, given the stages before it."""
    basis: dict[str, Any] = {
        "stage": stage.name,
        "settings": redacted_in(stage.settings()),  # another token for the same model repeats nothing
        "code": code_digests(*stage.modules()),
        "libraries": library_versions(*stage.modules()),
        "resources": _resources(stage),
        "before": [earlier.digest for earlier in before],
    }
    if stage.exclusive:
        basis["reads"] = {name: [task.key for task in finished.tasks] for name, finished in state.finished.items()}
    digest = digest_of(basis)
    return PlannedStage(stage, files.join(output, f"{number:02}-{stage.name}-{digest[:8]}"), basis, digest)


def _resources(stage: Stage) -> dict[str, str]:
    try:
        digests: dict[str, list[str]] = {}
        for path in stage.resources():
            digests.setdefault(path.name, []).append(file_digest(path))
        return {name: ",".join(each) for name, each in digests.items()}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{stage.name}: {error}") from error


@dataclass(frozen=True)
class Work:
    """The tasks of a stage, and the receipts of those that are done."""

    tasks: Sequence[Task]
    receipts: Receipts
    stale: Sequence[
        str
    ] = ()  # the tasks whose receipt does not hold any more: it, or a file that it names, is not whole

    @property
    def remaining(self) -> list[Task]:
        """The tasks still to do, the largest first, so that the last to end is not a long one."""
        return sorted((task for task in self.tasks if task.key not in self.receipts), key=lambda task: -task.weight)


def work(stage: PlannedStage, state: RunState, *, begun: bool = True) -> Work:
    """Return what there is to do in a stage whose predecessors are finished; nothing is done where none has `begun`."""
    tasks = stage.stage.tasks(state)
    if not begun:
        return Work(tasks, Receipts())
    there = with_receipts(stage.folder, [task.key for task in tasks])
    receipts = with_files(stage.folder, those_written(stage.folder, there))
    return Work(tasks, receipts, [task for task in there if task not in receipts])


def finished(stage: PlannedStage, work: Work) -> FinishedStage:
    """Return the stage as one that later stages can read."""
    return FinishedStage(stage.stage.name, stage.folder, work.tasks, work.receipts, stage.stage.judges)


def differences(old: Mapping[Any, Any], new: Mapping[Any, Any], prefix: str = "") -> list[str]:
    """Return, in words, what differs between two bases: why a stage is to be done again."""
    changes = []
    for key in sorted({*old, *new}):
        name, before, after = f"{prefix}{key}", old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            changes += differences(before, after, f"{name}.")
        elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and prefix:
            changes += differences(dict(enumerate(before)), dict(enumerate(after)), f"{name}.")
        else:
            changes.append(f"{name}: {before!r} → {after!r}" if prefix.startswith("settings.") else f"{name} changed")
    return changes
