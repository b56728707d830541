"""A configuration is checked before any work, and every error names the place, the key and what is allowed."""

import json
import re
from pathlib import Path

import pytest
import yaml

from pipeline.config import json_schema, load
from pipeline.errors import ConfigError

ROOT = Path(__file__).parents[2]

GOOD = """\
name: good
output: out/good
parameters:
  input: pages
  limit: 0.5
stages:
  - name: documents
    sources:
      - kind: text
        name: notes
        paths: ["${input}/*.txt"]
    steps:
      - name: normalize
      - name: language
        score: {min: "${limit}"}
      - name: gopher_quality
        words: {min: 10}
  - name: publish
    title: Notes
    unlicensed: true
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def error(tmp_path: Path, old: str, new: str, *given: str) -> str:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, GOOD.replace(old, new)), given)
    return str(caught.value)


def test_the_file_is_the_object_field_for_field(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    documents, publish = config.stages
    assert [step.name for step in documents.steps] == ["normalize", "language", "gopher_quality"]  # type: ignore[union-attr]
    assert publish.title == "Notes"  # type: ignore[union-attr]
    assert type(config).model_validate_json(config.model_dump_json()) == config


def test_parameters_fill_the_file_and_are_recorded(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD), ["input=letters"])
    assert config.parameters == {"input": "letters", "limit": 0.5}
    assert config.stages[0].sources[0].paths == ("letters/*.txt",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("words: {min: 10}", "wrods: {min: 10}", ["config.yaml:17", "stages.0.steps.2.wrods", "did you mean words?"]),
        ("{min: 10}", "{mni: 10}", ["config.yaml:17", "stages.0.steps.2.words.mni", "did you mean min?", "max"]),
        ("{min: 10}", "{min: ten}", ["config.yaml:17", "stages.0.steps.2.words.min", "found 'ten'"]),
        ("{min: 10}", "{min: 10, max: 5}", ["config.yaml:17", "nothing could pass"]),
        ("name: normalize", "name: normalise", ["config.yaml:13", "'normalise' is not one of", "mean normalize?"]),
        ("kind: text", "kind: txt", ["config.yaml:9", "'txt' is not one of", "warc"]),
        ("- name: normalize", "- {}", ["config.yaml:13", "name"]),
        ("    title: Notes\n", "", ["stages.1.title", "required"]),
        ("name: good", "name: Good Name", ["config.yaml:1", "name"]),
        ("name: publish", "name: dedup", ["config.yaml", "title", "no such key"]),
        ("stages:", "stage:", ["config.yaml:6", "did you mean stages?"]),
    ],
)
def test_an_error_names_the_line_the_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    message = error(tmp_path, old, new)
    for part in expected:
        assert part in message, message


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    message = error(tmp_path, "{min: 10}", "{min: x}\n  - name: nothing")
    assert len(message.splitlines()) == 2


def test_stages_must_stand_in_an_order_that_can_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="publish must come after documents"):
        load(written(tmp_path, "name: a\noutput: out\nstages: [{name: publish, title: x}]"))
    message = error(tmp_path, "  - name: publish", "  - name: dedup\n  - name: dedup\n  - name: publish")
    assert "is listed twice" in message


def test_a_filter_that_reads_the_page_must_stand_before_extraction(tmp_path: Path) -> None:
    message = error(tmp_path, "      - name: normalize", "      - name: extract\n      - name: license")
    assert "license reads the page itself and must come before extract" in message


def test_two_sources_of_one_name_are_an_error(tmp_path: Path) -> None:
    sources = (
        "- {kind: text, name: twice, paths: [a]}\n      - {kind: jsonl, name: twice, paths: [b]}\n      - kind: text"
    )
    message = error(tmp_path, "- kind: text", sources)
    assert "several sources are named twice" in message
    assert "sources" in message


def test_a_parameter_must_be_declared_and_given(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":3: parameters: .*no parameter is named inptu; did you mean input\?"):
        load(written(tmp_path, GOOD), ["inptu=x"])
    with pytest.raises(ConfigError, match="-p input: expected name=value"):
        load(written(tmp_path, GOOD), ["input"])
    assert "parameters.input: no value; give it with -p input=…" in error(tmp_path, "input: pages", "input:")


@pytest.mark.parametrize("given", ["*.txt", "a: b", "&x", "@home", "%", "2026-01-02", "<<", "'*.txt'", "a #b"])
def test_a_parameter_is_text_as_it_was_typed(tmp_path: Path, given: str) -> None:
    config = load(written(tmp_path, GOOD), [f"input={given}"])
    assert config.parameters["input"] == given.strip("'")


@pytest.mark.parametrize("text", ["", "- a\n- b", "name: [", "\x00"])
def test_what_is_no_configuration_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        load(written(tmp_path, text))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none"):
        load(str(tmp_path / "none.yaml"))


def test_an_included_file_stands_beside_the_one_that_includes_it(tmp_path: Path) -> None:
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains" / "tha.yaml").write_text("- name: gopher_quality\n  words: {min: 20}\n")
    text = GOOD.replace(
        "  - name: publish", "    languages:\n      tha_Thai: !include chains/tha.yaml\n  - name: publish"
    )
    config = load(written(tmp_path, text))
    assert config.stages[0].languages["tha_Thai"].filters[0].words.min == 20  # type: ignore[union-attr]


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.name)
def test_every_configuration_of_the_repository_is_valid(path: Path) -> None:
    given = {"contact": "crawler@example.org", "domain": "general"}
    declared = yaml.safe_load(re.sub("!include", "", path.read_text())).get("parameters") or {}
    load(str(path), [f"{name}={given.get(name, 'x')}" for name, value in declared.items() if value is None])


def test_the_schema_for_editors_is_the_one_in_the_repository() -> None:
    committed = json.loads((ROOT / "configs" / "schema.json").read_text(encoding="utf-8"))
    assert committed == json_schema(), "make generate"


@pytest.mark.parametrize(
    "path", [*(ROOT / "configs").glob("*.yaml"), *(ROOT / "configs" / "published").glob("*.yaml")], ids=lambda p: p.name
)
def test_a_configuration_says_to_editors_where_its_schema_is(path: Path) -> None:
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == ROOT / "configs" / "schema.json"
