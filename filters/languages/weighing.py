"""Whom of the models to believe: the score of each language that a text may be in, and what it comes from.

The score of a language is a weighted sum of what each model says of it (FEATURES, `ensemble.json`), of what the models
say of other languages (`confusions.tsv`: CLD2 takes Sicilian for Italian, so its Italian speaks for Sicilian a little
too, and what py3langid says of Spanish for Asturian), of the words of its own (`filters.languages.own_words`), and of a
bias. The softmax over the candidates is their probability. All is fitted by `pipeline.training.languages`.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from filters.languages.labels import FITS, scripts_of
from shards.arrays import Mask, Places
from shards.compiled import compiled
from shards.tables import rows

Matrix: TypeAlias = npt.NDArray[np.float32]  # texts x languages, or texts x scripts

MODELS = ("cld2", "py3langid", "lid176")
FIRST = MODELS[:2]  # those that are asked about every text
FLOOR = 1e-3  # a probability under this is none
SAID = 0.02  # probability from which what a model says of one language counts for another
HINTED = 0.05  # probability from which it makes the other a candidate
WEIGHTS, CONFUSIONS = Path(__file__).with_name("ensemble.json"), Path(__file__).with_name("confusions.tsv")
# Prior log-odds of a language that not all models know: evenly drawn sentences, on which the bias was fitted, have far
# more of them than the web. Chosen on paragraphs of the Apache manual (docs/measured/languages.md).
_RARE = -1.0


class Predictions(NamedTuple):
    """What the models say of each text: all of them, or the first."""

    probabilities: npt.NDArray[np.float32]  # models x texts x languages
    reliable: npt.NDArray[np.float32]  # texts: CLD2's own flag
    length: npt.NDArray[np.float32]  # texts: characters
    # first models x texts x languages: CLD2's score of a kilobyte, py3langid's of an n-gram (at most 0)
    evidence: npt.NDArray[np.float32]
    words: Matrix  # texts x languages: how much its own words speak for a language; 0 where they were not looked for


class CandidateLanguages(NamedTuple):
    """The languages that a text may be in, those of all texts below each other: what speaks for each."""

    text: Places
    language: Places
    features: npt.NDArray[np.float32]  # candidates x (models x FEATURES and WORDS)
    hints: npt.NDArray[np.float32]  # candidates: what is said of other languages, weighed


class FeatureWeights(BaseModel, frozen=True, extra="forbid"):
    """How much each thing that a model says of a language counts: `candidates` has what they are."""

    log: float
    first: float
    reliable: float
    length: float
    unknown: float
    against: float


class WordWeights(BaseModel, frozen=True, extra="forbid"):
    """How much the own words of a language count, and how much it counts that there are none where some should be."""

    spoken: float
    silent: float


class FittedWeights(BaseModel, frozen=True, extra="forbid"):
    """What was fitted to the answers of some models."""

    texts: int  # that it was fitted to
    models: dict[str, FeatureWeights]
    words: WordWeights
    bias: dict[str, float]  # by language
    bias_of_others: float


class EnsembleFile(BaseModel, frozen=True, extra="forbid"):
    """The contents of `ensemble.json`."""

    note: str  # what it was fitted to
    asked: dict[str, FittedWeights]  # by the names of the models, with a space between them


FEATURES, WORDS = tuple(FeatureWeights.model_fields), tuple(WordWeights.model_fields)


class EnsembleWeights(NamedTuple):
    """How much each model's word counts, and the bias of each language."""

    features: npt.NDArray[np.float32]  # models x FEATURES, and WORDS
    hints: npt.NDArray[np.float32]  # models x languages named x languages meant; 0 where neither is taken for the other
    bias: npt.NDArray[np.float32]


class ConfusionRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `confusions.tsv`: what the probability that a model gives to a language adds to the score of one."""

    asked: int  # how many models
    model: str
    named: str
    meant: str
    weight: float


@cache
def weights(models: int) -> EnsembleWeights:
    """Return the weights fitted to the answers of so many models."""
    languages = tuple(scripts_of())
    fitted = EnsembleFile.model_validate_json(WEIGHTS.read_bytes()).asked[" ".join(MODELS[:models])]
    features = [weight for model in MODELS[:models] for weight in fitted.models[model].model_dump().values()]
    features += fitted.words.model_dump().values()
    hints = np.zeros((models, len(languages), len(languages)), np.float32)
    for row in rows(CONFUSIONS, ConfusionRow):
        if row.asked == models:
            hints[MODELS.index(row.model), languages.index(row.named), languages.index(row.meant)] = row.weight
    bias = np.array([fitted.bias.get(language, fitted.bias_of_others) for language in languages], np.float32)
    return EnsembleWeights(np.array(features, np.float32), hints, bias)


def candidates(
    predictions: Predictions, in_script: Matrix, known: Mask, hints: npt.NDArray[np.float32]
) -> CandidateLanguages:
    """Return the languages that a text may be in, with what speaks for each: those that some model names or that are
    hinted at, in one of whose scripts the text is.

    For each model that knows the language, and another of the script: the log of the probability, whether it is the
    model's first, whether it is reliably so, and the log scaled by the length of the text. For the others: 1, and the
    log of what is left unclaimed. `known` is models x languages, `hints` as in the weights.
    """
    said = predictions.probabilities
    of_any: Mask = np.any(known, axis=0)
    named = _named(said, in_script, hints, predictions.words, of_any)
    known = known[: len(said)]
    asked = _asked(known, in_script)
    best = np.where(asked, said.max(axis=2), np.float32(0))
    return CandidateLanguages(
        *_told(
            *(said, best, named, int(named.sum()), known, asked, predictions.reliable, predictions.length),
            *(predictions.words, hints, MODELS.index("cld2")),
        )
    )


def _asked(known: Mask, in_script: Matrix) -> Mask:
    """Return models x texts: whether the model can tell languages apart in the script of the text.

    One that knows Amharic alone of those in Ethiopic script names it for Tigrinya too, and says nothing but the script.
    Where no model knows two, all are asked.
    """
    choice = (known.astype(np.float32) @ (in_script >= FITS).T.astype(np.float32)) > 1
    return choice | ~choice.any(axis=0)


@compiled
def _named(
    probabilities: npt.NDArray[np.float32],
    in_script: Matrix,
    hints: npt.NDArray[np.float32],
    words: Matrix,
    known: Mask,  # languages: whether any model has a label for it
) -> Mask:
    models, texts, languages = probabilities.shape
    named = np.zeros((texts, languages), np.bool_)
    for text in range(texts):
        for model in range(models):
            for language in range(languages):
                found = probabilities[model, text, language]
                named[text, language] |= found >= FLOOR
                if found >= HINTED:
                    for other in range(languages):
                        named[text, other] |= hints[model, language, other] != 0
        for language in range(languages):
            named[text, language] |= words[text, language] > 0 and known[language]
            named[text, language] &= in_script[text, language] >= FITS
    return named


@compiled
def _told(
    probabilities: npt.NDArray[np.float32],
    best: Matrix,  # models x texts: of those that were asked, the highest probability
    named: Mask,
    count: int,  # of those named
    known: Mask,
    asked: Mask,
    reliable: npt.NDArray[np.float32],
    length: npt.NDArray[np.float32],
    words: Matrix,
    hints: npt.NDArray[np.float32],
    flagged: int,  # the model that says whether it is reliable
) -> tuple[Places, Places, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    models, texts, languages = probabilities.shape
    row, column = np.zeros(count, np.int64), np.zeros(count, np.int64)
    each = len(FEATURES)
    features = np.zeros((count, each * models + 2), np.float32)
    hinted = np.zeros(count, np.float32)
    at = 0
    for text in range(texts):
        scale = np.log(max(length[text], 1) / 100)
        first_row = at
        for language in range(languages):
            if not named[text, language]:
                continue
            row[at], column[at] = text, language
            for model in range(models):
                found, highest = probabilities[model, text, language], best[model, text]
                if known[model, language] and asked[model, text]:
                    features[at, each * model] = np.log(max(found, FLOOR))
                    features[at, each * model + 1] = found == highest and highest > 0
                    features[at, each * model + 2] = features[at, each * model + 1]
                    if model == flagged:
                        features[at, each * model + 2] *= reliable[text]
                    features[at, each * model + 3] = features[at, each * model] * scale
                else:
                    features[at, each * model + 4] = 1
                    features[at, each * model + 5] = np.log(max(1 - min(highest, 0.999), FLOOR))
            features[at, each * models] = max(words[text, language], 0)
            features[at, each * models + 1] = max(-words[text, language], 0)
            at += 1
        for model in range(models):
            for language in range(languages):
                found = probabilities[model, text, language]
                if found >= SAID:
                    for candidate in range(first_row, at):
                        hinted[candidate] += found * hints[model, language, column[candidate]]
    return row, column, features, hinted


def posterior(candidates: CandidateLanguages, fitted: EnsembleWeights, common: Mask, texts: int) -> Matrix:
    """Return texts x languages: the probability of each candidate; all 0 where there is none. `common` are languages
    that all models know.
    """
    bias = fitted.bias + np.where(common, 0, _RARE).astype(np.float32)
    score = (candidates.features * fitted.features).sum(axis=1) + candidates.hints + bias[candidates.language]
    return _softmax(candidates.text, candidates.language, score.astype(np.float32), texts, len(bias))


@compiled
def _softmax(text: Places, language: Places, score: npt.NDArray[np.float32], texts: int, languages: int) -> Matrix:
    found = np.zeros((texts, languages), np.float32)
    first = 0
    while first < len(text):
        end, best, total = first, score[first], np.float32(0)
        while end < len(text) and text[end] == text[first]:
            best = max(best, score[end])
            end += 1
        for at in range(first, end):
            total += np.exp(score[at] - best)
        for at in range(first, end):
            found[text[at], language[at]] = np.exp(score[at] - best) / total
        first = end
    return found
