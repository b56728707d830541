"""The documents as the judges so far leave them: which still stand, and what their columns say now.

A stage that judges writes a `verdicts` shard beside each shard of `documents/kept`, row for row. Its `rejected_by` is
null for what it lets pass, and for what an earlier judge has rejected: a document is rejected once, by the first. Any
other column of the documents that it writes stands for theirs from then on, and the spans in its column `removed` are
gone from the text (`shards.spans`). `cluster`, which no document has of its own, names the near duplicates it is of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stages.base import Outcome, Part, RunState, Workspace
from pipeline.stages.partitions import KeptFacts, PartitionSize, partitions
from shards import files
from shards.receipts import counted
from shards.spans import without


class JudgedShard(Part):
    """A shard of `documents/kept`, with the verdicts on it so far."""

    documents: str  # the task that wrote it
    verdicts: dict[str, str]  # by judge, in their order: the task that wrote them

    @property
    def reads(self) -> tuple[str, ...]:
        """The tasks whose shards these are."""
        return self.documents, *self.verdicts.values()


def judged_shards(state: RunState) -> list[tuple[JudgedShard, int]]:
    """Return each shard of `documents/kept`, in order, with the number of its documents."""
    documents = state.finished["documents"]
    judges = {stage.name: stage.keys for stage in state.finished.values() if stage.judges}
    return [
        (
            JudgedShard(documents=key, verdicts={judge: keys[index] for judge, keys in judges.items()}),
            documents.receipts[key].kept_rows,
        )
        for index, key in enumerate(documents.keys)
    ]


def standing(workspace: Workspace, shard: JudgedShard, columns: Sequence[str]) -> pa.Table:
    """Return columns of one shard of documents, every row of it, with its cluster, if it has one, and what flags it.

    `rejected_by` names who rejected one, if any did.
    """
    wanted = [*columns, "flagged_by", "rejected_by"]
    documents = files.read_table(workspace.upstream("documents", "kept", shard.documents), wanted)
    documents = documents.append_column("cluster", pa.nulls(documents.num_rows, pa.string()))
    for judge, task in shard.verdicts.items():
        documents = changed(documents, _verdicts(workspace.upstream(judge, "verdicts", task), documents.column_names))
    return documents


def _verdicts(uri: str, columns: Sequence[str]) -> pa.Table:
    """Return what a judge says of the columns."""
    read = {*columns, "removed"} if "text" in columns else set(columns)
    with files.open_shard(uri, read) as reader:
        return reader.read_all()


def changed(documents: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Return the documents as a judge leaves them; of their columns, what it says nothing of stays."""
    for index, field in enumerate(documents.schema):
        if field.name == "rejected_by" and field.name in verdicts.column_names:
            column = pc.coalesce(documents["rejected_by"], verdicts["rejected_by"])
        elif field.name in verdicts.column_names:
            column = verdicts[field.name].cast(field.type)
        elif field.name == "text" and "removed" in verdicts.column_names:
            column = without(documents["text"], verdicts["removed"])
        else:
            continue
        documents = documents.set_column(index, field.name, column)
    return documents


def left_standing(workspace: Workspace, shard: JudgedShard) -> pa.Table:
    """Return the documents of a shard that stand, whole, as the judges leave them; each file is opened once."""
    documents = files.read_table(workspace.upstream("documents", "kept", shard.documents))
    documents = documents.append_column("cluster", pa.nulls(documents.num_rows, pa.string()))
    verdicts = [files.read_table(workspace.upstream(judge, "verdicts", task)) for judge, task in shard.verdicts.items()]
    rejected = [each["rejected_by"] for each in (documents, *verdicts)]
    rows = pc.indices_nonzero(pc.is_null(pc.coalesce(*rejected)))
    documents = documents.take(rows)
    for each in verdicts:
        documents = changed(documents, each.take(rows))
    return documents.combine_chunks()


@dataclass(frozen=True)
class Judged:
    """What a judge did to the documents that stood before it."""

    rows: int
    kept: dict[str, int]
    rejected: dict[str, dict[str, int]]
    partitions: tuple[PartitionSize, ...]

    def outcome(self, facts: KeptFacts | None = None) -> Outcome:
        """Return the outcome of the task, by default with the sizes of the partitions alone as its facts."""
        return Outcome(self.rows, self.kept, self.rejected, facts or KeptFacts(partitions=self.partitions))


def judged(documents: pa.Table, verdicts: pa.Table) -> Judged:
    """Return what a judge did to the documents that stood before; `id`, `language`, `license`, `text` are of each."""
    stood = pc.is_null(documents["rejected_by"])
    after = changed(documents, verdicts).filter(stood)
    kept = after.filter(pc.is_null(after["rejected_by"]))
    groups = after.group_by(["rejected_by", "language"]).aggregate([([], "count_all")])
    counts = counted(*(column.to_pylist() for column in groups.columns))
    return Judged(after.num_rows, *counts, partitions(kept))
