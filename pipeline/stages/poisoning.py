"""Three stages that flag documents with a phrase that was planted on many unrelated hosts (`dedup.phrases`).

    phrases      a task per group of shards      on which hosts each phrase is, one row a host
    suspects     a task per partition of those   phrases that were planted, for each group that has them
    poisoning    a task per shard of documents   the verdicts: what flags a document, with the lines that have a phrase

    phrases/     key, phrase, host, line; by partition, then key
    suspects/    phrase, hosts; one batch for all
    verdicts/    id, flagged_by, planted (start and end in bytes of the text, hosts); beside the documents, row for row

A flagged document stays out of the release (`publish`), until somebody who has read the lines lets it in.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from dedup.phrases import Phrases, Planting, Sightings, joined, phrases, sightings, suspects
from dedup.records import partition_of
from dedup.shingles import Hashes
from filters.base import Range
from filters.licences.sites import site_of
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.dedup.base import grouped
from pipeline.stages.dedup.exchange import Sent, cut, received, receivers, send
from pipeline.stages.partitions import KeptFacts
from pipeline.stages.verdicts import ShardVerdicts, count_verdicts, shards_with_verdicts, with_verdicts
from shards import files

PARTITIONS = 16
ROWS = 1000  # documents whose phrases are taken at once
BYTES = 32 << 20  # and how much text they have, if more than one: phrases take 48 bytes for each
MOST = 8  # lines of a document that are named

PHRASES = pa.schema([(name, pa.uint64()) for name in ("key", "phrase", "host", "line")])
SUSPECTS = pa.schema([("phrase", pa.uint64()), ("hosts", pa.int64())])
PLANTED = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("hosts", pa.int32())]))
VERDICTS = pa.schema(
    [("id", pa.string()), ("rejected_by", pa.string()), ("flagged_by", pa.list_(pa.string())), ("planted", PLANTED)]
)


class PoisoningStage(Stage):
    """What the three stages share."""

    planting: Planting = Planting()  # when a phrase is taken for planted


class PhrasesPart(Part):
    """A group of shards."""

    shards: tuple[ShardVerdicts, ...]


class PhrasesStage(PoisoningStage):
    """Says on which hosts each phrase is."""

    name: Literal["phrases"] = "phrases"

    def tasks(self, state: RunState) -> list[Task]:
        return [
            Task.of(
                (task for shard, _ in group for task in shard.reads),
                PhrasesPart(shards=tuple(shard for shard, _ in group)),
                weight=sum(rows for _, rows in group),
            )
            for group in grouped(shards_with_verdicts(state), PARTITIONS)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        parts = []
        for shard in workspace.part(PhrasesPart).shards:
            slices = _slices(with_verdicts(workspace, shard, ["text", "url"]))
            parts += [sightings(*_read(documents, self.planting)) for documents in slices]
        seen = joined(parts)
        table = pa.Table.from_arrays([pa.array(column) for column in seen], schema=PHRASES)
        bounds = np.searchsorted(partition_of(seen.keys, PARTITIONS), np.arange(PARTITIONS + 1)).tolist()
        return Outcome(facts=Sent(sent=send(workspace, "phrases", cut(table, bounds), PHRASES)))


class SuspectsPart(Part):
    """A partition of the phrases."""

    partition: int


class SuspectsStage(PoisoningStage):
    """Finds the phrases that were planted, one partition of them at a time."""

    name: Literal["suspects"] = "suspects"

    def tasks(self, state: RunState) -> list[Task]:
        return receivers(state.finished["phrases"], lambda partition: SuspectsPart(partition=partition))

    def process(self, workspace: Workspace) -> Outcome:
        partition = workspace.part(SuspectsPart).partition
        groups = [
            Sightings(*(table[name].to_numpy() for name in PHRASES.names))
            for table in received(workspace, "phrases", "phrases", workspace.task.reads, partition)
        ]
        planted = suspects(joined(groups), self.planting)
        batch = pa.RecordBatch.from_arrays([pa.array(column) for column in planted], schema=SUSPECTS)
        workspace.write("suspects", [batch], SUSPECTS)
        return Outcome()


class PoisoningPart(ShardVerdicts):
    """A shard of documents."""

    suspects: tuple[str, ...]  # the tasks that found the phrases


class Poisoning(PoisoningStage):
    """Flags documents that have a phrase which was planted on many unrelated hosts."""

    name: Literal["poisoning"] = "poisoning"
    phrases: Range = Range(max=0, action="flag")  # lines of a document with a phrase that was planted on many hosts

    after: ClassVar[tuple[str, ...]] = ("documents",)
    judges: ClassVar[bool] = True

    def expanded(self, before: Sequence[Stage]) -> Sequence[Stage]:
        return (PhrasesStage(planting=self.planting), SuspectsStage(planting=self.planting), self)

    def tasks(self, state: RunState) -> list[Task]:
        reads = tuple(state.finished["suspects"].keys)
        return [
            Task.of(
                (*shard.reads, *reads),
                PoisoningPart(documents=shard.documents, verdicts=shard.verdicts, suspects=reads),
                rows,
            )
            for shard, rows in shards_with_verdicts(state)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(PoisoningPart)
        documents = with_verdicts(workspace, part, ["id", "language", "license", "text", "url"])
        tables = [files.read_table(workspace.upstream("suspects", "suspects", task)) for task in part.suspects]
        known = {p: n for table in tables for p, n in zip(*(table[c].to_pylist() for c in SUSPECTS.names), strict=True)}
        slices = ((_read(some, self.planting)[0], some.num_rows) for some in _slices(documents))
        planted = [lines for read, rows in slices for lines in _planted(read, known, rows)]
        counts = np.array([len(lines) for lines in planted], np.float64)
        reason = f"{self.name}.phrases"
        broken = self.phrases.broken(counts).tolist()
        flag = self.phrases.action == "flag"
        flags = [
            [*(old or []), reason] if bad and flag else old
            for old, bad in zip(documents["flagged_by"].to_pylist(), broken, strict=True)
        ]
        rejected = [reason if bad and not flag else None for bad in broken]
        columns = [documents["id"], pa.array(rejected, pa.string()), pa.array(flags, pa.list_(pa.string()))]
        verdicts = pa.Table.from_arrays([*columns, pa.array(planted, PLANTED)], schema=VERDICTS)
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        left = count_verdicts(documents, verdicts)
        return left.outcome(KeptFacts(partitions=left.partitions))


def _slices(documents: pa.Table) -> Iterator[pa.Table]:
    """Yield so few documents at once that their phrases are held with ease; at least one slice."""
    first = held = 0
    for row, size in enumerate(pc.fill_null(pc.binary_length(documents["text"]), 0).to_pylist()):
        if row > first and (row - first == ROWS or held + size > BYTES):
            yield documents.slice(first, row - first)
            first, held = row, 0
        held += size
    yield documents.slice(first)


def _read(documents: pa.Table, settings: Planting) -> tuple[Phrases, Hashes]:
    """Return the phrases of documents that stand and have an address, and the host of every document."""
    sites = [site_of(url) for url in documents["url"].to_pylist()]
    inside = pc.and_(pc.is_null(documents["rejected_by"]), pa.array([site is not None for site in sites], pa.bool_()))
    texts = pc.if_else(inside, documents["text"], "").combine_chunks()
    hosts = np.array([xxhash.xxh3_64_intdigest((site or "").encode()) for site in sites], np.uint64)
    return phrases(texts, settings), hosts


def _planted(read: Phrases, known: dict[int, int], size: int) -> list[list[dict[str, int]]]:
    """Return for each document the lines with a planted phrase, and on how many hosts the phrase is."""
    by_document: list[dict[tuple[int, int], int]] = [{} for _ in range(size)]
    hit = np.flatnonzero(np.isin(read.phrases, np.array(sorted(known), np.uint64)))
    for at in hit.tolist():
        line = int(read.starts[at]), int(read.ends[at])
        lines = by_document[read.rows[at]]
        lines[line] = max(lines.get(line, 0), known[int(read.phrases[at])])
    return [
        [{"start": start, "end": end, "hosts": hosts} for (start, end), hosts in list(lines.items())[:MOST]]
        for lines in by_document
    ]
