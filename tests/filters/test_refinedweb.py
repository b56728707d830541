from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.base import Range
from filters.chain import judge
from filters.refinedweb import RefinedWeb

Batch = Callable[..., pa.RecordBatch]

PROSE = "The mill is old and stands by the river. Nobody knows who built it, and it is still at work today. " * 4


@pytest.mark.parametrize(
    ("line", "signal"),
    [
        ("SHOP NOW AND SAVE", "uppercase_lines"),
        ("20231105", "numeric_lines"),
        ("3 likes", "counter_lines"),
        ("· 1,204 Views ·", "counter_lines"),
        ("2.5K followers", "counter_lines"),
        ("Menu", "short_lines"),
        ("items in cart", "phrase_lines"),
        ("Read more...", "phrase_lines"),
        ("Sign-in", "short_lines"),
        ("Sign-in Read more...", "phrase_lines"),
    ],
)
def test_each_rule_removes_its_line_and_counts_it(batch: Batch, line: str, signal: str) -> None:
    judgement = judge([RefinedWeb()], batch(f"{PROSE}\n{line}\n{PROSE}"))
    assert judgement.documents["text"].to_pylist() == [f"{PROSE.strip()}\n{PROSE.strip()}"]
    counts = {name: column[0].as_py() for name, column in judgement.signals.items() if name.endswith("_lines")}
    assert counts == dict.fromkeys(counts, 0) | {f"refinedweb.{signal}": 1}


@pytest.mark.parametrize(
    "line",
    [
        "It has 3 likes and dislikes",
        "The likes of 1984",
        "12 hours later",
        "A story about the items in cart that a shop counts, which is far too long",
        "这座城市有三千年的历史",
        "ประเทศไทยอยู่ในเอเชีย",
        "NATO and the EU met in Paris.",
    ],
)
def test_other_lines_stay(batch: Batch, line: str) -> None:
    assert judge([RefinedWeb()], batch(line)).documents["text"].to_pylist() == [line]


def test_a_phrase_is_cut_from_a_line_that_says_more(batch: Batch) -> None:
    text = f"{PROSE}\nThe story of the mill Read more...\nYou have 2 items in cart today"
    left = judge([RefinedWeb()], batch(text)).documents["text"][0].as_py()
    assert left.endswith("\nThe story of the mill\nYou have 2 today")


def test_a_document_that_loses_more_than_one_word_in_twenty_is_rejected(batch: Batch) -> None:
    words = " ".join(["word"] * 19)
    kept, lost = (
        judge([RefinedWeb()], batch(f"{words}\nMENU", f"{words}\n3 likes")).documents["rejected_by"].to_pylist()
    )
    assert (kept, lost) == (None, "refinedweb.removed_words")


def test_the_defaults_are_those_of_dclms_replication() -> None:
    """The step `refinedweb` of DCLM-Baseline's configuration (Li et al. 2024)."""
    rules = RefinedWeb()
    assert rules.removed_words == Range(max=0.05)
    assert (rules.uppercase, rules.fewest_words, rules.phrase_line) == (0.5, 2, 10)
    assert (rules.phrases, rules.endings, rules.beginnings) == (("items in cart",), ("Read more...",), ("Sign-in",))
    assert len(rules.counted) == 12


@settings(deadline=None)
@given(st.lists(st.text()))
def test_with_every_rule_off_no_text_changes(batch: Batch, texts: list[str]) -> None:
    off = RefinedWeb(
        uppercase=1, removes_numeric=False, counted=(), fewest_words=0, phrases=(), endings=(), beginnings=()
    )
    assert judge([off], batch(*texts)).documents["text"].to_pylist() == texts
