"""How many documents of large runs are compared."""

import pytest

from pipeline.answers.against import MOST, SignalChange, _one_in, _told_apart
from pipeline.answers.histograms import ANY, Histogram


def test_of_large_runs_one_document_in_a_power_of_sixteen_is_compared() -> None:
    assert [_one_in(n) for n in (0, MOST, MOST + 1, 16 * MOST, 16 * MOST + 1)] == [1, 1, 16, 16, 256]


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("out/quickstart", "out/tuned", ("quickstart", "tuned")),
        ("out/a/release", "out/b/release/", ("a/release", "b/release")),
        ("s3://x/run", "/run", ("x/run", "/run")),
        ("run", "run", ("run", "run")),
    ],
)
def test_two_runs_of_one_configuration_are_told_apart_by_their_folders(
    before: str, after: str, names: tuple[str, str]
) -> None:
    assert _told_apart(before, after) == names


def test_signals_are_as_far_apart_as_their_shares() -> None:
    edges = (0.0, 1.0, 2.0)
    one, two, none = (Histogram(edges, counts) for counts in ((5, 5), (10, 0), (0, 0)))
    assert SignalChange("x", ANY, ANY, None, None, one, two).distance == 0.5
    assert not SignalChange("x", ANY, ANY, None, None, one, one).moved
    assert SignalChange("x", ANY, ANY, None, None, one, none).distance == 0.5
