"""A finished run, opened by its output folder: its stages, their tasks and receipts.

Only `run.json` and the receipts are read, so that a question about a large run is answered at once, and whatever became
of the code that made it. Who asks for the settings as an object, too, takes `pipeline.answers.settings`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain, islice

from pydantic import JsonValue, ValidationError

from pipeline.errors import QuestionError
from pipeline.journal import status_of
from pipeline.overrides import TRIAL
from pipeline.record import RunRecord, record_of
from pipeline.stages.base import FinishedStage
from pipeline.words import did_you_mean
from shards import files
from shards.errors import plainly
from shards.receipts import read_receipts

SUGGESTED = 3  # runs that are named where there is none
LEVELS = 3  # folders around the one that was asked for: a run's, a stage's, a release's


@dataclass(frozen=True)
class FinishedRun:
    """A run as its folder tells of it."""

    output: str
    config: Mapping[str, JsonValue]  # as it was resolved: `pipeline.answers.settings` makes an object of it
    stages: tuple[FinishedStage, ...]
    overrides: tuple[str, ...] = ()  # what the command line set in its configuration

    def stage(self, name: str) -> FinishedStage:
        """Return a stage by its name.

        Raises
        ------
        QuestionError
            when the run has none of the name, or has not come to it.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages)
        raise QuestionError(f"{self.output}: this run has no finished stage `{name}`; it has {names or 'none'}")


def runs_near(folder: str) -> Iterator[str]:
    """Yield the folders of runs that lie in a folder, or around it."""
    within = (files.join(folder, name) for name in files.folders_in(folder))
    trial = folder.rstrip("/") + TRIAL
    parents = accumulate(range(LEVELS), lambda path, _: path.rpartition("/")[0], initial=folder.rstrip("/"))
    yield from islice(
        (path for path in chain([trial], within, parents) if path and files.exists(record_of(path))), SUGGESTED
    )


def instead_of_run(folder: str) -> str:
    """Return what a message says behind `no run`: that one has begun there, or which are near."""
    if files.exists(status_of(folder)):
        return f"; one has begun, and none of its stages has ended: `yuliao status {folder}`"
    return did_you_mean(runs_near(folder))


def open_run(output: str, *, whole: bool = True) -> FinishedRun:
    """Return the run in an output folder: the stages that had ended when it was last written.

    With `whole` false, receipts may be missing: a takedown that was killed has left some out.

    Raises
    ------
    QuestionError
        when there is no run in the folder, one of another version, or one that lacks receipts.
    """
    if (written := files.read_if_there(record_of(output))) is None:
        would = "it would have a run.json, written when its first stage ends"
        why = "a file" if files.is_file(output) else would
        raise QuestionError(f"{output}: no run here ({why}){instead_of_run(output)}")
    try:
        record = RunRecord.model_validate_json(written)
    except ValidationError as error:
        raise QuestionError(
            f"{record_of(output)}: written by another version ({plainly(error)}); repeat the same `yuliao run`"
        ) from error
    stages = []
    for entry in record.stages:
        folder = files.join(output, entry.folder)
        receipts = read_receipts(folder, [task.key for task in entry.tasks])
        if whole and (lost := [task.key for task in entry.tasks if task.key not in receipts]):
            raise QuestionError(
                f"{folder}: receipts are missing or damaged: {len(lost)} of {len(entry.tasks)}, {lost[0]} among them;"
                " repeat the same `yuliao run`, which makes them again"
            )
        stages.append(FinishedStage(entry.name, folder, entry.tasks, receipts, entry.judges))
    return FinishedRun(output, record.config, tuple(stages), record.overrides)
