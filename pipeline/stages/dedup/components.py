"""Names the components of the candidate graph: only within one can there be duplicates.

    components/  node, root; a batch for each group, ascending by node; of earlier releases only what is reached anew

One task over all edges, if it can hold them. Else `stars-N` and `forests-N` have gone before
(`pipeline.stages.dedup.rounds`), and a task per partition reads whole stars; should the rounds have been too few, one
task reads what they have left, and the log says so.
"""

import logging
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import NO_EDGES
from dedup.components import Components, components
from dedup.index import renewed
from dedup.records import shards_of
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.exchange import cut, received, send
from pipeline.stages.dedup.rounds import (
    edges_received,
    edges_to_join,
    ended,
    exchanged,
    gathered,
    last_round,
    node_partitions,
    sources,
)
from pipeline.stages.dedup.rows import COMPONENTS

logger = logging.getLogger(__name__)


class ComponentsStage(DedupStage):
    """Names the components of the candidate graph: only within one can there be duplicates."""

    name: Literal["components"] = "components"

    def tasks(self, known: Known) -> list[Task]:
        groups = len(self.earlier().documents) + len(known.finished["keys"].tasks)
        return [task.model_copy(update={"part": {**task.part, "groups": groups}}) for task in self._ungrouped(known)]

    def _ungrouped(self, known: Known) -> list[Task]:
        number = last_round(known)
        if number and ended(known, number):
            return exchanged(known, f"forests-{number}")
        earlier = self.earlier()
        if node_partitions(edges := edges_to_join(known, earlier)) > 1:
            logger.warning("components: one task joins %s edges and may need much memory: set more `rounds`", edges)
        if number:
            joined = [task.key for task in known.finished[f"forests-{number}"].tasks]
            return [Task(reads=tuple(joined), part={"sources": [[f"forests-{number}", key, 0] for key in joined]})]
        found = sources(known, len(earlier.documents))
        reads = (*(key for _, key, _ in found), *earlier.digests)
        return [Task(reads=reads, part={"sources": found, "earlier": earlier.digests})]

    def process(self, workspace: Workspace) -> Outcome:
        found = self._found(workspace)
        groups: Any = workspace.task.part["groups"]
        bounds = np.searchsorted(shards_of(found.nodes), np.arange(groups + 1)).tolist()
        send(workspace, "components", cut(pa.table(list(found), schema=COMPONENTS), bounds), COMPONENTS)
        _, sizes = np.unique(found.roots, return_counts=True)
        return Outcome(facts={"components": len(sizes), "largest": int(sizes.max(initial=0))})

    def _found(self, workspace: Workspace) -> Components:
        part: Any = workspace.task.part
        earlier = self.earlier()
        edges = np.concatenate([NO_EDGES, *gathered(workspace)]) if "sources" in part else edges_received(workspace)
        if part.get("earlier"):
            return renewed(components(earlier.edges()), edges)
        return _reached(components(edges), len(earlier.documents))


def named(workspace: Workspace, tasks: Sequence[str], ordinal: int) -> pa.Table:
    """Return the components of one group's documents, ascending by node."""
    return pa.concat_tables(received(workspace, "components", "components", tasks, ordinal)).sort_by("node")


def _reached(found: Components, before: int) -> Components:
    """Return the components that hold a document of this run: its shards come after those of earlier releases."""
    if not before:
        return found
    new = found.roots[found.nodes >= np.uint64(before) << np.uint64(32)]
    known = np.isin(found.roots, new)
    return Components(found.nodes[known], found.roots[known])
