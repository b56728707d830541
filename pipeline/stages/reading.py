"""The tasks of the stage `documents`: which pieces of files are read together, and by what.

A task is named by the contents of its files, the settings of their source and the code that reads them; where the
files lie is not in the name, so that a run goes on after they were moved.
"""

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from pipeline.authorisation import Refusal
from pipeline.code import code_digests, library_versions
from pipeline.sources.base import Source, Split
from pipeline.stages.base import Part, RunState, Task, digest_of
from shards.secrets import redacted_in

TRIAL_BYTES = 1 << 20  # for each document of a trial: so much of a source is looked for them
FILES = 500  # that one task reads, at most: each costs something, and progress is told by task


class Reader(Part):
    """What decides, beside its contents, which rows a file becomes: nothing of another source's."""

    source: dict[str, JsonValue]  # the settings
    code: str  # the digest of its module and of all that this imports
    libraries: dict[str, str]  # their versions
    refused: Refusal | None = None  # why the source is not authorised for the use of this run


class Piece(Part):
    """A piece of a file, named within its source: a `Split`, wherever it lies."""

    name: str
    start: int | None
    end: int | None


class DocumentsPart(Reader):
    """Pieces of files that are read together."""

    splits: tuple[Piece, ...]


class Places(Part):
    """Where the files of a task lie, by their names within the source, and what they were when the run was planned."""

    files: dict[str, str]
    stamps: dict[str, str | None]
    identities: dict[str, str]
    suppressed: tuple[str, ...] = ()  # the lists of the take-downs in the output folder that have not seen the task

    def split(self, piece: Piece) -> Split:
        """Return a piece where it lies."""
        return Split(file=self.files[piece.name], name=piece.name, start=piece.start, end=piece.end)


def tasks_of(
    source: Source, refused: Refusal | None, limit: int | None, task_bytes: int, state: RunState
) -> Iterator[Task]:
    """Yield the tasks that read a source: its pieces in order, small files together up to `task_bytes`.

    With a limit there is one task, of the pieces that so many documents are looked for in.
    """
    reader, splits = _reader(source, refused), source.splits()
    if limit is not None:  # one task, which stops when it has so many
        yield _task(reader, *_beginning(splits, limit, state), state)
        return
    state.inputs.identify_all(list(dict.fromkeys(split.file for split in splits)))
    for group, size in _groups(splits, task_bytes, state):
        yield _task(reader, group, size, state)


def source_with(sources: Sequence[Source], settings: Mapping[str, JsonValue]) -> Source:
    """Return the source that a task was planned for, by its settings.

    Raises
    ------
    KeyError
        when there is none.
    """
    for source in sources:
        if _settings(source) == settings:
            return source
    raise KeyError(f"no source has the settings of this task: {settings}")


def _beginning(splits: Sequence[Split], limit: int, state: RunState) -> tuple[list[Split], int]:
    """Return the first of the splits, among which so many documents are to be, and their bytes."""
    first: list[Split] = []
    size = 0
    for split in splits[:limit]:
        first.append(split)
        size += _weight(split, state)
        if size >= limit * TRIAL_BYTES:
            break
    return first, size


def _groups(splits: Sequence[Split], most: int, state: RunState) -> Iterator[tuple[list[Split], int]]:
    """Yield runs of splits with their bytes, each ended before the one with which it would have too many."""
    group: list[Split] = []
    size = 0
    for split in splits:
        weight = _weight(split, state)
        if group and (size + weight > most or len(group) >= FILES):
            yield group, size
            group, size = [], 0
        group.append(split)
        size += weight
    if group:
        yield group, size


def _weight(split: Split, state: RunState) -> int:
    if split.start is not None and split.end is not None:
        return split.end - split.start
    return state.inputs.identify(split.file)[1]


def _task(reader: Reader, splits: Sequence[Split], size: int, state: RunState) -> Task:
    reads = dict.fromkeys(state.inputs.identify(split.file)[0] for split in splits)
    pieces = tuple(Piece(name=split.name, start=split.start, end=split.end) for split in splits)
    places = Places(
        files={split.name: split.file for split in splits},
        stamps={split.name: state.inputs.stamp(split.file) for split in splits},
        identities={split.name: state.inputs.identify(split.file)[0] for split in splits},
    )
    return Task.of(reads, DocumentsPart(**dict(reader), splits=pieces), size, places)


def _settings(source: Source) -> dict[str, JsonValue]:
    # Which files there are is a matter of the tasks, and where they lie, or with which token, changes nothing.
    settings: dict[str, JsonValue] = redacted_in(source.model_dump(mode="json", exclude={"paths", "prefix"}))
    return settings


def _reader(source: Source, refused: Refusal | None) -> Reader:
    module = type(source).__module__
    declared = {name: importlib.metadata.version(name) for name in source.libraries}
    return Reader(
        source=_settings(source),
        code=digest_of(code_digests(module)),
        libraries={**library_versions(module), **declared},
        refused=refused,
    )
