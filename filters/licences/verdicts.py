"""What a licence permits: from an SPDX expression to one of eight classes, by a table of patterns."""

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).with_name("verdicts.yaml")

OPERATORS = re.compile(r"\s+(AND|OR|WITH)\s+")


@cache
def _table() -> dict[str, dict[str, list[str]] | list[str]]:
    with TABLE.open(encoding="utf-8") as file:
        table: dict[str, dict[str, list[str]] | list[str]] = yaml.safe_load(file)
    return table


@cache
def classes() -> tuple[str, ...]:
    """Return the verdict classes, the least restrictive first."""
    return tuple(_table()["restrictiveness"])


def restrictiveness(verdict: str) -> int:
    """Return the rank of a verdict class; greater is more restrictive."""
    return classes().index(verdict)


@cache
def verdict_of(expression: str) -> str:
    """Return the class of an SPDX expression; `unknown` if any member it hangs on is in no class.

    AND binds tighter than OR, as in SPDX; an exception (WITH) changes nothing for a text.
    """
    if "(" in expression:
        return _nested(expression)
    alternatives = [
        max((_member(part) for part in re.split(r"\s+AND\s+", alternative)), key=restrictiveness)
        for alternative in re.split(r"\s+OR\s+", expression)
    ]
    return min(alternatives, key=restrictiveness)


def _nested(expression: str) -> str:
    """Replace the innermost bracket by a stand-in of its class until none is left."""
    inner = re.search(r"\(([^()]*)\)", expression)
    if inner is None:
        return "unknown"
    return verdict_of(expression[: inner.start()] + "=" + verdict_of(inner[1].strip()) + expression[inner.end() :])


def _member(identifier: str) -> str:
    name = re.split(r"\s+WITH\s+", identifier.strip())[0]
    if name.startswith("="):
        return name[1:]
    by_class = _table()["classes"]
    assert isinstance(by_class, dict)
    for verdict, patterns in by_class.items():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return verdict
    return "unknown"
