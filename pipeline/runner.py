"""Run tasks on Ray. Ray is the scheduler and nothing else.

No data travels through it: a task gets its stage's settings and the places of its inputs, writes its shards and its
receipt, and returns the receipt.
"""

import logging
import os
import pickle
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray

from pipeline import plugins
from pipeline.config import RaySettings
from pipeline.crawl.partition import Partition
from pipeline.crawl.progress import round_progress
from pipeline.crawl.rounds import crawl_partition
from pipeline.crawl.settings import Crawl
from pipeline.discreet import log_discreetly
from pipeline.errors import BusyError, PipelineError
from pipeline.run import Failure, Retry, attempt
from pipeline.stages.base import Stage, Task
from pipeline.stopping import asked, keeping_handlers
from shards import stores
from shards.loop_cache import say_that_loops_are_compiled, someone_compiles
from shards.receipts import Receipt
from shards.secrets import redacted

logger = logging.getLogger(__name__)

RETRIES = 3  # of a task whose worker died; a task that raises is not tried again here
PATIENCE_SECONDS = 2.0  # for a task, before it is asked what takes so long
PROGRESS_SECONDS = 10.0  # between two lines about a round of a crawl
LOST_NODES = 20  # that a task may have been on: spot nodes vanish, but a task may also take its node with it
LOST_NODE = (ray.exceptions.NodeDiedError, ray.exceptions.LocalRayletDiedError)
SLOTS_SECONDS = 10.0  # between two looks at how large the cluster is
MOST_CPUS = 10_000  # that are asked for: more nodes than any group of workers may have
WINDOW = 4  # tasks in flight per slot: enough to keep workers busy, few enough for the driver


class OnRay:
    """Runs tasks on a Ray cluster: one that is there, or a local one that lives as long as this context."""

    def __init__(self, settings: RaySettings) -> None:
        self.settings = settings
        self._local = False  # a Ray of our own, which never grows

    def __enter__(self) -> "OnRay":
        for name, value in RAY_ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        logging.getLogger("ray").setLevel(logging.ERROR)
        inside_a_job = "RAY_JOB_ID" in os.environ or "RAY_ADDRESS" in os.environ
        address = None if inside_a_job and self.settings.address == "local" else self.settings.address
        local = address == "local"  # explicit: a bare init attaches to whatever cluster was last seen on this machine
        self._local = local
        logger.info("Ray: %s", "starting" if local else f"joining {address}")
        try:
            self._begin(address, local)
        except (ConnectionError, RuntimeError, ValueError) as error:
            if local:
                raise
            said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise BusyError(f"ray.address: no cluster takes us in at {address}: {said}") from error
        return self

    def _begin(self, address: str | None, local: bool) -> None:
        with keeping_handlers():
            ray.init(
                address=address,
                num_cpus=self.settings.num_cpus if local else None,
                object_store_memory=self.settings.object_store_mb << 20 if local else None,
                include_dashboard=False if local else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": WORKER_ENVIRONMENT | stores.environment()},
            )
        _ready.remote()

    def __exit__(self, *_: object) -> None:
        ray.shutdown()

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure | Retry]:
        with nullcontext() if self._local else demanded(len(tasks)):
            yield from self._run(stage, tasks, folder, upstream)

    def _run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure | Retry]:
        # Ray is not to try again by itself: it would not tell, nor tell a task that kills its worker from a lost node
        remote = _remote.options(name=stage.name, num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")
        shared: Any = ray.put((plugins.loaded(), pickle.dumps(stage)))  # a worker needs the plug-ins to read the stage
        waiting, losses, slots = deque(tasks), Losses(), _Slots()
        running: dict[Any, Task] = {}
        while True:
            while waiting and len(running) < WINDOW * slots.count() and not asked():
                task = waiting.popleft()
                running[remote.remote(shared, task, folder, upstream)] = task
            if not running:
                return
            for ended in _ended(list(running)):
                task = running.pop(ended)
                try:
                    yield ray.get(ended)
                except ray.exceptions.RayTaskError as error:  # a defect of ours, around the task
                    yield Failure(stage.name, task.key, redacted(str(error)))
                except ray.exceptions.RayError as error:
                    why = redacted(str(error))
                    if losses.bear(task.key, by_node=isinstance(error, LOST_NODE)):
                        waiting.append(task)  # behind the others, where it has more memory to itself
                        yield Retry(stage.name, task.key, why)
                    else:
                        yield Failure(stage.name, task.key, f"its worker died {losses.told(task.key)}: {why}")

    def crawl_round(self, settings: Crawl, planned: Sequence[Partition], place: Path) -> None:
        """Run the tasks of a crawl's round side by side; those that fail are named when the others are done."""
        remote = _crawl.options(name="crawl", num_cpus=1, max_retries=RETRIES)
        tasks = [remote.remote(settings, each, place / f"{each.number:03d}") for each in planned]
        running = tasks
        while running:
            _, running = ray.wait(running, num_returns=len(running), timeout=PROGRESS_SECONDS)
            logger.info(round_progress(place))
        failed = [failure for task in tasks if (failure := _failure(task)) is not None]
        if failed:
            raise PipelineError("; ".join(failed))


@contextmanager
def demanded(tasks: int) -> Iterator[None]:
    """In this block, ask the cluster's autoscaler, if it has one, for a CPU for each task."""
    from ray.autoscaler.sdk import request_resources  # of use in clusters only

    request_resources(num_cpus=min(tasks, MOST_CPUS))
    try:
        yield
    finally:
        request_resources(num_cpus=0)  # a request that stands keeps idle nodes


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
def _remote(
    shared: tuple[Sequence[plugins.Module], bytes], task: Task, folder: str, upstream: Mapping[str, str]
) -> Receipt | Failure:
    log_discreetly(logging.WARNING)
    modules, stage = shared
    plugins.restore(modules)
    return attempt(pickle.loads(stage), task, folder, upstream)  # noqa: S301 # the driver's own


@ray.remote
def _crawl(settings: Crawl, partition: Partition, directory: Path) -> str | None:
    """Return why the partition could not be crawled, or null."""
    log_discreetly(logging.WARNING)
    try:
        crawl_partition(settings, partition, directory)
    except PipelineError as error:
        return str(error)
    return None


def _failure(task: Any) -> str | None:
    try:
        failure: str | None = ray.get(task)
    except ray.exceptions.RayError as error:
        return f"its worker died {RETRIES + 1} times: {error}; run it again and it goes on"
    return failure


def _ended(tasks: list[Any]) -> list[Any]:
    """Wait for a task, and return all that have ended: asking for one at a time takes time for all in flight.

    While none ends, say that loops are compiled, if they are: what workers log is not seen.
    """
    while not ray.wait(tasks, num_returns=1, timeout=PATIENCE_SECONDS)[0]:
        if someone_compiles():
            say_that_loops_are_compiled()
    ended, _ = ray.wait(tasks, num_returns=len(tasks), timeout=0)
    return list(ended)


@dataclass
class Losses:
    """How often each task has lost its worker, and how often with the whole node."""

    workers: Counter[str] = field(default_factory=Counter)
    nodes: Counter[str] = field(default_factory=Counter)

    def bear(self, task: str, *, by_node: bool) -> bool:
        """Count a loss, and return whether the task is to be begun again."""
        (self.nodes if by_node else self.workers)[task] += 1
        return self.workers[task] <= RETRIES and self.nodes[task] <= LOST_NODES

    def told(self, task: str) -> str:
        """Return how often, in words."""
        return f"{self.workers[task]} times" + (f", and {self.nodes[task]} nodes" if self.nodes[task] else "")


class _Slots:
    """How many tasks the cluster can do at once, looked up now and then: nodes come and go."""

    def __init__(self) -> None:
        self._count, self._looked = 0, 0.0

    def count(self) -> int:
        if not self._count or time.monotonic() - self._looked >= SLOTS_SECONDS:
            self._count = max(1, int(ray.cluster_resources().get("CPU", 1)))  # type: ignore[no-untyped-call]
            self._looked = time.monotonic()
        return self._count
