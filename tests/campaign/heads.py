"""A head of Ray as `ray start` begins one, with ports and a temporary folder of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import ray

from tests.campaign.nodes import MEMORY
from tests.campaign.processes import killed, named

TRIES = 4  # at a head: on a busy machine its agents miss timeouts of Ray's own
PATIENT = {"RAY_raylet_start_wait_time_s": "120", "RAY_agent_register_timeout_ms": "120000"}


class Head:
    """The head, until it is closed."""

    def __init__(self, options: Sequence[str], environment: dict[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ya", dir="/tmp"))  # short, as names of sockets are
        self.port = free_port()
        self._command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", f"--port={self.port}"]
        self._command += [f"--object-store-memory={MEMORY}", f"--temp-dir={self.folder}", *options]
        self._environment = os.environ | PATIENT | {"RAY_TMPDIR": str(self.folder)} | environment

    def begin(self, *more: str) -> None:
        """Start it, with more options."""
        with (self.folder / "log").open("ab") as log:
            for _ in range(TRIES):
                started = subprocess.run([*self._command, *more], env=self._environment, stdout=log, stderr=log)
                if not started.returncode:
                    return
                self.kill()
        raise TimeoutError("Ray's head does not start")

    @property
    def address(self) -> str:
        """Where drivers find it."""
        return f"{ray.util.get_node_ip_address()}:{self.port}"

    def processes(self) -> list[psutil.Process]:
        """Return its processes, and those of its nodes."""
        return named(psutil.process_iter(), lambda command: str(self.folder) in command)

    def kill(self) -> None:
        """End it."""
        for _ in range(3):  # the monitor begins nodes as long as it lives
            killed(self.processes())
            time.sleep(0.5)

    def close(self) -> None:
        """End it, and leave nothing."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
