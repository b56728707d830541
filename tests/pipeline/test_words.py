"""The words of messages."""

import pytest

from pipeline.words import meant, message_of, number, quoted, share


def test_a_value_is_shown_short() -> None:
    assert quoted(None) == "nothing"
    assert quoted(True) == "true"
    assert quoted({"a": 1, "b": 2}) == "a mapping of a, b"
    assert len(quoted(["long"] * 1000)) < 100
    assert quoted("\x1b[31m") == "'\\x1b[31m'"


def test_the_nearest_name_is_meant() -> None:
    assert meant("gopher_qualty", ["gopher_quality", "gopher_repetition"]) == "; did you mean gopher_quality?"
    assert meant("ZHO_HANS", ["zho_Hans"]) == "; did you mean zho_Hans?"
    assert meant("x", ["gopher_quality"]) == ""


def test_what_the_system_says_is_told_without_its_number() -> None:
    with pytest.raises(OSError, match="none") as caught:
        open("/none/of/this")  # noqa: SIM115
    assert message_of(caught.value) == "/none/of/this: No such file or directory"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (1234, "1,234"),
        (50.0, "50"),
        (0.12345, "0.1235"),
        (12345.6, "12,346"),
        (1e300, "1e+300"),
        (-2.5, "-2.5"),
    ],
)
def test_numbers_are_written_for_people(value: float, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("part", "written"), [(None, ""), (0, "0.0%"), (1, "100.0%"), (0.0004, "0.04%"), (0.5, "50.0%")]
)
def test_shares_are_written_in_hundredths(part: float | None, written: str) -> None:
    assert share(part) == written
