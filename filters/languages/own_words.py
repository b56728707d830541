"""Words that one of several close varieties has of its own, for those that models take for one another.

`own_words.tsv` has them by language, in this project's own choice, with the languages beside which they are looked for.
A text of thirty words in Kinyarwanda has several that Kirundi spells otherwise; letters and n-grams tell them less.
"""

import re
from collections.abc import Sequence
from functools import cache
from math import log1p
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel

from filters.languages.labels import scripts_of
from shards.arrays import Mask, Places
from shards.tables import rows

TABLE = Path(__file__).with_name("own_words.tsv")

NAMED = 0.01  # probability from which a language that a model names has the words of its neighbours looked for
_WORD = re.compile(r"[^\s.,;:!?()\"“”«»।،؛؟…/\[\]]+")
_EVERY = 5  # words: a text without any own word of a language speaks against it by how many times so many it has


class OwnWordsRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `own_words.tsv`: languages are separated by commas, words by spaces; `*` stands for any letters."""

    language: str
    near: str
    words: str


class OwnWords(NamedTuple):
    """The lists, ready to be looked for."""

    columns: Places  # lists: the column of the language
    near: Mask  # lists x languages: beside which they are looked for, their own included
    lists: dict[str, tuple[int, ...]]  # of each whole word
    stems: tuple[re.Pattern[str] | None, ...]  # lists: what has a `*`


@cache
def table() -> OwnWords:
    """Return what `own_words.tsv` has."""
    listed, names = list(rows(TABLE, OwnWordsRow)), list(scripts_of())
    near = np.zeros((len(listed), len(names)), np.bool_)
    lists: dict[str, tuple[int, ...]] = {}
    stems: list[re.Pattern[str] | None] = []
    for place, row in enumerate(listed):
        near[place, [names.index(one) for one in (row.language, *row.near.split(","))]] = True
        words = row.words.split()
        for word in words:
            if "*" not in word:
                lists[word] = (*lists.get(word, ()), place)
        parts = [_pattern(word) for word in words if "*" in word]
        stems.append(re.compile("|".join(parts)) if parts else None)
    return OwnWords(np.array([names.index(row.language) for row in listed]), near, lists, tuple(stems))


def _pattern(word: str) -> str:
    start, end = ("" if word.startswith("*") else r"\b"), ("" if word.endswith("*") else r"\b")
    return start + re.escape(word.strip("*")) + end


def looked_for(named: Mask) -> Mask:
    """Return texts x lists: those of languages beside which a model names one. `named` is texts x languages."""
    return np.stack([named[:, near].any(axis=1) for near in table().near], axis=1)


def spoken(text: str, places: Sequence[int]) -> list[float]:
    """Return how much the own words of each of some lists speak for its language: the logarithm of one more than there
    are, or, of none, less than 0 by the length of the text.
    """
    words = _WORD.findall(text.lower().replace("’", "'"))
    counts = dict.fromkeys(places, 0)
    lists = table().lists
    for word in words:
        if word in lists:
            for place in lists[word]:
                if place in counts:
                    counts[place] += 1
    lowered = " ".join(words)
    for place in places:
        if (stems := table().stems[place]) is not None:
            counts[place] += len(stems.findall(lowered))
    return [_weight(count, len(words)) for count in counts.values()]


def _weight(count: int, words: int) -> float:
    return log1p(count) if count else -log1p(words / _EVERY)
