"""The stages `stars-N` and `forests-N`: rounds that join a candidate graph which one task cannot hold.

    stars-N/edges/    node, other: a batch for each partition of `node`
    forests-N/edges/  node, root: a batch for each partition of `root`; a task per partition of `node`

Two steps alternate, with files between them: `stars-1` gathers the edges of groups and partitions, and every later one
ties the larger neighbours of its nodes to the smallest; `forests` joins what has the same larger node. Stars that a
step has left as they were are the components (`dedup.components`), and no step after it has tasks. Nor has any where
one partition is enough.
"""

from typing import ClassVar, NamedTuple

import numpy as np

from dedup.components import Edges, forest, large_star
from dedup.records import node_partition
from pipeline.stages.base import Finished, Known, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.earlier import Earlier
from pipeline.stages.dedup.exchange import Sent, received, receivers, send
from pipeline.stages.dedup.rows import EDGES, edge_batch, edges_in, edges_of

AT_ONCE = 32_000_000  # edges that one task joins: 2 GB
PER_TASK = 4_000_000  # edges of a partition, on average, where they are more: 1 GB, since stars hold them twice


class EdgeShard(NamedTuple):
    """A shard of edges."""

    stage: str
    task: str
    ordinal: int  # to be added to those of its nodes


class Gathered(Part):
    """Edges as the stages that found them have written them."""

    shards: tuple[EdgeShard, ...]
    partition: int = 0
    partitions: int = 1


class Exchanged(Part):
    """The edges that all tasks of a stage have sent to a partition of the nodes."""

    stage: str
    partition: int
    partitions: int


class StarsFacts(Sent):
    """Whether the stars are others than before the step."""

    changed: bool


class StarsStage(DedupStage):
    """Ties nodes to the smallest of their neighbours, a task per partition of the nodes."""

    name: str
    number: int
    decided_by: ClassVar[tuple[str, ...]] = ("number",)
    optional: ClassVar[bool] = True

    def tasks(self, known: Known) -> list[Task]:
        if self.number > 1:
            return exchanged(known, f"forests-{self.number - 1}")
        earlier = self.earlier()
        partitions = node_partitions(edges_to_join(known, earlier))
        every = edge_shards(known, len(earlier.documents))
        return [
            Task.of(
                (*(shard.task for shard in every[partition::partitions]), *earlier.digests),
                Gathered(shards=tuple(every[partition::partitions]), partition=partition, partitions=partitions),
            )
            for partition in range(partitions if partitions > 1 else 0)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        return self._gathered(workspace) if self.number == 1 else self._tied(workspace)

    def _gathered(self, workspace: Workspace) -> Outcome:
        part = workspace.part(Gathered)
        earlier = self.earlier().edges(part.partition, part.partitions)
        edges = forest(np.concatenate([earlier, *edges_gathered(workspace, part)]))
        return Outcome(facts=StarsFacts(sent=send_edges(workspace, edges, 0, part.partitions), changed=True))

    def _tied(self, workspace: Workspace) -> Outcome:
        part = workspace.part(Exchanged)
        by_node = edges_in(workspace.upstream(part.stage, "edges", workspace.task.reads[part.partition]))
        by_root = edges_received(workspace, part)
        stars = large_star(np.concatenate([by_node, by_root[:, ::-1]]))
        away = node_partition(by_node[:, 0], part.partitions) != part.partition  # not seen by their nodes' tasks
        changed = bool(away.any()) or not np.array_equal(by_root[np.argsort(by_root[:, 0])], stars)
        return Outcome(facts=StarsFacts(sent=send_edges(workspace, stars, 0, part.partitions), changed=changed))


class ForestsStage(DedupStage):
    """Joins the edges that have their larger node in a partition: a task each."""

    name: str
    number: int
    decided_by: ClassVar[tuple[str, ...]] = ("number",)
    optional: ClassVar[bool] = True

    def tasks(self, known: Known) -> list[Task]:
        return [] if ended(known, self.number - 1) else exchanged(known, f"stars-{self.number}")

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(Exchanged)
        edges = forest(edges_received(workspace, part))
        return Outcome(facts=Sent(sent=send_edges(workspace, edges, 1, part.partitions)))


def edges_to_join(known: Known, earlier: Earlier) -> int:
    """Return how many edges this run has found, and earlier ones have kept."""
    new = sum(sum(known.finished[name].rows("edges")) for name in ("keys", "candidates"))
    return new + sum(layer.index.components.rows for layer in earlier.layers)


def node_partitions(edges: int) -> int:
    """Return over how many partitions of the nodes so many edges are joined: a power of two."""
    return 1 if edges <= AT_ONCE else 1 << (-(-edges // PER_TASK) - 1).bit_length()


def edge_shards(known: Known, before: int) -> list[EdgeShard]:
    """Return where this run's edges are, of which the first group has this ordinal."""
    within = [EdgeShard("keys", key, ordinal) for ordinal, key in enumerate(known.finished["keys"].keys, before)]
    across = [EdgeShard("candidates", key, 0) for key in known.finished["candidates"].keys]
    return within + across


def edges_gathered(workspace: Workspace, part: Gathered) -> list[Edges]:
    """Return the edges of each of a task's shards."""
    return [
        edges_in(workspace.upstream(shard.stage, "edges", shard.task)) + (np.uint64(shard.ordinal) << np.uint64(32))
        for shard in part.shards
    ]


def exchanged(known: Known, name: str) -> list[Task]:
    """Return a task for each task of a stage, which is one for each partition; none if the stage had none."""
    stage = known.finished.get(name)
    return receivers(stage, lambda partition: sent_by(stage, partition)) if stage else []


def sent_by(stage: Finished, partition: int) -> Exchanged:
    """Return what the tasks of a stage have sent to a partition."""
    return Exchanged(stage=stage.name, partition=partition, partitions=len(stage.tasks))


def edges_received(workspace: Workspace, part: Exchanged) -> Edges:
    """Return the edges that were sent to the partition of a task."""
    tables = received(workspace, part.stage, "edges", workspace.task.reads, part.partition)
    return np.concatenate([edges_of(table) for table in tables])


def last_round(known: Known) -> int:
    """Return the number of the last round that has joined forests; 0 if there was none."""
    return sum(name.startswith("forests-") for name in known.finished)


def ended(known: Known, number: int) -> bool:
    """Return whether the stars after a round are those before it."""
    stars = known.finished.get(f"stars-{number + 1}")
    return stars is not None and not any(facts.changed for facts in stars.facts(StarsFacts))


def send_edges(workspace: Workspace, edges: Edges, side: int, partitions: int) -> tuple[int, ...]:
    """Write edges by the partition of the node on one side of them, a batch for each; return how many each gets."""
    partition = node_partition(edges[:, side], partitions).astype(np.uint16)  # of 16 bits, sorted digit by digit
    edges = edges[np.argsort(partition, kind="stable")]
    sizes = np.bincount(partition, minlength=partitions)
    batches = map(edge_batch, np.split(edges, np.cumsum(sizes)[:-1]))
    return send(workspace, "edges", batches, EDGES)
