"""Four stages that take lines out of the texts which many documents of a host, or of the corpus, have in common.

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

from typing import ClassVar, Literal

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
from pipeline.stages.base import Outcome, Part, RunState, Task, Workspace
from pipeline.stages.dedup.base import DedupStage, grouped
from pipeline.stages.dedup.exchange import Sent, cut, received, receivers, send
from pipeline.stages.partitions import KeptFacts
from pipeline.stages.verdicts import ShardVerdicts, count_verdicts, shards_with_verdicts, with_verdicts
from shards import files
from shards.spans import REMOVED, spans_of

LINES = pa.schema([("key", pa.uint64()), ("first", pa.uint64()), ("second", pa.uint64()), ("documents", pa.int64())])
REPEATED = pa.schema([("key", pa.uint64()), ("documents", pa.int64())])
VERDICTS = pa.schema([("id", pa.string()), ("rejected_by", pa.string()), ("removed", REMOVED)])


class RepeatedLinesStage(DedupStage):
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


class LinesPart(Part):
    """A group of shards, and among how many partitions its lines are divided."""

    shards: tuple[ShardVerdicts, ...]
    partitions: int


class LinesStage(RepeatedLinesStage):
    """Counts in how many documents, by their sketches, each line is."""

    name: Literal["lines"] = "lines"

    def tasks(self, state: RunState) -> list[Task]:
        partitions = self.divided(state)
        return [
            Task.of(
                (task for shard, _ in group for task in shard.reads),
                LinesPart(shards=tuple(shard for shard, _ in group), partitions=partitions),
                weight=sum(rows for _, rows in group),
            )
            for group in grouped(shards_with_verdicts(state), partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(LinesPart)
        documents = (with_verdicts(workspace, shard, ["text", "url"]) for shard in part.shards)
        counts = summed([line_counts(self.lines(table)[1]) for table in documents])
        table = pa.Table.from_arrays([pa.array(column) for column in counts], schema=LINES)
        bounds = np.searchsorted(partition_of(counts.keys, part.partitions), np.arange(part.partitions + 1)).tolist()
        return Outcome(facts=Sent(sent=send(workspace, "lines", cut(table, bounds), LINES)))


class RepetitionsPart(Part):
    """A partition of the lines."""

    partition: int


class RepetitionsFacts(Sent):
    """How many lines are in too many documents, and in how many the most frequent is."""

    repeated: int
    most: int


class RepetitionsStage(RepeatedLinesStage):
    """Finds the lines that are in too many documents, one partition of them at a time."""

    name: Literal["repetitions"] = "repetitions"

    def tasks(self, state: RunState) -> list[Task]:
        return receivers(state.finished["lines"], lambda partition: RepetitionsPart(partition=partition))

    def process(self, workspace: Workspace) -> Outcome:
        partition = workspace.part(RepetitionsPart).partition
        groups = [
            Counts(*(table[name].to_numpy() for name in LINES.names))
            for table in received(workspace, "lines", "lines", workspace.task.reads, partition)
        ]
        often = repeated(summed(groups), self.paragraphs)
        batches = []
        for counts in groups:
            in_group = np.isin(often.keys, counts.keys)
            columns = [pa.array(column[in_group]) for column in often]
            batches.append(pa.RecordBatch.from_arrays(columns, schema=REPEATED))
        sent = send(workspace, "repeated", batches, REPEATED)
        most = int(often.documents.max(initial=0))
        return Outcome(facts=RepetitionsFacts(sent=sent, repeated=len(often.keys), most=most))


class BoilerplatePart(Part):
    """A group of shards."""

    group: int


class BoilerplateStage(RepeatedLinesStage):
    """Brings together the lines of a group that are in too many documents."""

    name: Literal["boilerplate"] = "boilerplate"

    def tasks(self, state: RunState) -> list[Task]:
        return receivers(state.finished["repetitions"], lambda group: BoilerplatePart(group=group))

    def process(self, workspace: Workspace) -> Outcome:
        group = workspace.part(BoilerplatePart).group
        often = pa.concat_tables(received(workspace, "repetitions", "repeated", workspace.task.reads, group))
        workspace.write("boilerplate", often.to_batches(), REPEATED)  # partitions are ranges of keys
        return Outcome()


class ParagraphsPart(ShardVerdicts):
    """A shard of documents."""

    boilerplate: str  # the task that has the lines of its group


class ParagraphsFacts(KeptFacts):
    """How many spans, of how many bytes, are gone from the texts."""

    spans: int
    removed_bytes: int


class ParagraphsStage(RepeatedLinesStage):
    """Takes the repeated lines out, and rejects what is left too short by it: `dedup.paragraphs`."""

    name: Literal["paragraphs"] = "paragraphs"
    judges: ClassVar[bool] = True

    def tasks(self, state: RunState) -> list[Task]:
        groups = zip(state.finished["lines"].parts(LinesPart), state.finished["boilerplate"].keys, strict=True)
        often = [key for group, key in groups for _ in group.shards]
        return [
            Task.of(
                (*shard.reads, key),
                ParagraphsPart(documents=shard.documents, verdicts=shard.verdicts, boilerplate=key),
                rows,
            )
            for (shard, rows), key in zip(shards_with_verdicts(state), often, strict=True)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(ParagraphsPart)
        documents = with_verdicts(workspace, part, ["id", "language", "license", "text", "url"])
        texts, lines_of_texts = self.lines(documents)
        often = files.read_table(workspace.upstream("boilerplate", "boilerplate", part.boilerplate))
        boilerplate = Repeated(*(often[name].to_numpy() for name in REPEATED.names))
        removals = spans(texts, lines_of_texts, boilerplate, self.paragraphs)
        size = documents.num_rows
        tokens = tokens_left(lines_of_texts, removals, size)
        short = (np.bincount(removals.rows, minlength=size) > 0) & (tokens < self.paragraphs.remaining)
        rejected_by = pc.if_else(pa.array(short), "dedup.paragraphs", pa.scalar(None, pa.string()))
        removed = spans_of(removals.rows, size, start=removals.starts, end=removals.ends, documents=removals.documents)
        verdicts = pa.Table.from_arrays([documents["id"], rejected_by, removed], schema=VERDICTS)
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        left = count_verdicts(documents, verdicts)
        removed_bytes = int((removals.ends - removals.starts).sum())
        return left.outcome(
            ParagraphsFacts(partitions=left.partitions, spans=len(removals.rows), removed_bytes=removed_bytes)
        )
