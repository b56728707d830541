"""Every alternative of every pattern that decides can match, and is met by an example.

The examples of a pattern are in `pattern_examples/`, by its module and name, or by its table and section. An
alternative without one is not known to work: add what it is for, as it is found on a page.
"""

import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import dedup
import filters
import pipeline
import shards
from filters.licences.names import folded
from tests.patterns import alternatives, asks_for, dead, ranges, search, unmet
from tests.runs import ROOT

EXAMPLES = sorted(Path(__file__).with_name("pattern_examples").glob("*.yaml"))
LICENCES = ROOT / "filters" / "licences"

FOLDED = (
    "filters.licences.names:",
    "filters.licences.statements:",
    "statements:",
    "names:",
    "restrictions:",
    "titles:",
    "repository:texts",
)
LOWERED = ("filters.licences.page:", "filters.licences.markup:LICENSE_", "filters.licences.statements:BADGE")
AS_WRITTEN = ("filters.licences.names:DASHES", "filters.licences.statements:CODE")  # what folds, and SPDX ids
OF_BACKSLASHES = (
    "pipeline.sources.latex",
    "pipeline.sources.jats_text:",
    "pipeline.extract.formulas:",
    "filters.optouts.fields:",
    "filters.languages.prose:",
    "pipeline.extract.code:",
    "pipeline.sources.jsonl:",
)


class Listed(NamedTuple):
    """A pattern, its name, and what the code does to a text before it looks for the pattern in it."""

    name: str
    pattern: re.Pattern[Any]
    prepare: Callable[[str], str]


@cache
def patterns() -> tuple[Listed, ...]:
    """Return every pattern that is a constant of a module, and those of the tables."""
    return tuple(Listed(name, pattern, _prepared(name)) for name, pattern in (*_of_modules(), *_of_tables()))


def _prepared(name: str) -> Callable[[str], str]:
    if name.startswith(AS_WRITTEN):
        return str
    return str.lower if name.startswith(LOWERED) else folded if name.startswith(FOLDED) else str


def _of_modules() -> Iterator[tuple[str, re.Pattern[Any]]]:
    seen = set()
    for package in (filters, pipeline, dedup, shards):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("pipeline.training") and not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    for number, one in enumerate(value if isinstance(value, tuple) else (value,)):
                        if isinstance(one, re.Pattern) and (one.pattern, one.flags) not in seen:
                            seen.add((one.pattern, one.flags))
                            yield f"{module.name}:{name}{number or ''}", one


def _of_tables() -> Iterator[tuple[str, re.Pattern[Any]]]:
    statements = _table(LICENCES / "statements.yaml")
    sections = {**statements, **{f"subjects.{name}": section for name, section in statements["subjects"].items()}}
    for name, section in sections.items():
        if name not in ("subjects", "blocks"):
            groups = section.values() if isinstance(section, dict) else [section]
            yield f"statements:{name}", _any_of(phrase for group in groups for phrase in group)
    names = _table(LICENCES / "names.yaml")
    yield "titles:creative_commons", _any_of(_table(LICENCES / "titles.yaml")["creative_commons"])
    for name, section in _table(LICENCES / "restrictions.yaml").items():
        groups = section.values() if isinstance(section, dict) else [section]
        yield f"restrictions:{name}", _any_of(phrase for group in groups for phrase in group)
    for name in ("either", "choice"):
        yield f"names:{name}", _any_of(names[name])
    for name, pattern in names["gfdl"].items():
        yield f"names:gfdl.{name}", re.compile(pattern)
    yield "names:aliases", _any_of(pattern for pattern, _ in names["aliases"])
    signs = _table(LICENCES / "prefilter.yaml")
    markup = [entry["pattern"] for entry in signs["markup"] if "pattern" in entry]
    yield "prefilter:markup", _any_of(markup, re.IGNORECASE)
    yield "prefilter:whole", _any_of(signs["whole"].values(), re.IGNORECASE)
    repository = _table(ROOT / "pipeline" / "sources" / "repository.yaml")
    yield "repository:names", re.compile(repository["names"])
    yield "repository:texts", _any_of(pattern for pattern, _ in repository["texts"])
    personal = _table(ROOT / "filters" / "personal" / "types.yaml")
    yield "personal:spared", _any_of(personal["spared"])
    for key in ("joins", "extensions", "hosts", "versions"):
        yield f"personal:{key}", _any_of(personal[key], re.IGNORECASE)
    for name, row in {**personal["types"], **personal["secrets"]}.items():
        for key in sorted({"pattern", "context", "near", "after", "unless", "unless_value", "grouped"} & row.keys()):
            yield f"personal:{name}.{key}", re.compile(row[key], 0 if key == "pattern" else re.IGNORECASE)


def _any_of(phrases: Any, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), flags)


def _table(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def examples() -> dict[str, list[str]]:
    return {name: listed for path in EXAMPLES for name, listed in _table(path).items()}


BRANCHING = [listed for listed in patterns() if alternatives(listed.pattern, within=False)]


@pytest.mark.parametrize("listed", BRANCHING, ids=lambda listed: listed.name)
def test_every_alternative_is_met_by_an_example(listed: Listed) -> None:
    texts = [listed.prepare(example) for example in examples().get(listed.name, [])]
    assert unmet(listed.pattern, texts) == []


@pytest.mark.parametrize("listed", BRANCHING, ids=lambda listed: listed.name)
def test_no_alternative_asks_for_what_its_texts_never_have(listed: Listed) -> None:
    assert dead(listed.pattern, listed.prepare) == []


@pytest.mark.parametrize("listed", patterns(), ids=lambda listed: listed.name)
def test_a_backslash_is_asked_for_only_where_texts_have_some(listed: Listed) -> None:
    assert listed.name.startswith(OF_BACKSLASHES) or not asks_for(listed.pattern, "\\")


@pytest.mark.parametrize("listed", patterns(), ids=lambda listed: listed.name)
def test_no_range_begins_at_a_space(listed: Listed) -> None:
    """`[ -_]` is no choice of three: it has all digits and capitals."""
    assert not [ends for ends in ranges(listed.pattern) if ends[0] == " "]


def test_every_example_meets_a_pattern_that_there_is() -> None:
    by_name = {listed.name: listed for listed in BRANCHING}
    assert sorted(set(examples()) - set(by_name)) == []
    for name, listed in by_name.items():
        for example in examples().get(name, []):
            assert search(listed.pattern, listed.prepare(example)), (name, example)


def test_data_files_are_composed_as_the_texts_are_that_they_are_compared_with() -> None:
    for package in (filters, pipeline, dedup, shards):
        for path in Path(package.__path__[0]).rglob("*.*"):
            if path.suffix in (".yaml", ".tsv", ".txt"):
                content = path.read_text(encoding="utf-8")
                assert unicodedata.is_normalized("NFC", content), path


@pytest.mark.parametrize(
    ("expression", "prepare", "never"),
    [
        ("all rights|Tous droits", str.lower, ["Tous droits"]),
        ("ห้ามทำซ้ำ|สงวน", folded, ["ห้ามทำซ้ำ"]),
        ("except|außer", folded, ["außer"]),
        ("first|!|！", folded, ["！"]),
        (r"(?<=x)(?:y|\bz)", str, [r"z"]),
        (r"(?:one|two(?:,|;))+ three", str, []),
        (r"(a|b)c\1|(?P<d>d)(?P=d)", str, []),
    ],
)
def test_an_alternative_that_can_never_match_is_found(
    expression: str, prepare: Callable[[str], str], never: list[str]
) -> None:
    assert dead(re.compile(expression), prepare) == never


def test_an_escape_that_was_escaped_and_a_range_that_was_none_are_found() -> None:
    assert asks_for(re.compile(r"cc[_-]|\\bcc[ -]by"), "\\")
    assert not asks_for(re.compile(r"cc[_-]|\bcc[ -]by"), "\\")
    assert ranges(re.compile("creative[ -_]?commons|[a-z]")) == [(" ", "_"), ("a", "z")]


def test_an_alternative_without_an_example_is_found() -> None:
    pattern = re.compile(r"photos?\b|(?:image|picture)s\b|(?:cc)(?=-)")
    assert unmet(pattern, ["A photo", "two pictures"]) == ["cc-"]
    assert unmet(re.compile("bildnachweis"), ["photos"]) == ["bildnachweis"]
