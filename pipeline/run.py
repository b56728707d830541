"""A run: the stages of a configuration in order, each done by an executor; on Ray or in this process, the same bytes.

A run is what its folder holds, so it goes on where it stopped: what is finished is read there, the rest is done.
"""

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline import started
from pipeline.config import PipelineConfig
from pipeline.inputs import Digester, Inputs, digests_of
from pipeline.journal import Journal
from pipeline.lineage import lineage_of
from pipeline.lock import locked
from pipeline.plan import PlannedStage, Work, finished, planned, work
from pipeline.record import Recorder, StageRecord
from pipeline.stages.base import FinishedStage, RunState, Stage, Task
from pipeline.stopping import Stopped, asked, end_if_asked
from pipeline.takedown.adopted import adopt
from pipeline.takedown.upheld import Upheld
from pipeline.task import Failure, attempt
from shards import files
from shards.receipts import Receipt, Receipts, altered, withdraw
from shards.release.place import NAME
from shards.secrets import redacted_in

logger = logging.getLogger(__name__)

DIGESTED_AT_ONCE = 4  # groups of files, in threads: hashing lets go of Python's lock


@dataclass(frozen=True)
class Retry:
    """A task that is begun again, and why: its worker was lost."""

    stage: str
    task: str
    why: str


class Executor(Protocol):
    """Runs tasks in any order and gives each one's receipt, or its failure, as it ends.

    Once this process is asked to stop (`pipeline.stopping`), it begins no more of them.
    """

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure | Retry]: ...

    def digests(self, groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
        """Yield the digests of input files, group by group."""
        ...


class Progress(Protocol):
    """Is told what happens, to show it."""

    def begin(self, stage: PlannedStage, work: Work) -> None: ...

    def advance(self, task: Task, result: Receipt | Failure) -> None: ...

    def end(self, stage: PlannedStage) -> None: ...


@dataclass
class Run:
    """What a run came to."""

    stages: list[FinishedStage] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def unreadable(self) -> list[str]:
        """The input files that could not be read to their end, each with why."""
        return _unreadable(self.stages)


class Walk:
    """The stages of a configuration in order: each is planned once those before it are finished."""

    def __init__(self, config: PipelineConfig, elsewhere: Digester | None = None) -> None:
        self.config = config
        self.output = os.path.abspath(config.output) if files.scheme(config.output) is None else config.output
        self.inputs = Inputs(files.join(self.output, "inputs.json"), elsewhere)
        self.plans: list[PlannedStage] = []  # of the finished stages
        self.finished: dict[str, FinishedStage] = {}
        self.record = Recorder(self.output, config, config.overrides)

    def __iter__(self) -> Iterator[tuple[PlannedStage, Work]]:
        """Yield the plan of each stage and its work; the walk ends where a stage has not been finished."""
        begun = set(files.folders_in(self.output))
        for stage in self.config.flat_stages():
            state = RunState(self.finished, self.inputs)
            plan = planned(stage, len(self.plans) + 1, self.output, self.plans, state)
            todo = work(plan, state, begun=_name(plan.folder) in begun)
            if stage.optional and not todo.tasks:
                continue
            yield plan, todo
            if stage.name not in self.finished:
                return

    def finish(self, plan: PlannedStage, todo: Work) -> FinishedStage:
        """Take a stage as finished, all of whose tasks have a receipt."""
        ended = finished(plan, todo)
        self.plans.append(plan)
        self.finished[ended.name] = ended
        self.record.add(
            StageRecord(name=ended.name, folder=_name(plan.folder), judges=plan.stage.judges, tasks=tuple(ended.tasks))
        )
        return ended

    def lineage(self) -> dict[str, Any]:
        """Return what the result so far was made from: the settings, and every stage with what its name rests on."""
        return lineage_of(self.config, self.plans, _unreadable(self.finished.values()))


def _name(folder: str) -> str:
    return folder.rpartition("/")[2]


def _unreadable(stages: Iterable[FinishedStage]) -> list[str]:
    return sorted(why for stage in stages for receipt in stage.receipts.values() for why in receipt.unreadable)


def run(config: PipelineConfig, executor: Executor, progress: Progress) -> Run:
    """Run every stage of a configuration to its end, or to the first stage with a task that fails.

    A stage goes on when one of its tasks fails; what comes after it does not begin. Running again goes on where this
    run stopped and does no finished task again, unless what it wrote is not there any more as it was written.
    """
    logger.info("%s: looking at the settings, at the inputs, and at what is done in %s", config.name, config.output)
    walk = Walk(config, executor.digests)
    trusted: set[str] = set()
    with locked(walk.output), _journal_of(config, walk.output) as journal:
        started.mark(walk.output)
        adopt(walk.output, [path for stage in config.flat_stages() for path in getattr(stage, "against", ())])
        upheld = Upheld(walk.output)
        while (result := _walked(walk, executor, progress, journal, trusted, upheld)) is None:
            walk = Walk(config, executor.digests)
        journal.end("failed" if result.failures else "done")
    return result


@contextmanager
def _journal_of(config: PipelineConfig, output: str) -> Iterator[Journal]:
    """Keep a journal that says so if the run is stopped, or breaks off."""
    journal = Journal(config.name, output)
    try:
        yield journal
    except Stopped:
        journal.break_off("stopped")
        raise
    except Exception:
        journal.break_off("failed")
        raise


def _walked(
    walk: "Walk", executor: Executor, progress: Progress, journal: Journal, trusted: set[str], upheld: Upheld
) -> Run | None:
    """Return what a run comes to, or None if a shard that it would have read is altered: its task is to be done again.

    `trusted` are the tasks whose shards this run has written, or compared with their receipts.
    """
    result = Run()
    for plan, todo in walk:
        end_if_asked()
        walk.inputs.save()
        if purged := walk.inputs.purged(sorted({uri for task in todo.remaining for uri in _files_of(task)})):
            logger.warning("%s: lost records to a take-down: what read them before is done again", ", ".join(purged))
            walk.inputs.forget(purged)
            return None
        if todo.remaining:
            if _withdrawn(walk.finished.values(), trusted):
                return None
            walk.record.write_now_and_then()  # the stages before it, should this one not end
            withdraw(plan.folder, todo.stale)
            if "publish" not in walk.finished:
                upheld.begin()
        if plan.stage.name == "publish":
            upheld.before_publish(walk.plans, walk.finished, walk.lineage)
        described, basis = files.join(plan.folder, "stage.json"), _json(plan.basis)
        if todo.remaining or files.read_if_there(described) != basis:
            files.write_bytes(described, basis)
        upstream = {earlier.stage.name: earlier.folder for earlier in walk.plans}
        journal.begin(plan, todo, len(walk.plans) + 1)
        try:
            receipts, result.failures = _run_stage(plan, todo, executor, progress, journal, upstream)
        except BaseException:
            walk.record.write()
            raise
        trusted.update(receipts.keys() - todo.receipts.keys())
        files.remove_temporary(plan.folder)
        if result.failures:
            break
        result.stages.append(walk.finish(plan, Work(todo.tasks, receipts)))
        plan.stage.conclude(plan.folder, walk.finished, walk.lineage)
        if plan.stage.name == "publish":
            upheld.published(files.join(plan.folder, NAME))
    walk.record.write()
    return result


def _files_of(task: Task) -> Iterator[str]:
    """Yield the input files that a task reads."""
    places = task.places.get("files")
    yield from map(str, places.values()) if isinstance(places, dict) else ()


def _withdrawn(stages: Iterable[FinishedStage], trusted: set[str]) -> bool:
    """Withdraw the tasks of which a shard is altered; return whether there are any. Stores check what they hold."""
    changed = False
    for stage in stages:
        if files.scheme(stage.folder) is not None:
            continue
        unsure = [task for task in stage.receipts if task not in trusted]
        trusted.update(unsure)
        for task in altered(stage.folder, (stage.receipts[task] for task in unsure)):
            logger.warning("%s/%s: a shard is not as it was written: the task is done again", stage.name, task)
            withdraw(stage.folder, [task])
            trusted.discard(task)
            changed = True
    return changed


def outlook(config: PipelineConfig) -> Iterator[tuple[Stage, PlannedStage | None, Work | None]]:
    """Yield every stage with where it will write and what remains to do there, as far as that is known; do nothing."""
    walk = Walk(config)
    stages = iter(config.flat_stages())
    for plan, todo in walk:
        yield plan.stage, plan, todo
        while next(stages).name != plan.stage.name:  # optional ones that the run is without
            continue
        if not todo.remaining:
            walk.finish(plan, todo)
    yield from ((stage, None, None) for stage in stages if not stage.optional)


def _run_stage(
    plan: PlannedStage,
    todo: Work,
    executor: Executor,
    progress: Progress,
    journal: Journal,
    upstream: Mapping[str, str],
) -> tuple[Receipts, list[Failure]]:
    receipts, failures = todo.receipts.only(todo.receipts), []
    tasks = {task.key: task for task in todo.remaining}
    progress.begin(plan, todo)
    for result in executor.run(plan.stage, list(tasks.values()), plan.folder, upstream) if tasks else ():
        match result:
            case Retry():
                logger.warning("%s/%s: begun again: %s", result.stage, result.task, result.why)
                journal.retried(result.task, result.why)
                continue
            case Failure():
                failures.append(result)
                journal.failed(result.task, result.error)
            case _:
                receipts.add(result)
                journal.done(result)
        progress.advance(tasks[result.task], result)
    progress.end(plan)
    end_if_asked()  # then not all tasks were begun
    return receipts, failures


def _json(value: Mapping[str, Any]) -> bytes:
    return (
        json.dumps(redacted_in(value), ensure_ascii=False, sort_keys=True) + "\n"
    ).encode()  # indented, it is the slow encoder


class Local:
    """Runs tasks one after the other in this process."""

    def digests(self, groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
        with ThreadPoolExecutor(DIGESTED_AT_ONCE) as pool:
            yield from pool.map(digests_of, groups)

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        for task in tasks:
            if asked():
                return
            yield attempt(stage, task, folder, upstream)


class WhenNeeded:
    """Runs tasks with an executor that is made for the first of them."""

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._made: Executor | None = None

    def digests(self, groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
        self._made = self._made or self._make()
        yield from self._made.digests(groups)

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure | Retry]:
        self._made = self._made or self._make()
        yield from self._made.run(stage, tasks, folder, upstream)
