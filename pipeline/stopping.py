"""Stopping when asked to, by SIGTERM (a scheduler, a spot node) or SIGINT (Ctrl-C): exit code 1, try again.

What has tasks begins no more of them and waits for those in flight; everything else ends at once. Nothing is lost
either way, since what a task writes exists when it is whole: waiting saves the work of the tasks in flight.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

logger = logging.getLogger(__name__)

GRACE_SECONDS = 20.0  # for tasks in flight: Kubernetes kills 30 s after SIGTERM, and clouds reclaim after 30 to 120 s
LAST_SECONDS = 5.0  # to let go of Ray, and for a task that no signal interrupts: then the process ends as it is
TRY_AGAIN = 1  # exit code: the same command goes on

_asked = threading.Event()
_ended = threading.Event()


class Stopped(BaseException):
    """Raised where this process was asked to stop. No error: nothing that handles those is to hold it up."""


def asked() -> bool:
    """Return whether this process was asked to stop, so that no more work is to begin."""
    return _asked.is_set()


def ask() -> None:
    """Ask this process to stop, as a signal does, once the tasks in flight have ended."""
    _asked.set()


def ended() -> bool:
    """Return whether `Stopped` was raised by a signal: native code (the compiler of a model) makes an error of it."""
    return _ended.is_set()


def end_if_asked() -> None:
    """Raise `Stopped` if this process was asked to stop."""
    if asked():
        raise Stopped


def stop_at_once() -> None:
    """From now on, end at once when asked to."""
    _ended.clear()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


@contextmanager
def stopping_gracefully() -> Iterator[None]:
    """In this block, give tasks in flight their time when asked to stop; a second request ends them at once.

    Signals are the main thread's: in another one, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)}
    last = threading.Timer(GRACE_SECONDS + LAST_SECONDS, os._exit, [TRY_AGAIN])
    last.daemon = True

    def stop(number: int, frame: FrameType | None) -> None:
        if asked():
            raise Stopped
        _asked.set()
        logger.warning("asked to stop: no more tasks begin; waiting %.0f s for those in flight", GRACE_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
        last.start()

    try:
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGALRM, _end)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        last.cancel()
        _asked.clear()


@contextmanager
def keeping_handlers() -> Iterator[None]:
    """Keep how this process takes SIGTERM, whatever is called in the block: Ray puts a handler of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: FrameType | None) -> None:
    _ended.set()
    raise Stopped
