"""Joins a candidate graph that one task cannot hold in rounds over partitions of its nodes.

    stars-N/edges/    node, other: a batch for each partition of `node`
    forests-N/edges/  node, root: a batch for each partition of `root`; a task per partition of `node`

Two steps alternate, with files between them: `stars-1` gathers the edges of groups and partitions, and every later one
ties the larger neighbours of its nodes to the smallest; `forests` joins what has the same larger node. Stars that a
step has left as they were are the components (`dedup.components`), and no step after it has tasks. Nor has any where
one partition is enough.
"""

from typing import Any, ClassVar

import numpy as np

from dedup.components import Edges, forest, large_star
from dedup.records import node_partition
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.earlier import Earlier
from pipeline.stages.dedup.exchange import received, rows_received, send
from pipeline.stages.dedup.rows import EDGES, edge_batch, edges_in, edges_of

AT_ONCE = 32_000_000  # edges that one task joins: 2 GB
PER_TASK = 4_000_000  # edges of a partition, on average, where they are more: 1 GB, since stars hold them twice


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
        every = sources(known, len(earlier.documents))
        return [
            Task(
                reads=(*(key for _, key, _ in every[partition::partitions]), *earlier.digests),
                part={"sources": every[partition::partitions], "partition": partition, "partitions": partitions},
            )
            for partition in range(partitions if partitions > 1 else 0)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        if self.number == 1:
            earlier = self.earlier().edges(part["partition"], part["partitions"])
            return _sent(workspace, forest(np.concatenate([earlier, *gathered(workspace)])), 0, changed=True)
        own = edges_in(workspace.upstream(part["stage"], "edges", workspace.task.reads[part["partition"]]))
        others = edges_received(workspace)
        found = large_star(np.concatenate([own, others[:, ::-1]]))
        away = node_partition(own[:, 0], part["partitions"]) != part["partition"]  # not seen by their nodes' tasks
        changed = bool(away.any()) or not np.array_equal(others[np.argsort(others[:, 0])], found)
        return _sent(workspace, found, 0, changed=changed)


class ForestsStage(DedupStage):
    """Joins the edges that have their larger node in a partition: a task each."""

    name: str
    number: int
    decided_by: ClassVar[tuple[str, ...]] = ("number",)
    optional: ClassVar[bool] = True

    def tasks(self, known: Known) -> list[Task]:
        return [] if ended(known, self.number - 1) else exchanged(known, f"stars-{self.number}")

    def process(self, workspace: Workspace) -> Outcome:
        return _sent(workspace, forest(edges_received(workspace)), 1)


def edges_to_join(known: Known, earlier: Earlier) -> int:
    """Return how many edges this run has found, and earlier ones have kept."""
    found = (known.finished[name].receipts.values() for name in ("keys", "candidates"))
    new = sum(receipt.files["edges"].rows for receipts in found for receipt in receipts)
    return new + sum(layer.index.components.rows for layer in earlier.layers)


def node_partitions(edges: int) -> int:
    """Return over how many partitions of the nodes so many edges are joined: a power of two."""
    return 1 if edges <= AT_ONCE else 1 << (-(-edges // PER_TASK) - 1).bit_length()


def sources(known: Known, before: int) -> list[list[Any]]:
    """Return where edges are, as stage, task and what to add to the ordinals of their nodes."""
    within = [task.key for task in known.finished["keys"].tasks]
    across = [task.key for task in known.finished["candidates"].tasks]
    local: list[list[Any]] = [["keys", key, ordinal] for ordinal, key in enumerate(within, before)]
    return [*local, *(["candidates", key, 0] for key in across)]


def gathered(workspace: Workspace) -> list[Edges]:
    """Return the edges of a task's sources."""
    part: Any = workspace.task.part
    return [
        edges_in(workspace.upstream(stage, "edges", key)) + (np.uint64(ordinal) << np.uint64(32))
        for stage, key, ordinal in part["sources"]
    ]


def exchanged(known: Known, stage: str) -> list[Task]:
    """Return a task for each task of a stage, which is one for each partition: it reads what all have sent to it."""
    if stage not in known.finished:
        return []
    sent = known.finished[stage]
    reads = tuple(task.key for task in sent.tasks)
    return [
        Task(reads=reads, part={"stage": stage, "partition": partition, "partitions": len(reads)}, weight=size)
        for partition, size in enumerate(rows_received(sent))
    ]


def edges_received(workspace: Workspace) -> Edges:
    """Return the edges that were sent to the partition of this task."""
    part: Any = workspace.task.part
    sent = received(workspace, part["stage"], "edges", workspace.task.reads, part["partition"])
    return np.concatenate([edges_of(each) for each in sent])


def last_round(known: Known) -> int:
    """Return the number of the last round that has joined forests; 0 if there was none."""
    return sum(name.startswith("forests-") for name in known.finished)


def ended(known: Known, number: int) -> bool:
    """Return whether the stars after a round are those before it."""
    stars = known.finished.get(f"stars-{number + 1}")
    return stars is not None and not any(stars.receipts[task.key].facts["changed"] for task in stars.tasks)


def _sent(workspace: Workspace, edges: Edges, side: int, **facts: bool) -> Outcome:
    """Write edges by the partition of the node on one side of them, a batch for each."""
    partitions: Any = workspace.task.part["partitions"]
    place = node_partition(edges[:, side], partitions).astype(np.uint16)  # of 16 bits, sorted digit by digit
    edges = edges[np.argsort(place, kind="stable")]
    sizes = np.bincount(place, minlength=partitions)
    batches = map(edge_batch, np.split(edges, np.cumsum(sizes)[:-1]))
    return Outcome(facts={"sent": send(workspace, "edges", batches, EDGES), **facts})
