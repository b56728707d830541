"""The documents as the judges so far leave them: which still stand, and what their columns say now.

A stage that judges writes a `verdicts` shard beside each shard of `documents/kept`, row for row. Its `rejected_by` is
null for what it lets pass, and for what an earlier judge has rejected: a document is rejected once, by the first. Any
other column of the documents that it writes stands for theirs from then on, and the spans in its column `removed` are
gone from the text (`shards.spans`). `cluster`, which no document has of its own, names the near duplicates it is of.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.partitions import partitions
from shards import files
from shards.receipts import counted
from shards.spans import without


def tasks_beside(known: Known) -> list[Task]:
    """Return a task per shard of `documents/kept`, in order, which reads it and what the judges so far say of it."""
    documents = known.finished["documents"]
    judges = [stage for stage in known.finished.values() if stage.judges]
    tasks = []
    for index, task in enumerate(documents.tasks):
        verdicts = {judge.name: judge.tasks[index].key for judge in judges}
        part: dict[str, Any] = {"documents": task.key, "verdicts": verdicts}
        weight = documents.receipts[task.key].kept_rows
        tasks.append(Task(reads=(task.key, *verdicts.values()), part=part, weight=weight))
    return tasks


def standing(workspace: Workspace, part: Mapping[str, Any], columns: Sequence[str]) -> pa.Table:
    """Return columns of one shard of documents, every row of it, with its cluster, if it has one, and what flags it.

    `rejected_by` names who rejected one, if any did.
    """
    wanted = [*columns, "flagged_by", "rejected_by"]
    table = files.read_table(workspace.upstream("documents", "kept", part["documents"]), wanted)
    table = table.append_column("cluster", pa.nulls(table.num_rows, pa.string()))
    for judge, task in part["verdicts"].items():
        table = changed(table, _verdicts(workspace.upstream(judge, "verdicts", task), table.column_names))
    return table


def _verdicts(uri: str, columns: Sequence[str]) -> pa.Table:
    """Return what a judge says of the columns."""
    said = {*columns, "removed"} if "text" in columns else set(columns)
    return files.read_table(uri, [name for name in files.schema_of(uri).names if name in said])


def changed(documents: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Return the documents as a judge leaves them; of their columns, what it says nothing of stays."""
    for index, field in enumerate(documents.schema):
        if field.name == "rejected_by" and field.name in verdicts.column_names:
            said = pc.coalesce(documents["rejected_by"], verdicts["rejected_by"])
        elif field.name in verdicts.column_names:
            said = verdicts[field.name].cast(field.type)
        elif field.name == "text" and "removed" in verdicts.column_names:
            said = without(documents["text"], verdicts["removed"])
        else:
            continue
        documents = documents.set_column(index, field.name, said)
    return documents


def revised(
    workspace: Workspace, part: Mapping[str, Any], documents: pa.Table, rows: npt.NDArray[np.int64]
) -> pa.Table:
    """Return documents, of which these are the rows in their shard, as the judges leave them."""
    for judge, task in part["verdicts"].items():
        verdicts = _verdicts(workspace.upstream(judge, "verdicts", task), documents.column_names)
        documents = changed(documents, verdicts.take(pa.array(rows)))
    return documents


def judged(documents: pa.Table, verdicts: pa.Table) -> Outcome:
    """Return what a judge did to the documents that stood before: `id`, `language`, `license`, `text` are of each."""
    stood = pc.is_null(documents["rejected_by"])
    after = changed(documents, verdicts).filter(stood)
    here = after.filter(pc.is_null(after["rejected_by"]))
    groups = after.group_by(["rejected_by", "language"]).aggregate([([], "count_all")])
    counts = counted(*(column.to_pylist() for column in groups.columns))
    facts = {"partitions": partitions(here)}
    return Outcome(after.num_rows, *counts, facts)
