from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.c4 import C4
from filters.chain import judge

Batch = Callable[..., pa.RecordBatch]

PROSE = "The mill is old. It stands by the river. Who built it? Nobody knows! It is still at work."


@pytest.mark.parametrize(
    ("line", "signal"),
    [
        ("Home | Products | Contact us", "unterminated_lines"),
        ("and so it went on and on...", "unterminated_lines"),
        ("Read more.", "short_lines"),
        ("a b " + "x" * 1001 + ".", "long_word_lines"),
        ("Please switch on JavaScript in your browser.", "javascript_lines"),
        ("This site uses cookies and so do others.", "policy_lines"),
    ],
)
def test_a_line_rule_removes_the_line_and_counts_it(batch: Batch, line: str, signal: str) -> None:
    judgement = judge([C4()], batch(f"{PROSE}\n{line}\n{PROSE}"))
    assert judgement.documents["text"].to_pylist() == [f"{PROSE}\n{PROSE}"]
    counts = {name: column[0].as_py() for name, column in judgement.signals.items() if name.endswith("_lines")}
    assert counts == dict.fromkeys(counts, 0) | {f"c4.{signal}": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE, None),
        ("The mill is old. It stands by the river.", "sentences"),
        (PROSE + "\nLorem ipsum is all it says here.", "lorem_ipsum"),
        (PROSE + "\nThen comes the { of the code here.", "curly_brackets"),
        (PROSE + "\n{ in a line that goes anyway", None),
        ("", "sentences"),
    ],
)
def test_document_rules_look_at_the_lines_that_are_left(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([C4()], batch(text)).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"c4.{reason}"]


def test_the_defaults_are_those_of_section_2_2() -> None:
    filter = C4()
    assert (filter.sentences.min, filter.lorem_ipsum.max, filter.curly_brackets.max) == (5, 0, 0)
    assert (filter.fewest_words, filter.longest_word) == (3, 1000)


@pytest.mark.parametrize(
    "line",
    [
        "这座磨坊很古老。",
        "この水車小屋は古い。」",
        "यह चक्की बहुत पुरानी है।",
        "هل هذه طاحونة قديمة؟",
        "ទីក្រុងនេះមានប្រវត្តិ។",
        "Er sagte, sie sei alt.“".replace("“", "”"),
    ],
)
def test_a_sentence_of_any_script_stays(batch: Batch, line: str) -> None:
    assert judge([C4()], batch(line)).documents["text"].to_pylist() == [line]


def test_citation_marks_are_cut(batch: Batch) -> None:
    text = "The mill is old.[1] It stands[23] by the river.[citation needed] See [a] and [editor] too.[edit]"
    cut = "The mill is old. It stands by the river. See [a] and [editor] too."
    assert judge([C4()], batch(text)).documents["text"].to_pylist() == [cut]


def test_paragraphs_stay_apart_where_lines_go(batch: Batch) -> None:
    text = f"{PROSE}\nmenu\n\nmenu\n\n{PROSE}\n"
    assert judge([C4()], batch(text)).documents["text"].to_pylist() == [f"{PROSE}\n\n{PROSE}"]


@settings(deadline=None)
@given(st.lists(st.text()))
def test_with_every_rule_off_no_text_changes(batch: Batch, texts: list[str]) -> None:
    off = C4(
        longest_word=10**9, needs_terminal=False, fewest_words=0, removes_javascript=False, removed_phrases=(),
        cuts_citations=False,
    )  # fmt: skip
    assert judge([off], batch(*texts)).documents["text"].to_pylist() == texts
