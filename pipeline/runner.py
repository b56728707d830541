"""Run tasks on Ray. Ray is the scheduler and nothing else.

No data travels through it: a task gets its stage's settings and the places of its inputs, writes its shards and its
receipt, and returns the receipt.
"""

import logging
import os
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from pipeline.errors import ConfigError, PipelineError
from pipeline.run import Failure, attempt
from pipeline.stages.base import Stage, Task
from shards.loop_cache import say_that_loops_are_compiled, someone_compiles
from shards.receipts import Receipt
from shards.secrets import redacted

logger = logging.getLogger(__name__)

RETRIES = 3  # of a task whose worker died; a task that raises is not tried again here
PATIENCE_SECONDS = 2.0  # for a task, before it is asked what takes so long
PROGRESS_SECONDS = 10.0  # between two lines about a round of a crawl
WINDOW = 4  # tasks in flight per slot: enough to keep workers busy, few enough for the driver


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
        logger.info("Ray: %s", "starting" if local else f"joining {address}")
        try:
            self._begin(address, local)
        except (ConnectionError, RuntimeError, ValueError) as error:
            if local:
                raise
            said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise ConfigError(f"ray.address: no cluster takes us in at {address}: {said}") from error
        return self

    def _begin(self, address: str | None, local: bool) -> None:
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

    def __exit__(self, *_: object) -> None:
        ray.shutdown()

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        remote = _remote.options(name=stage.name, num_cpus=1, max_retries=RETRIES, scheduling_strategy="SPREAD")
        slots = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
        waiting, running = iter(tasks), {}
        shared: Any = ray.put((plugins.loaded(), pickle.dumps(stage)))  # a worker needs the plug-ins to read the stage
        for task in _take(waiting, WINDOW * max(1, slots)):
            running[remote.remote(shared, task, folder, upstream)] = task
        while running:
            ready = _first_to_end(list(running))
            task = running.pop(ready)
            for following in _take(waiting, 1):
                running[remote.remote(shared, following, folder, upstream)] = following
            try:
                yield ray.get(ready)
            except ray.exceptions.RayError as error:
                yield Failure(stage.name, task.key, redacted(f"its worker died {RETRIES + 1} times: {error}"))

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


def _first_to_end(tasks: list[Any]) -> Any:
    """Wait for a task. While none ends, say that loops are compiled, if they are: what workers log is not seen."""
    while True:
        ended, _ = ray.wait(tasks, num_returns=1, timeout=PATIENCE_SECONDS)
        if ended:
            return ended[0]
        if someone_compiles():
            say_that_loops_are_compiled()


def _take(tasks: Iterator[Task], count: int) -> Iterable[Task]:
    for _, task in zip(range(count), tasks, strict=False):
        yield task
