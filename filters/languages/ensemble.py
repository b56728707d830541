"""Three models asked about each text, and one calibrated answer: whom to believe was fitted, per model and language.

CLD2 (quadgrams, 160 labels), py3langid (byte n-grams, 142) and lid.176 (fastText, 176) err in different places and
know different languages. A model that does not know a language says nothing against it, except by how sure it is of
another. The score of a language is a weighted sum of what each model says (`ensemble.json`, fitted by
`pipeline.training.languages`), and the softmax over the candidates is its probability. lid.176 is asked only where the
other two leave doubt: where they name different languages, as of random letters, the answer of all three counts, and
where they agree without being sure its mean with theirs.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pycld2

from filters.languages import bytegrams, familiar
from filters.languages.labels import FITS, NOT_LANGUAGE, Meaning, meaning, scripts_of
from filters.languages.lines import ModelInput
from filters.languages.varieties import STANDARD, VARIETIES, belied, worded
from filters.models import fasttext, fasttext_file
from filters.models.located import located
from shards.compiled import compiled

Matrix: TypeAlias = npt.NDArray[np.float32]  # texts x languages, or texts x scripts

MODELS = ("cld2", "py3langid", "lid176")
FIRST = MODELS[:2]  # those that are asked about every text
FEATURES = ("log", "first", "reliable", "length", "unknown", "against")
SURE = 0.95  # probability from which they are believed
_UNDECIDED = "hbs"  # lid.176's label `sh`: Bosnian, Croatian or Serbian, which the others decide
_FLOOR = 1e-3  # a probability under this is none
NO_EVIDENCE = -1e3  # of a language that py3langid does not know
# Prior log-odds of a language that not all models know: evenly drawn sentences, on which the bias was fitted, have far
# more of them than the web. Chosen on paragraphs of the Apache manual (docs/measured/languages.md).
_RARE = -1.0
_WEIGHTS = files("filters.languages") / "ensemble.json"


class Predictions(NamedTuple):
    """What the models say of each text: all of them, or the first."""

    probabilities: npt.NDArray[np.float32]  # models x texts x languages
    reliable: npt.NDArray[np.float32]  # texts: CLD2's own flag
    length: npt.NDArray[np.float32]  # texts: characters
    # first models x texts x languages: CLD2's score of a kilobyte, py3langid's of an n-gram (at most 0)
    evidence: npt.NDArray[np.float32]


class Identified(NamedTuple):
    """How probable each language is (texts x languages), and how familiar each text is in the likeliest; NaN where no
    model was asked.
    """

    probabilities: Matrix
    familiar: npt.NDArray[np.float32]


class CandidateLanguages(NamedTuple):
    """The languages that a text may be in, those of all texts below each other: what speaks for each."""

    text: npt.NDArray[np.int64]
    language: npt.NDArray[np.int64]
    features: npt.NDArray[np.float32]  # candidates x (models x FEATURES)


def languages() -> tuple[str, ...]:
    """Return the languages, in the order of the columns."""
    return tuple(scripts_of())


@cache
def known() -> npt.NDArray[np.bool_]:
    """Return models x languages: whether the model has a label for the language."""
    table = np.zeros((len(MODELS), len(languages())), np.bool_)
    labels = (_cld2_labels(), _bytegrams().labels, _lid176().labels)
    for row, (model, names) in enumerate(zip(MODELS, labels, strict=True)):
        for name in names:
            if (column := _column(name, model)) is not None:
                table[row, column] = True
    return table


def resources() -> tuple[Path, ...]:
    """Return the files that decide: the three models and the weights."""
    cld2 = find_spec("pycld2._pycld2")
    assert cld2 is not None and cld2.origin is not None  # noqa: PT018
    return (located("lid.176"), Path(cld2.origin), bytegrams.located(), Path(str(_WEIGHTS)))


@cache
def _column(label: str, model: str) -> int | None:
    """Return the column of a label; None for what is no language (`zxx`, Klingon, pig Latin, script names)."""
    if (model == "cld2" and ("-" in label[:3] or label in ("tlh", "zzp", "un"))) or label == NOT_LANGUAGE:
        return None
    language = meaning(label, model).language
    return None if language == _UNDECIDED else languages().index(language)


def _lid176() -> fasttext_file.FasttextModel:
    return fasttext_file.loaded(located("lid.176"))


def _bytegrams() -> bytegrams.BytegramModel:
    return bytegrams.loaded(bytegrams.located())


def _cld2_labels() -> list[str]:
    detected = set(pycld2.DETECTED_LANGUAGES)
    return [code for name, code in pycld2.LANGUAGES if name in detected]


def predictions(lines: ModelInput) -> Predictions:
    """Return what the first models say of each text."""
    encoded = lines.encoded()
    probabilities = np.zeros((len(FIRST), len(lines), len(languages())), np.float32)
    reliable = np.zeros(len(lines), np.float32)
    evidence = np.zeros(probabilities.shape, np.float32)
    evidence[1] = NO_EVIDENCE
    _ask_cld2(encoded, probabilities[0], reliable, evidence[0])
    said = bytegrams.answers(_bytegrams(), lines.data, lines.offsets)
    _gather("py3langid", said.probabilities, probabilities[1])
    _highest(said.means, *_columns("py3langid"), evidence[1])
    _by_words(encoded, probabilities)
    return Predictions(probabilities, reliable, lines.length, evidence)


def completed(first: Predictions, rows: npt.NDArray[np.int64], lines: ModelInput) -> Predictions:
    """Return what all models say of some of the texts of which the first were asked; `lines` are those."""
    said = np.zeros((1, len(lines), len(languages())), np.float32)
    _gather("lid176", fasttext.probabilities(_lid176(), lines.data, lines.offsets), said[0])
    _by_words(lines.encoded(), said)
    every = np.ascontiguousarray(np.concatenate([first.probabilities[:, rows], said]))
    return Predictions(every, first.reliable[rows], first.length[rows], first.evidence[:, rows])


def _gather(model: str, said: Matrix, found: Matrix) -> None:
    """Add up what a model says of its labels by the languages that they stand for."""
    _add(said, *_columns(model), found)


@cache
def _columns(model: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the number of each label that stands for a language, and the column of that."""
    labels = _bytegrams().labels if model == "py3langid" else _lid176().labels
    columns = [(index, _column(label, model)) for index, label in enumerate(labels)]
    pairs = np.array([(index, column) for index, column in columns if column is not None], np.int64)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


@compiled
def _add(said: Matrix, labels: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], found: Matrix) -> None:
    for text in range(len(said)):
        for at in range(len(labels)):
            found[text, columns[at]] += said[text, labels[at]]


@compiled
def _highest(said: Matrix, labels: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], found: Matrix) -> None:
    for text in range(len(said)):
        for at in range(len(labels)):
            found[text, columns[at]] = max(found[text, columns[at]], said[text, labels[at]])


def _ask_cld2(lines: Sequence[bytes], found: Matrix, reliable: npt.NDArray[np.float32], rates: Matrix) -> None:
    for row, line in enumerate(lines):
        sure, _, details = pycld2.detect(line, bestEffort=True)
        reliable[row] = sure
        for _, label, percent, rate in details:
            column = _column(label, "cld2")
            if column is not None:
                found[row, column] += percent / 100
                rates[row, column] = max(rates[row, column], rate)


def _by_words(lines: Sequence[bytes], probabilities: npt.NDArray[np.float32]) -> None:
    """Count what the models say of a variety of which the text has no sign for the standard language, and what they say
    of that for a variety whose words run through the text.
    """
    varieties = [languages().index(language) for language in VARIETIES]
    standard = languages().index(STANDARD)
    for row in np.flatnonzero((probabilities[:, :, [*varieties, standard]] >= _FLOOR).any(axis=(0, 2))).tolist():
        text = lines[row].decode()
        moves = [(varieties[VARIETIES.index(variety)], standard) for variety in belied(text)]
        moves += [(standard, varieties[VARIETIES.index(variety)]) for variety in worded(text)]
        for old, new in moves:
            probabilities[:, row, new] += probabilities[:, row, old]
            probabilities[:, row, old] = 0


class EnsembleWeights(NamedTuple):
    """How much each model's word counts (models x features), and the bias of each language."""

    features: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


@cache
def weights(models: int) -> EnsembleWeights:
    """Return the weights fitted to the answers of so many models."""
    fitted = json.loads(_WEIGHTS.read_text())["asked"][" ".join(MODELS[:models])]
    features = [[fitted["models"][model][feature] for feature in FEATURES] for model in MODELS[:models]]
    bias = np.array([fitted["bias"].get(language, fitted["bias_of_others"]) for language in languages()])
    bias[~known().all(axis=0)] += _RARE
    return EnsembleWeights(np.array(features, np.float32), bias.astype(np.float32))


def candidates(predictions: Predictions, in_script: Matrix) -> CandidateLanguages:
    """Return the languages that some model names and in one of whose scripts the text is, with their features.

    For each model that knows the language, and another of the script: the log of the probability, whether it is the
    model's first, whether it is reliably so, and the log scaled by the length of the text. For the others: 1, and the
    log of what is left unclaimed.
    """
    said, reliable, length, _ = predictions
    asked = _asked(known()[: len(said)], in_script)
    return CandidateLanguages(
        *_told(said, known()[: len(said)], asked, reliable, length, in_script, MODELS.index("cld2"))
    )


def _asked(known: npt.NDArray[np.bool_], in_script: Matrix) -> npt.NDArray[np.bool_]:
    """Return models x texts: whether the model can tell languages apart in the script of the text.

    One that knows Amharic alone of those in Ethiopic script names it for Tigrinya too, and says nothing but the script.
    Where no model knows two, all are asked.
    """
    choice = (known.astype(np.float32) @ (in_script >= FITS).T.astype(np.float32)) > 1
    return choice | ~choice.any(axis=0)


@compiled
def _told(
    probabilities: npt.NDArray[np.float32],
    known: npt.NDArray[np.bool_],
    asked: npt.NDArray[np.bool_],
    reliable: npt.NDArray[np.float32],
    length: npt.NDArray[np.float32],
    in_script: Matrix,
    flagged: int,  # the model that says whether it is reliable
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    models, texts, languages = probabilities.shape
    best = np.zeros((models, texts), np.float32)
    named = np.zeros((texts, languages), np.bool_)
    for model in range(models):
        for text in range(texts):
            for language in range(languages):
                found = probabilities[model, text, language]
                if asked[model, text]:
                    best[model, text] = max(best[model, text], found)
                named[text, language] |= found >= _FLOOR and in_script[text, language] >= FITS
    count = named.sum()
    row, column = np.zeros(count, np.int64), np.zeros(count, np.int64)
    features = np.zeros((count, 6 * models), np.float32)
    at = 0
    for text in range(texts):
        scale = np.log(max(length[text], 1) / 100)
        for language in range(languages):
            if not named[text, language]:
                continue
            row[at], column[at] = text, language
            for model in range(models):
                found, highest = probabilities[model, text, language], best[model, text]
                if known[model, language] and asked[model, text]:
                    features[at, 6 * model] = np.log(max(found, _FLOOR))
                    features[at, 6 * model + 1] = found == highest and highest > 0
                    features[at, 6 * model + 2] = features[at, 6 * model + 1]
                    if model == flagged:
                        features[at, 6 * model + 2] *= reliable[text]
                    features[at, 6 * model + 3] = features[at, 6 * model] * scale
                else:
                    features[at, 6 * model + 4] = 1
                    features[at, 6 * model + 5] = np.log(max(1 - min(highest, 0.999), _FLOOR))
            at += 1
    return row, column, features


def posterior(candidates: CandidateLanguages, texts: int) -> Matrix:
    """Return texts x languages: the probability of each candidate; all 0 where there is none."""
    fitted = weights(candidates.features.shape[1] // len(FEATURES))
    score = (candidates.features * fitted.features.ravel()).sum(axis=1) + fitted.bias[candidates.language]
    return _softmax(candidates.text, candidates.language, score.astype(np.float32), texts, len(languages()))


@compiled
def _softmax(
    text: npt.NDArray[np.int64],
    language: npt.NDArray[np.int64],
    score: npt.NDArray[np.float32],
    texts: int,
    languages: int,
) -> Matrix:
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


def meanings() -> tuple[Meaning, ...]:
    """Return what each column says."""
    return tuple(Meaning(language, scripts) for language, scripts in scripts_of().items())


def identify(lines: ModelInput, in_script: Matrix) -> Identified:
    """Return how probable each language is, given the share of the letters that are in its script.

    A script that one language alone is written in (Thai, Greek, Hangul) leaves nothing to ask the models.
    """
    found = (in_script >= FITS).astype(np.float32)
    open_ = np.flatnonzero(found.sum(axis=1) > 1)
    asked, fitting = lines.take(open_), in_script[open_]
    first = predictions(asked)
    answer = posterior(candidates(first, fitting), len(open_))
    named = np.append(first.probabilities.argmax(axis=2), [answer.argmax(axis=1)], axis=0)
    agreed = (named == named[0]).all(axis=0)
    doubt = np.flatnonzero((answer.max(axis=1) < SURE) | ~agreed)
    if len(doubt):
        complete = completed(first, doubt, asked.take(doubt))
        share = agreed[doubt, None].astype(np.float32) / 2
        answer[doubt] *= share
        answer[doubt] += (1 - share) * posterior(candidates(complete, fitting[doubt]), len(doubt))
    found[open_] = answer
    familiarity = np.full(len(found), np.nan, np.float32)
    familiarity[open_] = familiar.familiarity(first.evidence, first.length, answer, known(), languages())
    return Identified(found, familiarity)
