"""How long a host is left alone after it was asked: a decision about numbers, made apart from the clock."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from pipeline.crawl.settings import Politeness


@dataclass
class Manners:
    """What is known about a host's patience."""

    crawl_delay: float = 0.0  # of its robots.txt
    failures: int = 0  # in a row
    busy: bool = False  # the last answer asked to be left alone (429, 503)


def between(settings: Politeness, manners: Manners) -> float:
    """Return the seconds from one request to the next that a host gets at least."""
    return max(settings.delay, manners.crawl_delay)


def after(settings: Politeness, manners: Manners, seconds: float, retry_after: float | None) -> float:
    """Return the seconds of rest after an answer (or its absence) that took `seconds` to come.

    A slow host is asked less often; one that fails or says that it is busy is asked exponentially less often; one that
    names a time gets that time, however long.
    """
    rest = between(settings, manners)
    rest = max(rest, min(seconds * settings.latency, settings.max_delay))
    if manners.failures or manners.busy:
        rest = max(rest, min(max(rest, 1.0) * 2 ** min(manners.failures, 16), settings.max_delay))
    return max(rest, retry_after or 0.0)


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for, or None where it says nothing that can be read."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
