"""The package's own page of documentation runs."""

import doctest

import dedup


def test_the_example_of_the_package_runs_as_printed() -> None:
    result = doctest.testmod(dedup)
    assert result.attempted > 20
    assert result.failed == 0
