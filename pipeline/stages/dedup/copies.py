"""Brings together what `survivors` says of a group of shards, a partition at a time: what its verdicts read.

    copies/      the rows of `survivors/`, ascending by node; a batch for each shard

Without it every task of a shard would read every partition.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, group_sizes
from pipeline.stages.dedup.exchange import cut, received, rows_received, send
from pipeline.stages.dedup.survivors import SURVIVORS


class CopiesStage(DedupStage):
    """Brings together what is said of a group's documents that have copies."""

    name: Literal["copies"] = "copies"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        said = known.finished["survivors"]
        reads = tuple(task.key for task in said.tasks)
        groups = zip(group_sizes(known), rows_received(said), strict=True)
        return [
            Task(reads=reads, part={"group": group, "ordinal": ordinal, "sizes": sizes}, weight=size)
            for group, (ordinal, (sizes, size)) in enumerate(enumerate(groups, len(self.earlier().documents)))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        pieces = received(workspace, "survivors", "survivors", workspace.task.reads, part["group"])
        found = pa.concat_tables(pieces).sort_by("node")
        firsts = np.cumsum([0, *part["sizes"]], dtype=np.uint64) + (np.uint64(part["ordinal"]) << np.uint64(32))
        bounds = np.searchsorted(found["node"].to_numpy(), firsts).tolist()
        send(workspace, "copies", cut(found, bounds), SURVIVORS)
        return Outcome()
