"""What a stage tells the next: typed in memory, JSON on disk, and the same after both."""

import json
import pickle
from collections.abc import Iterator
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, ValidationError

import pipeline.stages  # noqa: F401 (every stage, so that every model below is there)
from pipeline.stages.base import Facts, Finished, Outcome, Part, Task, Workspace
from pipeline.stages.dedup.components import ComponentsPart
from pipeline.stages.dedup.exchange import Sent
from pipeline.stages.dedup.rounds import EdgeShard, Exchanged, Gathered
from pipeline.stages.dedup.survivors import SurvivorsFacts
from shards.receipts import Receipt

M = TypeVar("M", bound=BaseModel)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)
st.register_type_strategy(JsonValue, JSON)  # type: ignore[arg-type]


def models(base: type[M]) -> Iterator[type[M]]:
    """Yield every model of a kind that a stage has."""
    for model in base.__subclasses__():
        if model.__module__.startswith("pipeline."):
            yield model
            yield from models(model)


def written(task: Task, facts: Facts) -> Receipt:
    """Return the receipt of a task as its file has it."""
    receipt = Workspace("stage", task, "nowhere", {}).receipt(Outcome(facts=facts))
    return Receipt.model_validate_json(receipt.model_dump_json())


@pytest.mark.parametrize("model", sorted({*models(Part), *models(Facts)}, key=str))
@given(st.data())
def test_every_part_and_all_facts_are_the_same_after_a_file(model: type[BaseModel], data: st.DataObject) -> None:
    value = data.draw(st.from_type(model))
    if isinstance(value, Part):
        task = Task.of(("a",), value, places=value)
        read = Task.model_validate(json.loads(task.model_dump_json()))
        assert read.key == task.key
        workspace = Workspace("stage", pickle.loads(pickle.dumps(read)), "nowhere", {})
        assert (workspace.part(type(value)), workspace.places(type(value))) == (value, value)
    else:
        assert isinstance(value, Facts)
        task = Task.of((), Part())
        stage = Finished("stage", "nowhere", [task], {task.key: written(task, value)})
        assert stage.facts(type(value)) == [value]


def test_edges_are_read_as_what_they_were_written_as() -> None:
    """A union in a part has no name for its members in JSON: their fields tell."""
    for edges in (Gathered(shards=(EdgeShard("keys", "a", 3),)), Exchanged(stage="x", partition=0, partitions=1)):
        part = Workspace("stage", Task.of((), ComponentsPart(groups=1, edges=edges)), "nowhere", {}).part(
            ComponentsPart
        )
        assert part.edges == edges


def test_facts_that_stages_have_in_common_are_read_without_knowing_the_stage() -> None:
    task = Task.of((), Part())
    stage = Finished("stage", "nowhere", [task], {task.key: written(task, SurvivorsFacts(sent=(1, 2), pairs=9))})
    assert stage.facts(Sent) == [Sent(sent=(1, 2))]


def test_a_task_that_is_read_as_anothers_is_refused() -> None:
    workspace = Workspace("stage", Task.of((), Exchanged(stage="x", partition=0, partitions=1)), "nowhere", {})
    with pytest.raises(ValidationError, match="groups"):
        workspace.part(ComponentsPart)


def test_the_places_of_a_task_are_not_in_its_name() -> None:
    part, elsewhere = Exchanged(stage="x", partition=0, partitions=1), Gathered(shards=(EdgeShard("keys", "a", 3),))
    assert Task.of(("a",), part, places=elsewhere).key == Task.of(("a",), part).key
    assert Task.of(("a",), part).key != Task.of(("a",), part.model_copy(update={"partition": 1})).key
