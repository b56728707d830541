"""Finds who shares a key with whom across shards, and with earlier releases: a task per partition of the keys.

edges/    node, other
records/  key, node, count: what an index keeps; nodes are numbered from this run's first shard
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import Records, candidate_edges, combine, merged
from dedup.index import RECORDS, touched
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.rows import EDGES, edge_batch, records_at


class CandidatesStage(DedupStage):
    """Finds who shares a key with whom across shards, one partition of the keys at a time."""

    name: Literal["candidates"] = "candidates"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions", "index")

    def tasks(self, known: Known) -> list[Task]:
        signed = known.finished["signatures"]
        tasks = [task.key for task in signed.tasks]
        bounds = [signed.receipts[key].facts["bounds"] for key in tasks]
        earlier = self.earlier().digests
        return [
            Task(
                reads=(*tasks, *earlier),
                part={
                    "partition": partition,
                    "signatures": tasks,
                    "rows": [[of[partition], of[partition + 1]] for of in bounds],
                },
                weight=sum(of[partition + 1] - of[partition] for of in bounds),
            )
            for partition in range(self.partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        earlier = self.earlier()
        before = len(earlier.documents)
        parts = [
            records_at(workspace.upstream("signatures", "records", key), before + ordinal, *part["rows"][ordinal])
            for ordinal, key in enumerate(part["signatures"])
        ]
        new = merged([_none(), *parts])
        found = candidate_edges(merged([touched(earlier.records(*self._range(part["partition"])), new), new]))
        workspace.write("edges", [edge_batch(found.edges)], EDGES)
        if self.index:
            kept, _ = combine(new)
            columns = list(map(pa.array, kept))
            workspace.write("records", [pa.RecordBatch.from_arrays(columns, RECORDS.names)], RECORDS)
        return Outcome(facts={"buckets": found.buckets, "largest": found.largest, "largest_key": found.largest_key})

    def _range(self, partition: int) -> tuple[int, int]:
        """Return the smallest and the largest key of a partition: see `dedup.candidates.partition_of`."""
        first, last = (-(-(number << 32) // self.partitions) << 32 for number in (partition, partition + 1))
        return first, last - 1


def _none() -> Records:
    return Records(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))
