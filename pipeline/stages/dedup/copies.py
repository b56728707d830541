"""Brings together what `survivors` says of a group of shards, a partition at a time: what its verdicts read.

    copies/      the rows of `survivors/`, ascending by node

Without it every task of a shard would read every partition.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, group_sizes
from pipeline.stages.dedup.survivors import SURVIVORS
from shards import files


class CopiesStage(DedupStage):
    """Brings together what is said of a group's documents that have copies."""

    name: Literal["copies"] = "copies"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        clusters = [task.key for task in known.finished["survivors"].tasks]
        bounds = [known.finished["survivors"].receipts[key].facts["bounds"] for key in clusters]
        tasks = []
        for ordinal, sizes in enumerate(group_sizes(known), len(self.earlier().documents)):
            rows = [[of[ordinal], of[ordinal + 1]] for of in bounds]
            part: dict[str, Any] = {"ordinal": ordinal, "sizes": sizes, "survivors": clusters, "rows": rows}
            tasks.append(Task(reads=tuple(clusters), part=part, weight=sum(last - first for first, last in rows)))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        pieces = [SURVIVORS.empty_table()]
        for key, (first, last) in zip(part["survivors"], part["rows"], strict=True):
            if first < last:
                pieces.append(files.read_rows(workspace.upstream("survivors", "survivors", key), first, last))
        found = pa.concat_tables(pieces).combine_chunks()
        nodes = found["node"].to_numpy()
        order = np.argsort(nodes)
        workspace.write("copies", found.take(pa.array(order)).to_batches(), SURVIVORS)
        firsts = np.cumsum([0, *part["sizes"]], dtype=np.uint64) + (np.uint64(part["ordinal"]) << np.uint64(32))
        return Outcome(facts={"bounds": np.searchsorted(nodes[order], firsts).tolist()})  # of each shard of the group
