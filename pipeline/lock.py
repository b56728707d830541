"""The lock of an output folder: one run at a time writes there. It is gone with its process, however that ends.

In a bucket it is the object `lease.json`, put if there is none, and put again by its owner every few seconds. Whoever
finds one waits to see whether that happens: no clock is compared with another. A lease that nobody renews is taken
over, by a put that only one can win; an owner that finds its lease taken begins no more work.
"""

import fcntl
import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pipeline import stopping
from pipeline.errors import BusyError
from shards import files, stores

logger = logging.getLogger(__name__)

TRIES = 5  # a tenth of a second apart: a process that asks whether a run is at work holds the lock for a moment
BEAT, STALE = 20.0, 70.0  # seconds between two puts of a lease, and after which it is nobody's
LOOK = 5.0  # seconds between two looks at a lease that another has


@contextmanager
def locked(output: str) -> Iterator[None]:
    """Hold the output folder for this process. Other remote outputs than buckets are not locked.

    Raises
    ------
    BusyError
        when another process holds it.
    """
    if stores.holds(output):
        with _leased(output):
            yield
        return
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
    """Return whether a process holds an output folder; None of a remote one: that takes a minute to know."""
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


@contextmanager
def _leased(output: str) -> Iterator[None]:
    lease, ended = _Lease(output), threading.Event()
    lease.take()
    thread = threading.Thread(target=lease.renew_until, args=(ended,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        lease.give_back()


class _Lease:
    """The lease of an output folder in a bucket, in the hand of this process or of another."""

    def __init__(self, output: str) -> None:
        self._output, self._uri = output, files.join(output, "lease.json")
        self._owner, self._beats, self._mark = uuid.uuid4().hex, 0, ""

    def take(self) -> None:
        """Take the lease, from its owner if that does not renew it; raise BusyError if it does."""
        if self._is_ours(stores.create(self._uri, self._content())):
            return
        try:
            content, seen = stores.read_marked(self._uri)
        except FileNotFoundError:  # given back, just now
            self.take()
            return
        lease = json.loads(content)
        of = f"process {lease['process']} on {lease['host']}"
        if not _is_dead(lease):
            logger.info("%s: %s had the lease; waiting up to %.0f s to see whether it lives", self._output, of, STALE)
            began = time.monotonic()
            while time.monotonic() - began < STALE:
                time.sleep(LOOK)
                try:
                    now = stores.read_marked(self._uri)[1]
                except FileNotFoundError:
                    self.take()
                    return
                if now != seen:
                    raise BusyError(f"output: another run is writing to {self._output} ({of}); let it end, or stop it")
        if not self._is_ours(stores.replace(self._uri, self._content(), seen)):
            raise BusyError(f"output: another run has just taken {self._output} over; let it end, or stop it")
        logger.warning("%s: taken over from %s, which does not renew its lease", self._output, of)

    def renew_until(self, ended: threading.Event) -> None:
        """Renew the lease now and then; ask this process to stop if another has it."""
        while not ended.wait(BEAT):
            self._beats += 1
            try:
                if not self._is_ours(stores.replace(self._uri, self._content(), self._mark)):
                    logger.error("%s: another run has taken it over", self._output)
                    stopping.ask()
                    return
            except OSError as error:
                logger.warning("%s: the lease could not be renewed: %s", self._output, error)

    def give_back(self) -> None:
        """Remove the lease, if it is still ours."""
        with suppress(OSError):
            if stores.read_marked(self._uri)[1] == self._mark:
                files.remove(self._uri)

    def _is_ours(self, mark: str | None) -> bool:
        self._mark = mark or self._mark
        return mark is not None

    def _content(self) -> bytes:
        lease = {"owner": self._owner, "host": socket.gethostname(), "process": os.getpid(), "beat": self._beats}
        return json.dumps(lease).encode()


def _is_dead(lease: dict[str, object]) -> bool:
    """Return whether the owner of a lease was a process of this machine that has ended."""
    if lease["host"] != socket.gethostname() or not isinstance(lease["process"], int):
        return False
    try:
        os.kill(lease["process"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
