"""Run the tasks of a configuration, on Ray or in this process: the same code, the same bytes.

Ray is the scheduler and nothing else. No data travels through it: a task gets its stage's settings and the places of
its inputs, writes its shards and its receipt, and returns the receipt.
"""

import fcntl
import json
import logging
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import ray

from pipeline.config import PipelineConfig, RaySettings
from pipeline.crawl.partition import Partition
from pipeline.crawl.rounds import crawl_partition, progress
from pipeline.crawl.settings import Crawl
from pipeline.errors import ConfigError, PipelineError
from pipeline.inputs import Inputs
from pipeline.plan import PlannedStage, Work, finished, planned, work
from pipeline.stages.base import Finished, Known, Stage, Task
from pipeline.task import execute
from shards import files
from shards.receipts import Receipt

logger = logging.getLogger(__name__)

RETRIES = 3  # of a task whose worker died; a task that raises is not tried again here
PROGRESS_SECONDS = 10.0  # between two lines about a round of a crawl
WINDOW = 4  # tasks in flight per slot: enough to keep workers busy, few enough for the driver


@dataclass(frozen=True)
class Failure:
    """A task that did not end, and why."""

    stage: str
    task: str
    error: str


class Executor(Protocol):
    """Runs tasks in any order and gives each one's receipt, or its failure, as it ends."""

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]: ...


class Progress(Protocol):
    """Is told what happens, to show it."""

    def begin(self, stage: PlannedStage, work: Work) -> None: ...

    def advance(self, task: Task, result: Receipt | Failure) -> None: ...

    def end(self, stage: PlannedStage) -> None: ...


@dataclass
class Run:
    """What a run came to."""

    stages: list[Finished] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def unreadable(self) -> list[str]:
        """The input files that could not be read to their end, each with why."""
        return _unreadable(self.stages)


def run(config: PipelineConfig, executor: Executor, progress: Progress) -> Run:
    """Run every stage of a configuration to its end, or to the first stage with a task that fails.

    A stage goes on when one of its tasks fails; what comes after it does not begin. Running again goes on where this
    run stopped and does no finished task again.
    """
    output = _absolute(config.output)
    result = Run()
    for stage in config.flat_stages():
        stage.check()
    with _alone(output):
        inputs = Inputs(files.join(output, "inputs.json"))
        known = Known({}, inputs)
        done: list[PlannedStage] = []
        for stage in config.flat_stages():
            plan = planned(stage, len(done) + 1, output, done, known)
            todo = work(plan, known)
            inputs.save()
            if stage.optional and not todo.tasks:
                continue
            files.write_bytes(files.join(plan.folder, "stage.json"), _json(plan.basis))
            receipts, failures = _run_stage(plan, todo, executor, progress, {p.stage.name: p.folder for p in done})
            files.remove_temporary(plan.folder)
            result.failures += failures
            if failures:
                break
            ended = finished(plan, Work(todo.tasks, receipts))
            result.stages.append(ended)
            done.append(plan)
            known = Known({**known.finished, stage.name: ended}, inputs)
            stage.conclude(plan.folder, known.finished, lineage(config, done, known))
            files.write_bytes(files.join(output, "run.json"), _json(_record(config, done, known)))
    return result


def outlook(config: PipelineConfig) -> Iterator[tuple[Stage, PlannedStage | None, Work | None]]:
    """Yield every stage with where it will write and what remains to do there, as far as that is known; do nothing."""
    output = _absolute(config.output)
    inputs = Inputs(files.join(output, "inputs.json"))
    known = Known({}, inputs)
    done: list[PlannedStage] = []
    waiting = False
    for stage in config.flat_stages():
        if waiting:
            if not stage.optional:
                yield stage, None, None
            continue
        plan = planned(stage, len(done) + 1, output, done, known)
        todo = work(plan, known)
        if stage.optional and not todo.tasks:
            continue
        yield stage, plan, todo
        waiting = bool(todo.remaining)
        if not waiting:
            done.append(plan)
            known = Known({**known.finished, stage.name: finished(plan, todo)}, inputs)


def _absolute(output: str) -> str:
    return os.path.abspath(output) if files.scheme(output) is None else output


def _run_stage(
    plan: PlannedStage, todo: Work, executor: Executor, progress: Progress, upstream: Mapping[str, str]
) -> tuple[dict[str, Receipt], list[Failure]]:
    receipts, failures = dict(todo.receipts), []
    tasks = {task.key: task for task in todo.remaining}
    progress.begin(plan, todo)
    for result in executor.run(plan.stage, list(tasks.values()), plan.folder, upstream):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            receipts[result.task] = result
        progress.advance(tasks[result.task], result)
    progress.end(plan)
    return receipts, failures


def lineage(config: PipelineConfig, done: Sequence[PlannedStage], known: Known) -> dict[str, Any]:
    """Return what a result was made from: the settings, and every stage with what its name rests on."""
    return {
        "config": config.model_dump(mode="json", exclude={"output", "ray"}),
        "stages": [{"folder": plan.folder.rpartition("/")[2], **plan.basis} for plan in done],
        "unreadable": _unreadable(known.finished.values()),
    }


def _unreadable(stages: Iterable[Finished]) -> list[str]:
    return sorted(why for stage in stages for receipt in stage.receipts.values() for why in receipt.unreadable)


def _record(config: PipelineConfig, done: Sequence[PlannedStage], known: Known) -> dict[str, Any]:
    return {
        "config": config.model_dump(mode="json"),
        "stages": [
            {
                "name": plan.stage.name,
                "folder": plan.folder.rpartition("/")[2],
                "tasks": [task.model_dump(mode="json") for task in known.finished[plan.stage.name].tasks],
            }
            for plan in done
        ],
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n").encode()  # indented, it is the slow encoder


@contextmanager
def _alone(output: str) -> Iterator[None]:
    """Hold the output folder for this process; another run into it is refused. Remote outputs are not locked."""
    if files.scheme(output) is not None:
        yield
        return
    os.makedirs(output, exist_ok=True)
    with open(os.path.join(output, ".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"output: another run is writing to {output}; let it end, or stop it") from error
        yield


def attempt(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt | Failure:
    """Do a task and return its receipt; an error becomes a failure, so that its neighbours go on."""
    try:
        return execute(stage, task, folder, upstream)
    except PipelineError as error:
        return Failure(stage.name, task.key, str(error))
    except Exception:  # a defect of ours: named with its place, and the run goes on to find others
        return Failure(stage.name, task.key, traceback.format_exc())


class Local:
    """Runs tasks one after the other in this process."""

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        for task in tasks:
            yield attempt(stage, task, folder, upstream)


class OnRay:
    """Runs tasks on a Ray cluster: one that is there, or a local one that lives as long as this context."""

    def __init__(self, settings: RaySettings) -> None:
        self.settings = settings

    def __enter__(self) -> "OnRay":
        for name, value in RAY_ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        logging.getLogger("ray").setLevel(logging.ERROR)
        inside_a_job = "RAY_JOB_ID" in os.environ or "RAY_ADDRESS" in os.environ
        address = None if inside_a_job and self.settings.address == "local" else self.settings.address
        local = address == "local"  # explicit: a bare init attaches to whatever cluster was last seen on this machine
        ray.init(
            address=address,
            num_cpus=self.settings.num_cpus if local else None,
            object_store_memory=self.settings.object_store_mb << 20 if local else None,
            include_dashboard=False if local else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": WORKER_ENVIRONMENT},
        )
        _ready.remote()
        return self

    def __exit__(self, *_: object) -> None:
        ray.shutdown()

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        remote = _remote.options(name=stage.name, num_cpus=1, max_retries=RETRIES, scheduling_strategy="SPREAD")
        slots = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
        waiting, running = iter(tasks), {}
        shared = ray.put(stage)
        for task in _take(waiting, WINDOW * max(1, slots)):
            running[remote.remote(shared, task, folder, upstream)] = task
        while running:
            (ready,), _ = ray.wait(list(running), num_returns=1)
            task = running.pop(ready)
            for following in _take(waiting, 1):
                running[remote.remote(shared, following, folder, upstream)] = following
            try:
                yield ray.get(ready)
            except ray.exceptions.RayError as error:
                yield Failure(stage.name, task.key, f"its worker died {RETRIES + 1} times: {error}")

    def crawl_round(self, settings: Crawl, planned: Sequence[Partition], place: Path) -> list[dict[str, Any]]:
        """Run the tasks of a crawl's round side by side; those that fail are named when the others are done."""
        remote = _crawl.options(name="crawl", num_cpus=1, max_retries=RETRIES)
        tasks = [remote.remote(settings, each, place / f"{each.number:03d}") for each in planned]
        running = tasks
        while running:
            _, running = ray.wait(running, num_returns=len(running), timeout=PROGRESS_SECONDS)
            logger.info(progress(place))
        results = [_result(task) for task in tasks]
        failed = [result for result in results if isinstance(result, str)]
        if failed:
            raise PipelineError("; ".join(failed))
        return [result for result in results if not isinstance(result, str)]


RAY_ENVIRONMENT = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # else `uv run` makes Ray upload the folder
    "RAY_raylet_start_wait_time_s": "120",  # on a busy machine its own 30 s are not enough
    "RAY_agent_register_timeout_ms": "120000",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the coming default; without it every start warns
}

# One thread per task: parallelism is the scheduler's, and thread pools inside workers only fight over the same cores.
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "2", "PYTHONHASHSEED": "0", "NUMBA_NUM_THREADS": "1"}


@ray.remote
def _ready() -> None:
    """Nothing: to be asked for it, a worker loads what its first task needs, while this process plans."""


@ray.remote
def _remote(stage: Stage, task: Task, folder: str, upstream: Mapping[str, str]) -> Receipt | Failure:
    return attempt(stage, task, folder, upstream)


@ray.remote
def _crawl(settings: Crawl, partition: Partition, directory: Path) -> dict[str, Any] | str:
    try:
        return crawl_partition(settings, partition, directory)
    except PipelineError as error:
        return str(error)


def _result(task: Any) -> dict[str, Any] | str:
    try:
        result: dict[str, Any] | str = ray.get(task)
    except ray.exceptions.RayError as error:
        return f"its worker died {RETRIES + 1} times: {error}; run it again and it goes on"
    return result


def _take(tasks: Iterator[Task], count: int) -> Iterable[Task]:
    for _, task in zip(range(count), tasks, strict=False):
        yield task
