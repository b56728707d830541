from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.ocr_noise import OCRNoise
from tests.filters.texts import PROSE

Batch = Callable[..., pa.RecordBatch]


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
