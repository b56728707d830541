"""What the code says of a filter, or of any model with settings: its docstrings, and the comment at each field."""

import ast
import inspect
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from filters.base import Filter, OneOf, Range

_URL = re.compile(r"https?://\S+")
_CLASS = re.compile(r"^class .*\n(?:(?:[ \t)#].*)?\n)*", re.MULTILINE)  # with all lines that are indented below it


@dataclass(frozen=True)
class FieldDescribed:
    """A signal with its bound, or a setting with its default."""

    name: str
    is_signal: bool
    default: str
    note: str


@dataclass(frozen=True)
class Described:
    """A filter in words."""

    name: str
    summary: str  # one sentence: what it keeps
    text: str  # what its class says, then what its module says of where it comes from
    sources: tuple[str, ...]  # addresses of papers
    fields: tuple[FieldDescribed, ...]


def described(filter: type[Filter]) -> Described:
    """Return what a filter's own code says of it."""
    module = inspect.cleandoc(sys.modules[filter.__module__].__doc__ or "")
    own = inspect.cleandoc(filter.__doc__ or "")
    said = notes(filter)
    fields = tuple(
        FieldDescribed(name, name in filter.signals(), _default(info), said.get(name, "") + _choices(info.annotation))
        for name, info in filter.model_fields.items()
        if name != "name"
    )
    name = str(filter.model_fields["name"].default)
    sources = tuple(dict.fromkeys(url.rstrip(").,;") for url in _URL.findall(f"{module}\n{own}")))
    return Described(name, summary(filter), f"{own}\n\n{module}", sources, fields)


def _line(text: str) -> str:
    return " ".join(text.split())


def _default(info: Any) -> str:
    value = info.get_default(call_default_factory=True)
    return str(value) if isinstance(value, Range | OneOf) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) if not isinstance(value, dict) else "{}"


def _choices(annotation: Any) -> str:
    """Return the values that a setting may have, if there are only a few."""
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    values = [str(value) for member in members if get_origin(member) is Literal for value in get_args(member)]
    return f" (one of: {', '.join(values)})" if values else ""


def summary(model: type[BaseModel]) -> str:
    """Return the first sentence or sentences of a model's docstring, on one line."""
    return _line(inspect.cleandoc(model.__doc__ or "").split("\n\n")[0])


def notes(model: type[BaseModel]) -> dict[str, str]:
    """Return what the code says of each field: its description, else the comment behind it or in the lines above it."""
    found: dict[str, str] = {}
    for declared_by in reversed(model.__mro__):
        if declared_by is not BaseModel and issubclass(declared_by, BaseModel):
            found |= _comments(declared_by)
    described = {name: info.description for name, info in model.model_fields.items() if info.description}
    return {name: note for name, note in {**found, **described}.items() if name in model.model_fields}


def _comments(model: type[BaseModel]) -> dict[str, str]:
    """Return the comments at the fields that a class itself declares; none where its source is not at hand."""
    lines, classes = _source(getattr(sys.modules.get(model.__module__), "__file__", None) or "")
    found = {}
    for node in classes.get(model.__qualname__, ()):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = lines[(node.end_lineno or node.lineno) - 1]
            behind = last.encode()[node.end_col_offset or 0 :].decode().partition("#")[2]
            found[node.target.id] = _line(behind) or _above(lines, node.lineno - 1)
    return {name: note for name, note in found.items() if note}


@cache
def _source(file: str) -> tuple[list[str], dict[str, list[ast.stmt]]]:
    """Return the lines of a file of code, and what stands in each of its classes."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError:
        return [], {}
    classes: dict[str, list[ast.stmt]] = {}
    waiting = [("", _statements(text))]
    while waiting:
        within, body = waiting.pop()
        for node in body:
            if isinstance(node, ast.ClassDef):
                classes[within + node.name] = node.body
                waiting.append((f"{within}{node.name}.", node.body))
    return text.splitlines(), classes


def _statements(text: str) -> list[ast.stmt]:
    """Return the statements of a module, or no more than its classes: to parse the rest takes three times as long."""
    kept, end = [], 0
    for found in _CLASS.finditer(text):
        kept += ["\n" * text.count("\n", end, found.start()), found[0]]
        end = found.end()
    try:
        return ast.parse("".join(kept)).body
    except SyntaxError:  # a string of several lines reaches the margin
        return ast.parse(text).body


def _above(lines: list[str], index: int) -> str:
    comment: list[str] = []
    while index and lines[index - 1].lstrip().startswith("#"):
        index -= 1
        comment.insert(0, lines[index].strip().lstrip("# "))
    return _line(" ".join(comment))
