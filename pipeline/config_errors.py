"""What is wrong with a YAML file, in its own lines and keys: pydantic's errors, explained."""

import difflib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.catalogue import Catalogue, name_of


def explained(model: type[BaseModel], path: str, text: str, body: Any, error: ValidationError) -> str:
    """Return a line for each thing that is wrong with a file: its place and key, what was found, what is allowed.

    `body` is what the text says, with what it includes put in place.
    """
    lines = _Lines(text)
    return "\n".join(_explained(model, path, lines, body, problem) for problem in error.errors())


class _Lines:
    """Finds the line of a key in a YAML text."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def of(self, location: Sequence[str | int]) -> int:
        """Return the line of the deepest part of a location that stands in the text."""
        node, line = self._root, 1
        for part in location:
            if isinstance(node, yaml.MappingNode):
                found = [(key, value) for key, value in node.value if key.value == str(part)]
                if found:
                    (key, node), *_ = found
                    line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
        return line


def _explained(model: type[BaseModel], path: str, lines: _Lines, body: Any, problem: Mapping[str, Any]) -> str:
    location = problem["loc"]
    key = ".".join(str(part) for part in _without_tags(model, location)) or "the file"
    return f"{path}:{lines.of(location)}: {key}: {_advice(model, body, problem)}"


def _advice(model: type[BaseModel], body: Any, problem: Mapping[str, Any]) -> str:
    location = problem["loc"]
    match problem["type"]:
        case "extra_forbidden":
            allowed = _keys(model, body, location[:-1])
            return f"no such key{_meant(str(location[-1]), allowed)} (allowed: {', '.join(allowed)})"
        case "union_tag_invalid":
            context = problem["ctx"]
            allowed = re.findall(r"'(\w+)'", context["expected_tags"])
            return f"{context['tag']!r} is not one of {context['expected_tags']}{_meant(context['tag'], allowed)}"
        case "union_tag_not_found":
            return f"the key {problem['ctx']['discriminator']} is missing: it says what this is"
        case "missing":
            return "required, and not there"
        case "value_error":
            return str(problem["ctx"]["error"])
    return f"{problem['msg']}, found {problem['input']!r}"


def _meant(given: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, allowed, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _without_tags(model: type[BaseModel], location: Sequence[str | int]) -> list[str | int]:
    """Return a location as the YAML file has it: pydantic adds the name of each union member it tried."""
    kept: list[str | int] = []
    annotation: Any = model
    for part in location:
        annotation, tag = _step(annotation, part)
        if not tag:
            kept.append(part)
    return kept


def _keys(model: type[BaseModel], body: Any, location: Sequence[str | int]) -> list[str]:
    annotation: Any = model
    for part in location:
        annotation, tag = _step(annotation, part)
        if not tag:
            body = _under(body, part)
        annotation = _named(annotation, body)
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _under(body: Any, part: str | int) -> Any:
    if isinstance(body, dict):
        return body.get(part)
    return body[part] if isinstance(body, list) and isinstance(part, int) else None


def _named(annotation: Any, body: Any) -> Any:
    """Return the model that a value selects from a catalogue; any other annotation as it is."""
    for note in typing.get_args(annotation)[1:] if typing.get_origin(annotation) is typing.Annotated else ():
        if isinstance(note, Catalogue) and isinstance(body, dict):
            return note.find(body[note.key])
    return annotation


def _step(annotation: Any, part: str | int) -> tuple[Any, bool]:
    """Return what lies under a part of a location, and whether the part was a union member's name."""
    members = _members(annotation)
    models = [member for member in members if isinstance(member, type) and issubclass(member, BaseModel)]
    for model in models if len(members) > 1 else ():
        if part in _tags(model):
            return model, True
    for model in models:
        if part in model.model_fields:
            return model.model_fields[str(part)].annotation, False
    for member in members:
        if arguments := typing.get_args(member):
            return arguments[1 if typing.get_origin(member) is dict else 0], False
    return None, False


def _members(annotation: Any) -> list[Any]:
    """Return the types that an annotation admits, with unions flattened."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [member for part in typing.get_args(annotation) for member in _members(part)]
    return [annotation]


def _tags(model: type[BaseModel]) -> set[str | None]:
    """Return the names under which pydantic tries a member of a union."""
    return {model.__name__, name_of(model, "name"), name_of(model, "kind")}
