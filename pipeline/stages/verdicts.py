"""Documents with the verdicts of the stages after `documents`: which are still kept, and the values of their columns.

A stage with `judges` writes a `verdicts` shard beside each shard of `documents/kept`, row for row. Its `rejected_by` is
null for a document that it keeps, and for one that an earlier stage rejected: the first to reject a document is its
reason. Every other column of the verdicts replaces the column of the documents, and the spans in the column `removed`
are cut from the text (`shards.spans`). `cluster`, which documents do not have, names their cluster of near duplicates.
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


class ShardVerdicts(Part):
    """A shard of `documents/kept` and the verdicts on it so far."""

    documents: str  # the task that wrote it
    verdicts: dict[str, str]  # by stage, in their order: the task that wrote them

    @property
    def reads(self) -> tuple[str, ...]:
        """The tasks whose shards these are."""
        return self.documents, *self.verdicts.values()


def shards_with_verdicts(state: RunState) -> list[tuple[ShardVerdicts, int]]:
    """Return each shard of `documents/kept`, in order, with the number of its documents."""
    documents = state.finished["documents"]
    judges = {stage.name: stage.keys for stage in state.finished.values() if stage.judges}
    return [
        (
            ShardVerdicts(documents=key, verdicts={judge: keys[index] for judge, keys in judges.items()}),
            documents.receipts[key].kept_rows,
        )
        for index, key in enumerate(documents.keys)
    ]


def with_verdicts(workspace: Workspace, shard: ShardVerdicts, columns: Sequence[str]) -> pa.Table:
    """Return columns of all rows of a shard, with verdicts applied, and with `flagged_by`, `rejected_by`, `cluster`.

    `rejected_by` is the reason of the first stage that rejected the document, or null.
    """
    wanted = [*columns, "flagged_by", "rejected_by"]
    documents = files.read_table(workspace.upstream("documents", "kept", shard.documents), wanted)
    documents = documents.append_column("cluster", pa.nulls(documents.num_rows, pa.string()))
    for judge, task in shard.verdicts.items():
        documents = changed(documents, _verdicts(workspace.upstream(judge, "verdicts", task), documents.column_names))
    return documents


def _verdicts(uri: str, columns: Sequence[str]) -> pa.Table:
    """Return the columns of a `verdicts` shard that concern these columns."""
    read = {*columns, "removed"} if "text" in columns else set(columns)
    with files.open_shard(uri, read) as reader:
        return reader.read_all()


def changed(documents: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Return the documents with the verdicts of one stage applied; columns that it does not write stay."""
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


def kept_documents(workspace: Workspace, shard: ShardVerdicts) -> pa.Table:
    """Return the kept documents of a shard, all columns, with verdicts applied; each file is opened once."""
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
class VerdictCounts:
    """What a stage did to the documents that were kept before it."""

    rows: int
    kept: dict[str, int]
    rejected: dict[str, dict[str, int]]
    partitions: tuple[PartitionSize, ...]

    def outcome(self, facts: KeptFacts | None = None) -> Outcome:
        """Return the outcome of the task, by default with the sizes of the partitions alone as its facts."""
        return Outcome(self.rows, self.kept, self.rejected, facts or KeptFacts(partitions=self.partitions))


def count_verdicts(documents: pa.Table, verdicts: pa.Table) -> VerdictCounts:
    """Count what a stage did to the documents kept before it; they have `id`, `language`, `license`, `text`."""
    before = pc.is_null(documents["rejected_by"])
    after = changed(documents, verdicts).filter(before)
    kept = after.filter(pc.is_null(after["rejected_by"]))
    groups = after.group_by(["rejected_by", "language"]).aggregate([([], "count_all")])
    counts = counted(*(column.to_pylist() for column in groups.columns))
    return VerdictCounts(after.num_rows, *counts, partitions(kept))
