"""The authors of a document in one spelling, whatever its format."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.authors import LONGEST, OTHERS, SEPARATOR, joined

NAMES = st.lists(st.text(st.characters(exclude_characters=";", exclude_categories=["Cs"]), max_size=12), max_size=8)


def test_names_stay_in_order_and_are_named_once() -> None:
    assert joined(["Doe, Jane", "李娜", "doe,  jane", None, " ", "محمد علي", "李娜"]) == "Doe, Jane; 李娜; محمد علي"
    assert joined([]) is joined([None, "  \n"]) is None
    assert joined(["John Doe,\n Jr."]) == "John Doe, Jr."


@given(NAMES)
def test_every_name_is_there_in_the_order_of_its_first_place(names: list[str]) -> None:
    column = joined(names)
    found = column.split(SEPARATOR) if column else []
    plain = [" ".join(name.split()) for name in names]
    firsts = [name for place, name in enumerate(plain) if name.casefold() not in map(str.casefold, plain[:place])]
    assert found == [name for name in firsts if name]
    assert joined(found) == column, "what is joined stays as it is"


def test_a_thousand_names_are_cut_between_two_of_them() -> None:
    column = joined(f"Physicist Number {number}" for number in range(10_000))
    assert column is not None
    *names, last = column.split(SEPARATOR)
    assert last == OTHERS
    assert len(column) <= LONGEST + len(OTHERS)
    assert names == [f"Physicist Number {number}" for number in range(len(names))]
    assert len(names) > 400


def test_a_lone_surrogate_is_no_end_of_a_run() -> None:
    assert joined(["A\ud800", "B"]) == "A\ufffd; B"
