"""The lock of an output folder: one run at a time writes there. It is gone with its process, however that ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import BusyError
from shards import files

TRIES = 5  # a tenth of a second apart: whoever asks whether a run is at work holds the lock for a moment


@contextmanager
def locked(output: str) -> Iterator[None]:
    """Hold the output folder for this process. Remote outputs are not locked.

    Raises
    ------
    BusyError
        when another process holds it.
    """
    if files.scheme(output) is not None:
        yield
        return
    os.makedirs(output, exist_ok=True)
    with open(_lock(output), "w") as lock:
        for _ in range(TRIES):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
        else:
            raise BusyError(f"output: another run is writing to {output}; let it end, or stop it")
        yield


def is_locked(output: str) -> bool | None:
    """Return whether a process holds an output folder; None of a remote one, which nobody locks."""
    if files.scheme(output) is not None:
        return None
    try:
        with open(_lock(output)) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no run has been here, or we may not look
        return False
    return False


def _lock(output: str) -> str:
    return os.path.join(output, ".lock")
