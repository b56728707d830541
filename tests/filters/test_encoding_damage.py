from collections.abc import Callable

import pyarrow as pa
import pytest

from filters.chain import judge
from filters.encoding_damage import EncodingDamage
from tests.filters.texts import SOUND

Batch = Callable[..., pa.RecordBatch]


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_of_any_script_passes(batch: Batch, text: str) -> None:
    assert judge([EncodingDamage()], batch(text * 3)).documents["rejected_by"].to_pylist() == [None]


@pytest.mark.parametrize("text", ["Größe café für ältere Gäste", "Привет мир", "“quoted” text", "日本語の文章"])
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_utf8_read_as_something_else_is_damage(batch: Batch, text: str, wrong: str) -> None:
    damaged = text.encode().decode(wrong, "replace")
    reason = judge([EncodingDamage()], batch(damaged)).documents["rejected_by"].to_pylist()[0]
    assert reason is not None
