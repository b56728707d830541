"""Takes lines out of the texts that many documents of a host, or of the corpus, have in common: four stages.

    lines        a task per group of shards      in how many documents, by their sketches, each line is
    repetitions  a task per partition of lines   those that are in too many, for each group that has them
    boilerplate  a task per group of shards      those of the group, from all partitions
    paragraphs   a task per shard of documents   the verdicts: spans that go, and texts of which too little remains

    lines/       key, first, second (four sketches), documents; by partition, then key
    repeated/    key, documents; by group, then key
    boilerplate/ key, documents; by key
    verdicts/    id, rejected_by, removed (`shards.spans`); beside the documents, row for row

It stands before signatures, so that those are of what is published. How documents are counted, so that copies of one
another are not taken for boilerplate, is told in `dedup.paragraphs`.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from dedup.paragraphs import (
    Counts,
    KeyedLines,
    Repeated,
    Repetition,
    line_counts,
    lines,
    repeated,
    spans,
    summed,
    tokens_left,
)
from dedup.records import partition_of
from dedup.urls import host
from pipeline.stages.base import Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, grouped
from pipeline.stages.dedup.exchange import cut, received, rows_received, send
from pipeline.stages.standing import judged, standing, tasks_beside
from shards import files
from shards.spans import REMOVED, spans_of

LINES = pa.schema([("key", pa.uint64()), ("first", pa.uint64()), ("second", pa.uint64()), ("documents", pa.int64())])
REPEATED = pa.schema([("key", pa.uint64()), ("documents", pa.int64())])
VERDICTS = pa.schema([("id", pa.string()), ("rejected_by", pa.string()), ("removed", REMOVED)])


class ParagraphsPart(DedupStage):
    """What the four stages share."""

    paragraphs: Repetition = Repetition()  # without it there are no such stages
    decided_by: ClassVar[tuple[str, ...]] = ("paragraphs", "partitions")

    def lines(self, documents: pa.Table) -> tuple[pa.Array, KeyedLines]:
        """Return the texts that are looked at, empty for the others, and their lines."""
        urls = documents["url"].to_pylist() if self.paragraphs.scope == "host" else [None] * documents.num_rows
        hosts = [host(url) for url in urls]
        scopes = np.array([xxhash.xxh3_64_intdigest((name or "").encode()) for name in hosts], np.uint64)
        inside = pc.is_null(documents["rejected_by"])
        if self.paragraphs.scope == "host":
            inside = pc.and_(inside, pa.array([name is not None for name in hosts], pa.bool_()))
        texts = pc.if_else(inside, documents["text"], "").combine_chunks()
        return texts, lines(texts, self.paragraphs, scopes)


class LinesStage(ParagraphsPart):
    """Counts in how many documents, by their sketches, each line is."""

    name: Literal["lines"] = "lines"

    def tasks(self, known: Known) -> list[Task]:
        partitions = self.divided(known)
        return [
            Task(
                reads=tuple(read for task in group for read in task.reads),
                part={"shards": [task.part for task in group], "partitions": partitions},
                weight=sum(task.weight for task in group),
            )
            for group in grouped(tasks_beside(known), partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        shards, partitions = part["shards"], part["partitions"]
        counts = summed([line_counts(self.lines(standing(workspace, each, ["text", "url"]))[1]) for each in shards])
        table = pa.Table.from_arrays([pa.array(column) for column in counts], schema=LINES)
        bounds = np.searchsorted(partition_of(counts.keys, partitions), np.arange(partitions + 1)).tolist()
        return Outcome(facts={"sent": send(workspace, "lines", cut(table, bounds), LINES)})


class RepetitionsStage(ParagraphsPart):
    """Finds the lines that are in too many documents, one partition of them at a time."""

    name: Literal["repetitions"] = "repetitions"

    def tasks(self, known: Known) -> list[Task]:
        counted = known.finished["lines"]
        reads = tuple(task.key for task in counted.tasks)
        return [
            Task(reads=reads, part={"partition": partition}, weight=size)
            for partition, size in enumerate(rows_received(counted))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        partition: Any = workspace.task.part["partition"]
        parts = [
            Counts(*(table[name].to_numpy() for name in LINES.names))
            for table in received(workspace, "lines", "lines", workspace.task.reads, partition)
        ]
        often = repeated(summed(parts), self.paragraphs)
        batches = []
        for counts in parts:
            here = np.isin(often.keys, counts.keys)
            columns = [pa.array(column[here]) for column in often]
            batches.append(pa.RecordBatch.from_arrays(columns, schema=REPEATED))
        sent = send(workspace, "repeated", batches, REPEATED)
        most = int(often.documents.max(initial=0))
        return Outcome(facts={"repeated": len(often.keys), "most": most, "sent": sent})


class BoilerplateStage(ParagraphsPart):
    """Brings together the lines of a group that are in too many documents."""

    name: Literal["boilerplate"] = "boilerplate"

    def tasks(self, known: Known) -> list[Task]:
        often = known.finished["repetitions"]
        reads = tuple(task.key for task in often.tasks)
        return [
            Task(reads=reads, part={"group": group}, weight=size) for group, size in enumerate(rows_received(often))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        group: Any = workspace.task.part["group"]
        often = pa.concat_tables(received(workspace, "repetitions", "repeated", workspace.task.reads, group))
        workspace.write("boilerplate", often.to_batches(), REPEATED)  # partitions are ranges of keys
        return Outcome()


class ParagraphsStage(ParagraphsPart):
    """Takes the repeated lines out, and rejects what is left too short by it: `dedup.paragraphs`."""

    name: Literal["paragraphs"] = "paragraphs"
    judges: ClassVar[bool] = True

    def tasks(self, known: Known) -> list[Task]:
        counted: Any = [task.part["shards"] for task in known.finished["lines"].tasks]
        groups = zip(counted, known.finished["boilerplate"].tasks, strict=True)
        often = [group.key for shards, group in groups for _ in shards]
        return [
            Task(reads=(*task.reads, key), part={**task.part, "boilerplate": key}, weight=task.weight)
            for task, key in zip(tasks_beside(known), often, strict=True)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        documents = standing(workspace, part, ["id", "language", "license", "text", "url"])
        texts, found = self.lines(documents)
        often = files.read_table(workspace.upstream("boilerplate", "boilerplate", part["boilerplate"]))
        known = Repeated(*(often[name].to_numpy() for name in REPEATED.names))
        gone = spans(texts, found, known, self.paragraphs)
        size = documents.num_rows
        left = tokens_left(found, gone, size)
        short = (np.bincount(gone.rows, minlength=size) > 0) & (left < self.paragraphs.remaining)
        rejected_by = pc.if_else(pa.array(short), "dedup.paragraphs", pa.scalar(None, pa.string()))
        removed = spans_of(gone.rows, size, start=gone.starts, end=gone.ends, documents=gone.documents)
        verdicts = pa.Table.from_arrays([documents["id"], rejected_by, removed], schema=VERDICTS)
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        outcome = judged(documents, verdicts)
        removed_bytes = int((gone.ends - gone.starts).sum())
        outcome.facts.update(spans=len(gone.rows), removed_bytes=removed_bytes)
        return outcome
