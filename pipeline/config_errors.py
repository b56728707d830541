"""What is wrong with a YAML file, in its own lines and keys: pydantic's errors, explained."""

import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ValidationError


def explained(model: type[BaseModel], path: str, text: str, error: ValidationError) -> str:
    """Return a line for each thing that is wrong with a file: its place and key, what was found, what is allowed."""
    lines = _Lines(text)
    return "\n".join(_explained(model, path, lines, problem) for problem in error.errors())


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


def _explained(model: type[BaseModel], path: str, lines: _Lines, problem: Mapping[str, Any]) -> str:
    location = problem["loc"]
    key = ".".join(str(part) for part in _without_tags(model, location)) or "the file"
    return f"{path}:{lines.of(location)}: {key}: {_advice(model, problem)}"


def _advice(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    location = problem["loc"]
    match problem["type"]:
        case "extra_forbidden":
            allowed = _keys(model, location[:-1])
            close = difflib.get_close_matches(str(location[-1]), allowed, 1)
            return f"no such key{f'; did you mean {close[0]}?' if close else ''} (allowed: {', '.join(allowed)})"
        case "union_tag_invalid":
            context = problem["ctx"]
            return f"{context['tag']!r} is not one of {context['expected_tags']}"
        case "union_tag_not_found":
            return f"the key {problem['ctx']['discriminator']} is missing: it says what this is"
        case "missing":
            return "required, and not there"
        case "value_error":
            return str(problem["ctx"]["error"])
    return f"{problem['msg']}, found {problem['input']!r}"


def _without_tags(model: type[BaseModel], location: Sequence[str | int]) -> list[str | int]:
    """Return a location as the YAML file has it: pydantic adds the name of each union member it tried."""
    kept: list[str | int] = []
    annotation: Any = model
    for part in location:
        annotation, tag = _step(annotation, part)
        if not tag:
            kept.append(part)
    return kept


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    annotation: Any = model
    for part in location:
        annotation, _ = _step(annotation, part)
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


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


def _tags(model: type[BaseModel]) -> set[Any]:
    """Return the values of the fields that tell the members of a union apart."""
    tags: set[Any] = {model.__name__}
    for name in ("name", "kind"):
        field = model.model_fields.get(name)
        if field is not None and typing.get_origin(field.annotation) is Literal:
            tags |= set(typing.get_args(field.annotation))
    return tags
