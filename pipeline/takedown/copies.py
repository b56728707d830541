"""Exports and copies of a release, wherever they lie: what was taken down goes from them as well.

An export is made again from the revised release, with the same languages and classes; a copy gets the files of it. Both
change only where documents went: the rest is the same bytes.
"""

from typing import Literal, TypeAlias

from pydantic import BaseModel

from pipeline.answers.finished_run import FinishedRun
from pipeline.errors import QuestionError
from pipeline.takedown.notes import read_notes
from shards import files
from shards.release import export
from shards.release.place import MANIFEST, NAME, ReleaseError

Kind: TypeAlias = Literal["export", "release"]


class Copy(BaseModel, frozen=True, extra="forbid"):
    """An export or a copy of the release of a run."""

    folder: str
    kind: Kind
    run: str  # the output folder


def release_of(run: FinishedRun) -> str:
    """Return the folder of the release of a run."""
    return files.join(run.stage("publish").folder, NAME)


def copy_at(folder: str, runs: list[FinishedRun]) -> Copy:
    """Return what lies in a folder: of which run.

    Raises
    ------
    QuestionError
        if it is neither, or of a release that no run here has or had.
    """
    kind: Kind
    try:
        if files.is_file(files.join(folder, export.EXPORT)):
            kind, digest = "export", export.read(folder).selection.release
        elif files.is_file(files.join(folder, MANIFEST)):
            kind, digest = "release", files.sha256(files.join(folder, MANIFEST))
        else:
            raise QuestionError(f"{folder}: neither an export nor a copy of a release: it has no {MANIFEST}")
    except ReleaseError as error:
        raise QuestionError(str(error)) from error
    for run in runs:
        known = {note.release_before for note in read_notes(run.output)}
        if digest in known | {files.sha256(files.join(release_of(run), MANIFEST))}:
            return Copy(folder=folder, kind=kind, run=run.output)
    raise QuestionError(f"{folder}: of no release of {', '.join(run.output for run in runs)}: name its run as well")


def exports_in(run: FinishedRun) -> list[str]:
    """Return the exports that lie in the output folder of a run."""
    folders = (files.join(run.output, name) for name in files.folders_in(run.output))
    return [folder for folder in folders if files.is_file(files.join(folder, export.EXPORT))]


def renew(copy: Copy, release: str) -> None:
    """Make an export or a copy of a release that of its revision; done again, it changes nothing."""
    if copy.kind == "export":
        export.renew(release, copy.folder)
    else:
        _mirror(release, copy.folder)


def _mirror(release: str, folder: str) -> None:
    wanted = files.paths_below(release)
    for path in wanted:
        source, target = files.join(release, path), files.join(folder, path)
        if not files.is_file(target) or files.sha256(target) != files.sha256(source):
            files.copy(source, target)
    for path in sorted({*files.paths_below(folder)} - {*wanted}):
        files.remove(files.join(folder, path))
