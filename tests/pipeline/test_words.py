"""The words of messages."""

import pytest

from pipeline.words import meant, quoted, told, visible

HOSTILE = ["\x1b]0;PWN\x07", "\x1b[31m", "\x9b31m", "a\rb", "\u202egpj.exe", "\u2066x\u2069", "\x00", "\x7f", "\x85"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_a_terminal_would_obey_is_seen(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(f"天气 {text} مرحبا").startswith("天气 \\" if not text.startswith("a") else "天气 a")


@pytest.mark.parametrize("text", ["天气很好", "مرحبا بالعالم", "สวัสดี", "a\tb\nc", "نامه‌ها", "👩‍👩‍👧", "[bold]x[/]"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


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
    assert told(caught.value) == "/none/of/this: No such file or directory"
