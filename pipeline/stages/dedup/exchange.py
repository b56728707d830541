"""What the tasks of one stage send to those of the next: a file for each sender, and in it a batch for each receiver.

A receiver unpacks what was sent to it and nothing else. A sender's receipt says how many rows each gets (`sent`).
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from pipeline.stages.base import Finished, Workspace
from shards import files


def send(workspace: Workspace, role: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> list[int]:
    """Write a batch for each receiver, and return how many rows each has."""
    sent: list[int] = []

    def counted() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sent.append(batch.num_rows)
            yield batch

    workspace.write(role, counted(), schema, as_given=True)
    return sent


def cut(table: pa.Table, bounds: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """Yield the rows between each two bounds as a batch."""
    whole = pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=table.schema)
    return (whole.slice(first, last - first) for first, last in itertools.pairwise(bounds))


def received(workspace: Workspace, stage: str, role: str, senders: Iterable[str], place: int) -> Iterator[pa.Table]:
    """Yield what each sender has sent to the receiver at this place."""
    for key in senders:
        yield pa.Table.from_batches([files.read_batch(workspace.upstream(stage, role, key), place)])


def rows_received(sent: Finished) -> list[int]:
    """Return how many rows the tasks of a stage have sent to each receiver; there is none if it had no tasks."""
    return [sum(each) for each in zip(*(sent.receipts[task.key].facts["sent"] for task in sent.tasks), strict=True)]
