"""Finds who shares a key with whom across groups, and with earlier releases: a task per partition of the keys.

edges/    node, other
records/  key, node, count: what an index keeps; nodes are numbered from this run's first group
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import NO_EDGES, candidates, combine
from dedup.components import forest
from dedup.index import RECORDS, touched
from dedup.records import first_keys, merged, unpacked
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.exchange import received, rows_received
from pipeline.stages.dedup.rows import EDGES, edge_batch


class CandidatesStage(DedupStage):
    """Finds who shares a key with whom across groups, one partition of the keys at a time."""

    name: Literal["candidates"] = "candidates"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions", "index")

    def tasks(self, known: Known) -> list[Task]:
        sent, earlier, partitions = known.finished["keys"], self.earlier().digests, self.divided(known)
        reads = (*(task.key for task in sent.tasks), *earlier)
        return [
            Task(reads=reads, part={"partition": partition, "partitions": partitions}, weight=size)
            for partition, size in enumerate(rows_received(sent))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        earlier = self.earlier()
        before, firsts = len(earlier.documents), first_keys(part["partitions"])
        first_key = firsts[part["partition"]]
        sent = received(workspace, "keys", "records", self.senders(workspace), part["partition"])
        new, edges = combine(unpacked([each["word"].to_numpy() for each in sent], first_key, before))
        last_key = [*firsts[1:], 1 << 64][part["partition"]] - 1
        known = touched(earlier.records(int(first_key), int(last_key)), new)
        every, across = combine(merged([known, new])) if len(known.keys) else (new, NO_EDGES)
        found = candidates(every, forest(np.concatenate([edges, across])) if len(across) else edges)
        workspace.write("edges", [edge_batch(found.edges)], EDGES)
        if self.index:
            columns = list(map(pa.array, new))
            workspace.write("records", [pa.RecordBatch.from_arrays(columns, RECORDS.names)], RECORDS)
        return Outcome(facts={"buckets": found.buckets, "largest": found.largest, "largest_key": found.largest_key})
