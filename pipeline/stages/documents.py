"""From files to judged documents, in one pass over each: read, extract, normalise, filter.

A task writes
    kept/       the documents that go on, sorted by language and licence: a release shard reads a few runs of rows
    rejected/   those that do not, in reading order, `rejected_by` naming the step and the signal
    signals/    id, rejected_by and what the steps measured, for every document that reached one, and what its reader
                counted (the pages of a PDF); with `all_reasons` also `broken`, every reason to reject it
"""

from collections.abc import Iterator, Sequence, Set
from functools import cached_property
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from filters.base import Filter
from filters.chain import REASONS, ByLanguage, Chain, Judgement, Step
from pipeline.authorisation import Refusal, Use
from pipeline.catalogue import STEPS, AnySource, AnyStep
from pipeline.errors import ConfigError, SettingError
from pipeline.extract.limits import Limits
from pipeline.extract.page_limits import PageLimits
from pipeline.inputs import unchanged
from pipeline.sources.base import Skipped, Source, batches
from pipeline.sources.checks import problems as source_problems
from pipeline.stages.base import Outcome, RunState, Stage, Task, Workspace
from pipeline.stages.chains import LanguageChain, check_language_model
from pipeline.stages.guard import Ids, judged, read_rows
from pipeline.stages.ledger import Ledger
from pipeline.stages.order import check_bounds, check_steps, check_tags, wrong_licence, wrong_tag
from pipeline.stages.partitions import CountedFacts, partitions
from pipeline.stages.reading import DocumentsPart, Places, source_with, tasks_of
from pipeline.takedown.notes import with_lists
from pipeline.words import message_of
from shards.receipts import counted
from shards.schema import DOCUMENT, with_columns


class DocumentsFacts(CountedFacts):
    """How many records were no documents, by type."""

    skipped: dict[str, int]


class DocumentsStage(Stage):
    """Reads the sources and applies the steps to every document, in the given order."""

    name: Literal["documents"] = "documents"
    sources: tuple[AnySource, ...] = Field(min_length=1, description="the files and collections to read")
    steps: tuple[AnyStep, ...] = Field(
        min_length=1, description="the steps that every document goes through, in this order"
    )
    languages: dict[str, LanguageChain] = Field(
        {}, description="by language: filters in place of those after `language`; quality, domain, decontamination stay"
    )
    all_reasons: bool = Field(
        False,
        description="add the column `broken` to signals/: every bound that a document breaks, not only the first",
    )
    use: Use | None = Field(
        None, description="the use that authorisations are checked against; required if a source has one"
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="documents to read of each source, no more: a trial, and the release says so; null: all",
    )
    task_bytes: int = Field(
        8 << 20,
        ge=1,
        description=(
            "files smaller than this are read together, up to this many bytes per task; a larger value means "
            "fewer, longer tasks"
        ),
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_steps(self.steps, self.sources)
        check_bounds(self.steps, "steps")
        for place, source in enumerate(self.sources):
            if source.language is not None and (wrong := wrong_tag(source.language)):
                raise SettingError(wrong, "sources", place, "language")
        if self.languages and self._language is None:
            raise SettingError("`languages` needs the step `language`, which identifies languages", "languages")
        if self._language is not None:
            check_tags(self.languages, "languages", any_language=not self._language.names_known_languages)
        for step in self._behind_language if self.languages else ():
            if not isinstance(step, Filter):
                sentence = f"{step.name} must come before language, because `languages` replaces filters only"
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
        own = {tag: Chain.model_validate({"filters": self._behind(tag)}) for tag in self.languages}
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

    def _behind(self, language: str | None) -> tuple[Step | Filter, ...]:
        """Return the filters of a language, and behind them those of every language that it does not name."""
        if (own := self.languages.get(language or "")) is None:
            return self._behind_language
        named = {filter.name for filter in own.filters}
        others = (step for step in self._behind_language if isinstance(step, Filter) and step.every_language)
        return (*own.filters, *(filter for filter in others if filter.name not in named))

    def settings(self) -> dict[str, Any]:
        """Return the steps: what is read, and whether it may be used, stands in the tasks."""
        settings = self.model_dump(mode="json", exclude={"sources", "task_bytes", "languages", "use"}) | {
            "languages": {tag: own.model_dump(mode="json")["filters"] for tag, own in self.languages.items()}
        }
        return settings | ({"measured": list(self.measured)} if self.measured else {})

    @property
    def measured(self) -> tuple[str, ...]:
        """The signals that the sources count as they read."""
        return tuple(dict.fromkeys(name for source in self.sources for name in source.measures()))

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
        return {f"{filter.name}.{name}" for filter in self._filters for name in filter.signals()}

    @property
    def _filters(self) -> list[Filter]:
        chains = (own.filters for own in self.languages.values())
        return [step for step in (*self.steps, *chain.from_iterable(chains)) if isinstance(step, Filter)]

    def problems(self) -> Iterator[SettingError]:
        for place, source in enumerate(self.sources):
            if source.license is not None and not self.admits_unlicensed and (wrong := wrong_licence(source.license)):
                yield SettingError(wrong, "sources", place, "license")
            for problem in source_problems(source, self.sources):
                yield problem.within("sources", place)
        for place, step in enumerate(self.steps):
            try:
                missing = [path for path in step.resources() if not path.exists()]
            except (OSError, ValueError) as error:
                yield SettingError(message_of(error), "steps", place)
            else:
                yield from (SettingError(f"{path}: no such file", "steps", place) for path in missing)
        try:
            if self._language is not None:
                check_language_model(self.languages, self._language)
        except (ConfigError, OSError, ValueError) as error:
            yield SettingError(message_of(error).removeprefix("languages."), "languages")

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
        tasks: list[Task] = []
        for source in self.sources:
            refused = source.authorisation.refusal(self.use) if source.authorisation and self.use else None
            tasks += tasks_of(source, refused, self.limit, self.task_bytes, state)
        return with_lists(tasks, state.inputs.folder)

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(DocumentsPart)
        source = source_with(self.sources, part.source)
        signals = self.signals_schema()
        ledger, skipped = Ledger(signals, self.measured), Skipped()
        unreadable: list[str] = []
        places, ids = workspace.places(Places), Ids()
        segments = (*self.segments, *_suppressing(places.suppressed))
        for piece in part.splits:
            split = places.split(piece)
            left = None if self.limit is None else self.limit - ledger.rows
            if left == 0:
                break
            with unchanged(split.file, places.stamps[piece.name], places.identities[piece.name]):
                rows = islice(ids.checked(read_rows(source, split, skipped, unreadable)), left)
                for batch in batches(rows):
                    self._take(_refused(batch, part.refused) if part.refused else batch, ledger, segments)
        unreadable += (f"{source.name}: {step} raises: {why}" for step, why in sorted(ledger.broken.items()))
        kept = pa.Table.from_batches(ledger.kept.batches(), DOCUMENT)
        kept = kept.take(pc.sort_indices(kept, [("language", "ascending"), ("license", "ascending")]))
        rejected = pa.Table.from_batches(ledger.rejected.batches(), DOCUMENT)
        for segment in segments:
            rejected = segment.emptied(rejected)
        workspace.write("kept", kept.to_batches(), DOCUMENT)
        workspace.write("rejected", rejected.to_batches(), DOCUMENT)
        workspace.write("signals", ledger.measured.batches(), signals)
        tallies = ledger.counted(self._filters)
        facts = DocumentsFacts(partitions=partitions(kept), skipped=dict(sorted(skipped.items())), counted=tallies)
        reasons, languages = (
            [*kept[column].to_pylist(), *rejected[column].to_pylist()] for column in ("rejected_by", "language")
        )
        return Outcome(ledger.rows, *counted(reasons, languages), facts, tuple(unreadable))

    def steps_for(self, language: str | None) -> list[Step | Filter]:
        """Return the steps that a document in a language goes through, in order."""
        before = self.steps[: len(self.steps) - len(self._behind_language)]
        return [*self._limits(), *before, *self._behind(language)]

    def filters_for(self, language: str | None) -> list[Filter]:
        """Return the filters that a document in a language goes through, in order."""
        return [step for step in self.steps_for(language) if isinstance(step, Filter)]

    def replacing(self, filter: str) -> list[str]:
        """Return the languages whose own chain has a filter in place of the step of that name."""
        if not any(step.name == filter for step in self._behind_language):
            return []
        chains = {tag: {each.name for each in own.filters} for tag, own in self.languages.items()}
        return sorted(tag for tag, names in chains.items() if filter in names)

    def is_shared(self, filter: str, language: str | None) -> bool:
        """Return whether the filter in `steps` judges documents in a language, and none of its own nor none at all."""
        shared = [step for step in self.steps if step.name == filter]
        return any(each is step for each in self.steps_for(language) for step in shared)

    def signals_schema(self) -> pa.Schema:
        """Return the columns of `signals/`: what the sources and every step of this stage measure."""
        columns: dict[str, pa.DataType] = dict.fromkeys(self.measured, pa.int32())
        for segment in self.segments:
            columns |= segment.measures()
        if self.all_reasons:
            columns["broken"] = REASONS
        return pa.schema([("id", pa.string()), ("rejected_by", pa.string()), *columns.items()])

    def _take(self, batch: pa.RecordBatch, ledger: Ledger, segments: Sequence[Step]) -> None:
        """Take the rows of a source through the steps, to where each of them ends up."""
        ledger.rows += batch.num_rows
        counts = {name: pc.map_lookup(batch["measured"], name, "first") for name in self.measured}
        standing = ledger.sift(Judgement(batch, counts, pa.nulls(batch.num_rows, REASONS)))
        for segment in segments:
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


def _suppressing(lists: tuple[str, ...]) -> Iterator[Step]:
    """Yield the step that rejects what take-downs list, found by name: without lists, its code decides nothing."""
    if lists:
        step = STEPS.find("suppressed").model_validate({"lists": lists})
        assert isinstance(step, Step)
        yield step
