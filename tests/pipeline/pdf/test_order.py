import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pdf.order import reading_order
from tests.pipeline.pdf.conftest import fragments_at

LINES = 12
WIDTH, GUTTER = 150, 20


def columns(count: int) -> list[tuple[float, float, float]]:
    """Return the lines of columns, column by column."""
    return [
        (column * (WIDTH + GUTTER), column * (WIDTH + GUTTER) + WIDTH, 700 - 12 * line)
        for column in range(count)
        for line in range(LINES)
    ]


@pytest.mark.parametrize("count", [2, 3])
@given(seed=st.integers(0, 1000))
def test_columns_are_found_whatever_the_order_of_the_stream(count: int, seed: int) -> None:
    places = columns(count)
    mixed = np.random.default_rng(seed).permutation(len(places))
    reading = reading_order(fragments_at([places[index] for index in mixed]))
    assert [mixed[index] for index in reading.order] == list(range(len(places)))


def test_lines_across_all_columns_divide_the_page_into_bands() -> None:
    title, note = (0.0, 320.0, 730.0), (0.0, 320.0, 400.0)
    by_row = sorted(columns(2), key=lambda place: (-place[2], place[0]))
    reading = reading_order(fragments_at([title, *by_row, note]))
    assert [reading.region[index] for index in reading.order] == [0, *[1] * LINES, *[2] * LINES, 3]


def test_a_stream_that_goes_column_by_column_is_left_as_it_is() -> None:
    figure = (400.0, 440.0, 600.0)  # which the program wrote last
    places = [*columns(2), figure]
    assert list(reading_order(fragments_at(places)).order) == list(range(len(places)))
