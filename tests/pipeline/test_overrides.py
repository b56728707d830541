"""What the command line sets in a configuration: any key, told of under its option, recorded, and only there."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.errors import ConfigError
from pipeline.overrides import overridden, overrides_of
from pipeline.run import Local, run
from pipeline.yaml_file import read_yaml
from tests.runs import Silent

GOOD = """\
name: good
output: OUT
parameters: {floor: 5}
stages:
  - name: documents
    sources:
      - {kind: text, name: notes, paths: [IN], license: CC0-1.0}
    steps:
      - name: license
      - name: language
      - &bound
        name: gopher_quality
        words: {min: "${floor}"}
        stop_words: {min: 0}
    languages:
      deu_Latn: [*bound]
  - name: rights
  - name: publish
    title: Notes
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "a.txt").write_text("It is the rain that has come to the coast of the sea.")
    path = tmp_path / "config.yaml"
    path.write_text(GOOD.replace("OUT", str(tmp_path / "out")).replace("IN", str(tmp_path / "*.txt")))
    return str(path)


def loaded(config: str, *assignments: str) -> dict[str, Any]:
    return load(config, (), overrides_of(assignments)).model_dump(mode="json")


def test_a_key_is_set_wherever_it_stands(config: str) -> None:
    found = loaded(
        config,
        "stages.documents.steps.gopher_quality.words.min=7",
        "stages.0.steps.2.words.max=70",
        "stages.documents.sources.0.paths.1=more.txt",
        "stages.documents.steps.3={name: pii, action: tag}",
        "ray.num_cpus=3",
        'stages.documents."steps".license.domains."example.org".verdict=[open, contract]',
        "stages.publish.title=12 Notes: of mine",
    )
    documents, _, publish = found["stages"]
    licence, _, quality, pii = documents["steps"]
    assert (quality["words"]["min"], quality["words"]["max"]) == (7, 70)
    assert documents["sources"][0]["paths"][1:] == ["more.txt"]
    assert (pii["name"], pii["action"]) == ("pii", "tag")
    assert licence["domains"]["example.org"]["verdict"]["values"] == ["open", "contract"]
    assert (found["ray"]["num_cpus"], publish["title"]) == (3, "12 Notes: of mine")
    assert documents["languages"]["deu_Latn"]["filters"][0]["words"]["min"] == 5, "an alias stands for what it was"


def test_a_later_one_goes_before_an_earlier_one_and_a_parameter_is_filled_in(config: str) -> None:
    floor = "stages.documents.steps.gopher_quality.words.min"
    assert loaded(config, f"{floor}=7", f"{floor}=${{floor}}")["stages"][0]["steps"][2]["words"]["min"] == 5


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("name", "--set name: expected key=value, as in --set stages.dedup.minhash.threshold=0.7"),
        ("=3", "--set =3: expected key=value, as in --set stages.dedup.minhash.threshold=0.7"),
        ("a..b=3", "--set a..b=3: 'a..b' is no key (written a.b.c; a part with a dot, in double quotes)"),
        ("nam=x", "--set nam=x: nam: no such key; did you mean name? (allowed: modules, name, "),
        ("name.x=1", "--set name.x=1: 'good' (FILE:1) has no keys, so x cannot be set"),
        ("name=Foo", "--set name=Foo: name: expected text that matches ^[a-z0-9][a-z0-9_-]*$, found 'Foo'"),
        (
            "stages.documets.limit=1",
            "--set stages.documets.limit=1: documets is none of documents, rights, publish, 0 ",
        ),
        ("stages.4.title=x", "--set stages.4.title=x: 4 is none of documents, rights, publish, 0 to 2, and 3 to add "),
        ("ray.num_cpus=0", "--set ray.num_cpus=0: ray.num_cpus: expected at least 1, found 0"),
        ("ray.num_cpus=two", "--set ray.num_cpus=two: ray.num_cpus: expected a whole number, found 'two'"),
        ("ray={num_cpu: 2}", "--set ray={num_cpu: 2}: ray.num_cpu: no such key; did you mean num_cpus?"),
        ("ray={", "--set ray={: not YAML: "),
        ("stages.documents.limit=0", "--set stages.documents.limit=0: stages.0.limit: expected at least 1, found 0"),
        ("output=${out}", "--set output=${out}: output: no parameter is named out (declared: floor)"),
        ("stages=", "--set stages=: stages: expected a list, found nothing"),
    ],
)
def test_what_is_wrong_is_told_under_the_option(config: str, assignment: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(config, assignment)
    assert str(caught.value).startswith(message.replace("FILE", config)), caught.value
    assert "\n" not in str(caught.value)


PARTS = st.text(st.characters(exclude_characters='."=', exclude_categories=["C"]), min_size=1)


@given(parts=st.lists(PARTS, min_size=1, max_size=4), value=st.integers(-9, 9))
def test_whatever_the_key_it_is_there_afterwards(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text("a: {b: c}\n? 0\n: d\n")
    key = ".".join(f'"{part}"' for part in parts)
    found = overridden(read_yaml(str(path)), overrides_of([f"k.{key}={value}"])).values()
    assert found["a"] == {"b": "c"}
    for part in ["k", *parts]:
        found = {str(name): below for name, below in found.items()}[part]
    assert found == value


def test_what_was_set_is_recorded_in_the_run(config: str, tmp_path: Path) -> None:
    given = overrides_of(["ray.num_cpus=3"], address="local", limit=5)
    settings = load(config, (), given)
    assert settings.ray.address == "local"
    run(settings, Local(), Silent())
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["overrides"] == ["--set ray.num_cpus=3", "--address local", "--limit 5"]
    assert record["config"]["stages"][0]["limit"] == 5


def test_a_filter_that_languages_replace_is_set_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "name: x\noutput: out\nstages:\n  - name: documents\n    sources: [{kind: text, name: own, paths: [own/]}]\n"
        "    steps: [{name: normalize}, {name: language}, {name: gopher_quality}, {name: c4}]\n"
        "    languages: {deu_Latn: {filters: [{name: gopher_quality}]}, tha_Thai: [{name: c4}]}\n",
        encoding="utf-8",
    )
    for assignment, warned in (
        ("stages.documents.steps.gopher_quality.words.min=9", True),
        ("stages.documents.steps.2.words.min=9", True),
        ("stages.documents.languages.deu_Latn.filters.gopher_quality.words.min=9", False),
        ("stages.documents.steps.c4.fewest_words=9", True),
        ("stages.documents.steps.language.share.min=0.5", False),
        ("stages.documents.limit=9", False),
    ):
        caplog.clear()
        load(str(path), (), overrides_of([assignment]))
        assert ("languages have filters of their own" in caplog.text) is warned, assignment
        hint = "tha_Thai.c4.fewest_words" if "c4" in assignment else "deu_Latn.filters.gopher_quality.words.min"
        assert (f"of one: --set stages.documents.languages.{hint}=" in caplog.text) is warned, assignment
        if warned:
            load(str(path), (), overrides_of([f"stages.documents.languages.{hint}=9"]))
