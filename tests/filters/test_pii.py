"""The filter `pii`: personal data is replaced the same way every time, and counted."""

from collections.abc import Callable
from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from filters.chain import judge
from filters.documents import Documents
from filters.personal.find import find
from filters.pii import PII, redact

Batch = Callable[..., pa.RecordBatch]


@given(st.text(alphabet="电话a@b.c1386+- （）\n微信", max_size=80))
def test_redaction_is_idempotent_and_loses_nothing_else(text: str) -> None:
    spans = find(text)
    assert all(first.end <= second.start for first, second in pairwise(spans))
    redacted = redact(text, spans)
    assert find(redacted) == []
    for span in spans:
        redacted = redacted.replace(f"<|pii:{span.kind}|>", text[span.start : span.end], 1)
    assert redacted == text


def test_the_text_is_redacted_and_each_type_is_counted(batch: Batch) -> None:
    texts = ("邮箱a@b.com，电话13812345678。" + "文" * 900, "no one here")
    signals, columns = PII().annotate(Documents(batch(*texts)))
    assert columns["text"].to_pylist() == ["邮箱<|pii:email|>，电话<|pii:cn_mobile|>。" + "文" * 900, "no one here"]
    assert [list(signals[name]) for name in ("email", "phone", "secret", "density")] == [[1, 0], [1, 0], [0, 0], [2, 0]]


def test_a_document_with_a_secret_or_a_list_of_people_is_rejected(batch: Batch) -> None:
    people = "\n".join(f"姓名 手机 138{number:08d}" for number in range(100))
    found = judge([PII()], batch("AKIA" + "A" * 16, people, "请写信给 a@b.com"))
    assert found.documents.column("rejected_by").to_pylist() == ["pii.secret", "pii.density", None]


def test_tagging_leaves_the_text_alone(batch: Batch) -> None:
    signals, columns = PII(action="tag").annotate(Documents(batch("a@b.com")))
    assert (dict(columns), list(signals["email"])) == ({}, [1])
