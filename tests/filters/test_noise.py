from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.base import Range
from filters.chain import judge
from filters.code_share import CodeShare
from filters.ocr_noise import OCRNoise
from filters.sentence_repetition import SentenceRepetition

Batch = Callable[..., pa.RecordBatch]

PROSE = (
    "The mill is old and stands by the river. Nobody knows who built it. It is still at work today! "
    "Why was it kept when all the others were closed? The town wanted it so.\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE, None),
        ("T h e m i l l is old and stands by the river.", "spaced_letters"),
        ("Plan B is a vitamin C tablet, as I said.", None),
        ("The mill stands by the ri-\nver and has been kept by the peo-\nple of the town.", "broken_lines"),
        ("Th1s m1ll w4s bu1lt by n0body", "letter_digit_words"),
        ("The MP3 of B2B covid19 in 2nd place", None),
        ("我爱北京天安门。", None),
        ("ที่นี่ และใน", None),
        ("", None),
    ],
)
def test_noise_of_recognition_is_rejected(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([OCRNoise()], batch(text)).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"ocr_noise.{reason}"]


CODE = [
    "def total(values):\n    return sum(value for value in values if value != 0)\n",
    'int main(void) {\n    printf("%d\\n", 5);\n    return 0;\n}\n',
    "const a = items.map((item) => item.name);\nif (a.length === 0) {\n  return null;\n}\n",
    "$total = array_sum($values);\necho($total);\n",
]


@pytest.mark.parametrize("code", CODE)
def test_code_is_told_from_prose(batch: Batch, code: str) -> None:
    signals = judge([CodeShare()], batch(code, PROSE * 3 + code)).signals
    code_share, both = signals["code_share.code_characters"].to_pylist()
    assert code_share > 0.45
    assert 0.02 < both < 0.5


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "- a list (of one), with 5 % more\n- and $20; that is all\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "这座城市有三千年的历史（约）；人口为100万。\n",
        "See [the notes](http://example.org/a?b=c), please.\n",
    ],
)
def test_prose_lists_and_tables_are_no_code(batch: Batch, text: str) -> None:
    signals = judge([CodeShare()], batch(text)).signals
    assert [column.to_pylist() for column in signals.values()] == [[0], [0]]


@pytest.mark.parametrize("text", ["<div class='a'><p>Text</p></div>", "{{Infobox|name=[[Paris]]}}", "<br/><b>x</b>"])
def test_tags_and_wiki_marks_are_markup(batch: Batch, text: str) -> None:
    assert judge([CodeShare()], batch(text)).signals["code_share.markup_characters"].to_pylist() == [1]


def test_code_is_rejected_only_where_a_bound_is_set(batch: Batch) -> None:
    texts = batch(CODE[1])
    assert judge([CodeShare()], texts).documents["rejected_by"].to_pylist() == [None]
    bound = CodeShare(code_characters=Range(max=0.5))
    assert judge([bound], texts).documents["rejected_by"].to_pylist() == ["code_share.code_characters"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE, None),
        (PROSE * 2, "duplicate_sentences"),
        ("这座磨坊位于河边并且已经有三百年的历史了吗。" * 6, "duplicate_sentences"),
        ("यह चक्की नदी के किनारे पर खड़ी है। " * 6, "duplicate_sentences"),
        (" ".join(f"Welcome to our {town} page about mills." for town in "ABCDEFGH"), "repeated_openings"),
        ("Yes. " * 50, None),
        (PROSE + "It is a very long sentence " + "that goes on and on " * 20 + ". " + "It is a very long sentence "
         + "that goes on and on " * 20 + ".", "duplicate_sentence_characters"),
        ("", None),
    ],
)  # fmt: skip
def test_sentences_that_repeat_inside_a_line_are_rejected(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([SentenceRepetition()], batch(text)).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"sentence_repetition.{reason}"]
