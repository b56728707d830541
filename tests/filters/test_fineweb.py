from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.fineweb import FineWeb
from tests.filters.bounds import limits

Batch = Callable[..., pa.RecordBatch]

LINES = [f"This is sentence number {number} of a text with ten of them." for number in range(10)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n".join(LINES), None),
        ("\n".join(line.rstrip(".") for line in LINES), "terminated_lines"),
        ("\n".join(["Short.", *LINES[:3]] + [f"Short {n}." for n in range(9)]), "short_lines"),
        ("\n".join(LINES[:9] + LINES[:1]), "duplicate_line_characters"),
        ("\n\n\n\n\n\n".join(LINES), "newlines"),
        ("", "terminated_lines"),
    ],
)
def test_each_rule_rejects_what_it_is_about(batch: Batch, text: str, reason: str | None) -> None:
    rejected_by = judge([FineWeb()], batch(text)).documents["rejected_by"].to_pylist()
    assert rejected_by == [reason and f"fineweb.{reason}"]


def test_the_defaults_are_those_of_section_3_6() -> None:
    assert limits(FineWeb()) == {
        "terminated_lines": (0.12, None),
        "short_lines": (None, 0.67),
        "duplicate_line_characters": (None, 0.01),
        "newlines": (None, 0.3),
    }
    assert FineWeb().short_line == 30


def test_the_sentence_terminals_of_every_script_count(batch: Batch) -> None:
    texts = ["这座城市的历史可以追溯到三千年前。", "यह एक लेख है।", "هل هذا نص؟", "これは文章です！"]
    signals = judge([FineWeb()], batch(*texts)).signals
    assert signals["fineweb.terminated_lines"].to_pylist() == [1.0] * 4
