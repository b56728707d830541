"""A document that breaks a step, and a file that breaks its reader: their neighbours go on."""

import random
from collections.abc import Iterator, Mapping
from typing import Literal

import pyarrow as pa
import pytest

from filters.base import Filter, Range, Signals
from filters.chain import ByLanguage, Chain, Judgement, Step
from filters.documents import Documents
from pipeline.errors import ShardError, SourceError
from pipeline.sources.base import Row, Skipped, Source, Split
from pipeline.stages.guard import judged, read_rows
from shards.schema import DOCUMENT, batch_of, document_id

RAISED = (ValueError, MemoryError, RecursionError, ZeroDivisionError, KeyError, UnicodeError)


class Length(Filter, frozen=True):
    """Measures the length of texts."""

    name: Literal["length"] = "length"
    points: Range = Range(max=20)

    def measure(self, documents: Documents) -> Signals:
        return {"points": [len(text) for text in documents.texts.to_pylist()]}


class Fragile(Filter, frozen=True):
    """Cannot bear some texts."""

    name: Literal["fragile"] = "fragile"
    broken_by: int = 0

    def measure(self, documents: Documents) -> Signals:
        if any("坏" in text for text in documents.texts.to_pylist()):
            raise RAISED[self.broken_by % len(RAISED)]("坏")
        return {}


class Broken(Step, frozen=True):
    """Needs what is not there."""

    name: str = "broken"

    def run(self, batch: pa.RecordBatch) -> Judgement:
        raise FileNotFoundError("model.bin")

    def measures(self) -> Mapping[str, pa.DataType]:
        return {}


def documents(texts: list[str], language: str | None = None) -> pa.RecordBatch:
    rows = [
        {"id": document_id("a", str(number)), "text": text, "source": "a", "source_id": "1", "language": language}
        for number, text in enumerate(texts)
    ]
    return batch_of(rows, DOCUMENT)


@pytest.mark.parametrize("seed", range(50))
def test_only_the_documents_that_break_a_filter_are_rejected_for_it(seed: int) -> None:
    draw = random.Random(seed)
    texts = [draw.choice(["雨", "坏", "rain " * 9, "ฝน", "坏坏坏"]) for _ in range(draw.randint(1, 40))]
    chain = Chain(filters=(Length(), Fragile(broken_by=seed)))
    step = ByLanguage(chains={"zho_Hans": chain}, general=Chain(filters=(Length(),))) if seed % 2 else chain
    broken: dict[str, str] = {}
    made = judged(step, documents(texts, "zho_Hans"), broken)
    reasons = ["fragile.crashed" if "坏" in text else "length.points" if len(text) > 20 else None for text in texts]
    assert made.documents.column("rejected_by").to_pylist() == reasons
    assert made.documents.column("text").to_pylist() == texts
    assert made.broken.to_pylist() == [[reason] if reason else [] for reason in reasons]
    assert list(broken) == (["fragile"] if any("坏" in text for text in texts) else [])


def test_a_step_that_lacks_what_it_needs_ends_the_task() -> None:
    with pytest.raises(FileNotFoundError):
        judged(Broken(), documents(["雨"]), {})


class Raising(Source):
    """Yields a row, and raises."""

    kind: Literal["raising"] = "raising"
    error: int = 0

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        yield self.row("a", self.place(split.name, "a", row=0), "text")
        raise (*RAISED, ShardError)[self.error](f"{split.file}: it is truncated")


@pytest.mark.parametrize("error", range(len(RAISED) + 1))
def test_a_file_whose_reader_raises_is_named_and_what_came_before_stays(error: int) -> None:
    unreadable: list[str] = []
    split = Split(file="/somewhere/on/this/machine/a.bin", name="a.bin")
    rows = list(read_rows(Raising(name="notes", paths=("a",), error=error), split, Skipped(), unreadable))
    assert [row["text"] for row in rows] == ["text"]
    assert len(unreadable) == 1
    assert unreadable[0].startswith("notes: a.bin: ")
    assert "/somewhere" not in unreadable[0]


def test_a_store_that_does_not_answer_ends_the_task() -> None:
    class Away(Raising):
        def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
            raise SourceError("away")

    with pytest.raises(SourceError):
        list(read_rows(Away(name="a", paths=("a",)), Split(file="a", name="a"), Skipped(), []))
