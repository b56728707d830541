"""What a signal is counted in: where its values can lie, and what an English bound is worth in another language.

`units.tsv` names the unit of every signal, and of every setting that is a length. The same sentence has twice as many
tokens in Thai as in English and a third as many characters in Chinese: a bound of 50 words or of 30 characters a line
means the same there only after it is converted.
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from filters.base import Filter
from shards.tables import rows

TABLE = Path(__file__).with_name("units.tsv")


@dataclass(frozen=True)
class Worth:
    """How many tokens and characters of a language say what one of the base language says."""

    tokens: float = 1.0
    characters: float = 1.0


SAME = Worth()


class UnitRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `units.tsv`: a `filter.signal` or a `filter.setting`, and its unit."""

    name: str
    unit: Literal["characters", "count", "mean", "per_character", "per_token", "share", "share_in_n_grams", "tokens"]


@cache
def units() -> dict[str, str]:
    """Return the unit of each `filter.signal` and `filter.setting` that has one."""
    return {row.name: row.unit for row in rows(TABLE, UnitRow)}


def factor(name: str, worth: Worth) -> float:
    """Return what the base language's value is to be multiplied by; 1 for what has no unit of length."""
    match units().get(name):
        case "tokens":
            return worth.tokens
        case "per_token":
            return 1 / worth.tokens
        case "characters":
            return worth.characters
        case "per_character":
            return 1 / worth.characters
    return 1.0


def possible(name: str) -> tuple[float, float]:
    """Return the least and the greatest value that a signal can have; without a unit, any."""
    unit = units().get(name)
    return (
        (0.0, 1.0)
        if unit in ("share", "share_in_n_grams")
        else (-math.inf, math.inf)
        if unit is None
        else (0.0, math.inf)
    )


def of_n_grams(name: str) -> bool:
    """Return whether the signal is about n-grams, which are of words here and of characters there."""
    return units().get(name) == "share_in_n_grams"


def counted(name: str) -> bool:
    """Return whether the signal's values are whole numbers."""
    return units().get(name) in ("tokens", "characters", "count")


def converted(filter: Filter, worth: Worth) -> Filter:
    """Return the filter with its settings that are lengths in the language's own measure; its bounds as they are."""
    lengths = {
        name: max(1, round(getattr(filter, name) * factor(key, worth)))
        for name in type(filter).model_fields
        if name not in filter.signals() and (key := f"{filter.name}.{name}") in units()
    }
    return filter.model_copy(update=lengths)
