"""Bounds that somebody would move: `gopher_quality.words.min=40`, `tha_Thai.gopher_quality.words={min: 100}`.

A key is the one that `--set` takes, without `stages.documents.` and `steps.`; that of a bound in the chain of a
language begins with its tag. What moves is written out again as YAML that a configuration takes.
"""

import csv
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import yaml
from pydantic import JsonValue, ValidationError

from filters.base import Bound, Filter
from filters.chain import ByLanguage, Chain, Step
from pipeline.errors import ConfigError, QuestionError, SettingError
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.order import check_bounds
from pipeline.words import did_you_mean, meant
from pipeline.yaml_file import read_value

PREFIX = ("stages", "documents")
LANGUAGE = re.compile("[a-z]{3}_[A-Z][a-z]{3}")


@dataclass(frozen=True)
class Move:
    """A bound of a filter, and where it is moved to."""

    language: str | None  # in whose chain the filter stands; None: in `steps`
    before: Filter
    after: Filter
    signal: str
    elsewhere: int = 0  # languages with filters of their own, for which it does not hold

    @property
    def key(self) -> str:
        """The signal by its whole name, which is the reason too."""
        return f"{self.after.name}.{self.signal}"

    @property
    def name(self) -> str:
        """The key as it is given: the signal, behind the tag of a language."""
        return f"{self.language}.{self.key}" if self.language else self.key

    @property
    def old(self) -> Bound:
        """The bound as it was."""
        return self.before.bounds()[self.signal]

    @property
    def new(self) -> Bound:
        """The bound as it would be."""
        return self.after.bounds()[self.signal]

    @property
    def assignment(self) -> str:
        """What `yuliao run --set` takes: the whole bound, so that nothing of it falls back to a default."""
        place = f"languages.{self.language}.filters" if self.language else "steps"
        return f"stages.documents.{place}.{self.key}={_flow(self.new)}"


def moves_of(stage: DocumentsStage, assignments: Sequence[str]) -> tuple[Move, ...]:
    """Return what assignments move; a later one goes on from where an earlier one has left a bound.

    Raises
    ------
    QuestionError
        for one that moves no bound of the stage, or where no bound can lie.
    """
    moves: dict[tuple[str | None, str], Move] = {}
    moved: dict[tuple[str | None, str], Filter] = {}
    for assignment in assignments:
        language, name, signal, part, text = _parsed(stage, assignment)
        before = _filter(stage, language, name, assignment)
        if before.bounds_change_text:
            raise QuestionError(f"{assignment}: {name} cuts texts by its bounds, which changes later signals")
        if signal not in before.signals():
            raise QuestionError(f"{assignment}: {name} has no signal {signal}{meant(signal, before.signals())}")
        now = moved.get((language, name), before)
        after = _with(now, signal, _value(now.bounds()[signal], part, text, assignment), assignment)
        moved[language, name] = after
        own = 0 if language else sum(not stage.is_shared(name, tag) for tag in stage.languages)
        moves[language, f"{name}.{signal}"] = Move(language, before, after, signal, own)
    return tuple(replace(move, after=moved[move.language, move.before.name]) for move in moves.values())


def _parsed(stage: DocumentsStage, assignment: str) -> tuple[str | None, str, str, str | None, str]:
    """Return the language, the filter, the signal, the part of the bound and the value."""
    key, separator, text = assignment.partition("=")
    try:
        (parts,) = csv.reader([key.strip()], delimiter=".", strict=True)
    except (csv.Error, ValueError):
        parts = []
    if tuple(parts[:2]) == PREFIX:
        parts = parts[2:]
    language = None
    if parts[:1] == ["steps"]:
        parts = parts[1:]
    elif parts[:1] == ["languages"] or (parts and parts[0] in stage.languages):
        parts = parts[1:] if parts[0] == "languages" else parts
        language, parts = (parts[0], parts[1:]) if parts else (None, parts)
        parts = parts[1:] if parts[:1] == ["filters"] else parts
    if separator and len(parts) in (3, 4) and LANGUAGE.fullmatch(parts[0]):
        raise QuestionError(f"{assignment}: {parts[0]} has no filters of its own{meant(parts[0], stage.languages)}")
    if not separator or len(parts) not in (2, 3) or not all(parts):
        raise QuestionError(f"{assignment}: {_malformed(stage, parts if separator else [])}")
    return language, parts[0], parts[1], parts[2] if len(parts) == 3 else None, text.strip()


def _malformed(stage: DocumentsStage, parts: Sequence[str]) -> str:
    """Return what is wrong with a key that does not name a filter and a signal, and which may be meant."""
    signals = {filter.name: filter.signals() for filter in stage.filters_for(None)}
    if len(parts) == 1 and parts[0] in signals:
        return f"which signal of {parts[0]}? It has {', '.join(signals[parts[0]])}"
    if parts:
        whole = [f"{name}.{signal}" for name, own in signals.items() for signal in own]
        same = [name for name in whole if name.rpartition(".")[2] == parts[0]]
        near = did_you_mean(same) or meant(".".join(parts), [*whole, *signals])
        return f"{'.'.join(parts)} names no signal of a filter, as gopher_quality.words.min=40 does{near}"
    example = "gopher_quality.words.min=40, or of a language tha_Thai.gopher_quality.words={min: 100}"
    return f"key=value is expected: {example}"


OTHER_STAGES = ("rights", "dedup", "poisoning")  # stages that judge documents by more than their signals


def _filter(stage: DocumentsStage, language: str | None, name: str, assignment: str) -> Filter:
    if language is not None and language not in stage.languages:
        near = meant(language, list(stage.languages))
        raise QuestionError(f"{assignment}: {language} has no filters of its own; those of `steps` apply to it{near}")
    filters = stage.languages[language].filters if language else stage.filters_for(None)
    for filter in filters:
        if filter.name == name:
            return filter
    if name in OTHER_STAGES:
        raise QuestionError(
            f"{assignment}: the settings of the stage {name} cannot be counted from signals; change them in the"
            " configuration and run: the stage documents is not repeated"
        )
    if language is not None and name in {filter.name for filter in stage.filters_for(language)}:
        raise QuestionError(f"{assignment}: {language} has no {name} of its own; that of `steps` holds for it")
    names = [*(filter.name for filter in filters), *stage.languages]
    raise QuestionError(f"{assignment}: no filter {name} there{meant(name, names)}")


def _value(bound: Bound, part: str | None, text: str, assignment: str) -> object:
    try:
        value = read_value(text, assignment)
    except ConfigError as error:
        raise QuestionError(str(error)) from error
    if part is None:
        return value
    fields = type(bound).model_fields
    if part not in fields:
        raise QuestionError(
            f"{assignment}: a bound has no {part} (allowed: {', '.join(fields)}){meant(part, list(fields))}"
        )
    return bound.model_dump() | {part: value}


def _with(filter: Filter, signal: str, value: object, assignment: str) -> Filter:
    try:
        after = type(filter).model_validate(filter.model_dump() | {signal: value})
        check_bounds([after])
    except ValidationError as error:
        raise QuestionError(f"{assignment}: {error.errors()[0]['msg']}") from error
    except SettingError as error:
        raise QuestionError(f"{assignment}: {error}") from error
    return after


def options(moves: Sequence[Move]) -> str:
    """Return moves as options of `yuliao run`."""
    return " ".join(f"--set {shlex.quote(move.assignment)}" for move in moves)


def as_yaml(moves: Sequence[Move]) -> str:
    """Return the filters that moves change, each as a configuration takes it in place of the one of its name."""
    parts = ["# Bounds moved in a what-if. Each filter stands in place of the one with its name.\n"]
    whole = {(move.language, move.after.name): move.after for move in moves}
    parts.append(f"#   yuliao run CONFIG {options(moves)}\n")
    for (language, _), filter in whole.items():
        where = f"languages: {language}: filters:" if language else "steps:"
        parts.append(f"\n# stages: documents: {where}\n")
        own = _short({"name": filter.name, **filter.model_dump(mode="json", exclude_defaults=True)})
        parts.append(yaml.dump([own], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
    return "".join(parts)


class _Dumper(yaml.SafeDumper):
    """Writes the mappings of bounds in one line, as people do."""


def _mapping(dumper: yaml.SafeDumper, value: dict[str, object]) -> yaml.Node:
    flow = "name" not in value
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flow)


_Dumper.add_representer(dict, _mapping)


def _flow(bound: Bound) -> str:
    whole = _short(bound.model_dump(mode="json", exclude_defaults=True))
    return yaml.dump(whole, default_flow_style=True, sort_keys=False, width=1_000, allow_unicode=True).strip()


def _short(value: JsonValue) -> JsonValue:
    """Return a value whose whole numbers are written as such."""
    match value:
        case dict():
            return {key: _short(item) for key, item in value.items()}
        case list():
            return [_short(item) for item in value]
        case float() if value.is_integer():
            return int(value)
    return value


class Course:
    """The steps that documents of a language go through, cut where what was rejected is not seen by what comes behind.

    The filters of one part measure every document that comes to it.
    """

    def __init__(self, stage: DocumentsStage, language: str | None) -> None:
        self.parts: list[tuple[Step | Filter, ...]] = []
        for segment in stage.segments:
            if isinstance(segment, ByLanguage):
                segment = segment.chains.get(language or "", segment.general)
            self.parts.append(segment.filters if isinstance(segment, Chain) else (segment,))

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        return {step.name: (i, j) for i, part in enumerate(self.parts) for j, step in enumerate(part)}

    def part_of(self, filter: str) -> int:
        """Return the number of the part in which a filter stands."""
        return self._places[filter][0]

    def place_of(self, key: str) -> tuple[int, int, int]:
        """Return where a signal is asked about: the part, the filter in it, the signal of that."""
        name, _, signal = key.partition(".")
        part, place = self._places[name]
        step = self.parts[part][place]
        signals = step.signals() if isinstance(step, Filter) else ()
        return part, place, signals.index(signal) if signal in signals else -1

    def precedes(self, key: str, reason: str) -> bool:
        """Return whether a document that was rejected for a reason has passed the bound of a signal before.

        One on which a filter raised was not measured by any that stand in one part with it.
        """
        name, _, what = reason.partition(".")
        if name not in self._places:
            return True  # behind all: chains of other languages, what take-downs list
        if what == "crashed":
            return self.part_of(name) > self.part_of(key.partition(".")[0])
        return self.place_of(reason) > self.place_of(key)
