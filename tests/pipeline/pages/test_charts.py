"""Charts: what is drawn is what was counted."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers.histograms import Histogram, Limits, counted, scaled_edges
from pipeline.pages.charts import HEIGHT, SMALL_WIDTH, histogram, small_histogram, two_histograms
from pipeline.pages.words import Words
from tests.pipeline.pages.parsing import Page

WORDS = Words("en")
FINITE = st.floats(-(2.0**40), 2.0**40, width=32)


@given(st.lists(FINITE | st.just(float("nan"))), st.lists(FINITE, max_size=2))
def test_every_value_is_counted_once_and_marks_lie_inside(values: list[float], marks: list[float]) -> None:
    array = np.array(values, np.float64)
    edges = scaled_edges(array, marks)
    found = counted(array, edges)
    assert found.values + found.undefined == len(values)
    assert list(edges) == sorted(set(edges))
    assert all(0 <= found.place(value) <= len(found.counts) for value in [*edges, *marks])
    assert Page(histogram(found, WORDS, "x", Limits(*sorted(marks)[:1]))).names() >= {"svg", "table"}


def test_the_bound_stands_where_its_value_is_and_beyond_it_bars_have_their_colour() -> None:
    found = Histogram((0.0, 1.0, 2.0, 3.0, 4.0), (10, 20, 0, 5), 2, (0, 5, 0, 5))
    drawn = histogram(found, WORDS, "filter.signal", Limits(max=2), 10 / 35)
    page = Page(drawn)
    (label,) = page.values("aria-label")[:1]
    assert label == "filter.signal · 35 values · allowed: ≤ 2 · 28.6% beyond the bound · 2 undefined"
    assert 'd="M180 -3V78" class="bound"' in drawn
    bars = {kind: re.findall(rf'd="([^"]*)" class="{kind}"', drawn)[0] for kind in ("bars", "beyond")}
    assert (bars["bars"].count("M"), bars["beyond"].count("M")) == (2, 2), "an empty bin has no bar"
    assert f"M90 {HEIGHT}v-{HEIGHT * 15 / 20:.3g}" in bars["bars"]
    assert f"M90 {HEIGHT / 4:g}v-{HEIGHT * 5 / 20:.3g}" in bars["beyond"], "what lies beyond stands on top"
    assert [row["of0"] for row in page.tables["table 0"]] == ["10", "20", "0", "5"]


def test_one_in_a_million_is_seen() -> None:
    assert "v-1h" in small_histogram(Histogram((0.0, 1.0, 2.0), (1_000_000, 1)), "x", Limits(min=1))
    assert f'd="M{SMALL_WIDTH / 2:g} 0V22" class="bound"' in small_histogram(
        Histogram((0.0, 1.0, 2.0), (5, 1)), "x", Limits(1)
    )


def test_two_histograms_are_of_shares_each_of_its_own() -> None:
    edges = (0.0, 1.0, 2.0)
    drawn = two_histograms(Histogram(edges, (1, 1)), Histogram(edges, (300, 100)), WORDS, "x", ("old", "new"))
    page = Page(drawn)
    assert "old: 2 values" in page.text
    assert "new: 400 values" in page.text
    assert [list(row.values()) for row in page.tables["table 0"]] == [["0", "1", "300"], ["1", "1", "100"]]
    assert f"v-{HEIGHT * 2 / 3:.3g}h" in drawn, "the half of the one beside three quarters of the other"
    assert Page(two_histograms(Histogram(edges, (0, 0)), Histogram(edges, (0, 0)), WORDS, "x", ("a", "b")))
