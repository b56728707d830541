"""The stage `candidates`: finds who shares a key with whom across groups, and with earlier releases.

A task per partition of the keys writes

edges/    node, other
records/  key, node, count: what an index keeps; nodes are numbered from this run's first group
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import NO_EDGES, candidates, combine
from dedup.components import forest
from dedup.index import RECORDS, touched
from dedup.records import first_keys, merged, unpacked
from pipeline.stages.base import Facts, Known, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.exchange import received, receivers
from pipeline.stages.dedup.rows import EDGES, edge_batch


class CandidatesPart(Part):
    """A partition of the keys."""

    partition: int
    partitions: int


class CandidatesFacts(Facts):
    """How many keys several documents share, how many share the most frequent one, and which that is."""

    buckets: int
    largest: int
    largest_key: int


class CandidatesStage(DedupStage):
    """Finds who shares a key with whom across groups, one partition of the keys at a time."""

    name: Literal["candidates"] = "candidates"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions", "index")

    def tasks(self, known: Known) -> list[Task]:
        partitions = self.divided(known)

        def part(partition: int) -> CandidatesPart:
            return CandidatesPart(partition=partition, partitions=partitions)

        return receivers(known.finished["keys"], part, self.earlier().digests)

    def process(self, workspace: Workspace) -> Outcome:
        part, earlier = workspace.part(CandidatesPart), self.earlier()
        firsts = first_keys(part.partitions)
        first_key, last_key = firsts[part.partition], [*firsts[1:], 1 << 64][part.partition] - 1
        words = received(workspace, "keys", "records", self.senders(workspace), part.partition)
        records = unpacked([table["word"].to_numpy() for table in words], first_key, before=len(earlier.documents))
        new, edges = combine(records)
        known = touched(earlier.records(int(first_key), int(last_key)), new)
        every, across = combine(merged([known, new])) if len(known.keys) else (new, NO_EDGES)
        graph = candidates(every, forest(np.concatenate([edges, across])) if len(across) else edges)
        workspace.write("edges", [edge_batch(graph.edges)], EDGES)
        if self.index:
            columns = list(map(pa.array, new))
            workspace.write("records", [pa.RecordBatch.from_arrays(columns, RECORDS.names)], RECORDS)
        return Outcome(
            facts=CandidatesFacts(buckets=graph.buckets, largest=graph.largest, largest_key=graph.largest_key)
        )
