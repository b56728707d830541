"""Hosts as their pages show them: counted beside each shard of documents, added up and judged by partition of hosts.

    counts/   host, scope, license, pages; one per host and statement, by partition, then host
    robots/   host, authority, fetched_at, digest, text; one per robots.txt of a snapshot, by partition, then authority
    hosts/    host, license, reason; for each shard of documents in turn the hosts whose licence its pages hang on
    rules/    the robots.txt that each shard of documents needs, in the same way

No task holds all hosts, and a shard of documents is judged again only if what is known of its own hosts has changed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import xxhash
from pydantic import Field

from filters.licences.hosts import HostCounts, HostVerdict, counted, judged
from filters.licences.sites import host_of, site_of
from pipeline.stages.base import Known, Outcome, Stage, Task, Workspace
from pipeline.stages.rights.robots import Snapshot, newest, snapshots
from shards import files

COUNTS = pa.schema([("host", pa.string()), ("scope", pa.string()), ("license", pa.string()), ("pages", pa.int64())])
ROBOTS = pa.schema(
    [
        ("host", pa.string()),
        ("authority", pa.string()),
        ("fetched_at", pa.timestamp("s", tz="UTC")),
        ("digest", pa.string()),
        ("text", pa.binary()),
    ]
)
HOSTS = pa.schema([("host", pa.string()), ("license", pa.string()), ("reason", pa.string())])

# The scopes of COUNTS besides `site` and `document`: all pages of a host, those kept, and those kept under its licence.
ALL, KEPT, ASKING = "all", "kept", "asking"


class RightsStage(Stage):
    """What the stages of rights share."""

    partitions: int = Field(16, ge=1, description="of hosts: a task each; more for larger corpora")


class HostCountsStage(RightsStage):
    """Counts what the pages of each host say, those included that will not be published."""

    name: Literal["host_counts"] = "host_counts"
    judged_by: tuple[
        str, ...
    ]  # the steps from `license` on: what they rejected has been judged, what others did has not

    def tasks(self, known: Known) -> list[Task]:
        documents = known.finished["documents"]
        return [
            Task(reads=(task.key,), part={"documents": task.key}, weight=documents.receipts[task.key].rows)
            for task in documents.tasks
        ]

    def process(self, workspace: Workspace) -> Outcome:
        key = str(workspace.task.part["documents"])
        kept = list(_pages(workspace.upstream("documents", "kept", key)))
        rejected = _pages(workspace.upstream("documents", "rejected", key))
        seen = [page for page, reason in rejected if (reason or "").partition(".")[0] in self.judged_by]
        rows = sorted(_count_rows(counted([*(page for page, _ in kept), *seen]), [page for page, _ in kept]))
        return Outcome(facts=_partitioned(workspace, "counts", rows, COUNTS, self.partitions))


class RobotsStage(RightsStage):
    """Reads snapshots of robots.txt."""

    name: Literal["robots_snapshots"] = "robots_snapshots"
    snapshots: tuple[Path, ...]

    reads_inputs: ClassVar[bool] = True

    def settings(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"snapshots"})  # which files there are is a matter of the tasks

    def tasks(self, known: Known) -> list[Task]:
        uris = [info.uri for info in files.expand([str(path) for path in self.snapshots])]
        known.inputs.identify_all(uris)
        tasks = []
        for uri in uris:
            identity, size = known.inputs.identify(uri)
            tasks.append(Task(reads=(identity,), part={"file": uri}, weight=size))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        found = newest(snapshots(str(workspace.task.part["file"])))
        rows = sorted((host_of(f"//{s.authority}") or "", s.authority, s.fetched_at, s.digest, s.text) for s in found)
        return Outcome(facts=_partitioned(workspace, "robots", rows, ROBOTS, self.partitions))


class HostsStage(RightsStage):
    """Adds up one partition of the hosts and judges each."""

    name: Literal["hosts"] = "hosts"

    def tasks(self, known: Known) -> list[Task]:
        inputs = {
            role: known.finished[stage]
            for role, stage in (("counts", "host_counts"), ("robots", "robots_snapshots"))
            if stage in known.finished
        }
        tasks = []
        for partition in range(self.partitions):
            part: dict[str, Any] = {"partition": partition}
            for role, stage in inputs.items():
                bounds = {task.key: stage.receipts[task.key].facts["bounds"] for task in stage.tasks}
                part[role] = [[key, of[partition], of[partition + 1]] for key, of in bounds.items()]
            documents = [str(task.part["documents"]) for task in inputs["counts"].tasks]
            reads = tuple(task.key for stage in inputs.values() for task in stage.tasks)
            tasks.append(Task(reads=reads, part={**part, "documents": documents}))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        counts = [_counts(workspace.upstream("host_counts", "counts", key), *rows) for key, *rows in part["counts"]]
        total: dict[str, HostCounts] = {}
        for each in counts:
            for host, (own, _) in each.items():
                total[host] = total.get(host, HostCounts()) + own
        verdicts = {host: judged(own) for host, own in total.items() if own.site}
        rules = newest(_read_robots(workspace, part.get("robots") or ()))
        by_host: dict[str, list[Snapshot]] = {}
        for snapshot in rules:
            by_host.setdefault(host_of(f"//{snapshot.authority}") or "", []).append(snapshot)
        hosts: list[list[tuple[Any, ...]]] = []
        robots: list[list[tuple[Any, ...]]] = []
        for each in counts:
            asking = sorted(host for host, (_, scopes) in each.items() if ASKING in scopes and host in verdicts)
            hosts.append([(host, verdicts[host].license, verdicts[host].reason) for host in asking])
            here = sorted(host for host, (_, scopes) in each.items() if KEPT in scopes and host in by_host)
            robots.append([(host, s.authority, s.fetched_at, s.digest, s.text) for host in here for s in by_host[host]])
        return Outcome(
            facts={
                "hosts": _sliced(workspace, "hosts", dict(zip(part["documents"], hosts, strict=True)), HOSTS),
                "rules": _sliced(workspace, "rules", dict(zip(part["documents"], robots, strict=True)), ROBOTS),
            }
        )


def host_verdicts(workspace: Workspace, places: Iterable[Any]) -> dict[str, HostVerdict]:
    """Return what is known of the hosts of one shard of documents."""
    rows = (row for key, *bounds in places for row in _rows(workspace.upstream("hosts", "hosts", key), *bounds))
    return {row["host"]: HostVerdict(row["license"], row["reason"]) for row in rows}


def host_rules(workspace: Workspace, places: Iterable[Any]) -> dict[str, Snapshot]:
    """Return the newest robots.txt of the hosts of one shard of documents, by host and port."""
    found = (s for key, *bounds in places for s in _robots(workspace.upstream("hosts", "rules", key), *bounds))
    return {snapshot.authority: snapshot for snapshot in found}


def _pages(uri: str) -> Iterator[tuple[tuple[str | None, str | None, str | None], str | None]]:
    for batch in files.read_shard(uri, ["url", "license", "license_scope", "rejected_by"]):
        columns = (batch.column(name).to_pylist() for name in ("url", "license", "license_scope", "rejected_by"))
        for url, license, scope, reason in zip(*columns, strict=True):
            yield (url, license, scope), reason


def _count_rows(counts: Mapping[str, HostCounts], kept: Sequence[tuple[str | None, ...]]) -> Iterator[tuple[Any, ...]]:
    for host, of in counts.items():
        yield host, ALL, "", of.pages
        yield from ((host, "site", license, pages) for license, pages in of.site.items())
        yield from ((host, "document", license, pages) for license, pages in of.document.items())
    yield from ((host, KEPT, "", 0) for host in {host_of(url) for url, *_ in kept} - {None})
    yield from ((host, ASKING, "", 0) for host in {site_of(url) for url, _, scope in kept if scope == "site"} - {None})


def _counts(uri: str, first: int, last: int) -> dict[str, tuple[HostCounts, set[str]]]:
    found: dict[str, tuple[HostCounts, set[str]]] = {}
    for row in _rows(uri, first, last):
        counts, scopes = found.setdefault(row["host"], (HostCounts(), set()))
        scopes.add(row["scope"])
        if row["scope"] == ALL:
            counts.pages += row["pages"]
        elif row["scope"] in ("site", "document"):
            getattr(counts, row["scope"])[row["license"]] += row["pages"]
    return found


def _rows(uri: str, first: int, last: int) -> list[dict[str, Any]]:
    return list(files.read_rows(uri, first, last).to_pylist())


def _read_robots(workspace: Workspace, places: Iterable[Any]) -> Iterator[Snapshot]:
    for key, *bounds in places:
        yield from _robots(workspace.upstream("robots_snapshots", "robots", key), *bounds)


def _robots(uri: str, first: int, last: int) -> Iterator[Snapshot]:
    for row in _rows(uri, first, last):
        yield Snapshot(row["authority"], row["text"], row["fetched_at"], row["digest"])


def _partitioned(
    workspace: Workspace, role: str, rows: Sequence[tuple[Any, ...]], schema: pa.Schema, partitions: int
) -> dict[str, Any]:
    """Write rows whose first column is a host, by partition, and return where each partition begins and ends."""
    parts: list[list[tuple[Any, ...]]] = [[] for _ in range(partitions)]
    for row in rows:
        parts[xxhash.xxh3_64_intdigest(row[0].encode()) % partitions].append(row)
    workspace.write(role, [_batch([row for part in parts for row in part], schema)], schema)
    bounds = [0]
    for part in parts:
        bounds.append(bounds[-1] + len(part))
    return {"bounds": bounds}


def _sliced(
    workspace: Workspace, role: str, rows: Mapping[str, Sequence[tuple[Any, ...]]], schema: pa.Schema
) -> dict[str, Any]:
    """Write each shard's rows in turn; return, for those that have any, where they lie and a digest of them."""
    workspace.write(role, [_batch([row for each in rows.values() for row in each], schema)], schema)
    slices: dict[str, Any] = {}
    first = 0
    for key, each in rows.items():
        if each:
            content = json.dumps([[str(value) for value in row[:4]] for row in each], ensure_ascii=False)
            digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
            slices[key] = [first, first + len(each), digest]
        first += len(each)
    return slices


def _batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array([row[index] for row in rows], field.type) for index, field in enumerate(schema)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
