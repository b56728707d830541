"""From files to judged documents, in one pass over each: read, extract, normalise, filter.

A task writes
    kept/       the documents that go on, sorted by language and licence: a release shard reads a few runs of rows
    rejected/   those that do not, in reading order, `rejected_by` naming the step and the signal
    signals/    id, rejected_by and what the steps measured, for every document that reached one; with `all_reasons`
                also `broken`, every reason to reject it
"""

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, JsonValue, field_validator, model_validator

from filters.base import Filter
from filters.chain import REASONS, ByLanguage, Chain, Judgement, Step
from pipeline.catalogue import AnySource, AnyStep
from pipeline.code import code_digests, library_versions
from pipeline.errors import ConfigError, SettingError
from pipeline.extract.limits import Limits
from pipeline.extract.page_limits import PageLimits
from pipeline.inputs import unchanged
from pipeline.sources.authorisation import Refusal, Use
from pipeline.sources.base import Skipped, Source, Split, batches
from pipeline.sources.checks import problems as source_problems
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace, digest_of
from pipeline.stages.chains import LanguageChain, check_language_model
from pipeline.stages.guard import Ids, judged, read_rows
from pipeline.stages.order import check_bounds, check_steps, check_tags, wrong_tag
from pipeline.stages.partitions import KeptFacts, partitions
from pipeline.words import told
from shards.receipts import counted
from shards.schema import DOCUMENT, project, with_columns

FILES = 500  # that one task reads, at most: each costs something, and progress is told by task
PARTS = 128  # batches that are put together


class Reader(Part):
    """What decides, beside its contents, which rows a file becomes: nothing of another source's."""

    source: dict[str, JsonValue]  # the settings
    code: str  # the digest of its module and of all that this imports
    libraries: dict[str, str]  # their versions
    refused: Refusal | None = None  # why the source is not authorised for the use of this run


class Piece(Part):
    """A piece of a file, named within its source: a `Split`, wherever it lies."""

    name: str
    start: int | None
    end: int | None


class DocumentsPart(Reader):
    """Pieces of files that are read together."""

    splits: tuple[Piece, ...]


class Places(Part):
    """Where the files of a task lie, by their names within the source, and what they were when the run was planned."""

    files: dict[str, str]
    stamps: dict[str, str | None]
    identities: dict[str, str]


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
    use: Use | None = Field(
        None, description="what the run is for, the day included; needed where a source has an authorisation"
    )
    task_bytes: int = Field(8 << 20, ge=1, description="smaller files are read together, up to this size")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_steps(self.steps, self.sources)
        check_bounds(self.steps, "steps")
        for place, source in enumerate(self.sources):
            if source.language is not None and (wrong := wrong_tag(source.language)):
                raise SettingError(wrong, "sources", place, "language")
        if self.languages and self._language is None:
            raise SettingError("chains of languages need the step `language`, which names them", "languages")
        if self._language is not None:
            check_tags(self.languages, "languages", any_language=not self._language.names_known_languages)
        for step in self._behind_language if self.languages else ():
            if not isinstance(step, Filter):
                sentence = f"{step.name} must stand before language: `languages` replaces filters alone"
                raise SettingError(sentence, "steps", self.steps.index(step))
        return self

    @cached_property
    def segments(self) -> tuple[Step, ...]:
        """The steps as they run: neighbouring filters share one segmentation of the text; documents in a language
        with filters of its own go through those behind `language`.
        """
        if not self.languages:
            return (*self._limits(), *_cut(self.steps))
        before = self.steps[: len(self.steps) - len(self._behind_language)]
        own = {tag: Chain(filters=each.filters) for tag, each in self.languages.items()}
        return (
            *self._limits(),
            *_cut(before),
            ByLanguage(chains=own, general=Chain.model_validate({"filters": self._behind_language})),
        )

    def _limits(self) -> Iterator[Step]:
        """Yield what must be done before a filter parses pages: the limits of `extract` hold for all."""
        if any(isinstance(step, Filter) and step.needs_payload for step in self.steps):
            own = (getattr(step, "limits", None) for step in self.steps)
            yield PageLimits(limits=next((limits for limits in own if isinstance(limits, Limits)), Limits()))

    @property
    def _language(self) -> Filter | None:
        return next((step for step in self.steps if isinstance(step, Filter) and step.names_language), None)

    @property
    def _behind_language(self) -> tuple[Step | Filter, ...]:
        return self.steps[self.steps.index(self._language) + 1 :] if self._language is not None else ()

    def settings(self) -> dict[str, Any]:
        """Return the steps: what is read, and whether it may be used, stands in the tasks."""
        return self.model_dump(mode="json", exclude={"sources", "task_bytes", "languages", "use"}) | {
            "languages": {tag: own.model_dump(mode="json")["filters"] for tag, own in self.languages.items()}
        }

    def modules(self) -> Sequence[str]:
        """Return the modules of this stage and of its steps; that of a source is a matter of its tasks."""
        steps = [*self.steps, *(filter for own in self.languages.values() for filter in own.filters)]
        return sorted({type(self).__module__, *(type(step).__module__ for step in steps)})

    def resources(self) -> Sequence[Path]:
        return sorted({path for segment in self.segments for path in segment.resources()})

    @property
    def finds_licences(self) -> bool:
        return any(isinstance(step, Filter) and step.finds_licences for step in self.steps)

    @property
    def admits_unlicensed(self) -> bool:
        return any(isinstance(step, Filter) and step.admits_unlicensed for step in self.steps)

    def signals(self) -> Set[str]:
        chains = (chain.filters for chain in self.languages.values())
        filters = [step for step in (*self.steps, *chain.from_iterable(chains)) if isinstance(step, Filter)]
        return {f"{filter.name}.{name}" for filter in filters for name in filter.signals()}

    def problems(self) -> Iterator[SettingError]:
        for place, source in enumerate(self.sources):
            for problem in source_problems(source, self.sources):
                yield SettingError(str(problem), "sources", place, *problem.at)
        for place, step in enumerate(self.steps):
            try:
                missing = [path for path in step.resources() if not path.exists()]
            except (OSError, ValueError) as error:
                yield SettingError(told(error), "steps", place)
            else:
                yield from (SettingError(f"{path}: no such file", "steps", place) for path in missing)
        try:
            if self._language is not None:
                check_language_model(self.languages, self._language)
        except (ConfigError, OSError, ValueError) as error:
            yield SettingError(told(error).removeprefix("languages."), "languages")

    @field_validator("sources")
    @classmethod
    def _each_source_has_its_own_name(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]  # they are in ids and provenance
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"several sources are named {', '.join(sorted(twice))}: give each a name of its own")
        return sources

    @model_validator(mode="after")
    def _says_what_it_is_for(self) -> Self:
        named = [source.name for source in self.sources if source.authorisation is not None]
        if named and self.use is None:
            raise ValueError(
                f"use: {', '.join(named)} has an authorisation: say as_of (a day), operator, purpose and region"
            )
        return self

    def tasks(self, state: RunState) -> list[Task]:
        tasks = []
        for source in self.sources:
            refused = source.authorisation.refusal(self.use) if source.authorisation and self.use else None
            reader = _reader(source).model_copy(update={"refused": refused})
            splits = source.splits()
            state.inputs.identify_all(list(dict.fromkeys(split.file for split in splits)))
            group: list[Split] = []
            size = 0
            for split in splits:
                weight = _weight(split, state)
                if group and (size + weight > self.task_bytes or len(group) >= FILES):
                    tasks.append(_task(reader, group, size, state))
                    group, size = [], 0
                group.append(split)
                size += weight
            if group:
                tasks.append(_task(reader, group, size, state))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(DocumentsPart)
        source = _source(self.sources, part.source)
        signals = self.signals_schema()
        ledger, skipped = _Ledger(signals), Skipped()
        unreadable: list[str] = []
        places, ids = workspace.places(Places), Ids()
        for piece in part.splits:
            split = Split(file=places.files[piece.name], name=piece.name, start=piece.start, end=piece.end)
            with unchanged(split.file, places.stamps[piece.name], places.identities[piece.name]):
                for batch in batches(ids.checked(read_rows(source, split, skipped, unreadable))):
                    self._take(_refused(batch, part.refused) if part.refused else batch, ledger)
        unreadable += (f"{source.name}: {step} raises: {why}" for step, why in sorted(ledger.broken.items()))
        kept = pa.Table.from_batches(ledger.kept.batches(), DOCUMENT)
        kept = kept.take(pc.sort_indices(kept, [("language", "ascending"), ("license", "ascending")]))
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
        own = self.languages.get(language or "")
        behind = own.filters if own else self._behind_language
        steps = (*self.steps[: len(self.steps) - len(self._behind_language)], *behind)
        return [step for step in steps if isinstance(step, Filter)]

    def signals_schema(self) -> pa.Schema:
        """Return the columns of `signals/`: what every step of this stage measures."""
        columns: dict[str, pa.DataType] = {}
        for segment in self.segments:
            columns |= segment.measures()
        if self.all_reasons:
            columns["broken"] = REASONS
        return pa.schema([("id", pa.string()), ("rejected_by", pa.string()), *columns.items()])

    def _take(self, batch: pa.RecordBatch, ledger: "_Ledger") -> None:
        """Take the rows of a source through the steps, to where each of them ends up."""
        ledger.rows += batch.num_rows
        standing = ledger.sift(Judgement(batch, {}, pa.nulls(batch.num_rows, REASONS)))
        for segment in self.segments:
            if standing.documents.num_rows:
                standing = ledger.sift(standing.then(judged(segment, standing.documents, ledger.broken)))
        ledger.keep(standing)


def _refused(batch: pa.RecordBatch, why: Refusal) -> pa.RecordBatch:
    """Return rows of a source that is not authorised: all rejected, those that could not be read for that reason."""
    reasons = batch.column("rejected_by").fill_null(f"authorisation.{why}")
    return with_columns(batch, {"rejected_by": reasons})


def _cut(steps: Sequence[Step | Filter]) -> Iterator[Step]:
    for are_filters, group in groupby(steps, lambda step: isinstance(step, Filter)):
        if are_filters:
            yield Chain.model_validate({"filters": tuple(group)})
        else:
            yield from (step for step in group if isinstance(step, Step))


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

    def _add(self, to: _Gathered, judgement: Judgement) -> None:
        if judgement.documents.num_rows:
            (documents,) = project([judgement.documents], DOCUMENT)
            to.add(documents)
            if judgement.signals:
                self.measured.add(self._measured(documents, judgement))

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


def _weight(split: Split, state: RunState) -> int:
    if split.start is not None and split.end is not None:
        return split.end - split.start
    return state.inputs.identify(split.file)[1]


def _task(reader: Reader, splits: Sequence[Split], size: int, state: RunState) -> Task:
    reads = dict.fromkeys(state.inputs.identify(split.file)[0] for split in splits)
    pieces = tuple(Piece(name=split.name, start=split.start, end=split.end) for split in splits)
    places = Places(
        files={split.name: split.file for split in splits},
        stamps={split.name: state.inputs.stamp(split.file) for split in splits},
        identities={split.name: state.inputs.identify(split.file)[0] for split in splits},
    )
    return Task.of(reads, DocumentsPart(**dict(reader), splits=pieces), size, places)


def _settings(source: Source) -> dict[str, JsonValue]:
    # Which files there are is a matter of the tasks, and where they lie changes nothing.
    return source.model_dump(mode="json", exclude={"paths", "prefix"})


def _reader(source: Source) -> Reader:
    module = type(source).__module__
    declared = {name: importlib.metadata.version(name) for name in source.libraries}
    return Reader(
        source=_settings(source),
        code=digest_of(code_digests(module)),
        libraries={**library_versions(module), **declared},
    )


def _source(sources: Sequence[Source], settings: Mapping[str, JsonValue]) -> Source:
    for source in sources:
        if _settings(source) == settings:
            return source
    raise KeyError(f"no source has the settings of this task: {settings}")
