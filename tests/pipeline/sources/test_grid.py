import random

import pytest

from pipeline.sources.grid import Cell, markdown, span


@pytest.mark.parametrize("seed", range(60))
def test_every_row_of_a_table_with_spans_has_the_same_columns_and_every_cell_its_place(seed: int) -> None:
    source = random.Random(seed)
    height, width = source.randrange(1, 6), source.randrange(2, 6)
    rows: list[list[Cell]] = [[] for _ in range(height)]
    expected = [[""] * width for _ in range(height)]
    free = {(row, column) for row in range(height) for column in range(width)}
    for row in range(height):
        for column in range(width):
            if (row, column) not in free:
                continue
            columns = source.randrange(1, 3) if (row, column + 1) in free and column + 1 < width else 1
            spanned = source.randrange(1, height - row + 1) if source.random() < 0.3 else 1
            if any((row, column + step) not in free for step in range(columns)):
                columns = 1
            text = f"{row}.{column}"
            rows[row].append(Cell(text, columns, spanned))
            expected[row][column] = text
            free -= {(row + down, column + right) for down in range(spanned) for right in range(columns)}
    assert markdown(rows) == "\n".join("| " + " | ".join(line) + " |" for line in expected if any(line))


def test_rows_without_text_are_left_out_and_bars_in_cells_are_escaped() -> None:
    assert markdown([[Cell("")], [Cell("a|b\nc"), Cell("")]]) == r"| a\|b c |  |"


@pytest.mark.parametrize(("value", "number"), [(None, 1), ("3", 3), ("x", 1), ("0", 1), ("9" * 30, 1), ("5000", 100)])
def test_a_span_is_a_number_in_bounds(value: str | None, number: int) -> None:
    assert span(value) == number


def test_spans_without_measure_make_no_endless_rows() -> None:
    assert len(markdown([[Cell("x", 100, 100)] * 1000] * 3)) < 40_000
