"""Endless spaces are left early and honest archives are not."""

import pytest

from pipeline.crawl.settings import Traps
from pipeline.crawl.traps import Shapes, obvious_trap, shape


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.test/" + "x/" * 3, "repeats"),
        ("http://a.test/a/b/a/b/a/b", "repeats"),
        ("http://a.test/" + "/".join(map(str, range(30))), "segments"),
        ("http://a.test/?" + "&".join(f"k{n}=1" for n in range(20)), "parameters"),
        ("http://a.test/2024/05/a-long-story?id=3", None),
        ("http://a.test/docs/2.4/en/mod/core.html", None),
    ],
)
def test_some_traps_show_in_the_url(url: str, reason: str | None) -> None:
    assert obvious_trap(url, Traps()) == reason


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.test/n/1", "http://a.test/n/345", True),
        ("http://a.test/p?b=2&a=1", "http://a.test/p?a=7&b=9", True),
        ("http://a.test/deadbeef0123456", "http://a.test/0123456789abcdef", True),
        ("http://a.test/2024/05/one-story", "http://a.test/2024/05/another-story", False),
        ("http://a.test/日本", "http://a.test/中国", False),
    ],
)
def test_a_shape_is_a_url_without_its_numbers_and_values(one: str, other: str, same: bool) -> None:
    assert (shape(one) == shape(other)) is same


def test_a_calendar_ends_and_a_numbered_archive_goes_on() -> None:
    shapes = Shapes(Traps())
    months = [f"http://a.test/events/{1900 + n // 12}/{n % 12 + 1:02d}" for n in range(1_200)]
    assert sum(shapes.trap(url) is None for url in months) == 400
    assert {shapes.trap(f"http://a.test/article/{n}") for n in range(5_000)} == {None}


def test_a_query_that_always_shows_the_same_is_left_and_one_that_does_not_is_not() -> None:
    shapes = Shapes(Traps())
    for number in range(40):
        shapes.fetched(f"http://a.test/same?x={number}", "f" * 64)
        shapes.fetched(f"http://a.test/list?x={number}", f"{number:064d}"[::-1])
    assert shapes.trap("http://a.test/same?x=99") == "same_payload"
    assert shapes.trap("http://a.test/list?x=99") is None
