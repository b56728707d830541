"""The table of statements about rights, and whether a text reserves them all."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("statements.yaml")


@cache
def _table() -> dict[str, Any]:
    with TABLE.open(encoding="utf-8") as file:
        table: dict[str, Any] = yaml.safe_load(file)
    return table


def languages(section: str = "grants") -> frozenset[str]:
    """Return the languages in which a section of the table can be understood."""
    return frozenset(_table()[section])


@cache
def blocks() -> frozenset[str]:
    """Return the elements that are a paragraph of their own."""
    return frozenset(_table()["blocks"])


@cache
def phrases(*keys: str) -> re.Pattern[str]:
    """Return a section of the table, all its languages, as one pattern over folded text."""
    entry: Any = _table()
    for key in keys:
        entry = entry[key]
    listed = entry if isinstance(entry, list) else [phrase for language in entry.values() for phrase in language]
    return re.compile("|".join(f"(?:{phrase})" for phrase in listed))


def is_reserved(text: str) -> bool:
    """Whether a folded text reserves all rights."""
    return phrases("reserved").search(text) is not None
