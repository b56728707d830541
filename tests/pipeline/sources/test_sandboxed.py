"""A record that its parser cannot bear costs one row, whatever it does to the process that parses it."""

import ctypes
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

from pipeline import sandbox
from pipeline.errors import SourceError
from pipeline.sources.archive import Member
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.sandboxed import Sandboxed


class Trouble(Sandboxed):
    """Rows of one text each, unless the text asks for trouble."""

    kind: Literal["trouble"] = "trouble"
    cpu_seconds: int = 1

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        raise NotImplementedError

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Do what the record says."""
        text = record.content.decode()
        skipped["trouble.seen"] += 1
        yield self.row(
            record.identity,
            self.place(file, record.digest, offset=0),
            text,
            payload=b"\0\xff",
            published=date(1999, 1, 2),
            fetched_at=datetime(2026, 1, 2, tzinfo=UTC),
        )
        if text == "loop":
            while True:
                pass
        if text == "kill":
            ctypes.string_at(0)
        if text == "exit":
            os._exit(0)
        if text == "memory":
            bytes(5 << 30)
        if text == "raise":
            raise KeyError(text)
        if text == "away":
            raise SourceError("the store does not answer")


def members(*texts: str) -> list[Member]:
    return [Member("", 0, len(text), text.encode(), f"{number}", f"{number}") for number, text in enumerate(texts)]


def test_rows_come_through_whole() -> None:
    skipped = Skipped()
    (row,) = Trouble(name="a", paths=("a",)).parsed("f", members("雨 \ud7ff"), skipped)
    assert (row["text"], row["payload"]) == ("雨 \ud7ff", b"\0\xff")
    assert (row["published"], row["fetched_at"]) == (date(1999, 1, 2), datetime(2026, 1, 2, tzinfo=UTC))
    assert skipped == {"trouble.seen": 1}


@pytest.mark.processes
def test_each_trouble_is_one_rejected_row_among_its_neighbours() -> None:
    skipped, before = Skipped(), sandbox.cost.cpu_seconds
    texts = ["a", "loop", "b", "kill", "exit", "c", "memory", "raise", "d"]
    rows = list(Trouble(name="a", paths=("a",)).parsed("f", members(*texts), skipped))
    assert [row.get("rejected_by") or row["text"] for row in rows] == [
        *("a", "trouble.cpu_time", "b", "trouble.crashed", "trouble.crashed", "c", "trouble.memory"),
        *("raise", "trouble.crashed", "d"),
    ]
    assert skipped == {"trouble.seen": 5}
    assert sandbox.cost.cpu_seconds - before >= 2  # with its neighbours, and alone


def test_a_store_that_does_not_answer_is_no_fault_of_the_record() -> None:
    with pytest.raises(SourceError, match="does not answer"):
        list(Trouble(name="a", paths=("a",)).parsed("f", members("away"), None))
