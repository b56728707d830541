"""The reference of a configuration: a page for each stage and each step, made from the schema."""

from typing import Literal

import pytest
from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaValue

from filters.base import Range
from pipeline.catalogue import FILTERS, SOURCES, STEPS
from pipeline.config import json_schema
from pipeline.reference import pages
from pipeline.schema import json_schema as schema_of


class Inner(BaseModel):
    """Settings of their own."""

    rows: int = Field(8, ge=1)  # values per band


class Stage(BaseModel):
    """Tells what a page shows."""

    name: Literal["documents"] = "documents"
    mode: Literal["a", "b"] | None = None  # one way | the other
    bound: Range = Range(min=1)  # what passes
    inner: Inner = Inner()  # where the rest is
    many: dict[str, Inner] = {}  # by name
    sources: list[str] = []  # replaced below
    steps: list[str]  # replaced below


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Give the pages of a schema with one stage."""
    stage = schema_of(Stage)
    source = {"properties": {"kind": {"const": "one"}, "path": {"type": "string"}}}
    step = {"properties": {"name": {"const": "own"}}, "description": "Changes nothing."}
    stage["properties"] |= {"sources": {"items": {"oneOf": [source]}}, "steps": {"items": {"oneOf": [step]}}}
    models = stage.pop("$defs") | {"Crawl": {"properties": {}}, "OneOf": {"properties": {}}}
    schema: JsonSchemaValue = {"$defs": models, "properties": {"stages": {"items": {"oneOf": [stage]}}}}
    return pages(schema)


def test_a_page_has_each_key_with_its_value_its_default_and_its_description(made: dict[str, str]) -> None:
    page = made["stage-documents.md"]
    assert page.startswith("# Stage `documents`\n\nTells what a page shows.\n")
    assert "| `mode` | `a` or `b` | `null` | one way \\| the other |" in page
    assert "| `bound` | [bound](README.md#bound) | see its keys | what passes |" in page
    assert "| `many` | mapping of [keys](#many) | none | by name |" in page
    assert "`name`" not in page, "it selects the page"


def test_the_keys_below_a_key_have_a_section_named_by_their_place(made: dict[str, str]) -> None:
    page = made["stage-documents.md"]
    assert "| `inner` | [keys](#inner) | see its keys | where the rest is |" in page
    assert "## `inner`\n\nSettings of their own.\n" in page
    assert "| `rows` | integer ≥ 1 | `8` | values per band |" in page


def test_every_stage_and_every_step_that_is_no_filter_has_a_page_and_every_source_a_section() -> None:
    found = pages(json_schema())
    stages = {"documents", "rights", "poisoning", "dedup", "publish", "commit"}
    steps = {*STEPS.names()} - {*FILTERS.names()}
    assert {*found} == {
        *(f"stage-{name}.md" for name in stages),
        *(f"step-{name}.md" for name in steps),
        *("README.md", "crawl.md", "sources.md"),
    }
    assert [kind for kind in SOURCES.names() if f"\n## `{kind}`\n" not in found["sources.md"]] == []
