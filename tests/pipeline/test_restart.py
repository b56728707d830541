"""The same configuration and input give the same bytes, whoever is killed and in whatever order."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.run import Failure, Local
from pipeline.stages.base import Stage, Task
from shards.receipts import Receipt
from tests.runs import SampleWeb, Shuffled, wait_for_receipts, written, yuliao

pytestmark = pytest.mark.processes


def test_the_order_of_tasks_changes_no_byte(whole_run: SampleWeb) -> None:
    whole_run.run("shuffled", Shuffled())
    assert whole_run.digests("shuffled") == whole_run.digests("whole")


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
