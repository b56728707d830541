"""The stage `copies`: brings together what `survivors` says of a group of shards, which its verdicts read.

    copies/      the rows of `survivors/`, ascending by node; a batch for each shard

Without it every task of a shard would read every partition.
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from pipeline.stages.base import Known, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, group_sizes
from pipeline.stages.dedup.exchange import cut, received, receivers, send
from pipeline.stages.dedup.survivors import SURVIVORS


class CopiesPart(Part):
    """A group of shards."""

    group: int
    ordinal: int  # of the group, those of earlier releases counted
    sizes: tuple[int, ...]  # how many signed documents each shard has


class CopiesStage(DedupStage):
    """Brings together what is said of a group's documents that have copies."""

    name: Literal["copies"] = "copies"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        sizes, before = group_sizes(known), len(self.earlier().documents)

        def part(group: int) -> CopiesPart:
            return CopiesPart(group=group, ordinal=before + group, sizes=tuple(sizes[group]))

        return receivers(known.finished["survivors"], part)

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(CopiesPart)
        pieces = received(workspace, "survivors", "survivors", workspace.task.reads, part.group)
        survivors = pa.concat_tables(pieces).sort_by("node")
        nodes = np.cumsum([0, *part.sizes], dtype=np.uint64) + (np.uint64(part.ordinal) << np.uint64(32))
        bounds = np.searchsorted(survivors["node"].to_numpy(), nodes).tolist()
        send(workspace, "copies", cut(survivors, bounds), SURVIVORS)
        return Outcome()
