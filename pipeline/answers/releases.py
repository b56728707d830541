"""Releases and exports that a command is asked about: found from any path that leads to one, checked, exported."""

import posixpath
from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import QuestionError
from shards import files
from shards.release import export, manifest, validation
from shards.release.events import withdrawal_of
from shards.release.place import ReleaseError, release_at
from shards.release.signing import Log
from shards.release.verifier import CHECKPOINT

T = TypeVar("T")


def problems(path: str, *, load: bool) -> list[str]:
    """Return everything that is wrong with a release or an export; with `load` also what `load_dataset` makes of it.

    Raises
    ------
    QuestionError
        if the path leads to neither.
    """
    return answered(lambda: _problems(path, load))


def _problems(path: str, load: bool) -> list[str]:
    documents: tuple[manifest.Documents, ...]
    if files.exists(files.join(path, export.EXPORT)):
        folder, documents, faults = path, export.read(path).files, export.problems(path)
    else:
        folder = release_at(path)
        documents, faults = manifest.read(folder).shards, list(validation.problems(folder))
    return faults or (list(validation.loading_problems(folder, documents)) if load else [])


def exported(path: str, target: str, kind: export.Kind, languages: list[str], classes: list[str]) -> export.Export:
    """Export the release that a path leads to (`shards.release.export`).

    Raises
    ------
    QuestionError
        if that cannot be done.
    """
    return answered(lambda: export.export(release_at(path), target, kind, languages, classes))


def log_beside(release: str) -> str:
    """Return where the log of a release lies, unless it is said otherwise: in the output folder of its run."""
    return files.join(posixpath.dirname(posixpath.dirname(release)) or ".", "log")


def withdrawn(release: str) -> dict[str, str] | None:
    """Return the entry by which a release was withdrawn in the log beside it; None if it was not, or there is none."""
    if not files.is_file(files.join(log_beside(release), CHECKPOINT)):
        return None
    return answered(lambda: withdrawal_of(release, Log(log_beside(release))))


def answered(ask: Callable[[], T]) -> T:
    """Return what is asked for.

    Raises
    ------
    QuestionError
        if that cannot be answered.
    """
    try:
        return ask()
    except ReleaseError as error:
        raise QuestionError(str(error)) from error
