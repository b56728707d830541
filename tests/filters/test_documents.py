from collections.abc import Callable

import pyarrow as pa

from filters.documents import Documents

Batch = Callable[..., pa.RecordBatch]


def test_what_is_derived_from_the_texts_is_computed_once(batch: Batch) -> None:
    documents = Documents(batch("one two"))
    assert documents.tokens is documents.tokens
    assert documents.with_columns({"language": pa.array(["eng_Latn"])}).tokens is documents.tokens


def test_a_changed_text_is_segmented_anew(batch: Batch) -> None:
    documents = Documents(batch("one two", "three"))
    assert documents.tokens.count.tolist() == [2, 1]
    assert documents.with_columns({"text": pa.array(["one", ""])}).tokens.count.tolist() == [1, 0]


def test_what_a_function_derives_is_computed_once_and_anew_for_a_changed_text(batch: Batch) -> None:
    asked: list[int] = []

    def size(documents: Documents) -> int:
        asked.append(len(documents))
        return int(documents.tokens.count.sum())

    documents = Documents(batch("one two"))
    assert [documents.once(size), documents.with_columns({"language": pa.array(["eng_Latn"])}).once(size)] == [2, 2]
    assert asked == [1]
    assert documents.with_columns({"text": pa.array(["one two three"])}).once(size) == 3
