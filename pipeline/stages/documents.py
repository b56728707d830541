"""From files to judged documents, in one pass over each: read, extract, normalise, filter.

A task writes
    kept/       the documents that go on, sorted by language and licence: a release shard reads a few runs of rows
    rejected/   those that do not, in reading order, `rejected_by` naming the step and the signal
    signals/    id, rejected_by and what the filters measured, for every document that reached a filter; with
                `all_reasons` also `broken`, every bound that rejects it
"""

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

import pyarrow as pa
from pydantic import Field, JsonValue, model_validator

from filters import AnyFilter
from filters.base import Filter, OneOf
from filters.chain import judge
from filters.language import Language
from filters.license import License
from pipeline.errors import ShardError
from pipeline.extract import Extract, Normalize
from pipeline.sources import AnySource
from pipeline.sources.base import Row, Skipped, Source, Split, batches
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.chains import LanguageChain, check_language_model
from pipeline.stages.partitions import KeptFacts, partitions
from shards.receipts import counted
from shards.schema import DOCUMENT, PAGE, batch_of, project

PARTS = 128  # batches that are put together

AnyStep: TypeAlias = Annotated[Extract | Normalize | AnyFilter, Field(discriminator="name")]


class DocumentsPart(Part):
    """Pieces of files that are read together, and the settings of their source."""

    source: dict[str, JsonValue]
    splits: tuple[Split, ...]


class DocumentsFacts(KeptFacts):
    """How many records were no documents, by type."""

    skipped: dict[str, int]


class DocumentsStage(Stage):
    """Reads the sources and takes every document through the steps, in the order in which they stand."""

    name: Literal["documents"] = "documents"
    sources: tuple[AnySource, ...] = Field(min_length=1, description="what is read")
    steps: tuple[AnyStep, ...] = Field(min_length=1, description="what every document goes through, in this order")
    languages: dict[str, LanguageChain] = Field(
        {}, description="for documents in a language: the filters that replace those after `language`"
    )
    all_reasons: bool = Field(
        False, description="signals/ has the column `broken`: not only the first bound that rejects a document, but all"
    )
    task_bytes: int = Field(8 << 20, ge=1, description="smaller files are read together, up to this size")

    @model_validator(mode="after")
    def _payload_is_read_before_it_is_gone(self) -> Self:
        names = [step.name for step in self.steps]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"steps: {', '.join(sorted(twice))} stands there twice")
        for step in self.steps[names.index("extract") + 1 :] if "extract" in names else ():
            if isinstance(step, Filter) and step.needs_payload:
                raise ValueError(f"steps: {step.name} reads the page itself and must stand before extract")
        strangers = {name for step in self.steps if isinstance(step, License) for name in step.sources}
        if strangers := strangers - {source.name for source in self.sources}:
            raise ValueError(f"steps: license.sources: no source is named {', '.join(sorted(strangers))}")
        if self.languages and "language" not in names:
            raise ValueError("languages: needs the step `language`")
        return self

    def settings(self) -> dict[str, Any]:
        """Return the steps: what is read stands in the tasks."""
        return self.model_dump(mode="json", exclude={"sources", "task_bytes", "languages"}) | {
            "languages": {tag: chain.model_dump(mode="json")["filters"] for tag, chain in self.languages.items()}
        }

    def resources(self) -> Sequence[Path]:
        return sorted({path for step in (*self.steps, *_flat(self.languages)) for path in step.resources()})

    def libraries(self) -> dict[str, str]:
        """Return the versions of the libraries; those that one reader needs stand in the tasks that it reads."""
        readers = {name for source in get_args(get_args(AnySource)[0]) for name in source.libraries}
        return {name: version for name, version in super().libraries().items() if name not in readers}

    def check(self) -> None:
        for step in self.steps:
            if isinstance(step, Language):
                check_language_model(self.languages, step)

    def tasks(self, state: RunState) -> list[Task]:
        tasks = []
        for source in self.sources:
            settings = _settings(source)
            splits = source.splits()
            state.inputs.identify_all(list(dict.fromkeys(split.file for split in splits)))
            group: list[Split] = []
            size = 0
            for split in splits:
                weight = _weight(split, state)
                if group and size + weight > self.task_bytes:
                    tasks.append(_task(settings, group, size, state))
                    group, size = [], 0
                group.append(split)
                size += weight
            if group:
                tasks.append(_task(settings, group, size, state))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(DocumentsPart)
        source = _source(self.sources, part.source)
        signals = self.signals_schema()
        ledger, skipped = _Ledger(signals), Skipped()
        unreadable: list[str] = []
        for split in part.splits:
            for batch in batches(_rows(source, split, skipped, unreadable)):
                self._take(batch, self.steps, {}, ledger)
                ledger.rows += batch.num_rows
        kept = pa.Table.from_batches(ledger.kept.batches(), DOCUMENT)
        kept = kept.take(pa.compute.sort_indices(kept, [("language", "ascending"), ("license", "ascending")]))
        rejected = pa.Table.from_batches(ledger.rejected.batches(), DOCUMENT)
        workspace.write("kept", kept.to_batches(), DOCUMENT)
        workspace.write("rejected", rejected.to_batches(), DOCUMENT)
        workspace.write("signals", ledger.measured.batches(), signals)
        facts = DocumentsFacts(partitions=partitions(kept), skipped=dict(sorted(skipped.items())))
        reasons, languages = (
            [*kept[column].to_pylist(), *rejected[column].to_pylist()] for column in ("rejected_by", "language")
        )
        return Outcome(ledger.rows, *counted(reasons, languages), facts, tuple(unreadable))

    def filters_for(self, language: str | None) -> list[Filter]:
        """Return the filters that a document in a language goes through, in order."""
        filters: list[Filter] = [step for step in self.steps if isinstance(step, Filter)]
        own = self.languages.get(language or "")
        if own is None:
            return filters
        return filters[: [filter.name for filter in filters].index("language") + 1] + list(own.filters)

    def signals_schema(self) -> pa.Schema:
        """Return the columns of `signals/`: what every step of this stage measures."""
        columns: dict[str, pa.DataType] = {}
        for step in (*self.steps, *_flat(self.languages)):
            if isinstance(step, Filter):
                kinds = {
                    name: pa.string() if isinstance(b, OneOf) else pa.float32() for name, b in step.bounds().items()
                }
            else:
                _, measured = step.annotate(batch_of([], PAGE))
                kinds = {name: values.type for name, values in measured.items()}
            columns |= _named(step, kinds)
        if self.all_reasons:
            columns["broken"] = pa.list_(pa.string())
        return pa.schema([("id", pa.string()), ("rejected_by", pa.string()), *columns.items()])

    def _take(
        self,
        batch: pa.RecordBatch,
        steps: Sequence[Any],
        signals: dict[str, pa.Array],
        ledger: "_Ledger",
    ) -> None:
        """Take a batch through the steps that remain. `signals` is what was measured of its documents before."""
        batch, signals = ledger.sift(batch, signals)
        while steps and batch.num_rows:
            head, *rest = steps
            if isinstance(head, Filter):
                filters = [head]
                while rest and isinstance(rest[0], Filter) and not (self.languages and filters[-1].name == "language"):
                    filters.append(rest.pop(0))
                judgement = judge(filters, batch)
                measured = {**signals, **judgement.signals, "broken": judgement.broken}
                batch, signals = ledger.sift(judgement.documents, measured)
                if self.languages and filters[-1].name == "language":
                    return self._by_language(batch, rest, signals, ledger)
            else:
                batch, measured = head.annotate(batch)
                batch, signals = ledger.sift(batch, {**signals, **_named(head, measured)})
            steps = rest
        ledger.keep(batch, signals)
        return None

    def _by_language(
        self,
        batch: pa.RecordBatch,
        steps: Sequence[Any],
        signals: dict[str, pa.Array],
        ledger: "_Ledger",
    ) -> None:
        languages = batch.column("language").to_pylist()
        for chain in sorted({language if language in self.languages else "" for language in languages}):
            here = pa.array([(language if language in self.languages else "") == chain for language in languages])
            own = {name: values.filter(here) for name, values in signals.items()}
            remaining = self.languages[chain].filters if chain else steps
            self._take(batch.filter(here), remaining, own, ledger)


class _Gathered:
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
class _Ledger:
    """Where the rows of a task end up: each exactly once, as kept or as rejected."""

    signals: pa.Schema
    rows: int = 0
    kept: _Gathered = field(default_factory=_Gathered)
    rejected: _Gathered = field(default_factory=_Gathered)
    measured: _Gathered = field(default_factory=_Gathered)

    def sift(
        self, batch: pa.RecordBatch, signals: Mapping[str, pa.Array]
    ) -> tuple[pa.RecordBatch, dict[str, pa.Array]]:
        """Put the rejected documents of a batch aside and return the others, with their signals."""
        here = batch.column("rejected_by").is_null()
        if pa.compute.all(here).as_py():
            return batch, dict(signals)
        gone = pa.compute.invert(here)
        self._add(self.rejected, batch.filter(gone), {name: values.filter(gone) for name, values in signals.items()})
        return batch.filter(here), {name: values.filter(here) for name, values in signals.items()}

    def keep(self, batch: pa.RecordBatch, signals: Mapping[str, pa.Array]) -> None:
        """Keep all documents of a batch."""
        self._add(self.kept, batch, signals)

    def _add(self, to: _Gathered, batch: pa.RecordBatch, signals: Mapping[str, pa.Array]) -> None:
        if batch.num_rows:
            (documents,) = project([batch], DOCUMENT)
            to.add(documents)
            if signals:
                self.measured.add(self._measured(documents, signals))

    def _measured(self, documents: pa.RecordBatch, signals: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """Return what was measured, null where a document never reached the filter."""
        known = {"id": documents.column("id"), "rejected_by": documents.column("rejected_by"), **signals}
        missing = pa.nulls(documents.num_rows)
        arrays = [known.get(column.name, missing).cast(column.type) for column in self.signals]
        return pa.RecordBatch.from_arrays(arrays, schema=self.signals)


def _named(step: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{step.name}.{name}": value for name, value in values.items()}


def _flat(chains: Mapping[str, LanguageChain]) -> list[Filter]:
    return [filter for language in sorted(chains) for filter in chains[language].filters]


def _weight(split: Split, state: RunState) -> int:
    if split.start is not None and split.end is not None:
        return split.end - split.start
    return state.inputs.identify(split.file)[1]


def _task(settings: dict[str, Any], splits: Sequence[Split], size: int, state: RunState) -> Task:
    reads = tuple(dict.fromkeys(state.inputs.identify(split.file)[0] for split in splits))
    return Task.of(reads, DocumentsPart(source=settings, splits=tuple(splits)), size)


def _rows(source: Source, split: Split, skipped: Skipped, unreadable: list[str]) -> Iterator[Row]:
    """Yield the rows of a file up to where it cannot be read on; its neighbours in the task are read all the same."""
    try:
        yield from source.read(split, skipped)
    except ShardError as error:
        unreadable.append(str(error))


def _settings(source: Source) -> dict[str, Any]:
    settings = source.model_dump(mode="json", exclude={"paths"})  # which files there are is a matter of the tasks
    return {**settings, "libraries": {name: importlib.metadata.version(name) for name in source.libraries}}


def _source(sources: Sequence[Source], settings: Mapping[str, Any]) -> Source:
    for source in sources:
        if _settings(source) == settings:
            return source
    raise KeyError(f"no source has the settings of this task: {settings}")
