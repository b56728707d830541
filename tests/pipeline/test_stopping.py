"""A command that is asked to stop ends with exit code 1, soon, whatever its task does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runs import yuliao

TRY_AGAIN = 1
SLACK = 10.0  # seconds for a busy machine, beside those that a task in flight is given


SLEEPER = """
import sys, time
from pipeline import stopping
stopping.GRACE_SECONDS, stopping.LAST_SECONDS = 0.3, 0.3
from pipeline.stopping import Stopped, stop_at_once, stopping_gracefully
stop_at_once()
try:
    with stopping_gracefully():
        print("ready", flush=True)
        {work}
except Stopped:
    sys.exit(7)
"""


@pytest.mark.processes
@pytest.mark.parametrize(
    ("work", "signals", "code"),
    [
        ("time.sleep(60)", 1, 7),  # a task that does not end in time is interrupted
        ("time.sleep(60)", 2, 7),  # asked twice, it does not wait
        (
            "\n        while True:\n            try: time.sleep(60)\n            except BaseException: pass",
            1,
            TRY_AGAIN,
        ),
    ],
    ids=["interrupted", "twice", "deaf"],
)
def test_a_task_that_does_not_end_in_time_holds_nothing_up(work: str, signals: int, code: int) -> None:

    program = SLEEPER.replace("{work}", work)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(signals):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
        assert process.wait(SLACK) == code


@pytest.mark.processes
def test_a_command_without_tasks_ends_at_once(tmp_path: Path) -> None:
    config, log = tmp_path / "calibration.yaml", tmp_path / "log"

    os.mkfifo(config)  # it waits for its configuration
    process = yuliao("train-quality", str(config), log=log)
    time.sleep(0.5)
    with config.open("w") as given:  # it has begun to read
        process.send_signal(signal.SIGTERM)
        assert process.wait(SLACK) == TRY_AGAIN, log.read_text()
        given.close()
    assert "stopped" in log.read_text()
    assert "Traceback" not in log.read_text()
