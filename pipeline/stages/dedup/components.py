"""Joins the candidates of all shards and partitions: only within a component can there be duplicates. One task.

components/  node, root; by partition, then root; of earlier releases only those that a new document reaches
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import partition_of
from dedup.components import components
from dedup.index import renewed
from dedup.shingles import GOLDEN
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.rows import COMPONENTS, edges_in


class ComponentsStage(DedupStage):
    """Joins the candidates of all shards and partitions: only within a component can there be duplicates."""

    name: Literal["components"] = "components"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        signed = [task.key for task in known.finished["signatures"].whole]
        across = [task.key for task in known.finished["candidates"].whole]
        reads = (*signed, *across, *self.earlier().digests)
        return [Task(reads=reads, part={"signatures": signed, "candidates": across})]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        earlier = self.earlier()
        edges = [
            edges_in(workspace.upstream("signatures", "edges", key)) + (np.uint64(ordinal) << np.uint64(32))
            for ordinal, key in enumerate(part["signatures"], len(earlier.documents))
        ]
        edges += [edges_in(workspace.upstream("candidates", "edges", key)) for key in part["candidates"]]
        new = np.concatenate([*edges, np.zeros((0, 2), np.uint64)])
        found = renewed(components(earlier.edges()), new) if earlier.layers else components(new)
        # the roots multiplied out, so that equal ranges of them hold about equally many
        place = partition_of(found.roots * GOLDEN, self.partitions)
        order = np.lexsort((found.nodes, found.roots, place))
        table = pa.Table.from_arrays([pa.array(found.nodes[order]), pa.array(found.roots[order])], schema=COMPONENTS)
        workspace.write("components", table.to_batches(), COMPONENTS)
        _, sizes = np.unique(found.roots, return_counts=True)
        bounds = np.searchsorted(place[order], np.arange(self.partitions + 1)).tolist()
        return Outcome(facts={"bounds": bounds, "components": len(sizes), "largest": int(sizes.max(initial=0))})
