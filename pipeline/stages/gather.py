"""The stage `gather`: the documents that stand, as the judges leave them, by what is published together.

    gathered/  documents (`DOCUMENT`) by partition, in the order of the run; a task per group of shards of documents

Each shard of documents, and each of verdicts on it, is opened once for a release, whatever languages and licences are
in it. Each batch holds documents of one partition, so that a shard of the release reads what it publishes and no more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Literal

import pyarrow as pa

from pipeline.errors import ShardError
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.partitions import KeptFacts, Partition, PartitionSize, rows_by_partition
from pipeline.stages.verdicts import ShardVerdicts, kept_documents, shards_with_verdicts
from shards import files
from shards.schema import DOCUMENT

GROUP = 1 << 28  # bytes of text that a task holds in memory, about; twice for a moment, and a shard of documents more


class GatherPart(Part):
    """Shards of documents, and what is known of those that stand in them: their partitions, in order."""

    shards: tuple[ShardVerdicts, ...]
    sizes: tuple[PartitionSize, ...]

    def batches(self) -> list[int]:
        """Return the number of the first batch of each partition."""
        full = files.rows_per_batch(DOCUMENT)
        counts = (-(-size.rows // full) for size in self.sizes)
        return list(accumulate(counts, initial=0))[:-1]


class GatherStage(Stage):
    """Reads every document once for the release."""

    name: Literal["gather"] = "gather"

    def tasks(self, state: RunState) -> list[Task]:
        parts = (
            GatherPart(shards=tuple(shard for shard, _ in group), sizes=_summed(sizes for _, sizes in group))
            for group in _groups(_with_sizes(state))
        )
        return [
            Task.of((key for shard in part.shards for key in shard.reads), part, sum(size.rows for size in part.sizes))
            for part in parts
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(GatherPart)
        tables = [kept_documents(workspace, shard) for shard in part.shards]
        rows = [rows_by_partition(table) for table in tables]

        def batches() -> Iterator[pa.RecordBatch]:
            for size in part.sizes:
                both = zip(tables, rows, strict=True)
                pieces = [(table, here[size.partition]) for table, here in both if size.partition in here]
                if (there := sum(len(here) for _, here in pieces)) != size.rows:
                    name = f"gather/{workspace.task.key}: {size.partition}"
                    raise ShardError(f"{name}: {there} documents are there, {size.rows} were kept for it")
                yield from files.rebatched(_taken(pieces), DOCUMENT)

        workspace.write("gathered", batches(), DOCUMENT, as_given=True)
        return Outcome()


_Sized = tuple[ShardVerdicts, tuple[PartitionSize, ...]]


def _with_sizes(state: RunState) -> list[_Sized]:
    """Return the shards of documents in which any stand, with the partitions of each."""
    judges = [stage for stage in state.finished.values() if stage.judges]
    facts = (judges[-1] if judges else state.finished["documents"]).facts(KeptFacts)
    both = zip(shards_with_verdicts(state), facts, strict=True)
    return [(shard, each.partitions) for (shard, _), each in both if each.partitions]


def _groups(shards: Sequence[_Sized]) -> Iterator[list[_Sized]]:
    """Yield runs of shards, each ended before the one with which its text would exceed the limit."""
    group: list[_Sized] = []
    held = 0
    for shard, sizes in shards:
        text = sum(size.bytes for size in sizes)
        if group and held + text > GROUP:
            yield group
            group, held = [], 0
        group.append((shard, sizes))
        held += text
    if group:
        yield group


def _summed(shards: Iterator[tuple[PartitionSize, ...]]) -> tuple[PartitionSize, ...]:
    rows: Counter[Partition] = Counter()
    text: Counter[Partition] = Counter()
    for sizes in shards:
        for size in sizes:
            rows[size.partition] += size.rows
            text[size.partition] += size.bytes
    return tuple(PartitionSize(*partition, rows[partition], text[partition]) for partition in sorted(rows))


def _taken(pieces: Sequence[tuple[pa.Table, pa.Int64Array]]) -> Iterator[pa.RecordBatch]:
    full = files.rows_per_batch(DOCUMENT)
    for table, rows in pieces:
        documents = table.select(DOCUMENT.names)  # without their clusters
        for first in range(0, len(rows), full):
            for batch in documents.take(rows.slice(first, full)).combine_chunks().to_batches():
                yield pa.RecordBatch.from_arrays(batch.columns, schema=DOCUMENT)
