"""The same configuration and input give the same bytes, whoever is killed and in whatever order."""

import json
import random
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.answers.status import progress_of
from pipeline.run import Local, WhenNeeded
from pipeline.stages.base import Stage, Task
from pipeline.task import Failure
from shards import files
from shards.receipts import Receipt
from tests.runs import UNREADABLE, SampleWeb, Shuffled, wait_for_receipts, written, yuliao

pytestmark = pytest.mark.processes

TRY_AGAIN = 1
SLACK = 10.0  # seconds for a busy machine, beside those that a task in flight is given


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


def test_neither_the_order_of_tasks_nor_the_mount_of_the_input_changes_a_byte(
    whole_run: SampleWeb, tmp_path: Path
) -> None:
    """And an executor is made only when there is a task for it."""
    made: list[Local] = []

    def make() -> Local:
        made.append(Shuffled())
        return made[-1]

    whole_run.run("whole", WhenNeeded(make))
    assert not made
    mount = tmp_path / "an other" / "deeper"
    mount.mkdir(parents=True)
    for path in whole_run.folder.glob("*.warc.gz"):
        shutil.copy(path, mount)
    assert not whole_run.run("shuffled", WhenNeeded(make), mount=mount).failures
    assert len(made) == 1
    assert whole_run.digests("shuffled") == whole_run.digests("whole")
    release = whole_run.release("shuffled")
    assert contents(release) == contents(whole_run.release("whole"))
    assert not any(str(tmp_path).encode() in content for content in contents(release).values())


def contents(release: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a release."""
    return {path: (release / path).read_bytes() for path in files.paths_below(str(release))}


def test_a_run_that_stops_records_the_stages_before(whole_run: SampleWeb) -> None:
    before, stopping, *_ = [stage.name for stage in whole_run.open("whole").stages]

    class Stopping(Local):
        def run(
            self, stage: Stage, tasks: Sequence[Task], folder: str, upstream: Mapping[str, str]
        ) -> Iterator[Receipt | Failure]:
            if stage.name == stopping:
                raise KeyboardInterrupt
            yield from super().run(stage, tasks, folder, upstream)

    with pytest.raises(KeyboardInterrupt):
        whole_run.run("stopped", Stopping())
    assert [stage.name for stage in whole_run.open("stopped").stages] == [before]


def test_a_driver_killed_or_asked_to_stop_goes_on_and_changes_no_byte(whole_run: SampleWeb) -> None:
    command = "run", str(whole_run.config("killed")), "--local", "--log", "json"
    output, log = whole_run.folder / "killed", whole_run.folder / "killed.log"
    moments = random.Random(11)
    done: dict[Path, int] = {}
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
        process = yuliao(*command, log=log)
        wait_for_receipts(output, len(done) + moments.randint(1, 12), process)
        time.sleep(moments.random() / 2)
        process.send_signal(number)
        code = process.wait(20 + SLACK)
        if number != signal.SIGKILL:
            assert code == TRY_AGAIN, log.read_text()
            assert progress_of(str(output), time.time()).state == "stopped"
        now = written(output)
        assert done.items() <= now.items(), "a finished task was done again"
        done = now
    assert yuliao(*command, log=log).wait() == UNREADABLE, log.read_text()
    assert done.items() <= written(output).items(), "a finished task was done again"
    assert "Traceback" not in log.read_text()
    assert whole_run.digests("killed") == whole_run.digests("whole")
    assert progress_of(str(output), time.time()).state == "done"
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
    told = [(line["stage"], line["task"], line["rows"], line["kept"]) for line in lines if "task" in line]
    stages = whole_run.open("killed").stages
    assert set(told) <= {(r.stage, r.task, r.rows, r.kept_rows) for stage in stages for r in stage.receipts.values()}
    assert len(told) == len(set(told)), "each task once"
