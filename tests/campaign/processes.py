"""Processes of the campaign: drivers that are forked from this process, which has loaded everything, and victims.

A driver is the command line as a user calls it, without the seconds that Python takes to load it. This process itself
runs no task and starts no thread before it forks.
"""

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from jobs import __main__ as command_line
from jobs import crawl, run  # noqa: F401 # what drivers call is loaded once, here

LOSS_SECONDS = 90  # within which a driver is to end that has lost its cluster
ENDING_SECONDS = 900  # within which every run ends, on a busy machine


class Driver:
    """A running command."""

    def __init__(self, *arguments: str, log: Path, before: Callable[[], None] = lambda: None) -> None:
        self.pid = os.fork()
        self._code: int | None = None
        if not self.pid:
            code = 70
            try:
                with log.open("ab") as file:
                    os.dup2(file.fileno(), 1)
                    os.dup2(file.fileno(), 2)
                before()
                sys.argv = ["yuliao", *arguments]
                code = _exit_code()
            finally:
                os._exit(code)

    def poll(self) -> int | None:
        """Return the exit code, or the negative signal; None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def wait(self, seconds: float = ENDING_SECONDS) -> int:
        """Return the exit code; raise TimeoutError if it does not end."""
        end = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} did not end within {seconds} s")
            time.sleep(0.02)
        return code

    def kill(self) -> None:
        """Kill it without a warning."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.wait()


def _exit_code() -> int:
    try:
        command_line.main()
    except SystemExit as ended:
        sys.stdout.flush()
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()  # a bug: as Python does, but with an exit code of its own
        raise
    return 0


def children(pid: int) -> Iterator[psutil.Process]:
    """Yield the processes that a process has begun, and those that they have."""
    with contextlib.suppress(psutil.Error):
        yield from psutil.Process(pid).children(recursive=True)


def named(processes: Iterator[psutil.Process], wanted: Callable[[str], bool]) -> list[psutil.Process]:
    """Return those whose command line, as text, is wanted."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if wanted(" ".join(process.cmdline())):
                found.append(process)
    return found


def killed(processes: list[psutil.Process]) -> bool:
    """Kill processes, and return whether there were any."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return bool(processes)
