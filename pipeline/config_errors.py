"""What is wrong with a YAML file, in its own lines and keys: pydantic's errors, explained; one mistake, one message."""

import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from filters.base import Range
from pipeline.catalogue import Catalogue, name_of
from pipeline.errors import SettingError
from pipeline.words import meant, quoted
from pipeline.yaml_file import YamlFile

Location: typing.TypeAlias = tuple[str | int, ...]

EXPECTED = {  # by the type of pydantic's error
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys",
    "string_type": "text",
    "invalid_key": "a key that is text",
    "string_sub_type": "text",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "path_type": "a path",
}
LIMITS = {  # the same, with what its context has
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "too_short": "a list with {min_length} or more entries",
    "string_too_short": "text of {min_length} or more characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
}


class Problem(NamedTuple):
    """One of pydantic's errors: where it is in the file, what may stand there, whether that is one of several."""

    location: Location
    annotation: Any
    within: Any  # the annotation of what it stands in
    is_member: bool
    error: Mapping[str, Any]


def explained(model: type[BaseModel], file: YamlFile, body: Any, error: ValidationError) -> str:
    """Return a line for each thing that is wrong with a file: its place and key, what was found, what is allowed.

    `body` is what the file says, with its parameters filled in.
    """
    problems = [_problem(model, body, one) for one in error.errors()]
    groups: dict[Location, list[Problem]] = {}
    for problem in problems:
        if not _follows(problem, problems):
            groups.setdefault(problem.location, []).append(problem)
    return "\n".join(_line(file, group) for group in groups.values())


def placed(file: YamlFile, location: Location, sentence: str) -> str:
    """Return a sentence behind the place and the key that it is about."""
    kept, place = file.find(location)
    return f"{place}: {'.'.join(map(str, kept)) or 'the file'}: {sentence}"


def _problem(model: type[BaseModel], body: Any, error: Mapping[str, Any]) -> Problem:
    """Return an error with its location as the file has it: pydantic adds the name of each union member it tried."""
    annotation, within, kept, tag = model, None, list[str | int](), False
    for part in error["loc"]:
        below, tag = _step(annotation, part)
        if not tag:
            body, within = _under(body, part), annotation
            kept.append(part)
        annotation = _named(below, body)
    return Problem(tuple(kept), annotation, within, tag, error)


def _follows(problem: Problem, others: Sequence[Problem]) -> bool:
    """Return whether another problem is the reason for this one, or says it better.

    A list is too short when its items are wrong; of the members of a union the one that got further was meant; and a
    key is missing when it is misspelt.
    """
    if problem.error["type"] == "missing":
        *above, key = problem.location
        return any(
            one.error["type"] == "extra_forbidden"
            and list(one.location[:-1]) == above
            and meant(str(one.location[-1]), _keys(one.within)) == meant(str(key), [str(key)])
            for one in others
        )
    inside = any(_is_below(one.location, problem.location) for one in others)
    return inside and (problem.is_member or problem.error["type"] == "too_short")


def _is_below(location: Location, above: Location) -> bool:
    return len(location) > len(above) and location[: len(above)] == above


def _line(file: YamlFile, group: Sequence[Problem]) -> str:
    location, error = group[0].location, group[0].error
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, SettingError):
        return placed(file, (*location, *cause.at), str(cause))
    if error["type"] == "missing":  # its key does not stand in the file
        kept, place = file.find(location[:-1])
        return f"{place}: {'.'.join(map(str, [*kept, location[-1]]))}: required but missing"
    return placed(file, location, _sentence(group))


def _sentence(group: Sequence[Problem]) -> str:
    problem, error = group[0], group[0].error
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            key, allowed = str(problem.location[-1]), _keys(problem.within)
            return f"no such key{meant(key, allowed)} (allowed: {', '.join(allowed)})"
        case "union_tag_invalid":
            allowed = re.findall(r"'(\w+)'", context["expected_tags"])
            return f"{quoted(context['tag'])} is not one of {', '.join(allowed)}{meant(context['tag'], allowed)}"
        case "union_tag_not_found":
            key = context["discriminator"].strip("'")
            return f"missing key {key} (one of {', '.join(_names(problem.annotation, key))})"
        case "literal_error":
            allowed = re.findall(r"'([^']+)'", context["expected"])
            return f"{quoted(error['input'])} is not one of {', '.join(allowed)}{meant(str(error['input']), allowed)}"
        case "value_error":
            return str(context["error"])
    expected = " or ".join(dict.fromkeys(map(_expected, group)))
    return f"expected {expected}, found {quoted(error['input'])}{_written(problem)}"


def _expected(problem: Problem) -> str:
    kind, context = problem.error["type"], problem.error.get("ctx", {})
    if _is_bound(problem):
        return "a bound"
    return LIMITS[kind].format(**context) if kind in LIMITS else EXPECTED.get(kind, problem.error["msg"])


def _is_bound(problem: Problem) -> bool:
    return problem.error["type"] in ("model_type", "dict_type") and Range in _members(problem.annotation)


def _written(problem: Problem) -> str:
    """Return how it is written, where that can be told from what was found."""
    given = problem.error["input"]
    word = given if isinstance(given, str) and re.fullmatch(r"[\w./*:@${} -]+", given) else None
    match problem.error["type"]:
        case "tuple_type" | "list_type" if word:
            return f"; write [{word}]"
        case "model_attributes_type" if word:
            return f"; write {{name: {word}}}"
        case "model_type" | "dict_type" if _is_bound(problem):
            value = f"{given:g}" if isinstance(given, int | float) else "…"
            return f"; write {{min: {value}}}, {{max: {value}}} or {{min: …, max: …}}"
        case "string_type" if isinstance(given, bool):
            return "; YAML reads yes, no, on and off as booleans: quote them to make them text"
        case "string_type" if isinstance(given, int | float):
            return f"; quote it to make it text: '{given}'"
    return ""


def _keys(annotation: Any) -> list[str]:
    """Return the keys of what an annotation admits."""
    models = _models(annotation)
    return list(models[0].model_fields) if models else []


def _names(annotation: Any, key: str) -> list[str]:
    """Return the names by which a configuration selects what an annotation admits."""
    catalogue = _catalogue(annotation)
    return catalogue.names() if catalogue else [str(name_of(model, key)) for model in _models(annotation)]


def _under(body: Any, part: str | int) -> Any:
    if isinstance(body, dict):
        return body.get(part)
    return body[part] if isinstance(body, list) and isinstance(part, int) and part < len(body) else body


def _catalogue(annotation: Any) -> Catalogue[Any] | None:
    notes = typing.get_args(annotation)[1:] if typing.get_origin(annotation) is typing.Annotated else ()
    return next((note for note in notes if isinstance(note, Catalogue)), None)


def _named(annotation: Any, body: Any) -> Any:
    """Return the model that a value selects from a catalogue; any other annotation as it is."""
    catalogue = _catalogue(annotation)
    name = body.get(catalogue.key) if catalogue and isinstance(body, dict) else None
    return catalogue.find(name) if catalogue and name in catalogue.names() else annotation


def _step(annotation: Any, part: str | int) -> tuple[Any, bool]:
    """Return what lies under a part of a location, and whether the part was a union member's name."""
    members = _members(annotation)
    models = _models(annotation)
    for model in models if len(members) > 1 else ():
        if part in _tags(model):
            return model, True
    for model in models:
        if part in model.model_fields:
            return model.model_fields[str(part)].annotation, False
    if len(members) > 1 and (named := _member_named(members, part)) is not None:
        return named, True
    for member in members:
        if arguments := typing.get_args(member):
            return arguments[1 if typing.get_origin(member) in (dict, Mapping) else 0], False
    return None, False


def _member_named(members: Sequence[Any], part: str | int) -> Any:
    """Return the member of a union that pydantic calls so: `str`, `tuple[str, ...]`."""
    names = {str(member) if typing.get_args(member) else getattr(member, "__name__", ""): member for member in members}
    return names.get(str(part))


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [member for member in _members(annotation) if isinstance(member, type) and issubclass(member, BaseModel)]


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
