"""What is seen of Ray's workers while they work, and when they die."""

import logging
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import ray

from pipeline import runner
from pipeline.config import RaySettings
from pipeline.dispatch import RETRIES
from pipeline.errors import ConfigError, SourceError
from pipeline.inputs import digests_of
from pipeline.run import Retry
from pipeline.runner import MOST_CPUS, WORKER_ENVIRONMENT, OnRay, demanded
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.task import Failure
from shards.loop_cache import say_that_loops_are_compiled


def test_who_waits_for_workers_that_compile_is_told_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([[], [], [], ["task"], ["task", "other"]])
    monkeypatch.setattr("ray.wait", lambda tasks, **_: (next(answers), tasks))
    compiling = iter([False, True, True])
    monkeypatch.setattr(runner, "someone_compiles", lambda: next(compiling))
    say_that_loops_are_compiled.cache_clear()
    with caplog.at_level(logging.INFO):
        assert runner._ended(["task", "other"]) == ["task", "other"], "all that are ready, not one at a time"
    assert [message.startswith("compiling loops") for message in caplog.messages] == [True]


@pytest.mark.processes
def test_workers_of_a_ray_of_its_own_have_one_thread_each_and_the_driver_keeps_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = dict(os.environ)
    with OnRay(RaySettings(num_cpus=1)):
        seen = ray.get(ray.remote(lambda: dict(os.environ)).remote())
    assert seen | WORKER_ENVIRONMENT == seen
    assert {name: os.environ.get(name) for name in WORKER_ENVIRONMENT} == {
        name: before.get(name) for name in WORKER_ENVIRONMENT
    }


class Deadly(Stage):
    """Kills the worker of a task as often as its part says, as the kernel does when memory is out."""

    name: str = "deadly"

    def tasks(self, state: RunState) -> list[Task]:
        return []

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(Deaths)
        mark = Path(workspace.folder) / f"deaths-{part.number}"
        mark.parent.mkdir(parents=True, exist_ok=True)
        died = int(mark.read_text()) if mark.exists() else 0
        if died < part.deaths:
            mark.write_text(str(died + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome()


class Deaths(Part):
    number: int
    deaths: int


@pytest.mark.processes
def test_a_task_that_kills_its_worker_is_tried_again_and_then_a_named_failure(tmp_path: Path) -> None:
    quick = [0] * 60  # they go to a worker together: what kills it takes none of them with it
    tasks = [Task.of([], Deaths(number=n, deaths=count)) for n, count in enumerate([1, RETRIES + 1, *quick, 1, *quick])]
    with OnRay(RaySettings(num_cpus=2)) as executor:
        told = list(executor.run(Deadly(), tasks, str(tmp_path), {}))
        with pytest.raises(ConfigError, match=r"ray\.cpus\.deadly: 3 CPUs"):
            next(_with(executor, cpus={"deadly": 3}).run(Deadly(), tasks, str(tmp_path), {}))
    (failure,) = (one for one in told if isinstance(one, Failure))
    assert failure.task == tasks[1].key
    assert f"its worker died {RETRIES + 1} times" in failure.error
    retries = [one.task for one in told if isinstance(one, Retry)]
    assert [retries.count(task.key) for task in tasks[:2]] == [1, RETRIES]
    ended = [one.task for one in told if not isinstance(one, Retry)]
    assert sorted(ended) == sorted(task.key for task in tasks)


@pytest.mark.processes
def test_workers_digest_what_is_read_for_the_first_time(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("一.warc", "two", "three")]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number]) * (number * 5_000_000))
    groups = [[str(paths[0]), str(paths[1])], [str(paths[2])]]
    with OnRay(RaySettings(num_cpus=2)) as executor:
        assert list(executor.digests(groups)) == [digests_of(group) for group in groups]
        with pytest.raises(SourceError, match=r"/none: .*No such file"):
            list(executor.digests([[str(tmp_path / "none")]]))


def _with(executor: OnRay, **settings: Any) -> OnRay:
    executor.settings = executor.settings.model_copy(update=settings)
    return executor


def test_a_stage_asks_the_autoscaler_for_its_tasks_and_withdraws_that(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("ray.autoscaler.sdk.request_resources", lambda num_cpus: asked.append(num_cpus))
    with demanded(90):
        assert asked == [90]
    with pytest.raises(KeyboardInterrupt), demanded(10**6):
        raise KeyboardInterrupt
    assert asked == [90, 0, MOST_CPUS, 0]
