"""What the tasks of one stage send to those of the next: a file for each sender, and in it a batch for each receiver.

A receiver unpacks what was sent to it and nothing else. A sender's receipt says how many rows each gets (`Sent`).
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from pipeline.stages.base import Facts, FinishedStage, Part, Task, Workspace
from shards import files


class Sent(Facts):
    """How many rows a task has sent to each receiver."""

    sent: tuple[int, ...]


def send(workspace: Workspace, role: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> tuple[int, ...]:
    """Write a batch for each receiver, and return how many rows each has."""
    sent: list[int] = []

    def counted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sent.append(batch.num_rows)
            yield batch

    workspace.write(role, counted(), schema, as_given=True)
    return tuple(sent)


def cut(table: pa.Table, bounds: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """Yield the rows between each two bounds as a batch."""
    whole = pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=table.schema)
    return (whole.slice(first, last - first) for first, last in itertools.pairwise(bounds))


def received(workspace: Workspace, stage: str, role: str, senders: Iterable[str], receiver: int) -> Iterator[pa.Table]:
    """Yield what each sender has sent to a receiver."""
    for key in senders:
        yield pa.Table.from_batches(
            files.read_batches(workspace.upstream(stage, role, key), range(receiver, receiver + 1))
        )


def rows_received(stage: FinishedStage) -> list[int]:
    """Return how many rows the tasks of a stage have sent to each receiver; there is none if it had no tasks."""
    return [sum(rows) for rows in zip(*(facts.sent for facts in stage.facts(Sent)), strict=True)]


def receivers(stage: FinishedStage, part: Callable[[int], Part], also: Iterable[str] = ()) -> list[Task]:
    """Return a task for each receiver, of the part that its number has: it reads what all tasks of a stage have sent.

    `also` is what it reads besides.
    """
    reads = (*stage.keys, *also)
    return [Task.of(reads, part(receiver), rows) for receiver, rows in enumerate(rows_received(stage))]
