"""Three models asked about each text, and one calibrated answer: whom to believe was fitted, per model and language.

lid.176 (fastText, 176 labels), CLD2 (quadgrams, 160) and py3langid (byte n-grams, 142) err in different places and
know different languages. A model that does not know a language says nothing against it, except by how sure it is of
another. The score of a language is a weighted sum of what each model says (`ensemble.json`, fitted by
`filters.languages.fit`), and the softmax over the candidates is the probability that is returned.
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

from filters.languages import bytegrams, models
from filters.languages.labels import FITS, NOT_LANGUAGE, Meaning, meaning, scripts_of
from filters.languages.varieties import STANDARD, VARIETIES, belied

Matrix: TypeAlias = npt.NDArray[np.float32]  # texts x languages, or texts x scripts

MODELS = ("lid176", "cld2", "py3langid")
FEATURES = ("log", "first", "reliable", "length", "unknown", "against")
_UNDECIDED = "hbs"  # lid.176's label `sh`: Bosnian, Croatian or Serbian, which the others decide
_FLOOR = 1e-3  # a probability under this is none
_LISTED = 8  # labels that fastText is asked for
_WEIGHTS = files("filters.languages") / "ensemble.json"


class Evidence(NamedTuple):
    """What the models say of each text."""

    probabilities: npt.NDArray[np.float32]  # models x texts x languages
    reliable: npt.NDArray[np.float32]  # texts: CLD2's own flag, 1 for the other models
    length: npt.NDArray[np.float32]  # texts: characters


def languages() -> tuple[str, ...]:
    """Return the languages, in the order of the columns."""
    return tuple(scripts_of())


@cache
def known() -> npt.NDArray[np.bool_]:
    """Return models x languages: whether the model has a label for the language."""
    table = np.zeros((len(MODELS), len(languages())), np.bool_)
    labels = (_fasttext_labels(), _cld2_labels(), bytegrams.loaded(bytegrams.located()).labels)
    for row, (model, names) in enumerate(zip(MODELS, labels, strict=True)):
        for name in names:
            if (column := _column(name, model)) is not None:
                table[row, column] = True
    return table


def resources() -> tuple[Path, ...]:
    """Return the files that decide: the three models and the weights."""
    cld2 = find_spec("pycld2._pycld2")
    assert cld2 is not None and cld2.origin is not None  # noqa: PT018
    return (models.located("lid.176"), Path(cld2.origin), bytegrams.located(), Path(str(_WEIGHTS)))


@cache
def _column(label: str, model: str) -> int | None:
    """Return the column of a label; None for what is no language (`zxx`, Klingon, pig Latin, script names)."""
    if (model == "cld2" and ("-" in label[:3] or label in ("tlh", "zzp", "un"))) or label == NOT_LANGUAGE:
        return None
    language = meaning(label, model).language
    return None if language == _UNDECIDED else languages().index(language)


def _fasttext_labels() -> Sequence[str]:
    names: Sequence[str] = models.loaded(models.located("lid.176")).getLabels("strict")[0]
    return names


def _cld2_labels() -> list[str]:
    detected = set(pycld2.DETECTED_LANGUAGES)
    return [code for name, code in pycld2.LANGUAGES if name in detected]


def evidence(texts: Sequence[str]) -> Evidence:
    """Return what each model says of each text."""
    lines = [as_line(text) for text in texts]
    probabilities = np.zeros((len(MODELS), len(lines), len(languages())), np.float32)
    reliable = np.zeros(len(lines), np.float32)
    _ask_fasttext(lines, probabilities[0])
    _ask_cld2(lines, probabilities[1], reliable)
    _ask_py3langid(lines, probabilities[2])
    _return_to_standard(lines, probabilities)
    return Evidence(probabilities, reliable, np.array([len(line) for line in lines], np.float32))


def as_line(text: str) -> str:
    """Return the text as the models take it: one line, of which CLD2 has nothing to complain, not all in capitals."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(character for character in line if character.isprintable())
    return line.lower() if line.isupper() else line


def _ask_fasttext(lines: Sequence[str], found: Matrix) -> None:
    labels, probabilities = models.loaded(models.located("lid.176")).multilinePredict(
        list(lines), _LISTED, _FLOOR, "strict"
    )
    for row, line in enumerate(lines):
        for label, probability in zip(labels[row], probabilities[row], strict=True) if line else ():
            column = _column(label, MODELS[0])
            if column is not None:
                found[row, column] += probability


def _ask_cld2(lines: Sequence[str], found: Matrix, reliable: npt.NDArray[np.float32]) -> None:
    for row, line in enumerate(lines):
        sure, _, details = pycld2.detect(line, bestEffort=True)
        reliable[row] = sure
        for _, label, percent, _ in details:
            column = _column(label, MODELS[1])
            if column is not None:
                found[row, column] += percent / 100


def _ask_py3langid(lines: Sequence[str], found: Matrix) -> None:
    model = bytegrams.loaded(bytegrams.located())
    encoded = [line.encode() for line in lines]
    offsets = np.concatenate([[0], np.cumsum([len(line) for line in encoded])]).astype(np.int64)
    posterior = bytegrams.probabilities(model, np.frombuffer(b"".join(encoded), np.uint8), offsets)
    for index, label in enumerate(model.labels):
        column = _column(label, MODELS[2])
        if column is not None:
            found[:, column] += posterior[:, index]


def _return_to_standard(lines: Sequence[str], probabilities: npt.NDArray[np.float32]) -> None:
    """Count what the models say of a variety of which the text has no sign for the standard language."""
    varieties = [languages().index(language) for language in VARIETIES]
    standard = languages().index(STANDARD)
    for row in np.flatnonzero((probabilities[:, :, varieties] >= _FLOOR).any(axis=(0, 2))).tolist():
        for column in (varieties[VARIETIES.index(variety)] for variety in belied(lines[row])):
            probabilities[:, row, standard] += probabilities[:, row, column]
            probabilities[:, row, column] = 0


class Weights(NamedTuple):
    """How much each model's word counts (models x features), and the bias of each language."""

    features: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


@cache
def weights() -> Weights:
    """Return the fitted weights."""
    fitted = json.loads(_WEIGHTS.read_text())
    features = [[fitted["models"][model][feature] for feature in FEATURES] for model in MODELS]
    bias = [fitted["bias"].get(language, fitted["bias_of_others"]) for language in languages()]
    return Weights(np.array(features, np.float32), np.array(bias, np.float32))


def features(evidence: Evidence, model: int) -> tuple[npt.NDArray[np.float32], ...]:
    """Return texts x languages for each of `FEATURES` of one model.

    Of the languages it knows: the log of the probability, whether it is the model's first, whether it is reliably so,
    and the log scaled by the length of the text. Of the others: 1, and the log of what it leaves unclaimed.
    """
    probability, knows = evidence.probabilities[model], known()[model]
    best = probability.max(axis=1, keepdims=True)
    log = np.log(np.maximum(probability, _FLOOR)) * knows
    first = ((probability == best) & (best > 0)) * knows.astype(np.float32)
    reliable = evidence.reliable if MODELS[model] == "cld2" else np.ones_like(evidence.reliable)
    length = np.log(np.maximum(evidence.length, 1) / 100)
    unclaimed = np.log(np.maximum(1 - np.minimum(best, 0.999), _FLOOR))
    unknown = np.broadcast_to(~knows, log.shape)
    return log, first, first * reliable[:, None], log * length[:, None], unknown.astype(np.float32), unclaimed * unknown


def candidates(evidence: Evidence, in_script: Matrix) -> npt.NDArray[np.bool_]:
    """Return texts x languages: some model names the language and the text uses one of its scripts."""
    return (evidence.probabilities >= _FLOOR).any(axis=0) & (in_script >= FITS)


def posterior(evidence: Evidence, in_script: Matrix) -> Matrix:
    """Return texts x languages: the probability of each candidate; all 0 where there is none."""
    fitted = weights()
    score = np.repeat(fitted.bias[None, :], len(evidence.length), axis=0)
    for model in range(len(MODELS)):
        for weight, feature in zip(fitted.features[model], features(evidence, model), strict=True):
            score += weight * feature
    score[~candidates(evidence, in_script)] = -np.inf
    best = score.max(axis=1, keepdims=True)
    score = np.exp(score - np.where(np.isfinite(best), best, 0))
    return np.asarray(score / np.maximum(score.sum(axis=1, keepdims=True), _FLOOR), np.float32)


def meanings() -> tuple[Meaning, ...]:
    """Return what each column says."""
    return tuple(Meaning(language, scripts) for language, scripts in scripts_of().items())


def identify(texts: Sequence[str], in_script: Matrix) -> Matrix:
    """Return texts x languages: how probable each is, given the share of the letters that are in its script."""
    return posterior(evidence(texts), in_script)
