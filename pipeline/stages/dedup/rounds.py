"""Joins the candidate graph in rounds over partitions of its nodes, so that no task holds more than a partition.

    stars-N/edges/    node, other: by the partition of `node`
    forests-N/edges/  node, root: by the partition of `root`; a task per partition of `node`

Two steps alternate, with files between them: `stars-1` gathers the edges of groups and partitions, and every later one
ties the larger neighbours of its nodes to the smallest; `forests` joins what has the same larger node. When a round has
changed nothing, the forest is one of stars (`dedup.components`), and the rounds after it have no tasks.
"""

from typing import Any, ClassVar

import numpy as np

from dedup.candidates import NO_EDGES
from dedup.components import Edges, forest, large_star
from dedup.records import node_partition
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.rows import EDGES, edge_batch, edges_at, edges_in


class StarsStage(DedupStage):
    """Ties nodes to the smallest of their neighbours, a task per partition of the nodes."""

    name: str
    number: int
    decided_by: ClassVar[tuple[str, ...]] = ("partitions", "number")

    def tasks(self, known: Known) -> list[Task]:
        partitions = self.divided(known)
        if self.number > 1:
            return [] if ended(known, self.number - 1) else exchanged(known, f"forests-{self.number - 1}", partitions)
        digests, before = self.earlier().digests, len(self.earlier().documents)
        every = sources(known, before)
        return [
            Task(
                reads=(*(key for _, key, _ in every[group::partitions]), *digests),
                part={"sources": every[group::partitions], "earlier": not group, "partitions": partitions},
            )
            for group in range(partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        if self.number == 1:
            earlier = self.earlier().edges() if part["earlier"] else NO_EDGES
            found = forest(np.concatenate([earlier, *gathered(workspace)]))
        else:
            own = edges_in(workspace.upstream(part["stage"], "edges", part["own"]))
            found = large_star(np.concatenate([own, received(workspace)[:, ::-1]]))
        return _sent(workspace, found, 0)


class ForestsStage(DedupStage):
    """Joins the edges that have their larger node in a partition: a task each."""

    name: str
    number: int
    decided_by: ClassVar[tuple[str, ...]] = ("partitions", "number")

    def tasks(self, known: Known) -> list[Task]:
        tasks = exchanged(known, f"stars-{self.number}", self.divided(known))
        if not tasks or self.number == 1:
            return tasks
        before = [task.key for task in known.finished[f"forests-{self.number - 1}"].tasks]
        return [
            task.model_copy(update={"reads": (*task.reads, key), "part": {**task.part, "before": key}})
            for task, key in zip(tasks, before, strict=True)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        found = forest(received(workspace))
        changed = True
        if "before" in part:
            before = edges_in(workspace.upstream(f"forests-{self.number - 1}", "edges", part["before"]))
            changed = not np.array_equal(before[np.argsort(before[:, 0])], found)
        outcome = _sent(workspace, found, 1)
        outcome.facts["changed"] = changed
        return outcome


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


def exchanged(known: Known, stage: str, partitions: int) -> list[Task]:
    """Return a task per partition, for what the tasks of a stage have sent to it; none if they are none."""
    sent = known.finished[stage]
    keys = [task.key for task in sent.tasks]
    bounds = [sent.receipts[key].facts["bounds"] for key in keys]
    return [
        Task(
            reads=tuple(keys),
            part={
                "stage": stage,
                "sent": keys,
                "rows": [[of[partition], of[partition + 1]] for of in bounds],
                "own": keys[partition],
                "partitions": partitions,
            },
            weight=sum(of[partition + 1] - of[partition] for of in bounds),
        )
        for partition in range(partitions if keys else 0)
    ]


def received(workspace: Workspace) -> Edges:
    """Return the edges that were sent to the partition of this task."""
    part: Any = workspace.task.part
    parts = [
        edges_at(workspace.upstream(part["stage"], "edges", key), *rows)
        for key, rows in zip(part["sent"], part["rows"], strict=True)
    ]
    return np.concatenate([NO_EDGES, *parts])


def last_round(known: Known) -> int:
    """Return the number of the last round that had tasks; 0 if there was none."""
    numbers = [int(name.removeprefix("forests-")) for name in known.finished if name.startswith("forests-")]
    return max((number for number in numbers if known.finished[f"forests-{number}"].tasks), default=0)


def ended(known: Known, number: int) -> bool:
    """Return whether a round, and so every one after it, changes nothing."""
    joined = known.finished[f"forests-{number}"]
    return not any(joined.receipts[task.key].facts["changed"] for task in joined.tasks)


def _sent(workspace: Workspace, edges: Edges, side: int) -> Outcome:
    """Write edges by the partition of the node on one side of them."""
    partitions: Any = workspace.task.part["partitions"]
    place = node_partition(edges[:, side], partitions)
    order = np.argsort(place, kind="stable")
    workspace.write("edges", [edge_batch(edges[order])], EDGES)
    return Outcome(facts={"bounds": np.searchsorted(place[order], np.arange(partitions + 1)).tolist()})
