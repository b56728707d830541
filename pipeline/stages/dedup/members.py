"""Brings together the documents that have a candidate, by the partition of its component: what survivors reads.

    members/     node, root, and the row of `signatures/`; a batch for each partition, ascending by node

A task per group of signed documents, and per file of an earlier index. Without it every task of survivors would read
every one of them, and the work grow with the square of the corpus.
"""

import itertools
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.records import node_partition, rows_of
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, group_sizes
from pipeline.stages.dedup.components import named
from pipeline.stages.dedup.exchange import cut, send
from pipeline.stages.dedup.rows import COMPONENTS
from shards import files


class MembersStage(DedupStage):
    """Brings together the documents of each component."""

    name: Literal["members"] = "members"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        earlier, partitions = self.earlier(), self.divided(known)
        joined = [task.key for task in known.finished["components"].tasks]
        groups, sizes = known.finished["keys"].tasks, group_sizes(known)
        common: dict[str, Any] = {"components": joined, "partitions": partitions}
        old = [
            Task(reads=(*earlier.digests, *joined), part={"ordinal": ordinal, **common})
            for ordinal in range(len(earlier.documents))
        ]
        return old + [
            Task(
                reads=(*group.reads, *joined),
                part={"ordinal": ordinal, "signatures": [*group.reads], "sizes": [*of], **common},
                weight=sum(of),
            )
            for ordinal, (group, of) in enumerate(zip(groups, sizes, strict=True), len(old))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        found = named(workspace, part["components"], part["ordinal"])
        documents = self._documents(workspace, rows_of(found["node"].to_numpy()))
        place = node_partition(found["root"].to_numpy(), part["partitions"])
        order = np.argsort(place, kind="stable")
        schema = pa.schema([*COMPONENTS, *documents.schema])
        table = pa.Table.from_arrays([*found.columns, *documents.columns], schema=schema).take(pa.array(order))
        bounds = np.searchsorted(place[order], np.arange(part["partitions"] + 1)).tolist()
        return Outcome(facts={"sent": send(workspace, "members", cut(table, bounds), schema)})

    def _documents(self, workspace: Workspace, rows: npt.NDArray[np.int64]) -> pa.Table:
        """Return the signed documents that are these, ascending, of their group."""
        part: Any = workspace.task.part
        if "signatures" not in part:
            return files.take(self.earlier().documents[part["ordinal"]], rows)
        uris = [workspace.upstream("signatures", "signatures", key) for key in part["signatures"]]
        firsts = np.cumsum([0, *part["sizes"]])
        bounds = np.searchsorted(rows, firsts).tolist()
        pieces = [files.schema_of(uris[0]).empty_table()]
        for uri, of_group, (first, last) in zip(uris, firsts.tolist(), itertools.pairwise(bounds), strict=False):
            if first < last:
                pieces.append(files.take(uri, rows[first:last] - of_group))
        return pa.concat_tables(pieces)
