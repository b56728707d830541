"""Documents of a run put before people, blind to the verdict; and what their labels say of its filters.

Drawn are as many documents of each fate as of any other: those that were kept, and those that each filter rejected
which reads texts. A document without a text, a copy, and one that the rights stage rejected say nothing of filters.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.documents import KEPT, Documents, DocumentShard
from pipeline.answers.journey import Journey, journeys_in
from pipeline.answers.labels import Decision, Label, Labelled, Reason, digest_of_text
from pipeline.answers.precision import Case, Rightness, rightness
from pipeline.answers.sample import Criteria, Place, Specimen, draw, specimens_at
from pipeline.answers.settings import settings_of
from pipeline.config import PipelineConfig
from pipeline.errors import QuestionError
from pipeline.stages.documents import DocumentsStage
from shards import files
from shards.arrays import Places

BROKEN = ("rejects", "would_reject", "flags")


@dataclass(frozen=True)
class Unlabelled:
    """A document to be labelled: what people may see of it, and how many it stands for."""

    id: str
    language: str | None
    title: str | None
    text: str
    weight: float


def drawn(documents: Documents, criteria: Criteria, count: int, seed: str) -> list[Unlabelled]:
    """Return documents to be labelled, in an order that tells nothing of their fates.

    Raises
    ------
    QuestionError
        when there are none with a text, or the place is a release.
    """
    settings = _settings(documents)
    strata = draw(documents, criteria, count, seed, each="filter")
    reading = {KEPT, *_filters_of_texts(settings)}
    strata = {name: stratum for name, stratum in strata.items() if name in reading}
    rounds = zip_longest(*([(name, place) for place in stratum.drawn] for name, stratum in strata.items()))
    chosen = [pair for each in rounds for pair in each if pair is not None][:count]
    taken = {name: sum(other == name for other, _ in chosen) for name in strata}
    specimens = specimens_at(documents, sorted(chosen, key=lambda pair: pair[1]), None)
    weights = {name: strata[name].size / taken[name] for name in strata if taken[name]}
    unlabelled = [_unlabelled(one, weights[one.stratum]) for one in specimens if one.journey.document["text"]]
    if not unlabelled:
        raise QuestionError(f"{documents.place}: no such document has a text that a filter has read")
    return unlabelled


def _unlabelled(one: Specimen, weight: float) -> Unlabelled:
    document = one.journey.document
    return Unlabelled(document["id"], document["language"], document["title"], document["text"], weight)


def label_of(
    document: Unlabelled, by: str, at: datetime, decision: Decision | None, quality: int | None, reason: Reason | None
) -> Label:
    """Return what a person says of a document; no decision takes back what they said before."""
    return Label(
        id=document.id,
        decision=decision,
        quality=quality,
        reason=reason,
        by=by,
        at=at,
        language=document.language,
        text_digest=digest_of_text(document.text),
        weight=document.weight,
    )


def _settings(documents: Documents) -> PipelineConfig:
    if documents.run is None:
        raise QuestionError(f"{documents.place}: a release has kept documents only; label its run")
    return settings_of(documents.run)


def _filters_of_texts(settings: PipelineConfig) -> set[str]:
    stages = [stage for stage in settings.flat_stages() if isinstance(stage, DocumentsStage)]
    chains = [stage.filters_for(language) for stage in stages for language in (None, *stage.languages)]
    return {filter.name for chain in chains for filter in chain if not filter.needs_payload}


@dataclass(frozen=True)
class Precisions:
    """What labels say of a run."""

    labelled: int
    unsure: int  # nobody knows, or people disagree
    absent: int  # this run does not have them
    changed: int  # this run has another text of them
    filters: tuple[Rightness, ...]  # all together, then each filter, and each of its signals that would drop one


def precisions(documents: Documents, judged: Sequence[Labelled]) -> Precisions:
    """Return how often the filters of a run are right; the labels may be of another run of the same input."""
    settings = _settings(documents)
    labels = {one.id: one for one in judged}
    journeys = {one.document["id"]: one for one in journeys_by_id(documents, settings, list(labels))}
    decided = [(labels[name], journey) for name, journey in journeys.items() if labels[name].decision != "unsure"]
    reading = _filters_of_texts(settings)
    signals = dict.fromkeys(one.name for _, journey in decided for one in journey.signals)
    by_filter: dict[str, list[str]] = {}
    for name in signals:
        if (filter := name.partition(".")[0]) in reading:
            by_filter.setdefault(filter, []).append(name)
    every = {name for names in by_filter.values() for name in names}
    measured = [rightness("all filters", _cases(decided, every))]
    for filter, names in by_filter.items():
        measured.append(rightness(filter, _cases(decided, set(names))))
        own = [rightness(name, _cases(decided, {name})) for name in names] if len(names) > 1 else []
        measured += [one for one in own if one.precision.documents]
    return Precisions(
        len(labels),
        sum(one.decision == "unsure" for one in labels.values()),
        len(labels) - len(journeys),
        sum(digest_of_text(one.document["text"]) != labels[name].text_digest for name, one in journeys.items()),
        tuple(measured),
    )


def _cases(decided: Iterable[tuple[Labelled, Journey]], names: Set[str]) -> Iterator[Case]:
    """Yield the documents of which some of the signals were measured, and whether one of them would drop it."""
    for label, journey in decided:
        own = [one for one in journey.signals if one.name in names]
        if any(one.reached for one in own):
            yield Case(label.decision == "drop", any(one.outcome in BROKEN for one in own), label.weight)


def journeys_by_id(documents: Documents, settings: PipelineConfig | None, ids: Sequence[str]) -> Iterator[Journey]:
    """Yield the journeys of those of the documents that are there."""
    wanted = pa.array(ids, pa.string())
    for shard in documents.shards:
        rows = _rows(shard, wanted)
        if len(rows):
            yield from journeys_in(shard, rows, settings)


def places_by_id(documents: Documents, ids: Sequence[str]) -> list[Place]:
    """Return where those of the documents lie that are there."""
    wanted = pa.array(ids, pa.string())
    places = []
    for index, shard in enumerate(documents.shards):
        places += [Place(0, "", index, row) for row in _rows(shard, wanted).tolist()]
        if len(places) >= len(ids):
            break
    return places


def _rows(shard: DocumentShard, wanted: pa.Array) -> Places:
    ids = pa.chunked_array([batch["id"] for batch in files.read_shard(shard.uri, ["id"])], pa.string())
    return np.flatnonzero(pc.is_in(ids, wanted))
