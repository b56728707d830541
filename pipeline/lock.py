"""The lock on an output folder: who writes there is alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import ConfigError
from shards import files


@contextmanager
def locked(output: str) -> Iterator[None]:
    """Hold an output folder for this process. Remote outputs are not locked.

    Raises
    ------
    ConfigError
        if another process holds it.
    """
    if files.scheme(output) is not None:
        yield
        return
    os.makedirs(output, exist_ok=True)
    with open(os.path.join(output, ".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(f"output: another run is writing to {output}; let it end, or stop it") from error
        yield
