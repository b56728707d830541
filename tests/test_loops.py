"""Helpers of loops that are given arrays and make none are `@inner`: references are counted in no call of them."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shards.compiled import Loop, compiled, inner

NUMBERS = {
    "int",
    "float",
    "bool",
    *(f"np.{name}{bits}" for name in ("int", "uint", "float") for bits in (8, 16, 32, 64)),
}
ROOMS = ("filters", "dedup", "pipeline", "shards")


def modules() -> Iterator[str]:
    """Yield the modules that may hold compiled loops."""
    for room in ROOMS:
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            spec = find_spec(module.name)
            if spec is not None and spec.origin and "shards.compiled" in Path(spec.origin).read_text(encoding="utf-8"):
                yield module.name


@cache
def body(loop: Loop[..., Any]) -> ast.FunctionDef:
    (function,) = ast.parse(inspect.getsource(loop.function)).body
    assert isinstance(function, ast.FunctionDef)
    return function


def called(loop: Loop[..., Any]) -> Iterator[Loop[..., Any]]:
    """Yield the loops that a loop calls."""
    for node in ast.walk(body(loop)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = loop.function.__globals__.get(node.func.id)
            if isinstance(callee, Loop):
                yield callee


def makes_arrays(loop: Loop[..., Any]) -> bool:
    """Whether a loop makes arrays or lists, or calls one that does."""
    for node in ast.walk(body(loop)):
        if isinstance(node, ast.List | ast.ListComp | ast.Set | ast.Dict):
            return True
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func) not in NUMBERS
        ):
            return True
    return any(map(makes_arrays, called(loop)))


def takes_arrays(loop: Loop[..., Any]) -> bool:
    return any(one.annotation is None or ast.unparse(one.annotation) not in NUMBERS for one in body(loop).args.args)


def should_be_inner(loop: Loop[..., Any]) -> bool:
    return loop.counts_references and takes_arrays(loop) and not makes_arrays(loop)


def loops_in(module: str) -> list[Loop[..., Any]]:
    return [one for one in vars(importlib.import_module(module)).values() if isinstance(one, Loop)]


def test_helpers_that_are_given_arrays_and_make_none_count_no_references() -> None:
    every = {loop for module in modules() for loop in loops_in(module)}
    helpers = {callee for loop in every for callee in called(loop)}
    assert len(helpers) > 200
    assert [f"{one.function.__module__}.{one.function.__name__}" for one in helpers if should_be_inner(one)] == []


@compiled
def _least(numbers: list[int]) -> int:
    return numbers[0]


@compiled
def _copied(numbers: list[int]) -> list[int]:
    return numbers.copy()


@inner
def _last(numbers: list[int]) -> int:
    return numbers[-1]


def test_what_makes_arrays_may_count_references() -> None:
    loops: list[Loop[..., Any]] = [_least, _copied, _last]
    assert [should_be_inner(one) for one in loops] == [True, False, False]
