"""How familiar a text is: whether it may be in the language that it is named, or is in one that no model knows.

The models name the nearest language that they know, often surely. What tells is how much they find in the text of what
they know: CLD2 scores a kilobyte of Tahitian lower than one of Maori, and to py3langid's model each of its n-grams
speaks for another language. `familiar.json` (written by `python -m pipeline.training.familiar`) has what texts in each
language have of this on average, how it changes with the length, and how much each counts, fitted against texts in 37
languages that no model knows. A language without texts has the mean of those that the same models know.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from filters.languages.varieties import STANDARD, VARIETIES
from shards.arrays import Floats

TABLE = Path(__file__).with_name("familiar.json")

# What the probability of the language leaves; CLD2's score of a kilobyte, for the language and for its first;
# py3langid's mean weight of an n-gram, for the language and for its first.
FEATURES = ("doubt", "named_rate", "best_rate", "named_fit", "best_fit")
SHORTEST, LONGEST = 20, 400  # characters: the length is counted between
_FARTHEST = 5.0  # spreads from the mean
# Prior log-odds of a language that all models know: the web has far more of it than evenly drawn sentences, and more
# names, lists and numbers in it. Of pages of the web .030 are lost, .053 without (docs/measured/languages.md).
_COMMON = 1.0
# More for the languages with over 4 % of Common Crawl's pages (its statistics, commoncrawl.github.io): pages of names,
# fields and references were lost. Not for Spanish, whose name Ladino gets then; Chinese and Japanese are told by words
# and script.
_MOST_OF_THE_WEB = {"eng": 2.0, "rus": 2.0, "deu": 2.0, "fra": 2.0}


class FamiliarityTable(NamedTuple):
    """`familiar.json`: features alone are in the order of FEATURES."""

    slope: Floats  # features: what they gain with the logarithm of the length
    narrowing: Floats  # features: what the logarithm of the spread gains with that of the length
    mean: Floats  # languages x features, of texts of 100 characters
    spread: Floats  # the same
    weight: Floats  # features
    bias: float


@cache
def table(languages: tuple[str, ...], known: bytes) -> FamiliarityTable:
    """Return what was fitted; `known` are the bytes of first models x languages: whether the model knows it."""
    fitted = json.loads(TABLE.read_text(encoding="utf-8"))
    return read_table(fitted, languages, np.frombuffer(known, np.bool_).reshape(-1, len(languages)))


def read_table(fitted: dict[str, Any], languages: Sequence[str], known: npt.NDArray[np.bool_]) -> FamiliarityTable:
    """Return the contents of `familiar.json` for languages of which some models know some."""
    own, others = fitted["languages"], fitted["others"]
    found = [own.get(language) or others[pattern(known[:, row])] for row, language in enumerate(languages)]
    mean, spread = np.array(found).transpose(1, 0, 2)
    slope, narrowing, weight = (
        np.array([fitted[name][one] for one in FEATURES]) for name in ("slope", "narrowing", "weight")
    )
    return FamiliarityTable(slope, narrowing, mean, spread, weight, fitted["bias"])


def pattern(known: npt.NDArray[np.bool_]) -> str:
    """Return the name of the languages that the same models know: `10`."""
    return "".join(str(int(one)) for one in known)


def familiarity(
    evidence: npt.NDArray[np.float32],
    length: npt.NDArray[np.float32],
    answer: npt.NDArray[np.float32],
    known: npt.NDArray[np.bool_],
    languages: tuple[str, ...],
) -> npt.NDArray[np.float32]:
    """Return how familiar each text is in its likeliest language; NaN where it has none, or that is Chinese, the
    varieties of which their words tell apart.

    `evidence` is first models x texts x languages, `answer` texts x languages, `known` all models x languages. Of
    twenty passages of 300 characters in the languages that were fitted, nineteen have over 0.
    """
    prior = _COMMON * np.all(known, axis=0) + [_MOST_OF_THE_WEB.get(language, 0.0) for language in languages]
    known = known[: len(evidence)]
    fitted = table(languages, known.tobytes())
    named = answer.argmax(axis=1)
    by_words = np.isin(named, [languages.index(one) for one in (STANDARD, *VARIETIES)])
    measured = features(evidence, answer, named, known)
    found = apart(fitted, measured, logarithms(length), named) @ fitted.weight + fitted.bias + prior[named]
    return np.where((answer.max(axis=1, initial=0) > 0) & ~by_words, found, np.nan).astype(np.float32)


def apart(fitted: FamiliarityTable, measured: Floats, logs: Floats, named: npt.NDArray[np.int64]) -> Floats:
    """Return texts x features: by how many spreads each differs from the mean of the language named."""
    spread = fitted.spread[named] * np.exp(fitted.narrowing * logs[:, None])
    away = (measured - fitted.slope * logs[:, None] - fitted.mean[named]) / spread
    return np.clip(away, -_FARTHEST, _FARTHEST)


def as_share(familiar: Sequence[float]) -> Floats:
    """Return how familiar texts are from 0 to 1: a half for 0."""
    return np.asarray(1 / (1 + np.exp(-np.array(familiar, np.float64))))


def logarithms(length: npt.NDArray[np.float32]) -> Floats:
    """Return the logarithm of each length over 100 characters."""
    return np.log(np.clip(length.astype(np.float64), SHORTEST, LONGEST) / 100)


def features(
    evidence: npt.NDArray[np.float32],
    answer: npt.NDArray[np.float32],
    named: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
) -> Floats:
    """Return texts x FEATURES. A language that py3langid does not know has what its first has."""
    texts = np.arange(len(named))
    rates, fits = evidence
    best_fit = fits.max(axis=1)
    found = [
        np.log(1.001 - answer.max(axis=1)),
        np.log(20 + rates[texts, named]),
        np.log(20 + rates.max(axis=1)),
        np.where(known[1, named], fits[texts, named], best_fit),
        best_fit,
    ]
    return np.stack(found, axis=1).astype(np.float64)
