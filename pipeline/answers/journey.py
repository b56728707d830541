"""The journey of one document through a run: kept or dropped, where, by which signal, its value and the bound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute

from filters.base import Bound
from pipeline.answers.funnel import FinishedRun
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.rights.verdicts import Rights
from shards import files
from shards.release import manifest
from shards.release.place import release_at


@dataclass(frozen=True)
class Measurement:
    """A signal of a document: what was measured, what is allowed, and whether it decided."""

    name: str
    value: float | str | None
    bound: Bound
    decided: bool

    @property
    def broken(self) -> bool:
        """Whether the value lies outside of the bound; a signal that was never measured breaks nothing."""
        return self.value is not None and bool(self.bound.broken(pa.array([self.value]))[0])


@dataclass(frozen=True)
class Journey:
    """All that a run knows of one document."""

    document: Mapping[str, Any]
    rejected_by: str | None
    rejected_in: str | None  # the stage
    signals: tuple[Measurement, ...]
    verdicts: Mapping[str, Mapping[str, Any]]  # of each stage that judged it later: duplicate_of, similarity, …
    published: str | None  # the release shard it stands in


def journeys(run: FinishedRun, wanted: str) -> Iterator[Journey]:
    """Yield the journey of every document whose id, URL or source id is the wanted one."""
    documents = run.stage("documents")
    for index, task in enumerate(documents.tasks):
        for role in ("kept", "rejected"):
            for row, document in _found(documents.uri(task.key, role), wanted):
                verdicts = _verdicts(run, index, row) if role == "kept" else {}
                yield _journey(run, document, verdicts, documents.uri(task.key, "signals"))


def _found(uri: str, wanted: str) -> Iterator[tuple[int, dict[str, Any]]]:
    first = 0
    for batch in files.read_shard(uri, ["id", "url", "source_id"]):
        here = pa.compute.or_kleene(
            pa.compute.equal(batch["id"], wanted),
            pa.compute.or_kleene(pa.compute.equal(batch["url"], wanted), pa.compute.equal(batch["source_id"], wanted)),
        )
        for row in pa.compute.indices_nonzero(here.fill_null(False)).to_pylist():
            yield first + row, files.read_table(uri).slice(first + row, 1).to_pylist()[0]
        first += batch.num_rows


def _verdicts(run: FinishedRun, index: int, row: int) -> dict[str, dict[str, Any]]:
    return {
        stage.name: files.read_table(stage.uri(stage.tasks[index].key, "verdicts")).slice(row, 1).to_pylist()[0]
        for stage in run.stages
        if stage.judges
    }


def _journey(run: FinishedRun, document: dict[str, Any], verdicts: Mapping[str, Any], signals_uri: str) -> Journey:
    rejected = {"documents": document["rejected_by"]} | {name: v["rejected_by"] for name, v in verdicts.items()}
    where = next((stage for stage, reason in rejected.items() if reason is not None), None)
    reason = rejected[where] if where else None
    measured = (*_measured(run, document, signals_uri), *_judged(run, document, verdicts))
    for verdict in verdicts.values():
        document |= {name: value for name, value in verdict.items() if name in document and name != "rejected_by"}
    shard = None if where else _published(run, document["id"])
    return Journey(document, reason, where, measured, verdicts, shard)


def _measured(run: FinishedRun, document: Mapping[str, Any], uri: str) -> Iterator[Measurement]:
    rows = [row for batch in files.read_shard(uri) for row in batch.to_pylist() if row["id"] == document["id"]]
    (stage,) = (stage for stage in run.config.flat_stages() if isinstance(stage, DocumentsStage))
    for filter in stage.filters_for(document["language"]):
        for name, bound in filter.bounds_for(document["source"], document["url"]).items():
            key = f"{filter.name}.{name}"
            value = rows[0].get(key) if rows else None
            decided = key == document["rejected_by"] or key in (document["flagged_by"] or ())
            yield Measurement(key, value, bound, decided)


def _judged(run: FinishedRun, document: Mapping[str, Any], verdicts: Mapping[str, Any]) -> Iterator[Measurement]:
    for stage in run.config.flat_stages():
        if isinstance(stage, Rights) and stage.name in verdicts:
            bounds, verdict = stage.bounds_for(document["source"], document["url"]), verdicts[stage.name]
            for name, value in stage.measured(verdict).items():
                key = f"{stage.name}.{name}"
                yield Measurement(key, value, bounds[name], key == verdict["rejected_by"])


def _published(run: FinishedRun, wanted: str) -> str | None:
    for stage in run.stages:
        if stage.name == "publish":
            release = release_at(stage.folder)
            for shard in manifest.read(release).shards:
                uri = files.join(release, shard.path)
                if pa.compute.any(pa.compute.equal(files.read_table(uri, ["id"])["id"], wanted)).as_py():
                    return uri
    return None
