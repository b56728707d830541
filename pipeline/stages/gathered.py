"""Which rows of what `gather` has written a shard of the release holds."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa

from pipeline.stages.base import Part, RunState, Workspace
from pipeline.stages.gather import GatherPart
from pipeline.stages.partitions import Partition, PartitionSize
from shards import files
from shards.schema import DOCUMENT


class Run(Part):
    """Rows of one partition in what a task of `gather` has written."""

    gathered: str  # the task
    batch: int  # the first that holds rows of the partition
    rows: tuple[int, int]  # from the first to before the last of those of the partition

    @property
    def length(self) -> int:
        """How many rows."""
        return self.rows[1] - self.rows[0]

    def read(self, workspace: Workspace) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        full, (first, last) = files.rows_per_batch(DOCUMENT), self.rows
        uri = workspace.upstream("gather", "gathered", self.gathered)
        batches = range(self.batch + first // full, self.batch - (-last // full))
        for start, batch in zip(itertools.count(first // full * full, full), files.read_batches(uri, batches)):
            yield batch.slice(max(first - start, 0), min(last - start, full) - max(first - start, 0))


Piece: TypeAlias = tuple[Run, PartitionSize]  # all rows of a partition in a gathered shard


def pieces_by_partition(state: RunState) -> dict[Partition, list[Piece]]:
    """Return, per partition, the runs of rows it has, with the rows and bytes of each."""
    stage = state.finished["gather"]
    pieces: dict[Partition, list[Piece]] = {}
    for task, part in zip(stage.keys, stage.parts(GatherPart), strict=True):
        for batch, size in zip(part.batches(), part.sizes, strict=True):
            run = Run(gathered=task, batch=batch, rows=(0, size.rows))
            pieces.setdefault(size.partition, []).append((run, size))
    return pieces


def runs_of_shards(pieces: Sequence[Piece], shard_bytes: int) -> Iterator[list[Run]]:
    """Yield the runs of each shard of a partition: as many shards as its bytes ask for, with equal numbers of rows."""
    rows = sum(size.rows for _, size in pieces)
    shards = max(1, min(rows, -(-sum(size.bytes for _, size in pieces) // shard_bytes)))
    for index in range(shards):
        low, high = rows * index // shards, rows * (index + 1) // shards
        runs, first = [], 0
        for run, size in pieces:
            start, stop = max(low - first, 0), min(high - first, size.rows)
            if start < stop:
                runs.append(run.model_copy(update={"rows": (start, stop)}))
            first += size.rows
        yield runs
