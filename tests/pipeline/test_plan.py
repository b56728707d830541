"""A stage's folder is named by everything that decides its result, and by nothing else."""

from pathlib import Path

import pytest

from pipeline.code import file_digest
from pipeline.errors import ConfigError
from pipeline.inputs import Inputs
from pipeline.plan import differences, planned, work
from pipeline.stages.base import RunState, Stage, Task
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.reading import DocumentsPart
from shards.receipts import Receipt, write_receipt


def stage(tmp_path: Path, words: int = 50, **settings: object) -> DocumentsStage:
    return DocumentsStage.model_validate(
        {
            "sources": [{"kind": "text", "name": "notes", "paths": [str(tmp_path / "in" / "*.txt")]}],
            "steps": [{"name": "language"}, {"name": "gopher_quality", "words": {"min": words}}],
            "task_bytes": 1,
            **settings,
        }
    )


@pytest.fixture
def state(tmp_path: Path) -> RunState:
    (tmp_path / "in").mkdir()
    for name in ("b", "a"):
        (tmp_path / "in" / f"{name}.txt").write_text(f"text of {name}")
    return RunState({}, Inputs(str(tmp_path / "inputs.json")))


def folder(of: Stage, tmp_path: Path, state: RunState) -> str:
    return planned(of, 1, str(tmp_path / "out"), [], state).folder


def test_a_changed_bound_writes_to_another_folder(tmp_path: Path, state: RunState) -> None:
    assert folder(stage(tmp_path), tmp_path, state) == folder(stage(tmp_path), tmp_path, state)
    assert folder(stage(tmp_path), tmp_path, state) != folder(stage(tmp_path, words=60), tmp_path, state)


def test_what_decides_nothing_is_not_in_the_name(tmp_path: Path, state: RunState) -> None:
    assert folder(stage(tmp_path, task_bytes=9), tmp_path, state) == folder(stage(tmp_path), tmp_path, state)


def test_every_file_that_decides_is_in_the_name_whatever_it_is_called(tmp_path: Path, state: RunState) -> None:
    lists = [tmp_path / "adult" / "domains", tmp_path / "gambling" / "domains"]
    for path, names in zip(lists, ("a.example", "b.example"), strict=True):
        path.parent.mkdir()
        path.write_text(names + "\n")

    def name() -> str:
        file_digest.cache_clear()
        url = {"name": "url", "block_lists": [path.parent for path in lists]}
        source = {"kind": "text", "name": "in", "paths": [str(tmp_path / "in" / "*.txt")]}
        return folder(DocumentsStage.model_validate({"sources": [source], "steps": [url]}), tmp_path, state)

    before = name()
    lists[0].write_text("c.example\n")
    first = name()
    lists[1].write_text("d.example\n")
    assert len({before, first, name()}) == 3


def test_a_stage_is_named_by_those_before_it(tmp_path: Path, state: RunState) -> None:
    first, other = (planned(stage(tmp_path, words), 1, "out", [], state) for words in (50, 60))
    assert (
        planned(stage(tmp_path), 2, "out", [first], state).folder
        != planned(stage(tmp_path), 2, "out", [other], state).folder
    )


def test_tasks_are_in_the_order_of_names_and_named_by_contents(tmp_path: Path, state: RunState) -> None:
    tasks = stage(tmp_path).tasks(state)
    parts = [DocumentsPart.model_validate(task.part) for task in tasks]
    assert [split.name for part in parts for split in part.splits] == ["a.txt", "b.txt"]
    (tmp_path / "in" / "aa.txt").write_text("another")
    more = stage(tmp_path).tasks(state)
    assert {task.key for task in tasks} < {task.key for task in more}, "a new file renames no other task"
    (tmp_path / "in" / "a.txt").write_text("changed!")
    changed = stage(tmp_path).tasks(RunState({}, Inputs(str(tmp_path / "inputs.json"))))
    assert tasks[0].key not in {task.key for task in changed}
    assert tasks[1].key in {task.key for task in changed}


def test_what_remains_is_what_has_no_receipt_largest_first(tmp_path: Path, state: RunState) -> None:
    plan = planned(stage(tmp_path), 1, str(tmp_path / "out"), [], state)
    (tmp_path / "in" / "c.txt").write_text("a longer text than the others have")
    tasks = work(plan, state).tasks
    write_receipt(
        plan.folder, Receipt(stage="documents", task=tasks[0].key, reads=(), rows=0, kept={}, rejected={}, files={})
    )
    todo = work(plan, state)
    assert [task.key for task in todo.remaining] == [tasks[2].key, tasks[1].key]


def test_the_weight_of_a_task_is_not_its_identity() -> None:
    assert Task(reads=("a",), part={}, weight=1).key == Task(reads=("a",), part={}, weight=2).key
    assert Task(reads=("a",), part={}).key != Task(reads=("b",), part={}).key
    assert Task(reads=("a",), part={"x": 1}).key != Task(reads=("a",), part={"x": 2}).key


def test_a_missing_input_is_an_error_of_the_configuration(tmp_path: Path, state: RunState) -> None:
    with pytest.raises(ConfigError, match="gone"):
        stage(tmp_path, sources=[{"kind": "text", "name": "x", "paths": [str(tmp_path / "gone")]}]).tasks(state)


def test_what_changed_is_told_in_words() -> None:
    old = {"settings": {"steps": [{"name": "g", "words": {"min": 50}}]}, "code": {"filters/c4.py": "a"}, "stage": "d"}
    new = {"settings": {"steps": [{"name": "g", "words": {"min": 60}}]}, "code": {"filters/c4.py": "b"}, "stage": "d"}
    assert differences(old, new) == ["code.filters/c4.py changed", "settings.steps.0.words.min: 50 → 60"]
