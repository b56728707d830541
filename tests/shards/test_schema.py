"""One explicit schema, in every shard."""

import hashlib

import pyarrow as pa
import pytest

from shards import formats
from shards.schema import DOCUMENT, PAGE, PUBLISHED, batch_of, document_id, project, with_columns


def test_an_id_is_the_same_in_every_run_and_differs_by_source() -> None:
    assert document_id("cc", "<urn:uuid:1>") == "1daeeff73b17fff753dd5e6eb0003ad2"
    assert document_id("cc", "a") != document_id("c", "ca")


def test_missing_columns_are_null_with_their_type() -> None:
    batch = batch_of([{"id": "1", "text": "雨", "source": "s", "source_id": "1"}], DOCUMENT)
    assert batch.schema == DOCUMENT
    assert batch.column("evidence").to_pylist() == [None]


def test_a_column_the_schema_lacks_is_an_error() -> None:
    with pytest.raises(KeyError, match="licence"):
        batch_of([{"id": "1", "text": "", "source": "s", "source_id": "1", "licence": "CC0-1.0"}], DOCUMENT)
    batch = batch_of([], DOCUMENT)
    with pytest.raises(KeyError, match="licence"):
        with_columns(batch, {"licence": pa.array([], pa.string())})


def test_replacing_a_column_keeps_the_schema() -> None:
    batch = batch_of([{"id": "1", "text": "雨", "source": "s", "source_id": "1"}], DOCUMENT)
    changed = with_columns(batch, {"language_score": pa.array([0.5], pa.float64())})
    assert changed.schema == DOCUMENT
    assert changed.column("language_score").to_pylist() == [0.5]


def test_a_page_becomes_a_document_by_dropping_its_bytes() -> None:
    page = batch_of([{"id": "1", "text": "", "source": "s", "source_id": "1", "payload": b"<p>"}], PAGE)
    (document,) = project([page], DOCUMENT)
    assert document.schema == DOCUMENT


def test_a_published_document_has_neither_rejection_nor_flags() -> None:
    assert set(DOCUMENT.names) - set(PUBLISHED.names) == {"payload_digest", "flagged_by", "rejected_by"}


def test_other_columns_are_another_version_of_the_document() -> None:
    digest = hashlib.sha256(DOCUMENT.to_string(show_field_metadata=False).encode()).hexdigest()
    assert (formats.DOCUMENT, digest[:16]) == (2, "01e84b817f8f0306")
