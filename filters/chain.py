"""A step takes a batch of documents to a judgement of them; a chain is a run of filters that make one step.

Every signal is measured, so that a bound can be refitted without a recompute; the first broken bound is the reason.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, SerializeAsAny

from filters.base import Filter, OneOf, Signal
from filters.documents import Documents

REASONS = pa.list_(pa.string())


@dataclass(frozen=True)
class Judgement:
    """What a step makes of documents: one for each that it was given, in their order.

    In `documents`, `rejected_by` names the reason of those that go no further. `signals` maps `step.signal` to one
    value per document, null where nothing was measured; `broken` names, per document, every reason to reject it.
    """

    documents: pa.RecordBatch
    signals: Mapping[str, pa.Array]
    broken: pa.Array

    def then(self, later: "Judgement") -> "Judgement":
        """Return what two steps made of the same documents, given what the later one made of the earlier's."""
        return Judgement(later.documents, {**self.signals, **later.signals}, later.broken)

    def only(self, rows: pa.Array) -> "Judgement":
        """Return the judgement of the documents for which `rows` is true."""
        signals = {name: values.filter(rows) for name, values in self.signals.items()}
        return Judgement(self.documents.filter(rows), signals, self.broken.filter(rows))


class Step(BaseModel, ABC, frozen=True, extra="forbid"):
    """What documents go through. The result for one never depends on the others in its batch.

    A step that a configuration can name has a Literal as its `name`, the YAML key; its fields are its settings.
    """

    name: str
    reads_text: ClassVar[bool] = False  # and so, of pages, must stand behind `extract`

    @abstractmethod
    def run(self, batch: pa.RecordBatch) -> Judgement:
        """Return the judgement of documents that are all still kept; whatever they hold, nothing is raised."""

    @abstractmethod
    def measures(self) -> Mapping[str, pa.DataType]:
        """Return the type of every signal that `run` gives, by its whole name."""

    def resources(self) -> Sequence[Path]:
        """Return the files (models, tables) whose contents decide the result along with the settings."""
        return ()

    def emptied(self, rejected: pa.Table) -> pa.Table:
        """Return documents that any step has rejected, without the content that must not be stored."""
        return rejected


class Chain(Step):
    """Filters over one segmentation of the text; all of them measure every document."""

    name: str = "chain"
    filters: tuple[SerializeAsAny[Filter], ...]

    def run(self, batch: pa.RecordBatch) -> Judgement:
        return judge(self.filters, batch)

    def measures(self) -> Mapping[str, pa.DataType]:
        return {
            f"{filter.name}.{name}": pa.string() if isinstance(bound, OneOf) else pa.float32()
            for filter in self.filters
            for name, bound in filter.bounds().items()
        }

    def resources(self) -> Sequence[Path]:
        return [path for filter in self.filters for path in filter.resources()]


class ByLanguage(Step):
    """For documents in some languages a chain of their own, for all others the general one."""

    name: str = "by_language"
    chains: Mapping[str, Chain]
    general: Chain

    def run(self, batch: pa.RecordBatch) -> Judgement:
        languages = [language if language in self.chains else "" for language in batch.column("language").to_pylist()]
        parts = []
        rows: list[int] = []
        for tag in sorted(set(languages)):
            here = [row for row, language in enumerate(languages) if language == tag]
            parts.append((self.chains[tag] if tag else self.general).run(batch.take(pa.array(here))))
            rows += here
        return in_order(parts, rows, self._types) if len(parts) > 1 else parts[0]

    @cached_property
    def _types(self) -> Mapping[str, pa.DataType]:
        return self.measures()

    def measures(self) -> Mapping[str, pa.DataType]:
        types = dict(self.general.measures())
        for tag in sorted(self.chains):
            types |= self.chains[tag].measures()
        return types

    def resources(self) -> Sequence[Path]:
        return [path for chain in (self.general, *self.chains.values()) for path in chain.resources()]


def in_order(parts: Sequence[Judgement], rows: Sequence[int], types: Mapping[str, pa.DataType]) -> Judgement:
    """Return the judgements of parts of a batch as that of the whole; `rows` are their documents' places in it."""
    order = pa.array(np.argsort(rows))
    documents = pa.Table.from_batches([part.documents for part in parts]).take(order).combine_chunks()
    names = dict.fromkeys(name for part in parts for name in part.signals)

    def column(name: str) -> pa.Array:
        arrays = [part.signals.get(name, pa.nulls(part.documents.num_rows, types[name])) for part in parts]
        return pa.concat_arrays(arrays).take(order)

    broken = pa.concat_arrays([part.broken for part in parts]).take(order)
    return Judgement(documents.to_batches()[0], {name: column(name) for name in names}, broken)


def judge(filters: Sequence[Filter], batch: pa.RecordBatch) -> Judgement:
    """Apply the filters in order to documents that are all still kept.

    Every filter measures every document, so that a bound can be refitted from the signals without a recompute; the
    text is segmented once for all of them. A document is rejected by the first bound it breaks, and flagged by each of
    those whose action is to flag.
    """
    documents = Documents(batch)
    reasons: list[list[str]] = [[] for _ in range(batch.num_rows)]
    flags: list[list[str]] = [flagged or [] for flagged in batch.column("flagged_by").to_pylist()]
    measured: dict[str, pa.Array] = {}
    for filter in filters:
        signals, columns = filter.annotate(documents)
        _check(filter, signals, batch.num_rows)
        bounds = filter.bounds()
        for name, broken in filter.broken(documents, signals).items():
            for row in np.flatnonzero(broken):
                given = flags if bounds[name].action == "flag" else reasons
                given[row].append(f"{filter.name}.{name}")
        measured |= {f"{filter.name}.{name}": _column(values) for name, values in signals.items()}
        documents = documents.with_columns(columns) if columns else documents
    decided = {
        "flagged_by": pa.array([flagged or None for flagged in flags], REASONS),
        "rejected_by": pa.array([broken[0] if broken else None for broken in reasons], pa.string()),
    }
    documents = documents.with_columns(decided)
    return Judgement(documents.batch, measured, pa.array(reasons, REASONS))


def _check(filter: Filter, signals: Mapping[str, Signal], size: int) -> None:
    declared = set(filter.bounds())
    if missing := declared - set(signals):
        raise ValueError(f"{filter.name} did not measure {sorted(missing)}")
    if undeclared := set(signals) - declared:
        raise ValueError(f"{filter.name} measured {sorted(undeclared)}, for which it has no bounds")
    for name, values in signals.items():
        if len(values) != size:
            raise ValueError(f"{filter.name}.{name}: {len(values)} values for {size} documents")


def _column(values: Signal) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    return pa.array(np.asarray(values, dtype=np.float32), from_pandas=False)
