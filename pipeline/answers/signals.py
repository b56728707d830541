"""What the steps of a run measured: each signal as a histogram beside its bound, for all languages and for large ones.

Signals are read of some tasks where a run is large: of each source the same share, drawn by their names, which are
hashes. What is told is then of that sample, and says so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.base import Bound, OneOf, Range
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.histograms import Histogram, Limits, counted, scaled_edges
from pipeline.answers.measurement import as_stored
from pipeline.answers.settings import documents_stage
from pipeline.answers.signal_rows import ROLES
from pipeline.config import PipelineConfig
from pipeline.stages.base import FinishedStage
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.reading import DocumentsPart
from shards import files
from shards.arrays import Floats, Mask
from shards.receipts import UNKNOWN_LANGUAGE

MOST = 200_000  # documents whose signals are read
LANGUAGES = 12  # the largest, that are told of one by one
FEWEST = 5  # documents of a language that make a histogram
BINS_OF_A_LANGUAGE = 16
VALUES = 12  # of a signal that is a word
OTHER = "other"
NOT_SIGNALS = ("id", "rejected_by", "broken")


@dataclass(frozen=True)
class Measured:
    """The signals of documents, with the language of each."""

    table: pa.Table
    languages: tuple[str, ...]  # the largest, those with the most documents first
    sampled: int  # documents among which those of the table are: the others came to no step

    @property
    def names(self) -> list[str]:
        """The signals, in the order of the steps."""
        return [name for name in self.table.column_names if name not in (*NOT_SIGNALS, "language")]

    def rows_of(self, language: str) -> pa.Table:
        """Return the documents in a language."""
        return self._by_language[language]

    @cached_property
    def _by_language(self) -> Mapping[str, pa.Table]:
        return {tag: self.table.filter(pc.equal(self.table["language"], tag)) for tag in self.languages}


@dataclass(frozen=True)
class SignalReport:
    """The values of one signal, in all languages or in one."""

    name: str
    language: str | None  # None: all
    bound: str | None  # in words; None: nothing is rejected by it
    limits: Limits
    beyond: int  # that break the bound of their language, those without a value included where that is no value to keep
    values: Histogram
    least: float | None  # None: no document has a value
    greatest: float | None

    @property
    def measured(self) -> int:
        """How many documents came to the step."""
        return self.values.values + self.values.undefined

    @property
    def beyond_share(self) -> float | None:
        """Which part of them breaks the bound; None where there is none."""
        return self.beyond / self.measured if self.bound is not None and self.measured else None


@dataclass(frozen=True)
class WordReport:
    """The values of a signal that is a word: the most frequent, and whether they pass."""

    name: str
    bound: str | None
    values: Mapping[str, int]
    allowed: frozenset[str] | None  # None: all


def measured(run: FinishedRun, most: int = MOST) -> Measured:
    """Return the signals of the documents of a run, of at most about so many."""
    stage = run.stage("documents")
    tasks = [stage.tasks[place].key for place in drawn_tasks(stage, most)]
    tables = [_with_language(stage, task) for task in tasks]
    table = (
        pa.concat_tables(tables, promote_options="default")
        if tables
        else pa.table({"language": pa.array([], pa.string())})
    )
    counts = Counter(table["language"].to_pylist())
    largest = sorted((tag for tag in counts if counts[tag] >= FEWEST), key=lambda tag: (-counts[tag], tag))
    languages = tuple(tag for tag in largest if tag != UNKNOWN_LANGUAGE)[:LANGUAGES]
    return Measured(table.combine_chunks(), languages, sum(stage.receipts[task].rows for task in tasks))


def drawn_tasks(stage: FinishedStage, most: int) -> list[int]:
    """Return the places of tasks with about so many documents, of each source the same share of them."""
    by_source: dict[str, list[int]] = {}
    for place, part in enumerate(stage.parts(DocumentsPart)):
        by_source.setdefault(str(part.source["name"]), []).append(place)
    rows = [stage.receipts[task.key].rows for task in stage.tasks]
    share = min(1.0, most / max(sum(rows), 1))
    drawn = []
    for places in by_source.values():
        wanted, so_far = share * sum(rows[place] for place in places), 0
        for place in sorted(places, key=lambda place: stage.tasks[place].key):
            if so_far < wanted:
                drawn.append(place)
                so_far += rows[place]
    return sorted(drawn)


def _with_language(stage: FinishedStage, task: str) -> pa.Table:
    """Return the signals of a task, with the language of each document."""
    signals = files.read_table(stage.uri(task, "signals"))
    documents = pa.concat_tables([files.read_table(stage.uri(task, role), ["id", "language"]) for role in ROLES])
    places = pc.index_in(signals["id"], documents["id"].combine_chunks())
    return signals.append_column("language", documents["language"].take(places).fill_null(UNKNOWN_LANGUAGE))


@dataclass(frozen=True)
class Bounds:
    """The bounds of a run, `filter.signal`, in general and of the languages that have their own."""

    general: Mapping[str, Bound]
    own: Mapping[str, Mapping[str, Bound]] = field(default_factory=dict)

    def of(self, language: str | None) -> Mapping[str, Bound]:
        """Return those that hold for documents in a language."""
        return self.general if language is None else self.own.get(language, self.general)


def bounds_of(settings: PipelineConfig) -> Bounds:
    """Return the bounds of a configuration; those that depend on where a document is from are not among them."""
    stage = documents_stage(settings)
    return Bounds(_bounds(stage, None), {language: _bounds(stage, language) for language in stage.languages})


def _bounds(stage: DocumentsStage, language: str | None) -> Mapping[str, Bound]:
    filters = stage.filters_for(language)
    bounds = {f"{filter.name}.{name}": bound for filter in filters for name, bound in filter.bounds().items()}
    return {name: bound for name, bound in bounds.items() if name != "license.verdict"}


def limits_of(bound: Bound | None) -> Limits:
    """Return a bound as it is drawn, in the precision in which signals are stored."""
    if not isinstance(bound, Range):
        return Limits()
    one = as_stored(bound)
    return Limits(one.min, one.max) if isinstance(one, Range) else Limits()


def numbers(column: pa.ChunkedArray) -> Floats:
    """Return the numbers of a signal; of documents that did not come to its step, none."""
    return np.asarray(column.drop_null().cast(pa.float64()).to_numpy())


def is_number(column: pa.ChunkedArray) -> bool:
    """Return whether a signal is measured in numbers."""
    kind = column.type
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def signal_reports(sample: Measured, bounds: Bounds) -> Iterator[SignalReport]:
    """Yield each signal that is a number in all languages, and behind it, if it has a bound, in each of the largest."""
    for name in sample.names:
        if is_number(sample.table[name]):
            yield from _reports(sample, name, bounds)


def _reports(sample: Measured, name: str, bounds: Bounds) -> Iterator[SignalReport]:
    values, general = numbers(sample.table[name]), bounds.general.get(name)
    if not len(values):
        return
    edges = scaled_edges(values, _marks(general))
    if not any(_is_bounded(each.get(name)) for each in (bounds.general, *bounds.own.values())):
        yield SignalReport(name, None, None, Limits(), 0, counted(values, edges), *_ends(values))
        return
    broken, shown_bound = broken_by(sample.table, name, bounds), "any" if general is None else str(general)
    beyond = int(np.count_nonzero(broken))
    yield SignalReport(
        name, None, shown_bound, limits_of(general), beyond, counted(values, edges, broken), *_ends(values)
    )
    for language in sample.languages:
        values, bound = numbers(sample.rows_of(language)[name]), bounds.of(language).get(name)
        if len(values) and bound is not None:
            few = scaled_edges(values, _marks(bound), BINS_OF_A_LANGUAGE)
            broken = as_stored(bound).broken(values)
            beyond = int(np.count_nonzero(broken))
            drawn = counted(values, few, broken)
            yield SignalReport(name, language, str(bound), limits_of(bound), beyond, drawn, *_ends(values))


def _ends(values: Floats) -> tuple[float | None, float | None]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (None, None)


def _marks(bound: Bound | None) -> list[float]:
    limits = limits_of(bound)
    return [edge for edge in (limits.min, limits.max) if edge is not None]


def _is_bounded(bound: Bound | None) -> bool:
    return isinstance(bound, Range) and (bound.min is not None or bound.max is not None)


def broken_by(table: pa.Table, name: str, bounds: Bounds) -> Mask:
    """Return which of the documents that came to the step of a signal break the bound of their own language."""
    there = table.select([name, "language"]).filter(pc.is_valid(table[name]))
    languages, values = there["language"].combine_chunks().dictionary_encode(), numbers(there[name])
    places, broken = np.asarray(languages.indices), np.zeros(len(values), np.bool_)
    of_general = np.ones(len(values), np.bool_)
    for number, language in enumerate(languages.dictionary.to_pylist()):
        if language in bounds.own:
            here = places == number
            of_general &= ~here
            if (bound := bounds.own[language].get(name)) is not None:
                broken[here] = as_stored(bound).broken(values[here])
    if (general := bounds.general.get(name)) is not None:
        broken[of_general] = as_stored(general).broken(values[of_general])
    return broken


def word_reports(sample: Measured, bounds: Bounds) -> Iterator[WordReport]:
    """Yield each signal that is a word: the most frequent values."""
    for name in sample.names:
        if pa.types.is_string(sample.table[name].type):
            counts = Counter(value for value in sample.table[name].to_pylist() if value is not None)
            if counts:
                most = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:VALUES])
                rest = counts.total() - sum(most.values())
                bound = bounds.general.get(name)
                listed = frozenset(bound.values) if isinstance(bound, OneOf) and bound.values is not None else None
                shown_bound = None if listed is None else str(bound)
                yield WordReport(name, shown_bound, most | ({OTHER: rest} if rest else {}), listed)


@dataclass(frozen=True)
class PersonalData:
    """Personal data of one kind among the documents whose signals were read."""

    kind: str
    documents: int  # that have any
    found: int


def personal_data(sample: Measured) -> list[PersonalData]:
    """Return what the step `pii` found, by kind, the most frequent first."""
    names = [name for name in sample.names if name.startswith("pii.") and name != "pii.density"]
    counts = [(name.partition(".")[2], numbers(sample.table[name])) for name in names]
    kinds = [PersonalData(kind, int(np.count_nonzero(v)), int(np.nansum(v))) for kind, v in counts]
    return sorted(kinds, key=lambda one: (-one.found, one.kind))
