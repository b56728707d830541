"""A sample of the documents of a run or a release: those that meet criteria, drawn by the hash of their ids.

The smallest hashes are drawn, so a sample is as good as random, the same however the run was cut into tasks, and the
beginning of every larger one. Texts are read of what was drawn alone.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import reduce
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from pydantic import JsonValue

from filters.licences.sites import host_of
from pipeline.answers.documents import FLAGGED, KEPT, Documents, DocumentShard
from pipeline.answers.highlight import Highlight, highlights
from pipeline.answers.journey import Journey, journeys_in
from pipeline.answers.journey_json import FORMAT, journey_as_json
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.config import PipelineConfig
from pipeline.errors import QuestionError
from pipeline.words import did_you_mean
from shards.arrays import Array
from shards.receipts import UNKNOWN_LANGUAGE
from shards.schema import DOCUMENT, batch_of

Each: TypeAlias = Literal["all", "reason", "filter", "language", "source", "host", "license", "domain", "quality"]

COLUMNS = ("id", "language", "source", "url", "license", "domain", "quality_score", "rejected_by", "flagged_by")
NAMED = 12  # values that a message lists
NONE = "none"  # of a stratum whose documents have no such value


@dataclass(frozen=True)
class Criteria:
    """What the documents of a sample have in common; None: anything."""

    fate: Literal["kept", "rejected"] | None = None
    rejected_by: str | None = None  # a reason, `filter.signal` or `flagged:filter.signal`, its filter, or a stage
    language: str | None = None
    source: str | None = None
    host: str | None = None  # this one and those below it
    license: str | None = None
    domain: str | None = None
    quality: tuple[float, float] | None = None  # both included
    of_stage: frozenset[str] = frozenset()  # the reasons of the stage that `rejected_by` names

    def among(self, documents: Documents) -> "Criteria":
        """Return the criteria with the reasons that a run has for the name of a stage."""
        return replace(self, of_stage=documents.reasons.get(self.rejected_by or "", frozenset()))

    def may_be_in(self, shard: DocumentShard) -> bool:
        """Return whether a shard has documents of the fate and the language."""
        return any(self._may_be(fate, languages) for fate, languages in shard.fates.items())

    def _may_be(self, fate: str, languages: Mapping[str, int]) -> bool:
        wanted = self._is_fate(fate) or (fate == KEPT and self._asks_for_flagged())
        return wanted and any(count and self.language in (None, tag) for tag, count in languages.items())

    def _is_fate(self, fate: str) -> bool:
        if self.rejected_by is not None:
            named = (fate, fate.partition(".")[0], fate.partition(":")[0])
            return (self.rejected_by in named and fate != KEPT) or fate in self.of_stage
        return self.fate is None or (self.fate == KEPT) == (fate == KEPT or fate.startswith(FLAGGED))

    def _asks_for_flagged(self) -> bool:
        reasons = {self.rejected_by or "", *self.of_stage}
        return any(reason.startswith(FLAGGED.rstrip(":")) for reason in reasons)

    def met(self, documents: pa.Table) -> Array:
        """Return which documents have all of it."""
        reasons = pc.coalesce(documents["rejected_by"], _flagged(documents["flagged_by"]), pa.scalar(KEPT))
        fates = {fate: self._is_fate(fate) for fate in pc.unique(reasons).to_pylist()}
        tests = [pc.is_in(reasons, pa.array([fate for fate, wanted in fates.items() if wanted], pa.string()))]
        if self.language is not None:
            tests.append(pc.equal(documents["language"].fill_null(UNKNOWN_LANGUAGE), self.language))
        equal = {"source": self.source, "license": self.license, "domain": self.domain}
        tests += [pc.equal(documents[name], value) for name, value in equal.items() if value is not None]
        if self.quality is not None:
            score = documents["quality_score"]
            tests += [pc.greater_equal(score, self.quality[0]), pc.less_equal(score, self.quality[1])]
        met = np.asarray(reduce(pc.and_, (test.fill_null(False) for test in tests)), np.bool_)
        return met if self.host is None else met & self._on_host(documents["url"], met)

    def _on_host(self, urls: pa.ChunkedArray, asked: Array) -> Array:
        on_host = np.zeros(len(urls), np.bool_)
        wanted = host_of(f"https://{self.host}")
        for row in np.flatnonzero(asked):
            host = host_of(urls[row].as_py())
            on_host[row] = host is not None and (host == wanted or host.endswith(f".{wanted}"))
        return on_host


def _flagged(flags: pa.ChunkedArray) -> pa.Array:
    """Return `flagged:` and the first bound that flagged each document; null where none did."""
    if flags.null_count == len(flags):
        return pa.nulls(len(flags), pa.string())
    firsts = [each[0] if each else None for each in flags.to_pylist()]
    return pc.binary_join_element_wise(FLAGGED, pa.array(firsts, pa.string()), "")


def band_of(words: str) -> tuple[float, float]:
    """Return the ends of a band of qualities, `0.2..0.4`, `..0.1`, `0.9..`.

    Raises
    ------
    QuestionError
        when it is none.
    """
    low, dots, high = words.partition("..")
    try:
        band = float(low or "-inf"), float(high or "inf")
    except ValueError:
        dots = ""
    if not dots or not band[0] <= band[1]:
        raise QuestionError(f"{words}: not a range such as `0.2..0.4`, `..0.1`, `0.9..`")
    return band


@dataclass(frozen=True, order=True)
class Place:
    """Where a drawn document lies; by their order they are drawn."""

    digest: int
    id: str
    shard: int
    row: int


@dataclass
class Stratum:
    """The documents with one value of what a sample has some of each of: how many, and those drawn."""

    size: int = 0
    heap: list[tuple[int, Place]] = field(default_factory=list)  # the greatest digest first

    def offer(self, place: Place, most: int) -> None:
        """Count a document, and draw it if its digest is among the smallest."""
        self.size += 1
        if len(self.heap) < most:
            heapq.heappush(self.heap, (-place.digest, place))
        elif place.digest < -self.heap[0][0]:
            heapq.heapreplace(self.heap, (-place.digest, place))

    @property
    def drawn(self) -> list[Place]:
        """Those drawn, the smallest digest first."""
        return sorted(place for _, place in self.heap)


def draw(
    documents: Documents, criteria: Criteria, count: int, seed: str = "", each: Each = "all"
) -> dict[str, Stratum]:
    """Return the sample, in strata by what `each` names (of each `count` documents), in order; `all` is one stratum.

    Raises
    ------
    QuestionError
        when no document meets the criteria; it names what is near one that nothing has.
    """
    strata: dict[str, Stratum] = {}
    number = xxhash.xxh3_64_intdigest(seed.encode())
    criteria = criteria.among(documents)
    for index, shard in enumerate(documents.shards):
        if criteria.may_be_in(shard):
            for first, table in _tables(shard):
                rows = np.flatnonzero(criteria.met(table))
                chosen = table.take(pa.array(rows))
                for name, identity, row in zip(
                    _strata(chosen, each), chosen["id"].to_pylist(), rows.tolist(), strict=True
                ):
                    digest = xxhash.xxh3_64_intdigest(identity.encode(), number)
                    strata.setdefault(name, Stratum()).offer(Place(digest, identity, index, first + row), count)
    if not strata:
        raise QuestionError(f"{documents.place}: no document {_told(criteria)}{_near(documents, criteria)}")
    return dict(sorted(strata.items()))


def _tables(shard: DocumentShard) -> Iterator[tuple[int, pa.Table]]:
    first = 0
    for table in shard.read(COLUMNS):
        yield first, table
        first += table.num_rows


def _strata(documents: pa.Table, each: Each) -> Iterable[str]:
    if each == "all":
        return [""] * documents.num_rows
    if each in ("reason", "filter"):
        fates = documents["rejected_by"].fill_null(KEPT).to_pylist()
        return fates if each == "reason" else [fate.partition(".")[0] for fate in fates]
    if each == "host":
        return [host_of(url) or NONE for url in documents["url"].to_pylist()]
    if each == "quality":
        return [NONE if score is None else _band(score) for score in documents["quality_score"].to_pylist()]
    return [value or NONE for value in documents[each].to_pylist()]


def _band(score: float) -> str:
    """Return the tenth in which a score lies, as `--quality` takes it."""
    low = math.floor(10 * score) / 10
    return f"{low:.1f}..{low + 0.1:.1f}"


def _told(criteria: Criteria) -> str:
    """Return the criteria in words."""
    low, high = criteria.quality or (0.0, 0.0)
    words = [
        {None: "", "kept": "is kept", "rejected": "is rejected"}[criteria.fate],
        f"is rejected by {criteria.rejected_by}" if criteria.rejected_by else "",
        f"is in {criteria.language}" if criteria.language else "",
        f"is of the source {criteria.source}" if criteria.source else "",
        f"is on {criteria.host}" if criteria.host else "",
        f"is under {criteria.license}" if criteria.license else "",
        f"is on the subject {criteria.domain}" if criteria.domain else "",
        f"has a quality from {low:g} to {high:g}" if criteria.quality else "",
    ]
    return " and ".join(filter(None, words)) or "is here"


def _near(documents: Documents, criteria: Criteria) -> str:
    """Return what a message says of a criterion that no document meets: what is near it, or what there is."""
    fates = documents.fates()
    if documents.run is None and (criteria.rejected_by or criteria.fate == "rejected"):
        return ": a release has what was kept alone; ask the run"
    named = {*fates, *(reason for reasons in documents.reasons.values() for reason in reasons)}
    stages = {stage for stage, reasons in documents.reasons.items() if reasons}
    reasons = {*named, *(fate.partition(".")[0] for fate in named), *stages} - {KEPT}
    languages = {tag for counts in fates.values() for tag in counts}
    for wanted, names in ((criteria.rejected_by, reasons), (criteria.language, languages)):
        if wanted is not None and wanted not in names and names:
            return _instead(wanted, names)
    for name in VALUES:
        wanted = getattr(criteria, name)
        if wanted is not None and wanted not in (there := _values(documents, name)):
            return _instead(wanted, there)
    if criteria.quality is None:
        return ""
    scores = sorted(map(float, _values(documents, "quality_score")))
    if not scores:
        return "; none has one"
    within = any(criteria.quality[0] <= score <= criteria.quality[1] for score in scores)
    return "" if within else f"; there are qualities from {scores[0]:.3g} to {scores[-1]:.3g}"


VALUES = ("source", "license", "domain", "host")  # criteria that ask for one value


def _values(documents: Documents, name: str) -> set[str]:
    """Return the values of a column, or the hosts, of all documents."""
    column = "url" if name == "host" else name
    values = {value for shard in documents.shards for table in shard.read([column]) for value in _unique(table[column])}
    return {host for url in values if (host := host_of(url))} if name == "host" else values


def _unique(column: pa.ChunkedArray) -> list[str]:
    return [str(value) for value in pc.unique(column).to_pylist() if value is not None]


def _instead(wanted: str, names: set[str]) -> str:
    """Return the names near a wanted one, or else those that there are."""
    close = get_close_matches(wanted, names) or sorted(name for name in names if name.startswith(wanted))
    if close:
        return did_you_mean(close)
    named = sorted(names)[:NAMED]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"; there are {', '.join(named)}{more}" if named else "; none has one"


@dataclass(frozen=True)
class Specimen:
    """A drawn document, and the pieces of its text that decided."""

    stratum: str
    journey: Journey
    highlights: tuple[Highlight, ...]


def specimens(documents: Documents, strata: Mapping[str, Stratum]) -> list[Specimen]:
    """Return the drawn documents, in the order of the strata and of the draw."""
    drawn = [(name, place) for name, stratum in strata.items() for place in stratum.drawn]
    return specimens_at(documents, drawn, settings_of(documents.run) if documents.run else None)


def specimens_at(
    documents: Documents, drawn: Sequence[tuple[str, Place]], settings: PipelineConfig | None
) -> list[Specimen]:
    """Return documents by their strata and places, in that order; without settings, nothing of their signals."""
    by_shard: dict[int, list[Place]] = {}
    for _, place in sorted(drawn, key=lambda pair: pair[1].row):
        by_shard.setdefault(place.shard, []).append(place)
    journeys: dict[Place, Journey] = {}
    for index, here in by_shard.items():
        rows = np.array([place.row for place in here], np.int64)
        journeys |= dict(zip(here, journeys_in(documents.shards[index], rows, settings), strict=True))
    return [
        Specimen(name, journeys[place], tuple(_marks(journeys[place], settings)) if settings else ())
        for name, place in drawn
    ]


def _marks(journey: Journey, settings: PipelineConfig) -> Iterator[Highlight]:
    """Yield the pieces of the text that decided; none where the text is no longer the one that was measured."""
    decided = [one for one in journey.signals if one.outcome in ("rejects", "flags")]
    filters = documents_stage(settings).filters_for(journey.document["language"])
    for filter in filters if journey.document["text"] else ():
        if here := [one for one in decided if one.name.partition(".")[0] == filter.name]:
            batch = batch_of([journey.document], DOCUMENT)
            yield from (
                highlight for highlight in highlights(filter, batch, here) if highlight.adds_up and highlight.spans
            )


def sample_as_json(one: Specimen) -> dict[str, JsonValue]:
    """Return a drawn document for programs: its journey, as `journey_json` has it, and what is marked in its text."""
    marks: list[JsonValue] = [
        {"signal": highlight.measurement.name, "spans": [list(span) for span in highlight.spans]}
        for highlight in one.highlights
    ]
    return {"format": FORMAT, "stratum": one.stratum, **journey_as_json(one.journey), "marks": marks}
