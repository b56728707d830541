"""Brings together the documents that have a candidate, by the partition of its component: what survivors reads.

    members/     node, root, and the row of `signatures/`; by partition, then node

A task per shard of signed documents, those of earlier releases too. Without it every task of survivors would read every
shard, and the work grow with the square of the corpus.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from dedup.records import node_partition, rows_of
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.rows import COMPONENTS
from shards import files


class MembersStage(DedupStage):
    """Brings together the documents of each component."""

    name: Literal["members"] = "members"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        earlier, partitions = self.earlier(), self.divided(known)
        joined = [task.key for task in known.finished["components"].tasks]
        signed = [task.key for task in known.finished["signatures"].tasks]
        common: dict[str, Any] = {"components": joined, "partitions": partitions}
        old = [
            Task(reads=(*earlier.digests, *joined), part={"ordinal": ordinal, "signatures": None, **common})
            for ordinal in range(len(earlier.documents))
        ]
        return old + [
            Task(reads=(key, *joined), part={"ordinal": ordinal, "signatures": key, **common})
            for ordinal, key in enumerate(signed, len(old))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        first, last = part["ordinal"] << 32, (part["ordinal"] + 1 << 32) - 1
        found = pa.concat_tables(
            files.read_range(workspace.upstream("components", "components", key), "node", first, last)
            for key in part["components"]
        ).sort_by("node")
        key = part["signatures"]
        uri = workspace.upstream("signatures", "signatures", key) if key else self.earlier().documents[part["ordinal"]]
        documents = files.take(uri, rows_of(found["node"].to_numpy()))
        place = node_partition(found["root"].to_numpy(), part["partitions"])
        order = np.argsort(place, kind="stable")
        schema = pa.schema([*COMPONENTS, *documents.schema])
        table = pa.Table.from_arrays([*found.columns, *documents.columns], schema=schema).take(pa.array(order))
        workspace.write("members", table.to_batches(), schema)
        return Outcome(facts={"bounds": np.searchsorted(place[order], np.arange(part["partitions"] + 1)).tolist()})
