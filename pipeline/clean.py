"""The folders of stages that no finished run names any more: what an earlier configuration or version has left."""

import os
import re
from dataclasses import dataclass

from pipeline.answers.finished_run import open_run
from pipeline.errors import QuestionError
from pipeline.journal import ended_as
from pipeline.lock import locked
from shards import files
from shards.release.place import ReleaseError, release_at

STAGE_FOLDER = re.compile(r"\d{2,}-[a-z][\w-]*-[0-9a-f]{8}")


@dataclass(frozen=True)
class Leftover:
    """A folder that nothing leads to."""

    folder: str
    bytes: int


def leftovers(output: str) -> list[Leftover]:
    """Return the folders of stages in a run's output that its `run.json` does not name.

    Raises
    ------
    QuestionError
        when the last run has not ended well: what it had not come to may be there, done by an earlier one.
    """
    run = open_run(output, whole=False)
    if ended_as(output) != "done":
        raise QuestionError(f"{output}: its last run has not ended well; run the same command again, then clean")
    named = {stage.folder.rpartition("/")[2] for stage in run.stages} | _released(output)
    return [
        Leftover(files.join(output, name), sum(files.sizes_below(files.join(output, name)).values()))
        for name in files.folders_in(output)
        if STAGE_FOLDER.fullmatch(name) and name not in named and not _is_link(files.join(output, name))
    ]


def clean(output: str) -> list[Leftover]:
    """Remove the leftovers of a run that is not at work, and return what they were.

    Raises
    ------
    BusyError
        when a run is writing there.
    QuestionError
        as `leftovers` does.
    """
    open_run(output, whole=False)  # before a lock is made where there is no run
    with locked(output):
        folders = leftovers(output)
        for one in folders:
            files.remove_folder(one.folder)
        return folders


def _released(output: str) -> set[str]:
    """Return the folder of the stage whose release is the newest: it stays, whatever `run.json` says."""
    try:
        return {release_at(output).split("/")[-2]}
    except ReleaseError:
        return set()


def _is_link(folder: str) -> bool:
    return files.scheme(folder) is None and os.path.islink(folder)
