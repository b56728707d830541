"""The same configuration and input give the same bytes, whoever is killed, however many work, in whatever order."""

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.config import RaySettings
from pipeline.runner import Failure, Local, OnRay
from pipeline.stages.base import Stage, Task
from shards.receipts import Receipt
from tests.runs import ROOT, SampleWeb, documents, yuliao


class Shuffled(Local):
    """Runs tasks in an order of its own."""

    def run(
        self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
    ) -> Iterator[Receipt | Failure]:
        yield from super().run(stage, random.Random(7).sample(tasks, len(tasks)), folder, upstream)


def test_the_order_of_tasks_changes_no_byte(whole_run: SampleWeb) -> None:
    whole_run.run("shuffled", Shuffled())
    assert whole_run.digests("shuffled") == whole_run.digests("whole")


@pytest.mark.parametrize("workers", [1, 4])
def test_the_number_of_workers_changes_no_byte(whole_run: SampleWeb, workers: int) -> None:
    with OnRay(RaySettings(num_cpus=workers)) as executor:
        result = whole_run.run(f"ray-{workers}", executor)
    assert not result.failures
    assert whole_run.digests(f"ray-{workers}") == whole_run.digests("whole")


def test_a_finished_run_is_a_look_up(whole_run: SampleWeb) -> None:
    class Nothing(Local):
        def run(
            self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
        ) -> Iterator[Receipt | Failure]:
            assert list(tasks) == []
            return iter(())

    before = whole_run.digests("whole")
    whole_run.run("whole", Nothing())
    assert whole_run.digests("whole") == before


def test_a_driver_killed_at_any_moment_goes_on_and_changes_no_byte(whole_run: SampleWeb) -> None:
    command = "run", str(whole_run.config("killed")), "--local"
    output, log = whole_run.folder / "killed", whole_run.folder / "killed.log"
    moments = random.Random(11)
    done: dict[Path, int] = {}
    for _ in range(4):
        process = yuliao(*command, log=log)
        wait_for_receipts(output, len(done) + moments.randint(1, 12), process)
        time.sleep(moments.random() / 2)
        process.kill()
        process.wait()
        now = written(output)
        assert done.items() <= now.items(), "a finished task was done again"
        done = now
    assert yuliao(*command, log=log).wait() == 0, log.read_text()
    assert done.items() <= written(output).items(), "a finished task was done again"
    assert whole_run.digests("killed") == whole_run.digests("whole")


def test_killed_workers_and_a_killed_driver_on_ray_change_no_byte(whole_run: SampleWeb) -> None:
    command = "run", str(whole_run.config("killed-ray", ray={"num_cpus": 2}))
    output, log = whole_run.folder / "killed-ray", whole_run.folder / "killed-ray.log"
    driver = yuliao(*command, log=log)
    assert kill_workers(driver, 2) == 2, log.read_text()
    wait_for_receipts(output, 4, driver)
    driver.kill()
    driver.wait()
    assert yuliao(*command, log=log).wait() == 0, log.read_text()
    assert whole_run.digests("killed-ray") == whole_run.digests("whole")


def test_a_crawl_held_against_another_changes_no_byte_when_it_is_killed(whole_run: SampleWeb) -> None:
    """With repeated lines, addresses, rounds and an earlier index; the clusters are those of one run over both."""
    levels: dict[str, Any] = {"url": "latest", "paragraphs": {"documents": 3}, "rounds": 2, "partitions": 6}
    assert not whole_run.run("first", Local(), warc="*0", dedup={**levels, "paragraphs": None}).failures
    levels["against"] = [str(whole_run.folder / "first")]
    assert not whole_run.run("second", Local(), warc="*1", dedup=levels).failures
    copies = [row for row in documents(whole_run.open("second")).values() if (row["dedup"] or {}).get("duplicate_of")]
    earlier = {row["id"] for row in documents(whole_run.open("first")).values()}
    assert any(row["dedup"]["duplicate_of"] in earlier for row in copies)
    whole_run.run("second-shuffled", Shuffled(), warc="*1", dedup=levels)
    assert whole_run.digests("second-shuffled") == whole_run.digests("second")
    config = str(whole_run.config("second-killed", warc="*1", dedup=levels))
    for stage in ("stars-1", "forests-1", "stars-2"):
        killed = subprocess.run([sys.executable, "-c", KILLED, config, stage], cwd=ROOT)
        assert killed.returncode == -signal.SIGKILL
        assert len(written(whole_run.folder / "second-killed", stage)) == 1
    assert not whole_run.run("second-killed", Local(), warc="*1", dedup=levels).failures
    assert whole_run.digests("second-killed") == whole_run.digests("second")


KILLED = """  # runs a configuration, and dies when the second shard of a stage is written, but not its receipt
import os, signal, sys
from pipeline.config import load
from pipeline.runner import Local, run
from pipeline.stages.base import Workspace
from tests.runs import Silent

receipt, seen = Workspace.receipt, []

def dying(workspace, outcome):
    seen.append(workspace.stage)
    if seen.count(sys.argv[2]) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return receipt(workspace, outcome)

Workspace.receipt = dying
run(load(sys.argv[1]), Local(), Silent())
"""


def written(output: Path, stage: str = "*") -> dict[Path, int]:
    """Return the receipts of a run, or of one of its stages, with the time at which each was written."""
    return {path: path.stat().st_mtime_ns for path in output.glob(f"*-{stage}-*/receipts/*.json")}


def wait_for_receipts(output: Path, wanted: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and len(written(output)) < wanted:
        time.sleep(0.02)


def kill_workers(driver: subprocess.Popen[bytes], count: int) -> int:
    """Kill workers of a driver while they are at a task, one after the other, and return how many."""
    killed: set[int] = set()
    while len(killed) < count and driver.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in psutil.Process(driver.pid).children(recursive=True):
                if process.pid not in killed and process.name().startswith("ray::documents"):
                    process.kill()
                    killed.add(process.pid)
                    break
        time.sleep(0.3)
    return len(killed)
