"""What is seen of Ray's workers while they work, and when they die."""

import logging
import os
import signal
from pathlib import Path

import pytest

from pipeline import runner
from pipeline.config import RaySettings
from pipeline.run import Failure, Retry
from pipeline.runner import LOST_NODES, MOST_CPUS, RETRIES, Losses, OnRay, demanded
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
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
    deaths = [1, RETRIES + 1]
    tasks = [Task.of([], Deaths(number=number, deaths=count)) for number, count in enumerate(deaths)]
    with OnRay(RaySettings(num_cpus=2)) as executor:
        told = list(executor.run(Deadly(), tasks, str(tmp_path), {}))
    retries = [one.task for one in told if isinstance(one, Retry)]
    assert [retries.count(task.key) for task in tasks] == [1, RETRIES]
    (failure,) = (one for one in told if isinstance(one, Failure))
    assert failure.task == tasks[-1].key
    assert f"its worker died {RETRIES + 1} times" in failure.error
    assert len(told) == len(retries) + len(tasks)


def test_a_lost_node_uses_up_no_retry_but_a_task_does_not_take_nodes_for_ever() -> None:
    losses = Losses()
    for _ in range(RETRIES):
        assert losses.bear("a", by_node=False)
        assert losses.bear("a", by_node=True)
    assert not losses.bear("a", by_node=False)
    assert losses.told("a") == f"{RETRIES + 1} times, and {RETRIES} nodes"
    assert [losses.bear("b", by_node=True) for _ in range(LOST_NODES + 1)] == [True] * LOST_NODES + [False]


def test_a_stage_asks_the_autoscaler_for_its_tasks_and_withdraws_that(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("ray.autoscaler.sdk.request_resources", lambda num_cpus: asked.append(num_cpus))
    with demanded(90):
        assert asked == [90]
    with pytest.raises(KeyboardInterrupt), demanded(10**6):
        raise KeyboardInterrupt
    assert asked == [90, 0, MOST_CPUS, 0]
