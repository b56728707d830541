"""What a licence permits: from an SPDX expression to one of eight classes, by a table of patterns."""

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from pydantic import BaseModel, model_validator

from shards.tables import table

TABLE = Path(__file__).with_name("verdicts.yaml")

OPERATORS = re.compile(r"\s+(AND|OR|WITH)\s+")


class Verdicts(BaseModel, frozen=True, extra="forbid"):
    """What `verdicts.yaml` holds: classes, the least restrictive first, and the SPDX ids of each, as shell globs."""

    restrictiveness: tuple[str, ...]
    classes: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _ranked(self) -> "Verdicts":
        if unranked := sorted(self.classes.keys() - set(self.restrictiveness)):
            raise ValueError(f"classes: {', '.join(unranked)} has no place in restrictiveness")
        return self


def classes() -> tuple[str, ...]:
    """Return the verdict classes, the least restrictive first."""
    return table(TABLE, Verdicts).restrictiveness


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
    for verdict, patterns in table(TABLE, Verdicts).classes.items():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return verdict
    return "unknown"
