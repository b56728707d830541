"""The tables of copies in a release: which documents were left out because another says the same.

release/copies/    duplicates and superseded documents: see `shards.release.copies`
"""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeVar

from pipeline.stages.base import Outcome, Part, RunState, Task, Workspace
from shards import files
from shards.release import layout
from shards.release.copies import TABLES
from shards.release.place import FOLDER

T = TypeVar("T")

TABLE_ROWS = 1 << 20  # in a file of copies, about
TABLE_STAGES = {"duplicates": "dedup", "superseded": "survivors"}


class TablePart(Part):
    """A task that writes a file of a table of copies."""

    writes: Literal["table"] = "table"
    path: str
    table: Literal["duplicates", "superseded"]
    tasks: tuple[str, ...]  # of the stage that found them


def tables_of_copies(state: RunState) -> Iterator[Task]:
    """Yield a task per file of each table of copies."""
    for table, name in TABLE_STAGES.items():
        if (stage := state.finished.get(name)) is None:
            continue
        sizes = list(zip(stage.keys, stage.rows(table), strict=True))
        for number, (tasks, rows) in enumerate(_grouped([size for size in sizes if size[1]], TABLE_ROWS)):
            path = FOLDER + layout.table_path(table, number)
            part = TablePart.model_validate({"path": path, "table": table, "tasks": tasks})
            yield Task.of(part.tasks, part, rows)


def _grouped(sizes: Sequence[tuple[T, int]], limit: int) -> Iterator[tuple[list[T], int]]:
    """Yield runs of consecutive things, each ended by the one with which its size reaches the limit, and the sizes."""
    held: list[T] = []
    total = 0
    for thing, size in sizes:
        held.append(thing)
        total += size
        if total >= limit:
            yield held, total
            held, total = [], 0
    if held:
        yield held, total


def write_table(workspace: Workspace, part: TablePart) -> Outcome:
    """Write a file of a table of copies."""
    uris = [workspace.upstream(TABLE_STAGES[part.table], part.table, key) for key in part.tasks]
    batches = (batch for uri in uris for batch in files.read_shard(uri))
    workspace.write("table", batches, TABLES[part.table], path=part.path)
    return Outcome()
