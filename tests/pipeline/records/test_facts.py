from collections import Counter

import pytest

from pipeline.records.facts import Parts, Record, Word, left_out, numbers, present, said, spelt, strings, texts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 4.9134(2) Å", ["4.9134", "2"]),
        ("from -3.5 to +2e-07", ["-3.5", "2e-7"]),
        ("2021-03-05, NCT01234567, pages 101-9", ["2021", "3", "5", "1234567", "101", "9"]),
        ("氣溫−4度", ["-4"]),
        ("M07/x", ["7"]),
        ("0.05 and 00", ["0.05", "0"]),
    ],
)
def test_the_numbers_of_a_text_are_counted_as_they_are_spelt(text: str, found: list[str]) -> None:
    assert numbers(text) == Counter(found)


def test_what_is_not_told_is_counted() -> None:
    record = Record("crystals", {}, "1 2.5 2.5 -3", unread=10)
    assert left_out(record, "of 1 and 3") == 10 + 3
    assert left_out(record, "1, 2.5, -3") == 10


def test_facts_are_texts_as_they_were_spelt() -> None:
    assert present({"a": "x", "b": None, "c": [], "d": ""}) == {"a": "x"}
    values: list[object] = [" a\n b ", "5.0030", 7, True, None, []]
    assert [spelt(value) for value in values] == ["a b", "5.0030", "7", None, None, None]
    assert texts(["a", None, {"b": 1}, "c"]) == ["a", "c"]
    assert list(strings({"a": ["1", {"b": "2.0"}], "c": False})) == ["1", "2.0"]
    assert list(said({"a": [Parts([Word("BKN"), "(200 ft)"])], "b": [{"c": "1", "d": None}]})) == [
        "BKN",
        "(200 ft)",
        "1",
    ]
