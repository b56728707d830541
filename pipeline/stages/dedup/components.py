"""The stage `components`: names those of the candidate graph; only within one can there be duplicates.

    components/  node, root; a batch for each group, ascending by node; of earlier releases only what is reached anew

One task over all edges, if it can hold them. Else `stars-N` and `forests-N` have gone before
(`pipeline.stages.dedup.rounds`), and a task per partition reads whole stars; should the rounds have been too few, one
task reads what they have left, and the log says so.
"""

import logging
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from dedup.candidates import NO_EDGES
from dedup.components import Components, components
from dedup.index import renewed
from dedup.records import shards_of
from pipeline.stages.base import Facts, Known, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.exchange import cut, received, receivers, send
from pipeline.stages.dedup.rounds import (
    EdgeShard,
    Exchanged,
    Gathered,
    edge_shards,
    edges_gathered,
    edges_received,
    edges_to_join,
    ended,
    last_round,
    node_partitions,
    sent_by,
)
from pipeline.stages.dedup.rows import COMPONENTS

logger = logging.getLogger(__name__)


class ComponentsPart(Part):
    """Edges to join, and into how many groups of documents what comes of them is cut."""

    groups: int
    edges: Gathered | Exchanged
    earlier: tuple[str, ...] = ()  # the indexes whose components are joined to them here; rounds have done so before


class ComponentsFacts(Facts):
    """How many components there are, and how many documents the largest has."""

    components: int
    largest: int


class ComponentsStage(DedupStage):
    """Names the components of the candidate graph: only within one can there be duplicates."""

    name: Literal["components"] = "components"

    def tasks(self, known: Known) -> list[Task]:
        earlier, number = self.earlier(), last_round(known)
        groups = len(earlier.documents) + len(known.finished["keys"].tasks)
        if number and ended(known, number):
            last = known.finished[f"forests-{number}"]
            return receivers(last, lambda partition: ComponentsPart(groups=groups, edges=sent_by(last, partition)))
        if node_partitions(edges := edges_to_join(known, earlier)) > 1:
            logger.warning("components: one task joins %s edges and may need much memory: set more `rounds`", edges)
        if number:
            last = known.finished[f"forests-{number}"]
            shards = [EdgeShard(last.name, key, 0) for key in last.keys]
            return [Task.of(last.keys, ComponentsPart(groups=groups, edges=Gathered(shards=tuple(shards))))]
        shards = edge_shards(known, len(earlier.documents))
        part = ComponentsPart(groups=groups, edges=Gathered(shards=tuple(shards)), earlier=tuple(earlier.digests))
        return [Task.of((*(shard.task for shard in shards), *earlier.digests), part)]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(ComponentsPart)
        joined = self._joined(workspace, part)
        bounds = np.searchsorted(shards_of(joined.nodes), np.arange(part.groups + 1)).tolist()
        send(workspace, "components", cut(pa.table(list(joined), schema=COMPONENTS), bounds), COMPONENTS)
        _, sizes = np.unique(joined.roots, return_counts=True)
        return Outcome(facts=ComponentsFacts(components=len(sizes), largest=int(sizes.max(initial=0))))

    def _joined(self, workspace: Workspace, part: ComponentsPart) -> Components:
        earlier = self.earlier()
        if isinstance(part.edges, Exchanged):
            edges = edges_received(workspace, part.edges)
        else:
            edges = np.concatenate([NO_EDGES, *edges_gathered(workspace, part.edges)])
        if part.earlier:
            return renewed(components(earlier.edges()), edges)
        return _reached(components(edges), len(earlier.documents))


def named(workspace: Workspace, tasks: Sequence[str], ordinal: int) -> pa.Table:
    """Return the components of one group's documents, ascending by node."""
    return pa.concat_tables(received(workspace, "components", "components", tasks, ordinal)).sort_by("node")


def _reached(every: Components, before: int) -> Components:
    """Return the components that hold a document of this run: its shards come after those of earlier releases."""
    if not before:
        return every
    new = every.roots[every.nodes >= np.uint64(before) << np.uint64(32)]
    reached = np.isin(every.roots, new)
    return Components(every.nodes[reached], every.roots[reached])
