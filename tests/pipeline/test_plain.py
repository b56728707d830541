"""What a stranger's text can do to a terminal: nothing."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plain import plain, plain_json, plain_lines

STEERING = ["\x1b[31m", "\x07", "\r", "\x9b2J", "\u202e", "\u2066", "\u2028", "\ufeff", "\x00", "\x7f"]


def test_what_steers_is_spelt_and_what_spells_stays() -> None:
    for steering in STEERING:
        shown = plain(f"a{steering}b")
        assert "<U+" in shown, repr(steering)
        assert shown.isprintable()
    for text in ("می\u200cشود", "क्\u200dष", "👩\u200d🔬", "ภาษาไทย", "tab\tbed"):
        assert plain(text) == text
    assert plain_lines("one\ntwo\x1b\n") == "one\ntwo<U+001B>\n"


@given(st.text())
def test_of_any_text_nothing_steers(text: str) -> None:
    assert not any(unicodedata.category(one) in ("Cc", "Zl", "Zp") for one in plain(text).replace("\t", ""))


@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("".join(STEERING)))))
def test_json_is_read_back_and_steers_nothing(text: str) -> None:
    shown = plain_json({"text": text, text: [1]})
    assert json.loads(shown) == {"text": text, text: [1]}
    assert not any(steering in shown for steering in STEERING)
    assert "\n" not in shown
