"""The documents of a run by what they are from and what they may be used for: by source, by class of licence, by host.

Sources are told of the receipts of `documents`; those that gave nothing are there too. Licences and languages are those
of the release, from its manifest; of its rows only the columns that are asked about are read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

import pyarrow.compute as pc
from pydantic import JsonValue

from filters.licences.sites import host_of
from pipeline.answers.finished_run import FinishedRun
from pipeline.stages.documents import DocumentsPart
from shards import files
from shards.release import manifest
from shards.release.place import ReleaseError, release_at


@dataclass
class SourceDocuments:
    """What a source gave, and what the first stage did with it."""

    source: str
    rows: int = 0
    kept: int = 0
    rejected: dict[str, int] = field(default_factory=dict)  # by reason, the most frequent first
    unreadable: int = 0  # its files that could not be read to their end


@dataclass
class Texts:
    """Published documents that have something in common, and the size of their texts."""

    name: str
    documents: int = 0
    bytes: int = 0
    characters: int = 0

    def add(self, documents: int, size: int, characters: int) -> None:
        """Count more of them."""
        self.documents += documents
        self.bytes += size
        self.characters += characters


@dataclass(frozen=True)
class Breakdown:
    """A run by source, and its release, if there is one, by language, class of licence and host."""

    sources: tuple[SourceDocuments, ...]
    languages: tuple[Texts, ...] = ()
    license_classes: tuple[Texts, ...] = ()
    hosts: tuple[Texts, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """Return it for programs."""
        return asdict(self)


def breakdown(run: FinishedRun, *, hosts: bool) -> Breakdown:
    """Return the tables of a run; those by host, for which addresses are read, if they are asked for."""
    sources = tuple(_sources(run))
    published = next((stage for stage in run.stages if stage.name == "publish"), None)
    if published is None:
        return Breakdown(sources)
    try:
        release = release_at(published.folder)
    except ReleaseError:  # taken elsewhere: what its receipts say is still there
        return Breakdown(sources)
    languages: dict[str, Texts] = {}
    classes: dict[str, Texts] = {}
    by_host: dict[str, Texts] = {}
    columns = ["characters", "bytes", *(["url"] if hosts else [])]
    for shard in manifest.read(release).shards:
        for batch in files.read_shard(files.join(release, shard.path), columns):
            size, characters = (int(pc.sum(batch[name]).as_py() or 0) for name in ("bytes", "characters"))
            for table, name in ((languages, shard.language), (classes, shard.license_class)):
                table.setdefault(name, Texts(name)).add(batch.num_rows, size, characters)
            for row in batch.to_pylist() if hosts else ():
                name = host_of(row["url"]) or "none"
                by_host.setdefault(name, Texts(name)).add(1, row["bytes"], row["characters"])
    return Breakdown(sources, *(_largest_first(table) for table in (languages, classes, by_host)))


def _largest_first(table: Mapping[str, Texts]) -> tuple[Texts, ...]:
    return tuple(sorted(table.values(), key=lambda texts: (-texts.bytes, texts.name)))


def _sources(run: FinishedRun) -> Iterator[SourceDocuments]:
    stage = run.stage("documents")
    found = {name: SourceDocuments(name) for name in _configured(run)}
    for task, part in zip(stage.tasks, stage.parts(DocumentsPart), strict=True):
        name, receipt = str(part.source["name"]), stage.receipts[task.key]
        source = found.setdefault(name, SourceDocuments(name))
        source.rows += receipt.rows
        source.kept += receipt.kept_rows
        source.unreadable += len(receipt.unreadable)
        for reason, languages in receipt.rejected.items():
            source.rejected[reason] = source.rejected.get(reason, 0) + sum(languages.values())
    for source in found.values():
        source.rejected = dict(sorted(source.rejected.items(), key=lambda item: (-item[1], item[0])))
    yield from found.values()


def _configured(run: FinishedRun) -> Iterator[str]:
    """Yield the names of the sources of the configuration: one without a file has no task."""
    stages = run.config.get("stages")
    for stage in stages if isinstance(stages, list) else ():
        sources = stage.get("sources") if isinstance(stage, dict) and stage.get("name") == "documents" else None
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, dict):
                yield str(source["name"])
