"""A stage turns shards into shards; its unit of work, retry and restart is one task.

A task is named by the hash of what it reads and of its part in the stage, and so are the shards it writes. A new input
file is one new task; everything else is a look-up.

What travels between stages is typed: beside its class, a stage has a model of its tasks' parts (`Part`) and one of what
their receipts tell (`Facts`). Tasks and receipts hold the JSON of both; the reader names the model.
"""

import hashlib
import json
import resource
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar

import pyarrow as pa
from pydantic import BaseModel, JsonValue, SkipValidation

from filters.base import OneOf, Range
from pipeline import sandbox
from pipeline.errors import PipelineError, SettingError
from pipeline.inputs import Inputs
from pipeline.words import message_of
from shards import files
from shards.receipts import Receipt, ShardFile

# What `pipeline.lineage` says of a result; it takes a while to put together.
Lineage: TypeAlias = Callable[[], Mapping[str, Any]]


class Part(BaseModel, frozen=True, extra="forbid"):
    """Which piece of its stage's work a task is: what a stage's `tasks` tells its `process`."""


class Facts(BaseModel, frozen=True, extra="forbid"):
    """What a task found, besides its shards: what later stages plan with, and reports show."""


P = TypeVar("P", bound=Part)
F = TypeVar("F", bound=Facts)
Json: TypeAlias = Annotated[dict[str, JsonValue], SkipValidation]  # the dump of a model, or read from a file


class Task(BaseModel, frozen=True, extra="forbid"):
    """One piece of a stage's work."""

    reads: tuple[str, ...]  # the identity of everything it reads: contents of files, names of upstream tasks
    part: Json  # which piece this is, and where it lies: the JSON of a `Part`
    weight: int = 1  # how much there is to do, in any unit: for the order of work and the estimate of its end
    places: Json = {}  # where it lies, if that may change while its contents do not: not in the name

    @classmethod
    def of(cls, reads: Iterable[str], part: Part, weight: int = 1, places: Part | None = None) -> "Task":
        """Return the task of a part, and of the places that are not in its name."""
        located = places.model_dump(mode="json") if places else {}
        return cls(reads=tuple(reads), part=part.model_dump(mode="json"), weight=weight, places=located)

    @cached_property
    def key(self) -> str:
        """The name of this task and of the shards it writes: 16 hex digits."""
        return digest_of({"reads": self.reads, "part": self.part})


@dataclass(frozen=True)
class FinishedStage:
    """A stage whose tasks are all done."""

    name: str
    folder: str
    tasks: Sequence[Task]
    receipts: Mapping[str, Receipt]
    judges: bool = False  # its `verdicts` shards stand beside those of `documents`, row for row and in the same order

    @property
    def keys(self) -> list[str]:
        """The names of its tasks, in their order."""
        return [task.key for task in self.tasks]

    def parts(self, model: type[P]) -> list[P]:
        """Return the part of each task, in their order."""
        return [model.model_validate(task.part) for task in self.tasks]

    def facts(self, model: type[F]) -> list[F]:
        """Return the facts of each task, in their order; of a model that others extend, what they have in common."""
        return [self.facts_of(task.key, model) for task in self.tasks]

    def facts_of(self, task: str, model: type[F]) -> F:
        """Return the facts of one task."""
        return model.model_validate(self.receipts[task].facts, extra="ignore")

    def rows(self, role: str) -> list[int]:
        """Return how many rows each task wrote in a role, in their order."""
        return [self.receipts[task.key].files[role].rows for task in self.tasks]

    def uri(self, task: str, role: str) -> str:
        """Return the file that a task wrote in a role."""
        return files.join(self.folder, self.receipts[task].files[role].path)


@dataclass(frozen=True)
class RunState:
    """What planning may look at: the stages that are finished, and the identity and size of input files."""

    finished: Mapping[str, FinishedStage]
    inputs: Inputs


@dataclass(frozen=True)
class Outcome:
    """What became of the rows a task read; the fields are those of a receipt."""

    rows: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, dict[str, int]] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    unreadable: tuple[str, ...] = ()


class Workspace:
    """Where one task writes, and where the stages before it have written."""

    def __init__(self, stage: str, task: Task, folder: str, upstream: Mapping[str, str]) -> None:
        self.stage = stage
        self.task = task
        self.folder = folder
        self._upstream = upstream
        self._files: dict[str, ShardFile] = {}
        self._started = time.perf_counter(), _cpu_seconds()

    def part(self, model: type[P]) -> P:
        """Return the part of the task."""
        return model.model_validate(self.task.part)

    def places(self, model: type[P]) -> P:
        """Return the places of the task."""
        return model.model_validate(self.task.places)

    def folder_of(self, stage: str) -> str:
        """Return the folder of an earlier stage."""
        return self._upstream[stage]

    def upstream(self, stage: str, role: str, task: str) -> str:
        """Return the file that a task of an earlier stage wrote in a role, under its usual name."""
        return files.join(self._upstream[stage], role, f"{task}.arrow")

    def write(
        self,
        role: str,
        batches: Iterable[pa.RecordBatch],
        schema: pa.Schema,
        *,
        path: str = "",
        as_given: bool = False,
    ) -> ShardFile:
        """Write a shard of this task in a role (`kept`, `rejected`, …), by default at `role/task.arrow`."""
        path = path or f"{role}/{self.task.key}.arrow"
        rows = 0

        def counting() -> Iterable[pa.RecordBatch]:
            nonlocal rows
            for batch in batches:
                rows += batch.num_rows
                yield batch

        written = files.write_shard(files.join(self.folder, path), counting(), schema, as_given=as_given)
        shard = ShardFile(path=path, rows=rows, bytes=written.bytes, sha256=written.sha256)
        self._files[role] = shard
        return shard

    def wrote(self, role: str, path: str, rows: int, written: files.Written) -> None:
        """Name a file that is no shard, and was written at the path, in the receipt."""
        self._files[role] = ShardFile(path=path, rows=rows, bytes=written.bytes, sha256=written.sha256)

    def receipt(self, outcome: Outcome) -> Receipt:
        """Return the receipt of what was written here."""
        wall, cpu = self._started
        return Receipt(
            stage=self.stage,
            task=self.task.key,
            reads=self.task.reads,
            rows=outcome.rows,
            kept=outcome.kept,
            rejected=outcome.rejected,
            files=self._files,
            facts=outcome.facts.model_dump(mode="json"),
            unreadable=outcome.unreadable,
            seconds=round(time.perf_counter() - wall, 3),
            cpu_seconds=round(_cpu_seconds() - cpu, 3),
            peak_bytes=max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, sandbox.cost.peak_bytes),
        )


class Stage(BaseModel, ABC, frozen=True, extra="forbid"):
    """The settings of a stage, which are the stage: which tasks there are, and what one does."""

    name: str
    after: ClassVar[tuple[str, ...]] = ()  # the stages that must stand before it
    judges: ClassVar[bool] = False  # it may reject documents that `documents` kept: see `FinishedStage.judges`
    exclusive: ClassVar[bool] = False  # its folder holds one whole result and is named by its inputs as well
    optional: ClassVar[bool] = False  # may turn out to have no tasks, and then the run is as if it were not there

    def expanded(self, before: Sequence["Stage"]) -> Sequence["Stage"]:
        """Return the stages that this entry of the configuration stands for, given those that stand before it.

        Raises
        ------
        ValueError
            when it cannot stand there.
        """
        return (self,)

    @property
    def finds_licences(self) -> bool:
        """Whether a step of this stage finds licences: then the stage `rights` decides on them."""
        return False

    @property
    def admits_unlicensed(self) -> bool:
        """Whether a step of this stage finds licences, and lets documents pass of which none is known."""
        return False

    def signals(self) -> Set[str]:
        """Return the names of what it bounds, `filter.signal`: by them it rejects or flags."""
        bounds = {name for name, info in type(self).model_fields.items() if info.annotation in (Range, OneOf)}
        return {f"{self.name}.{name}" for name in bounds}

    def problems(self) -> Iterator[SettingError]:
        """Yield what the settings name and is not there, or is not fit, each with the way to it; before any work."""
        try:
            missing = [path for path in self.resources() if not path.exists()]
        except (PipelineError, OSError, ValueError) as error:
            yield SettingError(message_of(error))
        else:
            yield from (SettingError(f"{path}: no such file") for path in missing)

    def settings(self) -> dict[str, JsonValue]:
        """Return the settings that decide what a task with given inputs writes."""
        return self.model_dump(mode="json")

    def resources(self) -> Sequence[Path]:
        """Return the files (models, tables) whose contents decide it too."""
        return ()

    def modules(self) -> Sequence[str]:
        """Return the modules whose code decides it, and with it all that they import."""
        return (type(self).__module__,)

    @abstractmethod
    def tasks(self, state: RunState) -> list[Task]:
        """Return the tasks, in an order that depends on the inputs only. Earlier stages are finished."""

    @abstractmethod
    def process(self, workspace: Workspace) -> Outcome:
        """Do the workspace's task. Called again after a crash, it writes the same bytes."""

    def conclude(self, folder: str, finished: Mapping[str, FinishedStage], lineage: Lineage) -> None:
        """Write what describes the whole result, once all tasks are done. Repeating it changes nothing."""


def _cpu_seconds() -> float:
    return time.process_time() + sandbox.cost.cpu_seconds


def digest_of(value: Mapping[str, object]) -> str:
    """Return 16 hex digits that stand for a JSON value."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()
