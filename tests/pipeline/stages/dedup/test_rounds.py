"""Components joined in rounds, by the stages and the files between them, are those of all edges at once."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.candidates import NO_EDGES
from dedup.components import Edges, components
from pipeline.inputs import Inputs
from pipeline.stages.base import Finished, Known, Outcome, Part, Stage, Task, Workspace
from pipeline.stages.dedup import Dedup, rounds
from pipeline.stages.dedup.components import named
from pipeline.stages.dedup.exchange import Sent
from pipeline.stages.dedup.rows import EDGES, edge_batch, edges_in
from shards import files

PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=60)


def joined(folder: Path, parts: list[Edges], number: int) -> tuple[dict[int, int], Known]:
    """Return the root of each node, and the stages of the rounds, of edges that tasks of `candidates` have found."""
    finished = {name: wrote(folder, name, each) for name, each in (("keys", [NO_EDGES]), ("candidates", parts))}
    known = Known(finished, Inputs(str(folder / "inputs.json")))
    for stage in Dedup(rounds=number).parts(()):
        if stage.name.startswith(("stars", "forests", "components")) and (tasks := stage.tasks(known)):
            finished[stage.name] = done(folder, stage, tasks, known)
    named = finished["components"]
    tables = [files.read_table(named.uri(task.key, "components")) for task in named.tasks]
    return {
        node: root for table in tables for node, root in zip(*map(list, table.to_pydict().values()), strict=True)
    }, known


def wrote(folder: Path, name: str, parts: list[Edges]) -> Finished:
    tasks = [Task.of((str(place),), Part()) for place in range(len(parts))]
    receipts = {}
    for task, edges in zip(tasks, parts, strict=True):
        workspace = Workspace(name, task, str(folder / name), {})
        workspace.write("edges", [edge_batch(edges)], EDGES)
        receipts[task.key] = workspace.receipt(Outcome())
    return Finished(name, str(folder / name), tasks, receipts)


def done(folder: Path, stage: Stage, tasks: list[Task], known: Known) -> Finished:
    upstream = {name: each.folder for name, each in known.finished.items()}
    receipts = {}
    for task in tasks:
        workspace = Workspace(stage.name, task, str(folder / stage.name), upstream)
        receipts[task.key] = workspace.receipt(stage.process(workspace))
    return Finished(stage.name, str(folder / stage.name), tasks, receipts)


def of(pairs: list[tuple[int, int]]) -> Edges:
    return np.array(pairs, np.uint64).reshape(-1, 2)


def at_once(edges: Edges) -> dict[int, int]:
    found = components(edges)
    return dict(zip(found.nodes.tolist(), found.roots.tolist(), strict=True))


@settings(max_examples=25)
@given(PAIRS, st.integers(1, 3), st.integers(0, 9), st.integers(1, 5))
def test_any_number_of_rounds_and_partitions_names_the_components_of_all_edges(
    pairs: list[tuple[int, int]], tasks: int, number: int, partitions: int
) -> None:
    parts = [of([pair for pair in pairs[place::tasks] if pair[0] != pair[1]]) for place in range(tasks)]
    whole = np.concatenate([NO_EDGES, *parts])
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "node_partitions", lambda _: partitions)
        found, known = joined(Path(folder), parts, number)
        named_by = known.finished["components"]
        reader = Workspace("members", Task.of((), Part()), folder, {"components": named_by.folder})
        table = named(reader, [task.key for task in named_by.tasks], 0)
    assert found == at_once(whole)
    assert table["node"].to_pylist() == sorted(found), "ascending, whatever task named them"
    assert ("stars-1" in known.finished) == (number > 0 and partitions > 1)


@pytest.mark.parametrize("partitions", [2, 8])
def test_rounds_end_as_soon_as_stars_stay_what_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partitions: int
) -> None:
    """A chain takes several rounds, stars none but the first, whose result the second sees unchanged."""
    chain = of([(node + 1, node) for node in range(1000)])
    monkeypatch.setattr(rounds, "AT_ONCE", 0)
    monkeypatch.setattr(rounds, "PER_TASK", 1000 // partitions)
    found, known = joined(tmp_path / "chain", [chain[::2], chain[1::2]], 20)
    assert set(found.values()) == {0}
    last = rounds.last_round(known)
    assert 1 < last < 14
    assert len(known.finished["components"].tasks) == partitions
    assert f"stars-{last + 1}" in known.finished
    assert f"stars-{last + 2}" not in known.finished
    stars = of([(node, node % 7) for node in range(7, 1007)])
    found, known = joined(tmp_path / "stars", [stars[::2], stars[1::2]], 20)
    assert found == at_once(stars)
    assert [name for name in known.finished if "-" in name] == ["stars-1", "forests-1", "stars-2"]


def test_what_is_sent_to_a_partition_is_a_batch_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each of many small pieces costs the unpacking of all those beside it."""
    monkeypatch.setattr(rounds, "AT_ONCE", 0)
    monkeypatch.setattr(rounds, "PER_TASK", 500)
    chain = of([(node + 1, node) for node in range(1000)])
    _, known = joined(tmp_path, [chain], 1)
    stars = known.finished["stars-1"]
    for key, facts in zip(stars.keys, stars.facts(Sent), strict=True):
        with files.open_shard(stars.uri(key, "edges")) as reader:
            sizes = tuple(reader.get_batch(place).num_rows for place in range(reader.num_record_batches))
        assert sizes == facts.sent
        assert len(edges_in(stars.uri(key, "edges"))) == sum(sizes)
