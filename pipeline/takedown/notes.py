"""What was taken down in an output folder, noted there, so that every later run of it upholds that.

    suppressed.arrow             what may not come back (`pipeline.extract.suppressed`), of all take-downs
    takedowns/DIGEST.json        a `Note`: written before anything is changed
    takedowns/DIGEST.arrow       what may not come back, of this one: a task that it has not seen is judged by it
    takedowns/DIGEST.done.json   the receipt: written when all is done
    takedowns/unerased           a run has done tasks, and has not come to erasing in them what was taken down before

Both, copied into a new output folder before its run, take the take-downs there.
"""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, JsonValue, ValidationError

from pipeline.errors import ConfigError
from pipeline.stages.base import Task
from shards import files
from shards.errors import plainly
from shards.release.tombstones import Tombstone

SUPPRESSED = "suppressed.arrow"
FOLDER = "takedowns"
DONE = ".done.json"
UNERASED = "unerased"


class ErasedFile(BaseModel, frozen=True, extra="forbid"):
    """A file that has lost documents; `after` is null of one that is gone."""

    path: str  # below the output folder of the run
    documents: int
    before: str  # SHA-256
    after: str | None


class Note(BaseModel, frozen=True, extra="forbid"):
    """What is taken down, and how everything was before; so a receipt tells all of it, however often it was killed."""

    basis: str
    scope: str
    documents: tuple[str, ...]  # ids
    origin: str  # SHA-256 of the manifest of the release before the first take-down
    release_before: str
    shards: dict[str, str]
    files: tuple[ErasedFile, ...]
    removed: tuple[str, ...]  # files and folders of the output folder
    adopted: bool = False  # from an earlier output: nothing of this folder is described
    tasks: tuple[str, ...]  # of the stage `documents`, whose documents the plan has looked at


def note_of(output: str, digest: str) -> str:
    """Return where the note of a take-down lies."""
    return files.join(output, FOLDER, f"{digest}.json")


def done_of(output: str, digest: str) -> str:
    """Return where the receipt of a take-down lies, once it is done."""
    return files.join(output, FOLDER, f"{digest}{DONE}")


def list_of(output: str, digest: str) -> str:
    """Return where the list of a take-down lies."""
    return files.join(output, FOLDER, f"{digest}.arrow")


def read_notes(output: str) -> list[Note]:
    """Return the take-downs of an output folder, in the order of their digests.

    Raises
    ------
    ConfigError
        if the note of one is damaged.
    """
    return [note for _, note in named_notes(output)]


def named_notes(output: str) -> Iterator[tuple[str, Note]]:
    """Yield the take-downs of an output folder with their digests, in order."""
    for name in _noted(output):
        try:
            yield name, Note.model_validate_json(files.read_bytes(note_of(output, name)))
        except ValidationError as error:
            raise ConfigError(f"output: {note_of(output, name)}: no note of a take-down: {plainly(error)}") from error


def unended(output: str) -> list[str]:
    """Return the digests of take-downs that have begun and not ended."""
    return [name for name in _noted(output) if not files.is_file(done_of(output, name))]


def _noted(output: str) -> list[str]:
    names = files.names_in(files.join(output, FOLDER))
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json") and not name.endswith(DONE))


def tombstones(note: Note) -> list[Tombstone]:
    """Return the tombstones of a take-down."""
    return [Tombstone(name, note.basis, note.scope, note.origin) for name in note.documents]


def with_lists(tasks: Sequence[Task], output: str) -> list[Task]:
    """Return tasks of `documents` in an output folder, each with the lists of the take-downs that had not seen it."""
    lists = [(list_of(output, name), frozenset(note.tasks)) for name, note in named_notes(output)]
    given: dict[str, list[JsonValue]] = {
        task.key: [uri for uri, seen in lists if task.key not in seen] for task in tasks
    }
    return [
        task.model_copy(update={"places": {**task.places, "suppressed": given[task.key]}}) if given[task.key] else task
        for task in tasks
    ]
