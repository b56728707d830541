"""Editors show at every key of a configuration what the code says of it."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, Field

from filters.base import Range
from filters.documentation import notes
from pipeline.config import json_schema
from pipeline.schema import json_schema as schema_of
from tests.runs import ROOT


class Ground(BaseModel):
    """A model that others build on."""

    kept: int = 1  # of the ground
    changed: int = 2  # of the ground, and lost


class Model(Ground):
    """Shows where notes stand. There is more."""

    name: Literal["model"] = "model"
    behind: str = "Ã©数据"  # behind a default that is not ASCII
    # above it,
    # on two lines
    above: tuple[int, ...] = ()
    told: int = Field(3, description="told by the field")  # and not by the comment
    changed: int = 3  # of the model
    bound: Range = Range(min=1)  # a model with a note of its own

    silent: int = 4
    one_of: Literal["a", "b"] = "a"


def test_a_note_is_the_description_or_the_comment_behind_or_above_a_field_and_is_inherited() -> None:
    assert notes(Model) == {
        "kept": "of the ground",
        "behind": "behind a default that is not ASCII",
        "above": "above it, on two lines",
        "told": "told by the field",
        "changed": "of the model",
        "bound": "a model with a note of its own",
    }


def test_notes_become_descriptions_and_a_word_that_selects_has_its_model_s_summary() -> None:
    properties = schema_of(Model)["properties"]
    assert properties["behind"]["description"] == "behind a default that is not ASCII"
    assert properties["bound"]["description"] == "a model with a note of its own"
    assert properties["told"]["description"] == "told by the field"
    assert properties["name"]["description"] == "Shows where notes stand. There is more."
    assert "description" not in properties["silent"]
    assert "description" not in properties["one_of"], "it chooses, and selects no model"


def test_a_class_without_source_has_no_notes() -> None:
    space: dict[str, Any] = {"BaseModel": BaseModel, "__name__": "nowhere_at_all"}
    exec("class Made(BaseModel):\n    a: int = 1  # unseen\n", space)
    assert notes(space["Made"]) == {}


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that a schema describes, wherever it stands in it."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "title" in schema:
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def test_every_key_of_every_model_is_described() -> None:
    found = list(objects(json_schema()))
    assert {"PipelineConfig", "Warc", "Extract", "GopherQuality", "Seed", "Range"} <= {one["title"] for one in found}
    keys = [(one["title"], key, value) for one in found for key, value in one["properties"].items()]
    assert len(keys) > 500
    assert [(model, key) for model, key, value in keys if not value.get("description")] == []


LITTLE = set(
    re.findall(
        r"\w+", "a all an and any are as at be by each for from has have if in is it of on or so that the to which"
    )
)
HEADLESS = re.compile(r"(of|for|from|to|at most|who|whose|in place of|what is|on what)\b", re.IGNORECASE)


def says_more(key: str, description: str) -> bool:
    """Return whether a description has at least two words that its key has not, be it in another form."""
    stems = [word[:5] for word in key.casefold().split("_")]
    words = set(re.findall(r"\w+", description.casefold())) - LITTLE
    return len({word for word in words if word[:5] not in stems}) >= 2


def test_a_description_says_more_than_its_key() -> None:
    assert not says_more("shard_bytes", "the bytes of a shard")
    assert says_more("shard_bytes", "approximate bytes of text per shard; larger shards need more memory")
    every = {(key, value["description"]) for one in objects(json_schema()) for key, value in one["properties"].items()}
    assert [pair for pair in sorted(every) if not says_more(*pair)] == []
    assert [pair for pair in sorted(every) if HEADLESS.match(pair[1])] == []


EFFECT = re.compile(
    r"\b(more|larger|higher|smaller|fewer|lower|longer|shorter|deeper|slower|greater|looser|exceeds|gentler|less|after|below|beyond)\b"
)


def numbers(schema: Any) -> Iterator[tuple[str, str]]:
    """Yield the keys and descriptions of settings that are numbers."""
    for one in objects(schema):
        for key, value in one["properties"].items():
            types = {value.get("type"), *(each.get("type") for each in value.get("anyOf", ()))}
            if types & {"integer", "number"} and "enum" not in value:
                yield key, value["description"]


def test_a_number_is_described_by_what_a_larger_or_a_smaller_one_does() -> None:
    every = set(numbers(json_schema()))
    assert len(every) > 80
    assert [pair for pair in sorted(every) if not EFFECT.search(pair[1])] == []


def test_every_configuration_of_a_run_names_its_schema() -> None:
    configs = [path for path in (ROOT / "configs").rglob("*.yaml") if "\nstages:" in path.read_text(encoding="utf-8")]
    assert len(configs) >= 8
    for config in configs:
        first = config.read_text(encoding="utf-8").partition("\n")[0]
        named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert named, f"{config}: begins with {first!r}"
        assert (config.parent / named[1]).exists(), config
