"""The journey of one document through a run: kept or dropped, where, by which signal, its value and the bound."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.base import Filter, Range
from pipeline.answers.documents import DocumentShard, documents_of
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.measurement import Measurement
from pipeline.answers.nearest import nearest
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.config import PipelineConfig
from pipeline.errors import QuestionError
from pipeline.stages.rights.verdicts import Rights
from pipeline.takedown.notes import SUPPRESSED
from pipeline.words import did_you_mean
from shards import files
from shards.arrays import Places, only_row, text_scalar
from shards.receipts import UNKNOWN_LANGUAGE
from shards.release import manifest
from shards.release.commitments import address_of
from shards.release.place import release_at
from shards.release.proofs import key_of
from shards.schema import UNPUBLISHED

NAMES = ("id", "url", "source_id")  # columns by which a document can be asked for
Row: TypeAlias = Mapping[str, Any]  # of `shards.schema.DOCUMENT`, or of the verdicts of a stage


@dataclass(frozen=True)
class Journey:
    """All that a run knows of one document."""

    document: Row
    rejected_by: str | None
    rejected_in: str | None  # the stage
    signals: tuple[Measurement, ...]
    verdicts: Mapping[str, Row]  # of each stage that judged it later: duplicate_of, similarity, …
    published: str | None = None  # the release shard that has it


def journeys(run: FinishedRun, wanted: str) -> Iterator[Journey]:
    """Yield the journey of every document with the wanted id, URL or source id, or of the only one of a wanted file.

    Raises
    ------
    QuestionError
        when there is none, with the reason or the nearest names; when several documents were read from the file.
    """
    settings = settings_of(run)
    shards = documents_of(run).shards
    for shard, row in list(_named(shards, wanted)) or [_only_document_of_file(run, shards, wanted)]:
        for journey in journeys_in(shard, np.array([row]), settings):
            yield journey if journey.rejected_by else replace(journey, published=_published(run, journey.document))


def _named(shards: Sequence[DocumentShard], wanted: str) -> Iterator[tuple[DocumentShard, int]]:
    text = text_scalar(wanted)
    for shard in shards:
        first = 0
        for batch in files.read_shard(shard.uri, list(NAMES)):
            same = [pc.equal(batch[name], text) for name in NAMES]
            rows = pc.indices_nonzero(reduce(pc.or_kleene, same)).to_pylist()
            yield from ((shard, first + row) for row in rows)
            first += batch.num_rows


def _only_document_of_file(run: FinishedRun, shards: Sequence[DocumentShard], wanted: str) -> tuple[DocumentShard, int]:
    documents = list(islice(_of_file(shards, wanted), 2))
    if len(documents) == 1:
        return documents[0]
    if documents:
        raise QuestionError(
            f"{wanted}: several documents were read from this file; name one by its id, URL or source id, "
            f"which `yuliao sample {run.output}` prints"
        )
    suppressed = files.join(run.output, SUPPRESSED)
    if key_of(address_of(wanted)) in _suppressed_keys(suppressed):
        raise QuestionError(f"{wanted}: taken down: {suppressed} has its address, and its rows have lost their content")
    near = nearest(wanted, (batch for shard in shards for batch in files.read_shard(shard.uri, list(NAMES))))
    raise QuestionError(
        f"{wanted}: no document of {run.output} has this id, URL, source id or file{did_you_mean(near)}"
    )


def _suppressed_keys(uri: str) -> list[bytes]:
    keys: list[bytes] = files.read_table(uri, ["key"])["key"].to_pylist() if files.is_file(uri) else []
    return keys


def _of_file(shards: Sequence[DocumentShard], wanted: str) -> Iterator[tuple[DocumentShard, int]]:
    """Yield the documents that were read from a file; its path may be longer than the one in `provenance`."""
    for shard in shards:
        first = 0
        for batch in files.read_shard(shard.uri, ["provenance"]):
            names = pc.struct_field(batch["provenance"], "file")
            same = [name for name in pc.unique(names).to_pylist() if name and f"/{wanted}".endswith(f"/{name}")]
            rows = pc.indices_nonzero(pc.is_in(names, pa.array(same, names.type))).to_pylist()
            yield from ((shard, first + row) for row in rows)
            first += batch.num_rows


def journeys_in(shard: DocumentShard, rows: Places, settings: PipelineConfig | None) -> Iterator[Journey]:
    """Yield the journeys of rows of a shard, in order, but for where they were published; of a release, no settings."""
    documents, verdicts = shard.take(rows), shard.verdicts_on(rows)
    signals = _signals(shard, documents["id"])
    for place in range(len(rows)):
        document = only_row(documents.slice(place, 1))
        document |= {name: document.get(name) for name in UNPUBLISHED}  # a release does not have them
        said = {judge: only_row(table.slice(place, 1)) for judge, table in verdicts.items()}
        where = next((judge for judge, verdict in said.items() if verdict["rejected_by"] is not None), "documents")
        reason = document["rejected_by"]
        measured: tuple[Measurement, ...] = ()
        if settings is not None:
            row = signals.get(document["id"], {})
            measured = (*_measured(settings, document, row), *_judged(settings, document, said))
        yield Journey(document, reason, where if reason else None, measured, said)


def _signals(shard: DocumentShard, ids: pa.ChunkedArray) -> dict[str, Row]:
    batches = files.read_shard(shard.signals) if shard.signals else ()
    wanted = ids.combine_chunks()
    return {row["id"]: row for batch in batches for row in batch.filter(pc.is_in(batch["id"], wanted)).to_pylist()}


def _measured(settings: PipelineConfig, document: Row, row: Row) -> Iterator[Measurement]:
    stage = documents_stage(settings)
    for key in stage.measured:
        if row.get(key) is not None:
            yield Measurement(key, row[key], Range())
    for filter in stage.filters_for(document["language"]):
        yield from _of_filter(filter, document, row)


def _of_filter(filter: Filter, document: Row, row: Row) -> Iterator[Measurement]:
    bounds = {f"{filter.name}.{name}": b for name, b in filter.bounds_for(document["source"], document["url"]).items()}
    reached = any(row.get(key) is not None for key in bounds)
    for key, bound in bounds.items():
        decided = key == document["rejected_by"] or key in (document["flagged_by"] or ())
        yield Measurement(key, row.get(key), bound, decided, reached)


def _judged(settings: PipelineConfig, document: Row, verdicts: Mapping[str, Row]) -> Iterator[Measurement]:
    for stage in settings.flat_stages():
        if isinstance(stage, Rights) and stage.name in verdicts:
            bounds, verdict = stage.bounds_for(document["source"], document["url"]), verdicts[stage.name]
            for name, value in stage.measured(verdict).items():
                key = f"{stage.name}.{name}"
                yield Measurement(key, value, bounds[name], key == verdict["rejected_by"])


def _published(run: FinishedRun, document: Row) -> str | None:
    language, wanted = document["language"] or UNKNOWN_LANGUAGE, text_scalar(document["id"])
    for stage in run.stages:
        if stage.name == "publish":
            release = release_at(stage.folder)
            for shard in manifest.read(release).shards:
                uri = files.join(release, shard.path)
                if shard.language == language and pc.any(pc.equal(files.read_table(uri, ["id"])["id"], wanted)).as_py():
                    return uri
    return None
