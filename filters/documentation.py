"""What the code of a filter says of it: its docstrings, and the comment at each of its fields."""

import ast
import inspect
import re
import sys
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from filters.base import Filter, OneOf, Range

_URL = re.compile(r"https?://\S+")


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
    notes = _comments(filter)
    fields = tuple(
        FieldDescribed(name, name in filter.signals(), _default(info), notes.get(name, "") + _choices(info.annotation))
        for name, info in filter.model_fields.items()
        if name != "name"
    )
    name = str(filter.model_fields["name"].default)
    sources = tuple(dict.fromkeys(url.rstrip(").,;") for url in _URL.findall(f"{module}\n{own}")))
    return Described(name, _line(own.split("\n\n")[0]), f"{own}\n\n{module}", sources, fields)


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


def _comments(filter: type[Filter]) -> dict[str, str]:
    """Return the comment of each field: behind it, or in the lines right above it."""
    lines = inspect.getsource(filter).splitlines()
    (tree,) = ast.parse("\n".join(lines)).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = lines[(node.end_lineno or node.lineno) - 1]
            behind = last[node.end_col_offset or 0 :].partition("#")[2]
            found[node.target.id] = _line(behind) or _above(lines, node.lineno - 1)
    return found


def _above(lines: list[str], index: int) -> str:
    comment: list[str] = []
    while index and lines[index - 1].lstrip().startswith("#"):
        index -= 1
        comment.insert(0, lines[index].strip().lstrip("# "))
    return _line(" ".join(comment))
