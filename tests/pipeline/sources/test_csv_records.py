"""Quotes that quote, quotes that do not, and what separates the values."""

import csv
import io
import random

import pytest

from pipeline.sources.csv_records import DELIMITERS, delimiter_of, records

WORDS = ("rain", "雨", "ฝน", "мост", "5 m", "a, b", "x;y", "e|f", "", 'say "no"', "two\nlines", "مطر")


def written(rows: list[list[str]], delimiter: str, end: str) -> str:
    csv.writer(buffer := io.StringIO(), delimiter=delimiter, lineterminator=end).writerows(rows)
    return buffer.getvalue()


def read(text: str, delimiter: str) -> list[list[str]]:
    return [values for values in records(io.StringIO(text, newline=""), delimiter) if values]


@pytest.mark.parametrize("seed", range(60))
def test_what_a_writer_has_written_is_read(seed: int) -> None:
    draw = random.Random(seed)
    width, delimiter = draw.randint(2, 5), draw.choice(DELIMITERS)
    names = [f"n{number}" for number in range(width)]
    rows = [names, *([draw.choice(WORDS) for _ in range(width)] for _ in range(draw.randint(1, 30)))]
    text = written(rows, delimiter, draw.choice(["\n", "\r\n"]))
    assert delimiter_of(text) == delimiter
    assert read(text, delimiter) == rows


@pytest.mark.parametrize("seed", range(60))
def test_a_stray_quote_swallows_nothing(seed: int) -> None:
    draw = random.Random(seed)
    delimiter = draw.choice("\t;|")
    strays = ['"open', '5" pipe', 'a "quoted" word', 'end"', '"Big" one', '"']
    lines = [f"{number}{delimiter}{draw.choice([*strays, 'plain', '雨'])}" for number in range(30)]
    found = read("\n".join([f"id{delimiter}text", *lines, ""]), delimiter)
    assert [values[0] for values in found] == ["id", *map(str, range(30))]
    assert all(len(values) == 2 for values in found)


def test_a_quote_that_nothing_closes_costs_no_more_than_its_line() -> None:
    text = "text,n\n" + '"open,1\n' * 400 + "x,2\n" * 400
    assert len(read(text, ",")) == 801
