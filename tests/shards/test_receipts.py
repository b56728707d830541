"""A receipt accounts for every row, or there is no receipt."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shards.receipts import AS_OBJECTS, Receipt, Receipts, counted, read_receipts, write_receipt


def receipt(task: str = "0a", rows: int = 3) -> Receipt:
    return Receipt(
        stage="documents",
        task=task,
        reads=("xxh3:00",),
        rows=rows,
        kept={"tha_Thai": 1},
        rejected={"gopher_quality.words": {"zho_Hans": 2}},
        files={},
    )


def test_a_receipt_that_loses_a_row_cannot_be_built() -> None:
    assert receipt(rows=3).rejected_rows == 2
    with pytest.raises(ValidationError, match="4 rows in, 3 kept or rejected"):
        receipt(rows=4)


def test_a_task_is_done_when_its_receipt_is_written(tmp_path: Path) -> None:
    assert read_receipts(str(tmp_path), ["0a", "0b"]) == {}
    write_receipt(str(tmp_path), receipt("0b"))
    assert read_receipts(str(tmp_path), ["0a", "0b"]) == {"0b": receipt("0b")}


def test_documents_are_counted_by_reason_and_language() -> None:
    kept, rejected = counted([None, "a.b", None, "a.b", "a.b"], ["fra_Latn", None, "arb_Arab", "arb_Arab", "arb_Arab"])
    assert kept == {"arb_Arab": 1, "fra_Latn": 1}
    assert rejected == {"a.b": {"arb_Arab": 2, "und": 1}}


def test_many_receipts_are_what_few_are() -> None:
    many = {f"{number:04x}": receipt(f"{number:04x}") for number in range(AS_OBJECTS + 3)}
    kept = Receipts(many)
    assert kept == many
    assert kept.only(list(many)[-2:]) == {task: many[task] for task in list(many)[-2:]}
    last = receipt(list(many)[-1]).model_copy(update={"seconds": 1.0})
    kept.add(last)
    assert len(kept) == len(many)
    assert kept[last.task] == last
