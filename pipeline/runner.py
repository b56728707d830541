"""Run tasks on Ray. Ray is the scheduler and nothing else.

No data travels through it: a task gets its stage's settings and the places of its inputs, writes its shards and its
receipt, and returns the receipt.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import ray

from pipeline import worker
from pipeline.config import RaySettings
from pipeline.crawl.partition import Partition
from pipeline.crawl.progress import round_progress
from pipeline.crawl.rounds import crawl_partition
from pipeline.crawl.settings import Crawl
from pipeline.discreet import log_discreetly
from pipeline.dispatch import RETRIES, WINDOW, Losses, Queue, reservation
from pipeline.errors import BusyError, ConfigError, PipelineError, SourceError
from pipeline.run import Retry
from pipeline.stages.base import Stage, Task
from pipeline.stopping import asked, end_if_asked, keeping_handlers
from pipeline.task import Failure
from shards import stores
from shards.loop_cache import say_that_loops_are_compiled, someone_compiles
from shards.receipts import Receipt, read_receipts
from shards.secrets import discreet

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0  # for a task, before it is asked what takes so long
PROGRESS_SECONDS = 10.0  # between two lines about a round of a crawl
LOST_NODE = (ray.exceptions.NodeDiedError, ray.exceptions.LocalRayletDiedError)
AGAIN = "this process ends with exit code 1: run the same command again to resume"
SLOTS_SECONDS = 10.0  # between two looks at how large the cluster is
MOST_CPUS = 10_000  # that are asked for: more nodes than any group of workers may have


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
        logger.info(
            "Ray: %s",
            "starting" if local else f"joining {address or 'the cluster of this job'}; if its head is lost, {AGAIN}",
        )
        try:
            self._begin(address, local)
        except (ConnectionError, RuntimeError, ValueError) as error:
            if local:
                raise
            said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise BusyError(f"ray.address: no cluster takes us in at {address}: {said}") from error
        return self

    def _begin(self, address: str | None, local: bool) -> None:
        environment = WORKER_ENVIRONMENT | stores.environment()
        with keeping_handlers(), _inherited(environment) if local else nullcontext():
            ray.init(
                address=address,
                num_cpus=self.settings.num_cpus if local else None,
                object_store_memory=self.settings.object_store_mb << 20 if local else None,
                include_dashboard=False if local else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
                # A Ray of our own has begun workers by now; with an environment of their own it would begin others.
                runtime_env=None if local else {"env_vars": environment},
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
        shared: Any = ray.put(worker.packed(stage))
        queue, losses, cluster = Queue(tasks), Losses(), _Cluster(self.settings.cpus.get(stage.name, 1))
        if self._local:
            self._check(stage.name, cluster)
        running: dict[Any, list[Task]] = {}
        while True:
            while len(queue) and len(running) < WINDOW * max(1, cluster.slots) and not asked():
                remote = self._remote(stage.name, queue.peak_bytes, cluster)
                batch = queue.take(max(1, cluster.slots))
                running[remote.remote(shared, batch, folder, upstream)] = batch
            if not running:
                return
            for ended in _ended(list(running)):
                batch = running.pop(ended)
                try:
                    results = ray.get(ended)
                except ray.exceptions.RayTaskError as error:  # a defect of ours, around the tasks
                    yield from (Failure(stage.name, task.key, discreet(str(error))) for task in batch)
                except ray.exceptions.RayError as error:
                    yield from _lost(stage.name, folder, batch, error, queue, losses)
                else:
                    queue.ended([result for result in results if isinstance(result, Receipt)])
                    yield from results

    def digests(self, groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
        """Yield the digests of input files, group by group, which workers read."""
        remote = _digests.options(name="digests", num_cpus=1, max_retries=RETRIES, scheduling_strategy="SPREAD")
        logger.info("digesting %d input files for the first time", sum(map(len, groups)))
        with nullcontext() if self._local else demanded(len(groups)):
            asked_for = [remote.remote(list(group)) for group in groups]
            for each in asked_for:
                while not ray.wait([each], timeout=PATIENCE_SECONDS)[0]:
                    end_if_asked()
                try:
                    yield ray.get(each)
                except ray.exceptions.RayTaskError as error:
                    raise SourceError(discreet(str(error.cause))) from error
                except ray.exceptions.RayError as error:
                    raise SourceError(f"inputs: the worker that reads them died: {discreet(str(error))}") from error

    def _check(self, stage: str, cluster: "_Cluster") -> None:
        """Refuse what a Ray of our own, which never grows, can never give to a task."""
        if not cluster.slots:
            raise ConfigError(f"ray.cpus.{stage}: {cluster.cpus:g} CPUs for a task, where this machine has fewer")
        if (memory := self.settings.memory_mb.get(stage, 0)) << 20 > cluster.memory:
            raise ConfigError(f"ray.memory_mb.{stage}: {memory:,} MB for a task; Ray has {cluster.memory >> 20:,} here")

    def _remote(self, stage: str, peak_bytes: int, cluster: "_Cluster") -> Any:
        """Return what does tasks of a stage, with what Ray is to keep free for a call."""
        memory = self.settings.memory_mb.get(stage)
        bytes_of_memory = reservation(peak_bytes, cluster.memory) if memory is None else memory << 20
        # Ray is not to try again by itself: it would not tell, nor tell a task that kills its worker from a lost node
        return _do.options(
            name=stage,
            num_cpus=cluster.cpus,
            memory=bytes_of_memory or None,
            max_retries=0,
            scheduling_strategy="SPREAD",
        )

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


@contextmanager
def _inherited(variables: Mapping[str, str]) -> Iterator[None]:
    """In this block, processes that are started have these environment variables."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


RAY_ENVIRONMENT = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # else `uv run` makes Ray upload the folder
    "RAY_raylet_start_wait_time_s": "120",  # on a busy machine its own 30 s are not enough
    "RAY_agent_register_timeout_ms": "120000",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the coming default; without it every start warns
}

# One thread per task: parallelism is the scheduler's, and thread pools inside workers only fight over the same cores.
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "2", "PYTHONHASHSEED": "0", "NUMBA_NUM_THREADS": "1"}


# By their names: a worker loads their module, not this.
_ready, _do, _digests = ray.remote(worker.ready), ray.remote(worker.do), ray.remote(worker.digests)


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


def _lost(
    stage: str, folder: str, batch: Sequence[Task], error: Exception, queue: Queue, losses: Losses
) -> Iterator[Receipt | Failure | Retry]:
    """Yield what becomes of the tasks of a call whose worker was lost: those that have a receipt are done."""
    why, by_node = discreet(str(error)), isinstance(error, LOST_NODE)
    done = read_receipts(folder, [task.key for task in batch]) if len(batch) > 1 else {}
    yield from done.values()
    for task in batch:
        if task.key in done:
            continue
        if (len(batch) > 1 and not by_node) or losses.bear(task.key, by_node=by_node):
            queue.again(task, alone=not by_node)
            yield Retry(stage, task.key, why)
        else:
            yield Failure(stage, task.key, f"its worker died {losses.told(task.key)}: {why}")


class _Cluster:
    """How many tasks the cluster can do at once, and the memory of its largest node: nodes come and go."""

    def __init__(self, cpus: float = 1) -> None:
        self.cpus = cpus  # of a task
        self._slots, self._memory, self._looked = 0, 0, -SLOTS_SECONDS

    @property
    def slots(self) -> int:
        self._look()
        return self._slots

    @property
    def memory(self) -> int:
        self._look()
        return self._memory

    def _look(self) -> None:
        if time.monotonic() - self._looked < SLOTS_SECONDS:
            return
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
        self._slots = sum(int(node.get("CPU", 0) // self.cpus) for node in nodes)
        self._memory = int(max((node.get("memory", 0) for node in nodes if node.get("CPU")), default=0))
        self._looked = time.monotonic()
