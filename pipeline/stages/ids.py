"""The stages `ids`, `repeated_ids` and `unique`: no id stands twice in a release.

    ids/       key, key2, shard, row: of the documents that stand, by their ids; a task per group of shards
    repeated/  shard, row: the documents whose id another bears; a task per range of ids
    verdicts/  id, rejected_by; a task per shard of documents, and none at all if no id is repeated

Within a task of `documents` a supplier's repeated id is seen when it is read. These stages see those in different
tasks, and the copies that no `dedup` has taken out. Of several documents the first stays, in the order of the shards.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stages.base import Facts, FinishedStage, Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.verdicts import ShardVerdicts, count_verdicts, shards_with_verdicts, with_verdicts
from shards import files

GROUP = 1 << 20  # documents whose ids one task of `ids` sorts, about
RANGE = 1 << 22  # documents whose ids one task of `repeated_ids` compares, about: some 200 MB

IDS = pa.schema([("key", pa.uint64()), ("key2", pa.uint64()), ("shard", pa.uint32()), ("row", pa.uint32())])
REPEATED = pa.schema([("shard", pa.uint32()), ("row", pa.uint32())])
VERDICTS = pa.schema([("id", pa.string()), ("rejected_by", pa.string())])


class IdsPart(Part):
    """A group of shards, of which the first has this number, and how many ranges of ids there are."""

    first: int
    shards: tuple[ShardVerdicts, ...]
    ranges: int


class IdsFacts(Facts):
    """Where the rows of each range begin and end."""

    bounds: tuple[int, ...]


class IdsStage(Stage):
    """Sorts the ids of a group of shards."""

    name: Literal["ids"] = "ids"

    def tasks(self, state: RunState) -> list[Task]:
        shards = shards_with_verdicts(state)
        ranges = max(1, -(-sum(rows for _, rows in shards) // RANGE))
        return [
            Task.of(
                (key for shard, _ in group for key in shard.reads),
                IdsPart(first=first, shards=tuple(shard for shard, _ in group), ranges=ranges),
                sum(rows for _, rows in group),
            )
            for first, group in _groups(shards)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(IdsPart)
        tables = [_ids(workspace, shard, number) for number, shard in enumerate(part.shards, part.first)]
        table = pa.concat_tables([IDS.empty_table(), *tables])
        table = table.take(pc.sort_indices(table, [(name, "ascending") for name in IDS.names]))
        starts = [(number << 64) // part.ranges for number in range(part.ranges)]
        bounds = np.searchsorted(table["key"].to_numpy(), np.array(starts, np.uint64)).tolist()
        workspace.write("ids", table.to_batches(), IDS)
        return Outcome(facts=IdsFacts(bounds=(*bounds, table.num_rows)))


class RepeatedIdsPart(Part):
    """Where the ids of a range lie in what each task of `ids` has written, and how many shards there are."""

    rows: tuple[tuple[int, int], ...]
    shards: int


class RepeatedIdsFacts(Facts):
    """Where the rows of each shard that has any begin and end."""

    shards: dict[int, tuple[int, int]]


class RepeatedIdsStage(Stage):
    """Finds the documents of a range of ids whose id another bears."""

    name: Literal["repeated_ids"] = "repeated_ids"

    def tasks(self, state: RunState) -> list[Task]:
        stage, shards = state.finished["ids"], len(state.finished["documents"].tasks)
        ranges = zip(*(itertools.pairwise(facts.bounds) for facts in stage.facts(IdsFacts)), strict=True)
        return [
            Task.of(stage.keys, RepeatedIdsPart(rows=rows, shards=shards), sum(last - first for first, last in rows))
            for rows in ranges
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(RepeatedIdsPart)
        uris = [workspace.upstream("ids", "ids", key) for key in workspace.task.reads]
        tables = [files.read_rows(uri, *rows) for uri, rows in zip(uris, part.rows, strict=True)]
        table = pa.concat_tables([IDS.empty_table(), *tables])
        table = table.take(pc.sort_indices(table, [(name, "ascending") for name in IDS.names]))
        repeated = table.select(REPEATED.names).filter(pa.array(_like_the_one_before(table)))
        repeated = repeated.take(pc.sort_indices(repeated, [(name, "ascending") for name in REPEATED.names]))
        workspace.write("repeated", repeated.to_batches(), REPEATED)
        bounds = np.searchsorted(repeated["shard"].to_numpy(), range(part.shards + 1)).tolist()
        runs = {number: rows for number, rows in enumerate(itertools.pairwise(bounds)) if rows[0] < rows[1]}
        return Outcome(facts=RepeatedIdsFacts(shards=runs))


class UniquePart(ShardVerdicts):
    """A shard of documents, and where the rows of it lie whose id is repeated: a task, the first row, and the last."""

    repeated: tuple[tuple[str, int, int], ...]


class UniqueStage(Stage):
    """Rejects the documents whose id another bears."""

    name: Literal["unique"] = "unique"

    judges: ClassVar[bool] = True
    optional: ClassVar[bool] = True

    def tasks(self, state: RunState) -> list[Task]:
        repeated = _found(state.finished["repeated_ids"])
        return [
            Task.of(
                (*shard.reads, *(key for key, *_ in repeated.get(number, ()))),
                UniquePart(**dict(shard), repeated=repeated.get(number, ())),
                rows,
            )
            for number, (shard, rows) in enumerate(shards_with_verdicts(state) if repeated else ())
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(UniquePart)
        documents = with_verdicts(workspace, part, ["id", "language", "license", "text"])
        reasons: list[str | None] = [None] * documents.num_rows
        for task, first, last in part.repeated:
            rows = files.read_rows(workspace.upstream("repeated_ids", "repeated", task), first, last)
            for row in rows["row"].to_pylist():
                reasons[row] = "source.repeated_id"
        verdicts = pa.table({"id": documents["id"], "rejected_by": pa.array(reasons, pa.string())}, schema=VERDICTS)
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        return count_verdicts(documents, verdicts).outcome()


def _groups(
    shards: Sequence[tuple[ShardVerdicts, int]],
) -> Iterator[tuple[int, Sequence[tuple[ShardVerdicts, int]]]]:
    """Yield runs of shards with about `GROUP` documents, each with the number of its first shard."""
    first = total = 0
    for number, (_, rows) in enumerate(shards):
        total += rows
        if total >= GROUP or number + 1 == len(shards):
            yield first, shards[first : number + 1]
            first, total = number + 1, 0


def _ids(workspace: Workspace, shard: ShardVerdicts, number: int) -> pa.Table:
    documents = with_verdicts(workspace, shard, ["id"])
    rows = pc.indices_nonzero(pc.is_null(documents["rejected_by"]))
    digits = "".join(documents["id"].take(rows).to_pylist())
    keys = np.frombuffer(bytes.fromhex(digits), ">u8").astype(np.uint64).reshape(-1, 2)
    columns = keys[:, 0], keys[:, 1], np.full(len(rows), number, np.uint32), rows.cast(pa.uint32())
    return pa.table(list(map(pa.array, columns)), schema=IDS)


def _like_the_one_before(table: pa.Table) -> npt.NDArray[np.bool_]:
    keys = np.stack([table[name].to_numpy() for name in ("key", "key2")])
    same = np.zeros(table.num_rows, np.bool_)
    same[1:] = (keys[:, 1:] == keys[:, :-1]).all(axis=0)
    return same


def _found(stage: FinishedStage) -> dict[int, tuple[tuple[str, int, int], ...]]:
    """Return where the repeated rows of each shard lie that has any."""
    by_shard: dict[int, tuple[tuple[str, int, int], ...]] = {}
    for key, facts in zip(stage.keys, stage.facts(RepeatedIdsFacts), strict=True):
        for number, rows in facts.shards.items():
            by_shard[number] = (*by_shard.get(number, ()), (key, *rows))
    return by_shard
