"""Where the rows of a task of `documents` end up: each exactly once, as kept or as rejected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from filters.base import Filter
from filters.chain import Judgement
from shards.schema import DOCUMENT, project

PARTS = 128  # batches that are put together


class Gathered:
    """Batches, many small ones put together: of each array, its bookkeeping takes more memory than a few numbers."""

    def __init__(self) -> None:
        self._whole: list[pa.RecordBatch] = []
        self._parts: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> None:
        self._parts.append(batch)
        if len(self._parts) >= PARTS:
            self._whole += pa.Table.from_batches(self._parts).combine_chunks().to_batches()
            self._parts = []

    def batches(self) -> list[pa.RecordBatch]:
        """Return all batches, in the order in which they came."""
        return [*self._whole, *self._parts]


@dataclass
class Ledger:
    """Where the rows of a task end up: each exactly once, as kept or as rejected."""

    signals: pa.Schema
    read: Sequence[str] = ()  # the signals that sources count
    rows: int = 0
    kept: Gathered = field(default_factory=Gathered)
    rejected: Gathered = field(default_factory=Gathered)
    measured: Gathered = field(default_factory=Gathered)
    broken: dict[str, str] = field(default_factory=dict)  # the steps that raised, each with what it was first

    def sift(self, judgement: Judgement) -> Judgement:
        """Put the rejected documents aside and return the judgement of the others."""
        kept = judgement.documents.column("rejected_by").is_null()
        if pc.all(kept).as_py():
            return judgement
        self._add(self.rejected, judgement.only(pc.invert(kept)))
        return judgement.only(kept)

    def keep(self, judgement: Judgement) -> None:
        """Keep all documents."""
        self._add(self.kept, judgement)

    def counted(self, filters: Iterable[Filter]) -> dict[str, dict[str, int]]:
        """Return how many documents have each value of the signals that filters have tallied."""
        measured = pa.Table.from_batches(self.measured.batches(), self.signals)
        tallied = ((f"{filter.name}.{name}", values) for filter in filters for name, values in filter.tallied().items())
        counts = {name: dict.fromkeys(values, 0) for name, values in tallied}
        for name, counter in counts.items():
            for each in pc.value_counts(measured[name].drop_null()).to_pylist():
                counter[each["values"]] = each["counts"]
        return counts

    def _add(self, to: Gathered, judgement: Judgement) -> None:
        if judgement.documents.num_rows:
            (documents,) = project([judgement.documents], DOCUMENT)
            to.add(documents)
            if judgement.signals:
                measured = self._measured(documents, judgement)
                if len(judgement.signals) == len(self.read):  # it reached no step that measures
                    known = reduce(pc.or_, (pc.is_valid(measured[name]) for name in self.read))
                    measured = measured.filter(known)
                self.measured.add(measured)

    def _measured(self, documents: pa.RecordBatch, judgement: Judgement) -> pa.RecordBatch:
        """Return what was measured, null where a document never reached the step."""
        known = {
            "id": documents.column("id"),
            "rejected_by": documents.column("rejected_by"),
            "broken": judgement.broken,
            **judgement.signals,
        }
        missing = pa.nulls(documents.num_rows)
        arrays = [known.get(column.name, missing).cast(column.type) for column in self.signals]
        return pa.RecordBatch.from_arrays(arrays, schema=self.signals)
