"""On Ray too the same configuration and input give the same bytes, whoever is killed and however many work."""

import contextlib
import subprocess
import time

import psutil
import pytest

from pipeline.config import RaySettings
from pipeline.runner import OnRay
from tests.runs import UNREADABLE, SampleWeb, wait_for_receipts, written, yuliao

pytestmark = pytest.mark.processes

STOPPED = 1  # how a run ends that was asked to stop


def test_workers_change_no_byte(whole_run: SampleWeb) -> None:
    with OnRay(RaySettings(num_cpus=4)) as executor:
        result = whole_run.run("ray", executor)
    assert not result.failures
    assert whole_run.digests("ray") == whole_run.digests("whole"), "made without Ray"


def test_killed_workers_and_a_driver_killed_or_stopped_on_ray_change_no_byte(whole_run: SampleWeb) -> None:
    command = "run", str(whole_run.config("killed-ray", ray={"num_cpus": 2}))
    output, log = whole_run.folder / "killed-ray", whole_run.folder / "killed-ray.log"
    driver = yuliao(*command, log=log)
    assert kill_workers(driver, 2) == 2, log.read_text()
    wait_for_receipts(output, 4, driver)
    driver.kill()
    driver.wait()
    driver = yuliao(*command, log=log)
    wait_for_receipts(output, len(written(output)) + 4, driver)
    driver.terminate()
    assert driver.wait(40) == STOPPED, log.read_text()
    done = written(output)
    assert yuliao(*command, log=log).wait() == UNREADABLE, log.read_text()
    assert done.items() <= written(output).items(), "a finished task was done again"
    assert whole_run.digests("killed-ray") == whole_run.digests("whole")


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
