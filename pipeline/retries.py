"""Trying again where a store or a network did not answer: a few times, and no sooner than it asks."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import SourceError

logger = logging.getLogger(__name__)

DELAYS = (1, 2, 4)  # seconds between attempts
LONGEST_DELAY = 120.0  # seconds, whatever a server asks for: what takes longer is for the next run

T = TypeVar("T")


def retried(attempt: Callable[[], T], what: str) -> T:
    """Return what an attempt gives, after a few more if a store does not answer.

    Raises
    ------
    SourceError
        of the last attempt.
    """
    for delay in DELAYS:
        try:
            return attempt()
        except SourceError as error:
            seconds = min(max(delay, error.retry_after), LONGEST_DELAY)
            logger.warning("%s: %s; trying again in %d s", what, error, seconds)
            time.sleep(seconds)
    return attempt()
