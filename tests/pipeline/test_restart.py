"""The same configuration and input give the same bytes, whoever is killed and in whatever order."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.run import Failure, Local, WhenNeeded
from pipeline.stages.base import Stage, Task
from shards.receipts import Receipt
from tests.runs import UNREADABLE, SampleWeb, Shuffled, wait_for_receipts, written, yuliao

pytestmark = pytest.mark.processes


def test_a_finished_run_is_a_look_up(whole_run: SampleWeb) -> None:
    class Nothing(Local):
        def run(
            self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
        ) -> Iterator[Receipt | Failure]:
            assert list(tasks) == []
            return iter(())

    before = whole_run.digests("whole")
    record = (whole_run.folder / "whole" / "run.json").read_bytes()
    whole_run.run("whole", Nothing())
    assert whole_run.digests("whole") == before
    assert (whole_run.folder / "whole" / "run.json").read_bytes() == record


def test_an_executor_is_made_for_no_look_up_and_the_order_of_its_tasks_changes_no_byte(whole_run: SampleWeb) -> None:
    made: list[Local] = []

    def make() -> Local:
        made.append(Shuffled())
        return made[-1]

    whole_run.run("whole", WhenNeeded(make))
    assert not made
    assert not whole_run.run("shuffled", WhenNeeded(make)).failures
    assert len(made) == 1
    assert whole_run.digests("shuffled") == whole_run.digests("whole")


def test_a_run_that_stops_records_the_stages_before(whole_run: SampleWeb) -> None:
    class NoPublishing(Local):
        def run(
            self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
        ) -> Iterator[Receipt | Failure]:
            if stage.name == "publish":
                raise KeyboardInterrupt
            yield from super().run(stage, tasks, folder, upstream)

    with pytest.raises(KeyboardInterrupt):
        whole_run.run("stopped", NoPublishing())
    stages = [stage.name for stage in whole_run.open("whole").stages]
    assert [stage.name for stage in whole_run.open("stopped").stages] == stages[: stages.index("publish")]


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
    assert yuliao(*command, log=log).wait() == UNREADABLE, log.read_text()
    assert done.items() <= written(output).items(), "a finished task was done again"
    assert whole_run.digests("killed") == whole_run.digests("whole")
