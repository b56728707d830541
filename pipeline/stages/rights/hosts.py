"""The stages `host_counts`, `robots_snapshots` and `hosts`: what the pages of each host say, added up and judged.

    counts/   host, scope, license, pages; one per host and statement, by partition, then host
    robots/   host, authority, fetched_at, digest, text; one per robots.txt of a snapshot, by partition, then authority
    hosts/    host, license, reason; for each shard of documents in turn the hosts whose licence its pages hang on
    rules/    the robots.txt that each shard of documents needs, in the same way

No task holds all hosts, and a shard of documents is judged again only if what is known of its own hosts has changed.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import pyarrow as pa
import xxhash
from pydantic import Field, JsonValue

from filters.licences.hosts import HostCounts, HostVerdict, added, counted, judged
from filters.licences.sites import host_of, site_of
from pipeline.stages.base import Facts, FinishedStage, Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.rights.robots import ROBOTS, RobotsRow, Snapshot, newest, snapshots
from shards import files, globs

COUNTS = pa.schema([("host", pa.string()), ("scope", pa.string()), ("license", pa.string()), ("pages", pa.int64())])
HOSTS = pa.schema([("host", pa.string()), ("license", pa.string()), ("reason", pa.string())])


FEW = 4096  # documents: with fewer, a partition of their hosts is not worth a task


class Scope(StrEnum):
    """What a row of COUNTS is about."""

    ALL = "all"  # pages of a host
    KEPT = "kept"  # a host some of whose pages were kept
    ASKING = "asking"  # a host some of whose pages were kept under the licence of the site
    SITE = "site"  # pages that state a licence of the site
    DOCUMENT = "document"  # pages that state one of their own


class CountRow(NamedTuple):
    """A row of COUNTS."""

    host: str
    scope: Scope
    license: str
    pages: int


class HostRow(NamedTuple):
    """A row of HOSTS."""

    host: str
    license: str | None
    reason: str


Row = TypeVar("Row", CountRow, HostRow, RobotsRow)


class RowRange(NamedTuple):
    """Rows of the shard that a task wrote."""

    task: str
    first: int
    last: int


class DigestedRange(NamedTuple):
    """Rows of a shard, and a digest of what they say."""

    first: int
    last: int
    digest: str

    def written_by(self, task: str) -> RowRange:
        """Return where these rows are."""
        return RowRange(task, self.first, self.last)


class RightsStage(Stage):
    """What the stages of rights share."""

    partitions: int | None = Field(
        None,
        ge=1,
        description="partitions (tasks) of hosts; more make tasks smaller; null: 1 to 16, by documents",
    )

    def divided(self, state: RunState) -> int:
        """Return how many partitions there are."""
        documents = sum(receipt.rows for receipt in state.finished["documents"].receipts.values())
        return self.partitions or min(1 << (max(-(-documents // FEW), 1) - 1).bit_length(), 16)


class PartitionedFacts(Facts):
    """Where the rows of each partition of hosts begin, and the end of the last."""

    bounds: tuple[int, ...]


class HostCountsPart(Part):
    """A shard of documents."""

    documents: str
    partitions: int


class HostCountsStage(RightsStage):
    """Counts what the pages of each host say, those included that will not be published."""

    name: Literal["host_counts"] = "host_counts"
    judged_by: tuple[str, ...]  # the steps from `license` on: a page that others have rejected was not judged

    def tasks(self, state: RunState) -> list[Task]:
        documents = state.finished["documents"]
        partitions = self.divided(state)
        return [
            Task.of((key,), HostCountsPart(documents=key, partitions=partitions), documents.receipts[key].rows)
            for key in documents.keys
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(HostCountsPart)
        kept = [page for page, _ in _pages(workspace.upstream("documents", "kept", part.documents))]
        rejected = _pages(workspace.upstream("documents", "rejected", part.documents))
        seen = [page for page, reason in rejected if (reason or "").partition(".")[0] in self.judged_by]
        rows = sorted(_count_rows(counted([*kept, *seen]), kept))
        return Outcome(facts=_write_partitioned(workspace, "counts", rows, COUNTS, part.partitions))


class RobotsPart(Part):
    """A file with robots.txt of many hosts."""

    file: str
    partitions: int


class RobotsStage(RightsStage):
    """Reads snapshots of robots.txt."""

    name: Literal["robots_snapshots"] = "robots_snapshots"
    snapshots: tuple[Path, ...]

    def settings(self) -> dict[str, JsonValue]:
        return self.model_dump(mode="json", exclude={"snapshots"})  # which files there are is a matter of the tasks

    def tasks(self, state: RunState) -> list[Task]:
        uris = [info.uri for info in globs.expand([str(path) for path in self.snapshots])]
        state.inputs.identify_all(uris)
        tasks = []
        for uri in uris:
            identity, size = state.inputs.identify(uri)
            tasks.append(Task.of((identity,), RobotsPart(file=uri, partitions=self.divided(state)), size))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(RobotsPart)
        rows = sorted(snapshot.row for snapshot in newest(snapshots(part.file)))
        return Outcome(facts=_write_partitioned(workspace, "robots", rows, ROBOTS, part.partitions))


class HostsPart(Part):
    """A partition of the hosts: the rows of it that the tasks before have written."""

    partition: int
    counts: tuple[RowRange, ...]  # of each shard of documents
    documents: tuple[str, ...]  # the tasks of those shards
    robots: tuple[RowRange, ...]  # of each snapshot


class HostsFacts(Facts):
    """The rows that each shard of documents needs, by the shard's task, where it needs any."""

    hosts: dict[str, DigestedRange]
    rules: dict[str, DigestedRange]


class HostsStage(RightsStage):
    """Adds up one partition of the hosts and judges each."""

    name: Literal["hosts"] = "hosts"

    def tasks(self, state: RunState) -> list[Task]:
        counts, robots = state.finished["host_counts"], state.finished.get("robots_snapshots")
        documents = tuple(part.documents for part in counts.parts(HostCountsPart))
        partitions = self.divided(state)
        counts_of, robots_of = _ranges(counts, partitions), _ranges(robots, partitions)
        reads = (*counts.keys, *(robots.keys if robots else ()))
        return [
            Task.of(
                reads,
                HostsPart(
                    partition=partition,
                    counts=tuple(counts_of[partition]),
                    documents=documents,
                    robots=tuple(robots_of[partition]),
                ),
            )
            for partition in range(partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(HostsPart)
        shards = [_host_pages(workspace.upstream("host_counts", "counts", rows.task), rows) for rows in part.counts]
        total = added({host: pages.counts for host, pages in hosts.items()} for hosts in shards)
        verdicts = {host: judged(counts) for host, counts in total.items() if counts.site}
        by_host: dict[str, list[Snapshot]] = {}
        read = (_snapshots(workspace.upstream("robots_snapshots", "robots", rows.task), rows) for rows in part.robots)
        for snapshot in newest(itertools.chain.from_iterable(read)):
            by_host.setdefault(snapshot.host, []).append(snapshot)
        hosts: dict[str, list[HostRow]] = {}
        rules: dict[str, list[RobotsRow]] = {}
        for documents, shard in zip(part.documents, shards, strict=True):
            asking = sorted(host for host, pages in shard.items() if pages.asking and host in verdicts)
            hosts[documents] = [HostRow(host, verdicts[host].license, verdicts[host].reason) for host in asking]
            kept = sorted(host for host, pages in shard.items() if pages.kept and host in by_host)
            rules[documents] = [snapshot.row for host in kept for snapshot in by_host[host]]
        return Outcome(
            facts=HostsFacts(
                hosts=_write_by_shard(workspace, "hosts", hosts, HOSTS),
                rules=_write_by_shard(workspace, "rules", rules, ROBOTS),
            )
        )


def host_verdicts(workspace: Workspace, ranges: Iterable[RowRange]) -> dict[str, HostVerdict]:
    """Return what is known of the hosts of one shard of documents."""
    tables = (_table(workspace.upstream("hosts", "hosts", rows.task), rows) for rows in ranges)
    return {row["host"]: HostVerdict(row["license"], row["reason"]) for table in tables for row in table.to_pylist()}


def host_rules(workspace: Workspace, ranges: Iterable[RowRange]) -> dict[str, Snapshot]:
    """Return the newest robots.txt of the hosts of one shard of documents, by host and port."""
    read = (_snapshots(workspace.upstream("hosts", "rules", rows.task), rows) for rows in ranges)
    return {snapshot.authority: snapshot for snapshots in read for snapshot in snapshots}


class _Page(NamedTuple):
    """What is counted of a page."""

    url: str | None
    license: str | None
    scope: str | None


def _pages(uri: str) -> Iterator[tuple[_Page, str | None]]:
    """Yield each page of a shard, and why it was rejected."""
    for batch in files.read_shard(uri, ["url", "license", "license_scope", "rejected_by"]):
        columns = (batch.column(name).to_pylist() for name in ("url", "license", "license_scope", "rejected_by"))
        for url, license, scope, reason in zip(*columns, strict=True):
            yield _Page(url, license, scope), reason


def _count_rows(counts: Mapping[str, HostCounts], kept: Sequence[_Page]) -> Iterator[CountRow]:
    for site, stated in counts.items():
        yield CountRow(site, Scope.ALL, "", stated.pages)
        yield from (CountRow(site, Scope.SITE, license, pages) for license, pages in stated.site.items())
        yield from (CountRow(site, Scope.DOCUMENT, license, pages) for license, pages in stated.document.items())
    hosts = {host_of(page.url) for page in kept}
    yield from (CountRow(host, Scope.KEPT, "", 0) for host in hosts if host)
    asking = {site_of(page.url) for page in kept if page.scope == "site"}
    yield from (CountRow(site, Scope.ASKING, "", 0) for site in asking if site)


@dataclass
class _HostPages:
    """What COUNTS says of a host's pages in a shard of documents."""

    counts: HostCounts = field(default_factory=HostCounts)
    kept: bool = False  # some were
    asking: bool = False  # some were, under the licence of the site


def _host_pages(uri: str, rows: RowRange) -> dict[str, _HostPages]:
    hosts: dict[str, _HostPages] = {}
    for row in _table(uri, rows).to_pylist():
        pages = hosts.setdefault(row["host"], _HostPages())
        match row["scope"]:
            case Scope.ALL:
                pages.counts.pages += row["pages"]
            case Scope.KEPT:
                pages.kept = True
            case Scope.ASKING:
                pages.asking = True
            case scope:
                pages.counts.add(scope, row["license"], row["pages"])
    return hosts


def _ranges(stage: FinishedStage | None, partitions: int) -> list[list[RowRange]]:
    """Return, for each partition, its rows in the shard of each task; none if there is no such stage."""
    bounds = list(zip(stage.keys, stage.facts(PartitionedFacts), strict=True)) if stage else []
    return [
        [RowRange(key, facts.bounds[partition], facts.bounds[partition + 1]) for key, facts in bounds]
        for partition in range(partitions)
    ]


def _snapshots(uri: str, rows: RowRange) -> Iterator[Snapshot]:
    for row in _table(uri, rows).to_pylist():
        yield Snapshot(row["authority"], row["text"], row["fetched_at"], row["digest"])


def _table(uri: str, rows: RowRange) -> pa.Table:
    return files.read_rows(uri, rows.first, rows.last)


def _write_partitioned(
    workspace: Workspace, role: str, rows: Sequence[Row], schema: pa.Schema, partitions: int
) -> PartitionedFacts:
    """Write rows by the partition of their hosts, in their order within each."""
    by_partition: list[list[Row]] = [[] for _ in range(partitions)]
    for row in rows:
        by_partition[xxhash.xxh3_64_intdigest(row.host.encode()) % partitions].append(row)
    workspace.write(role, [_batch([row for part in by_partition for row in part], schema)], schema)
    return PartitionedFacts(bounds=tuple(itertools.accumulate(map(len, by_partition), initial=0)))


def _write_by_shard(
    workspace: Workspace, role: str, rows: Mapping[str, Sequence[Row]], schema: pa.Schema
) -> dict[str, DigestedRange]:
    """Write the rows that each shard of documents needs, one shard after the other; return where they are."""
    workspace.write(role, [_batch([row for needed in rows.values() for row in needed], schema)], schema)
    bounds = itertools.pairwise(itertools.accumulate(map(len, rows.values()), initial=0))
    return {
        shard: DigestedRange(first, last, _digest(needed))
        for (shard, needed), (first, last) in zip(rows.items(), bounds, strict=True)
        if needed
    }


def _digest(rows: Sequence[Row]) -> str:
    """Return a digest of rows; of a text, its own digest stands for it."""
    values = [[str(value) for name, value in row._asdict().items() if name != "text"] for row in rows]
    return hashlib.blake2b(json.dumps(values, ensure_ascii=False).encode(), digest_size=8).hexdigest()


def _batch(rows: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
