"""The documents as the judges so far leave them: which still stand, and what their columns say now.

A stage that judges writes a `verdicts` shard beside each shard of `documents/kept`, row for row. Its `rejected_by` is
null for what it lets pass, and for what an earlier judge has rejected: a document is rejected once, by the first. Any
other column of the documents that it writes stands for theirs from then on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.partitions import partitions
from shards import files
from shards.receipts import counted
from shards.schema import DOCUMENT


def tasks_beside(known: Known) -> list[Task]:
    """Return a task per shard of `documents/kept`, in order, which reads it and what the judges so far say of it."""
    documents = known.finished["documents"]
    judges = [stage for stage in known.finished.values() if stage.judges]
    tasks = []
    for index, task in enumerate(documents.whole):
        verdicts = {judge.name: judge.whole[index].key for judge in judges}
        part: dict[str, Any] = {"documents": task.key, "verdicts": verdicts}
        weight = documents.receipts[task.key].kept_rows
        tasks.append(Task(reads=(task.key, *verdicts.values()), part=part, weight=weight))
    return tasks


def standing(workspace: Workspace, part: Mapping[str, Any], columns: Sequence[str]) -> pa.Table:
    """Return columns of one shard of documents, every row of it, and what flags it.

    `rejected_by` names who rejected one, if any did.
    """
    wanted = [*columns, "flagged_by", "rejected_by"]
    table = files.read_table(workspace.upstream("documents", "kept", part["documents"]), wanted)
    for judge, task in part["verdicts"].items():
        uri = workspace.upstream(judge, "verdicts", task)
        table = changed(table, files.read_table(uri, [name for name in files.schema_of(uri).names if name in wanted]))
    return table


def changed(documents: pa.Table, verdicts: pa.Table) -> pa.Table:
    """Return the documents as a judge leaves them; of their columns, what it has none of stays."""
    for index, name in enumerate(documents.column_names):
        if name in verdicts.column_names:
            says = verdicts[name]
            documents = documents.set_column(
                index, name, pc.coalesce(documents[name], says) if name == "rejected_by" else says
            )
    return documents


def rewritten(workspace: Workspace, part: Mapping[str, Any]) -> dict[str, pa.ChunkedArray]:
    """Return the columns that the judges have written in place of the documents' own, every row of them."""
    columns: dict[str, pa.ChunkedArray] = {}
    for judge, task in part["verdicts"].items():
        verdicts = files.read_table(workspace.upstream(judge, "verdicts", task))
        columns |= {name: verdicts[name] for name in verdicts.column_names if name in DOCUMENT.names}
    columns.pop("rejected_by", None)
    return columns


def judged(documents: pa.Table, verdicts: pa.Table) -> Outcome:
    """Return what a judge did to the documents that stood before: `language`, `license` and `text` are of each."""
    stood = pc.is_null(documents["rejected_by"])
    after = changed(documents, verdicts).filter(stood)
    here = after.filter(pc.is_null(after["rejected_by"]))
    counts = counted(after["rejected_by"].to_pylist(), after["language"].to_pylist())
    facts = {"partitions": partitions(here)}
    return Outcome(after.num_rows, *counts, facts)
