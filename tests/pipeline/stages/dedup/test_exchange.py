"""What one stage sends to the next: every row arrives once, at its receiver, in the order of the senders."""

import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.base import Finished, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.exchange import Sent, cut, received, rows_received, send

SCHEMA = pa.schema([("row", pa.int64()), ("name", pa.string())])
SENDERS = st.integers(1, 4).flatmap(
    lambda receivers: st.lists(st.lists(st.integers(0, 3), min_size=receivers, max_size=receivers), max_size=3)
)


@settings(max_examples=30, deadline=None)
@given(SENDERS)
def test_each_receiver_gets_its_rows_of_each_sender_and_no_others(sizes: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tasks, receipts, expected = [], {}, [list[tuple[int, str]]() for _ in (sizes[0] if sizes else ())]
        for sender, counts in enumerate(sizes):
            task = Task.of((str(sender),), Part())
            rows = [(row, f"{sender}-{row}") for row in range(sum(counts))]
            bounds = [sum(counts[:place]) for place in range(len(counts) + 1)]
            for place, mine in enumerate(expected):
                mine += rows[bounds[place] : bounds[place + 1]]
            columns = [pa.array([row[side] for row in rows], SCHEMA.field(side).type) for side in (0, 1)]
            workspace = Workspace("before", task, str(Path(folder) / "before"), {})
            sent = send(workspace, "rows", cut(pa.Table.from_arrays(columns, schema=SCHEMA), bounds), SCHEMA)
            assert list(sent) == counts
            tasks.append(task)
            receipts[task.key] = workspace.receipt(Outcome(facts=Sent(sent=sent)))
        before = Finished("before", str(Path(folder) / "before"), tasks, receipts)
        assert rows_received(before) == [len(mine) for mine in expected]
        reader = Workspace("after", Task.of((), Part()), folder, {"before": before.folder})
        for place, mine in enumerate(expected):
            tables = received(reader, "before", "rows", [task.key for task in tasks], place)
            assert [tuple(row.values()) for table in tables for row in table.to_pylist()] == mine
