"""The stage `members`: brings together the documents of each component, by partition, which survivors reads.

    members/     node, root, and the row of `signatures/`; a batch for each partition, ascending by node

A task per group of signed documents, and per file of an earlier index. Without it every task of survivors would read
every one of them, and the work grow with the square of the corpus.
"""

import itertools
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.records import node_partition, rows_of
from pipeline.stages.base import Known, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, group_sizes
from pipeline.stages.dedup.components import named
from pipeline.stages.dedup.exchange import Sent, cut, send
from pipeline.stages.dedup.rows import COMPONENTS
from shards import files


class MembersPart(Part):
    """A group of signed documents: this run's, of several shards, or those of a file of an earlier index."""

    ordinal: int
    components: tuple[str, ...]  # the tasks that named them
    partitions: int
    signatures: tuple[str, ...] = ()  # the tasks that signed this run's
    sizes: tuple[int, ...] = ()  # how many documents each of them has signed


class MembersStage(DedupStage):
    """Brings together the documents of each component."""

    name: Literal["members"] = "members"
    decided_by: ClassVar[tuple[str, ...]] = ("partitions",)

    def tasks(self, known: Known) -> list[Task]:
        earlier, partitions = self.earlier(), self.divided(known)
        joined = tuple(known.finished["components"].keys)
        groups, sizes = known.finished["keys"].tasks, group_sizes(known)
        old = [
            Task.of((*earlier.digests, *joined), MembersPart(ordinal=ordinal, components=joined, partitions=partitions))
            for ordinal in range(len(earlier.documents))
        ]
        new = [
            MembersPart(
                ordinal=ordinal, components=joined, partitions=partitions, signatures=group.reads, sizes=tuple(rows)
            )
            for ordinal, (group, rows) in enumerate(zip(groups, sizes, strict=True), len(old))
        ]
        return old + [Task.of((*part.signatures, *joined), part, sum(part.sizes)) for part in new]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(MembersPart)
        components = named(workspace, part.components, part.ordinal)
        documents = self._documents(workspace, part, rows_of(components["node"].to_numpy()))
        partition = node_partition(components["root"].to_numpy(), part.partitions)
        order = np.argsort(partition, kind="stable")
        schema = pa.schema([*COMPONENTS, *documents.schema])
        table = pa.Table.from_arrays([*components.columns, *documents.columns], schema=schema).take(pa.array(order))
        bounds = np.searchsorted(partition[order], np.arange(part.partitions + 1)).tolist()
        return Outcome(facts=Sent(sent=send(workspace, "members", cut(table, bounds), schema)))

    def _documents(self, workspace: Workspace, part: MembersPart, rows: npt.NDArray[np.int64]) -> pa.Table:
        """Return the signed documents that are these, ascending, of their group."""
        if not part.signatures:
            return files.take(self.earlier().documents[part.ordinal], rows)
        uris = [workspace.upstream("signatures", "signatures", key) for key in part.signatures]
        offsets = np.cumsum([0, *part.sizes])  # of the documents of each shard in the group
        bounds = np.searchsorted(rows, offsets).tolist()
        pieces = [files.schema_of(uris[0]).empty_table()]
        for uri, offset, (first, last) in zip(uris, offsets.tolist(), itertools.pairwise(bounds), strict=False):
            if first < last:
                pieces.append(files.take(uri, rows[first:last] - offset))
        return pa.concat_tables(pieces)
