"""Three models asked about each text, and one calibrated answer: whom to believe was fitted, per model and language.

CLD2 (quadgrams, 160 labels), py3langid (byte n-grams, 142) and lid.176 (fastText, 176) err in different places and
know different languages. A model that does not know a language says nothing against it, except by how sure it is of
another, and for it by what it takes it for (`filters.languages.weighing`). lid.176 is asked only where the
other two leave doubt: where they name different languages, as of random letters, the answer of all three counts, and
where they agree without being sure its mean with theirs.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pycld2

from filters.languages import bytegrams, familiar, own_words, weighing
from filters.languages.labels import FITS, NOT_LANGUAGE, Meaning, meaning, scripts_of
from filters.languages.lines import ModelInput
from filters.languages.varieties import CANTONESE, STANDARD, VARIETIES, belied, is_cantonese
from filters.languages.weighing import FIRST, FLOOR, MODELS, Matrix, Predictions
from filters.models import fasttext, fasttext_file
from filters.models.located import located
from shards.arrays import Mask
from shards.compiled import compiled

SURE = 0.95  # probability from which they are believed
_UNDECIDED = "hbs"  # lid.176's label `sh`: Bosnian, Croatian or Serbian, which the others decide
NO_EVIDENCE = -1e3  # of a language that py3langid does not know


class Identified(NamedTuple):
    """How probable each language is (texts x languages), and how familiar each text is in the likeliest; NaN where no
    model was asked.
    """

    probabilities: Matrix
    familiar: npt.NDArray[np.float32]


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
    """Return the files that decide: the three models, the weights and the words."""
    cld2 = find_spec("pycld2._pycld2")
    assert cld2 is not None and cld2.origin is not None  # noqa: PT018
    tables = (weighing.WEIGHTS, weighing.CONFUSIONS, own_words.TABLE)
    return (located("lid.176"), Path(cld2.origin), bytegrams.located(), *tables)


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
    words = np.zeros((len(lines), len(languages())), np.float32)
    _hear(encoded, probabilities, words)
    return Predictions(probabilities, reliable, lines.length, evidence, words)


def completed(first: Predictions, rows: npt.NDArray[np.int64], lines: ModelInput) -> Predictions:
    """Return what all models say of some of the texts of which the first were asked; `lines` are those."""
    said = np.zeros((1, len(lines), len(languages())), np.float32)
    _gather("lid176", fasttext.probabilities(_lid176(), lines.data, lines.offsets), said[0])
    encoded = lines.encoded()
    _by_words(encoded, said)
    words = first.words[rows]
    _hear(encoded, said, words)
    every = np.ascontiguousarray(np.concatenate([first.probabilities[:, rows], said]))
    return Predictions(every, first.reliable[rows], first.length[rows], first.evidence[:, rows], words)


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
    of that for Cantonese where its words run through the text.
    """
    varieties = [languages().index(language) for language in VARIETIES]
    standard = languages().index(STANDARD)
    for row in np.flatnonzero((probabilities[:, :, [*varieties, standard]] >= FLOOR).any(axis=(0, 2))).tolist():
        text = lines[row].decode()
        moves = [(varieties[VARIETIES.index(variety)], standard) for variety in belied(text)]
        moves += [(standard, varieties[VARIETIES.index(CANTONESE)])] if is_cantonese(text) else []
        for old, new in moves:
            probabilities[:, row, new] += probabilities[:, row, old]
            probabilities[:, row, old] = 0


def _hear(lines: Sequence[bytes], probabilities: npt.NDArray[np.float32], words: Matrix) -> None:
    """Add how much the own words of close varieties speak for each, where a model names one and none was added."""
    columns = own_words.table().columns
    looked_for = own_words.looked_for(np.any(probabilities >= own_words.NAMED, axis=0)) & (words[:, columns] == 0)
    for row in np.flatnonzero(looked_for.any(axis=1)).tolist():
        places = np.flatnonzero(looked_for[row])
        words[row, columns[places]] = own_words.spoken(lines[row].decode(), places.tolist())


def meanings() -> tuple[Meaning, ...]:
    """Return what each column says."""
    return tuple(Meaning(language, scripts) for language, scripts in scripts_of().items())


def posterior(predictions: Predictions, in_script: Matrix) -> Matrix:
    """Return how probable each language is, given what the first models say or all of them."""
    fitted = weighing.weights(len(predictions.probabilities))
    found = weighing.candidates(predictions, in_script, known(), fitted.hints)
    common: Mask = np.all(known(), axis=0)
    return weighing.posterior(found, fitted, common, len(in_script))


def identify(lines: ModelInput, in_script: Matrix) -> Identified:
    """Return how probable each language is, given the share of the letters that are in its script.

    A script that one language alone is written in (Thai, Greek, Hangul) leaves nothing to ask the models.
    """
    found = (in_script >= FITS).astype(np.float32)
    open_ = np.flatnonzero(found.sum(axis=1) > 1)
    asked, fitting = lines.take(open_), in_script[open_]
    first = predictions(asked)
    answer = posterior(first, fitting)
    named = np.append(first.probabilities.argmax(axis=2), [answer.argmax(axis=1)], axis=0)
    agreed = (named == named[0]).all(axis=0)
    doubt = np.flatnonzero((answer.max(axis=1) < SURE) | ~agreed)
    if len(doubt):
        complete = completed(first, doubt, asked.take(doubt))
        share = agreed[doubt, None].astype(np.float32) / 2
        answer[doubt] *= share
        answer[doubt] += (1 - share) * posterior(complete, fitting[doubt])
    found[open_] = answer
    familiarity = np.full(len(found), np.nan, np.float32)
    familiarity[open_] = familiar.familiarity(first.evidence, first.length, answer, known(), languages())
    return Identified(found, familiarity)
