"""How long a host is left alone."""

import pytest

from pipeline.crawl.politeness import Manners, after, between, retry_after
from pipeline.crawl.settings import Politeness

SETTINGS = Politeness(delay=1.0, max_delay=60.0)


@pytest.mark.parametrize(
    ("manners", "seconds", "asked", "rest"),
    [
        (Manners(), 0.1, None, 1.0),
        (Manners(), 4.0, None, 4.0),  # a slow host is asked less often
        (Manners(), 500.0, None, 60.0),
        (Manners(crawl_delay=10.0), 0.1, None, 10.0),
        (Manners(crawl_delay=90.0), 0.1, None, 90.0),  # more than max_delay: it is the host's wish
        (Manners(failures=1), 0.1, None, 2.0),
        (Manners(failures=3), 0.1, None, 8.0),
        (Manners(failures=30), 0.1, None, 60.0),
        (Manners(busy=True), 0.1, 30.0, 30.0),
        (Manners(busy=True), 0.1, 900.0, 900.0),
    ],
)
def test_the_rest_is_the_longest_that_anyone_asks_for(
    manners: Manners, seconds: float, asked: float | None, rest: float
) -> None:
    assert after(SETTINGS, manners, seconds, asked) == rest
    assert between(SETTINGS, manners) <= rest


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 40.0),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, 1_445_412_440.0) == seconds
