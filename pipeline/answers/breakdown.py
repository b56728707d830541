"""The documents of a run by what they are from and what they may be used for: by source, licence, language, host, ….

Sources are told of the receipts of `documents`; those that gave nothing are there too. All else is of the release: of
its rows only the columns that are asked about are read.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from filters.licences.sites import host_of
from pipeline.answers.finished_run import FinishedRun
from pipeline.stages.documents import DocumentsFacts
from pipeline.stages.reading import DocumentsPart
from shards import files
from shards.arrays import Array
from shards.release import manifest
from shards.release.place import ReleaseError, release_at

NONE = "none"  # of what has no such value
SIZES = ("bytes", "characters")
ROWS = ("url", "id", "title")
AUTHORITY = r"(?s)^([^:/?#\\]+://[^/?#\\]*).*"  # of an address, all that its host can be read from
LARGEST = 20  # clusters that are named
HOSTS = 1 << 18  # whose names are remembered: reading one takes as long as all else that is read of its document


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
class Cluster:
    """A published document that stands for several."""

    id: str
    title: str | None
    url: str | None
    documents: int


@dataclass(frozen=True)
class Breakdown:
    """A run by source, and its release, if there is one, in every way that is asked about."""

    sources: tuple[SourceDocuments, ...]
    languages: tuple[Texts, ...] = ()
    license_classes: tuple[Texts, ...] = ()
    licenses: tuple[Texts, ...] = ()  # SPDX expressions
    suppliers: tuple[Texts, ...] = ()
    domains: tuple[Texts, ...] = ()
    qualities: tuple[Texts, ...] = ()  # by tenths of the score
    copies: tuple[Texts, ...] = ()  # by how many documents one stands for
    clusters: tuple[Cluster, ...] = ()  # the largest
    hosts: tuple[Texts, ...] = ()
    evaluation_sets: dict[str, int] = field(default_factory=dict)  # documents that had an item of each, searched for

    def as_json(self) -> dict[str, JsonValue]:
        """Return it for programs."""
        return asdict(self)


def breakdown(run: FinishedRun, *, hosts: bool) -> Breakdown:
    """Return the tables of a run; those by host, for which addresses are read, if they are asked for."""
    sources, sets = tuple(_sources(run)), _evaluation_sets(run)
    published = next((stage for stage in run.stages if stage.name == "publish"), None)
    if published is None:
        return Breakdown(sources, evaluation_sets=sets)
    try:
        release = release_at(published.folder)
    except ReleaseError:  # taken elsewhere: what its receipts say is still there
        return Breakdown(sources, evaluation_sets=sets)
    return replace(breakdown_of_release(release, sources, hosts=hosts), evaluation_sets=sets)


def _evaluation_sets(run: FinishedRun) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for facts in run.stage("documents").facts(DocumentsFacts):
        counts.update(facts.counted.get("decontamination.benchmark", {}))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def breakdown_of_release(release: str, sources: Sequence[SourceDocuments] = (), *, hosts: bool) -> Breakdown:
    """Return the tables of a release, by its folder; those of hosts and of clusters if they are asked for."""
    name_of_host = lru_cache(HOSTS)(host_of)
    tables: dict[str, dict[str, Texts]] = {way: {} for way in ("language", "license_class", *WAYS, "host")}
    clusters: list[Cluster] = []
    for shard in manifest.read(release).shards:
        for batch in files.read_shard(files.join(release, shard.path), [*SIZES, *WAYS, *(ROWS if hosts else ())]):
            sizes = tuple(np.from_dlpack(batch[name]) for name in SIZES)
            for way, name in (("language", shard.language), ("license_class", shard.license_class)):
                tables[way].setdefault(name, Texts(name)).add(batch.num_rows, *(int(size.sum()) for size in sizes))
            for way, name_of in WAYS.items():
                _add(tables[way], batch[way], sizes, name_of)
            if hosts:
                _add(tables["host"], pc.replace_substring_regex(batch["url"], AUTHORITY, r"\1"), sizes, name_of_host)
                clusters = _largest([*clusters, *_clusters(batch)])
    return Breakdown(
        tuple(sources),
        languages=_largest_first(tables["language"]),
        license_classes=_largest_first(tables["license_class"]),
        licenses=_largest_first(tables["license"]),
        suppliers=_largest_first(tables["contributor"]),
        domains=_largest_first(tables["domain"]),
        qualities=tuple(sorted(tables["quality_score"].values(), key=_place)),
        copies=tuple(sorted(tables["duplicates"].values(), key=_place)),
        hosts=_largest_first(tables["host"]),
        clusters=tuple(clusters),
    )


def _add(
    table: dict[str, Texts], values: pa.Array, sizes: Sequence[Array], name_of: Callable[[Any], str | None]
) -> None:
    """Add documents to those of their names; each distinct value is named once."""
    encoded = values.dictionary_encode(null_encoding="encode")
    distinct, indices = encoded.dictionary.to_pylist(), np.from_dlpack(encoded.indices)
    counts = np.bincount(indices, minlength=len(distinct)).tolist()
    sums = [np.bincount(indices, size, len(distinct)).tolist() for size in sizes]  # exact below 2^53
    for value, documents, *measured in zip(distinct, counts, *sums, strict=True):
        name = (None if value is None else name_of(value)) or NONE
        table.setdefault(name, Texts(name)).add(documents, *map(int, measured))


def _tenth(score: float) -> str | None:
    """Return the tenth in which a score lies, as `sample --quality` takes it."""
    if not math.isfinite(score):
        return None
    low = math.floor(10 * score) / 10
    return f"{low:.1f}..{low + 0.1:.1f}"


def _power(documents: int) -> str:
    """Return how many documents, to the next power of two."""
    if documents <= 2:
        return str(documents)
    high = 1 << (documents - 1).bit_length()
    return f"{high // 2 + 1}..{high}"


# The columns by which documents are counted, and the name of what they hold.
WAYS: Mapping[str, Callable[[Any], str | None]] = {
    "license": str,
    "contributor": str,
    "domain": str,
    "quality_score": _tenth,
    "duplicates": _power,
}


def _place(texts: Texts) -> tuple[bool, float]:
    return texts.name == NONE, math.inf if texts.name == NONE else float(texts.name.partition("..")[0])


def _clusters(batch: pa.RecordBatch) -> Iterator[Cluster]:
    several = batch.filter(pc.greater(batch["duplicates"], 1))
    for row in several.select(["id", "title", "url", "duplicates"]).to_pylist():
        yield Cluster(row["id"], row["title"], row["url"], row["duplicates"])


def _largest(clusters: Iterable[Cluster]) -> list[Cluster]:
    return sorted(clusters, key=lambda one: (-one.documents, one.id))[:LARGEST]


def _largest_first(table: Mapping[str, Texts]) -> tuple[Texts, ...]:
    return tuple(sorted(table.values(), key=lambda texts: (-texts.bytes, texts.name)))


def _sources(run: FinishedRun) -> Iterator[SourceDocuments]:
    stage = run.stage("documents")
    sources = {name: SourceDocuments(name) for name in _configured(run)}
    for task, part in zip(stage.tasks, stage.parts(DocumentsPart), strict=True):
        name, receipt = str(part.source["name"]), stage.receipts[task.key]
        source = sources.setdefault(name, SourceDocuments(name))
        source.rows += receipt.rows
        source.kept += receipt.kept_rows
        source.unreadable += len(receipt.unreadable)
        for reason, languages in receipt.rejected.items():
            source.rejected[reason] = source.rejected.get(reason, 0) + sum(languages.values())
    for source in sources.values():
        source.rejected = dict(sorted(source.rejected.items(), key=lambda item: (-item[1], item[0])))
    yield from sources.values()


def _configured(run: FinishedRun) -> Iterator[str]:
    """Yield the names of the sources of the configuration: one without a file has no task."""
    stages = run.config.get("stages")
    for stage in stages if isinstance(stages, list) else ():
        sources = stage.get("sources") if isinstance(stage, dict) and stage.get("name") == "documents" else None
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, dict):
                yield str(source["name"])
