from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.sentence_repetition import SentenceRepetition
from tests.filters.texts import PROSE

Batch = Callable[..., pa.RecordBatch]


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
