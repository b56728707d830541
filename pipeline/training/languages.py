"""Fit whom the ensemble believes: a conditional logit over the candidates of each labelled text; and the thresholds.

    python -m pipeline.training.languages [--thresholds]

writes `filters/languages/ensemble.json`, `confusions.tsv` and `thresholds.tsv`, or the thresholds alone. Data: one half
of the file `lid/sentences` of `../shared/data` (or YULIAO_DATA), even FLORES sentence numbers and even MD5 of the id,
whole and cut to 20-79 characters; the benchmark has the other half.

What is fitted is one weight per model and feature, one bias per language that has texts, and one weight for each
language that a model takes another for: figures, from which no text can be read back. `ensemble.json` holds them with
the sets they were fitted on.
"""

import argparse
import gzip
import hashlib
import json
import logging
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack, vstack

from filters.documents import Documents
from filters.language import Language
from filters.languages import ensemble, scripts, thresholds, weighing
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, canonical, in_script
from filters.languages.lines import lines_of
from filters.languages.weighing import (
    FEATURES,
    FIRST,
    MODELS,
    SAID,
    WORDS,
    ConfusionRow,
    EnsembleFile,
    FeatureWeights,
    FittedWeights,
    Predictions,
    WordWeights,
)
from pipeline.training.noise_texts import keywords, noise
from shards.arrays import Floats, Places
from shards.schema import DOCUMENT, batch_of

# What cannot be told from the text alone counts as one: the written forms of Norwegian as in the published comparisons,
# and the Arabic varieties of FLORES that no engine knows.
SAME = {"nno": "nob"} | dict.fromkeys(("acm", "acq", "aeb", "ajp", "apc", "ars"), "arb") | {"yue": "zho"}
DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[3] / "shared" / "data"))
NOTE = (
    "Half of the sentences of SIB-200 (even FLORES sentence numbers; CC-BY-SA-4.0; its yue_Hant, which is written "
    "Mandarin, as zho) and of lingua-py's test data (even MD5 of the id), each whole and cut to 20-79 characters."
)

logger = logging.getLogger(__name__)

_CHUNK = 2_000  # texts at a time
_RIDGE = 1e-3  # on the weights of the features
_RIDGE_BIAS = 0.3  # on the biases: at 0.02 evenly drawn sentences gain a point, and web lines lose as much
_RIDGE_HINTS = 1.0  # on the hints, a text's worth each
_SHARE, _CLEARLY, _TIMES = 0.02, 0.1, 2  # of the texts of a language: mean probability of the one named, and how often
_LEAST_HINT = 0.05  # a weight under this is none
_OTHERS = -1.0  # bias of a language without texts, in the fit
# Not fitted, but chosen on the Declaration of Human Rights in 40 languages without texts and on paragraphs of the web:
_UNFITTED = 0.5  # bias of a language without texts, since nothing that is said of others speaks for it
_BELIEVED = 0.8  # how much of each hint is kept: the web has fewer texts in the languages that they speak for


class Problem(NamedTuple):
    """The candidates of all texts below each other, each text at least with its true language."""

    features: Floats  # candidates x features
    said: csr_matrix  # candidates x pairs of languages: the probability that a model gives to the one that it names
    pairs: Places  # pairs x (model, language named, language meant)
    language: Places  # candidates
    start: Places  # texts: the first of their candidates
    gold: Places  # texts: the candidate that is right


def fit(texts: Sequence[str], labels: Sequence[str], note: str) -> tuple[EnsembleFile, list[ConfusionRow]]:
    """Return the contents of `ensemble.json` and `confusions.tsv`, fitted to texts and their languages (ISO 639-3)."""
    columns = np.array([ensemble.languages().index(label) for label in labels])
    asked, confusions = {}, []
    for models in (FIRST, MODELS):
        asked[" ".join(models)], found = _fitted(texts, columns, models)
        confusions += found
    return EnsembleFile(note=note, asked=asked), confusions


def _fitted(texts: Sequence[str], columns: Places, models: Sequence[str]) -> tuple[FittedWeights, list[ConfusionRow]]:
    """Return the weights of the answers of some models."""
    problem = _problem(texts, columns, len(models))
    fitted = np.unique(columns)
    place = np.full(len(ensemble.languages()), -1)
    place[fitted] = np.arange(len(fitted))
    weights, bias, hints = _solve(problem, place[problem.language], len(fitted))
    names = ensemble.languages()
    by_model = weights[: -len(WORDS)].reshape(len(models), -1)
    figures = FittedWeights(
        texts=len(problem.gold),
        models={name: FeatureWeights(**_named(FEATURES, row)) for name, row in zip(models, by_model, strict=True)},
        words=WordWeights(**_named(WORDS, weights[-len(WORDS) :])),
        bias={names[column]: round(float(value), 3) for column, value in zip(fitted, bias, strict=True)},
        bias_of_others=_UNFITTED,
    )
    confusions = [
        ConfusionRow(
            asked=len(models),
            model=models[model],
            named=names[named],
            meant=names[meant],
            weight=round(_BELIEVED * weight, 2),
        )
        for (model, named, meant), weight in zip(problem.pairs.tolist(), hints.tolist(), strict=True)
        if abs(weight) >= _LEAST_HINT
    ]
    return figures, confusions


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return dict(zip(names, np.round(values, 4).tolist(), strict=True))


def _problem(texts: Sequence[str], columns: Places, models: int) -> Problem:
    """Return the candidates of all texts. Texts whose language is no candidate teach nothing and are left out."""
    chunks = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
    predictions = [_predictions(chunk, models) for chunk in chunks]
    pairs = _confused(np.concatenate([one.probabilities for one in predictions], axis=1), columns)
    hints = np.zeros((models, len(ensemble.languages()), len(ensemble.languages())), np.float32)
    hints[tuple(pairs.T)] = 1
    features, said, language, start, gold, count = [], [], [], [], [], 0
    for at, (chunk, one) in enumerate(zip(chunks, predictions, strict=True)):
        shares = scripts.shares(scripts.counts(pa.array(chunk), 1 << 30))
        found = weighing.candidates(one, in_script(shares, ensemble.meanings()), ensemble.known(), hints)
        right = found.language == columns[at * _CHUNK + found.text]
        taught = np.isin(found.text, found.text[right])
        text = found.text[taught]
        features.append(found.features[taught])
        said.append(_hinted(one.probabilities[:, text], found.language[taught], pairs))
        language.append(found.language[taught])
        start.append(count + np.flatnonzero(np.append(True, np.diff(text) > 0)))
        gold.append(count + np.flatnonzero(right[taught]))
        count += len(text)
    joined = (np.concatenate(part) for part in (language, start, gold))
    return Problem(np.concatenate(features).astype(np.float64), vstack(said, format="csr"), pairs, *joined)


def _predictions(texts: Sequence[str], models: int) -> Predictions:
    lines = lines_of(texts)
    found = ensemble.predictions(lines)
    return found if models == len(FIRST) else ensemble.completed(found, np.arange(len(texts)), lines)


def _confused(probabilities: npt.NDArray[np.float32], columns: Places) -> Places:
    """Return pairs x (model, language named, language meant) of what is said of the texts of a language more than by
    chance. Both have texts: else nothing would speak for the one that is named rightly.
    """
    found = []
    fitted = np.unique(columns)[ensemble.known()[:, np.unique(columns)].any(axis=0)]
    for meant in fitted:
        said = probabilities[:, columns == meant]
        often = (said.mean(axis=1) >= _SHARE) & ((said >= _CLEARLY).sum(axis=1) >= _TIMES)
        often &= np.isin(np.arange(said.shape[2]), fitted[fitted != meant])
        found += [(model, named, meant) for model, named in zip(*np.nonzero(often), strict=True)]
    return np.array(found, np.int64).reshape(-1, 3)


def _hinted(probabilities: npt.NDArray[np.float32], language: Places, pairs: Places) -> csr_matrix:
    """Return candidates x pairs: what the model of the pair says of the language that it names."""
    found = csr_matrix((len(language), 0), dtype=np.float64)
    columns = []
    for model, named, meant in pairs.tolist():
        said = np.where(language == meant, probabilities[model, :, named], 0)
        columns.append(csr_matrix(np.where(said >= SAID, said, 0)[:, None], dtype=np.float64))
    return hstack(columns, format="csr") if columns else found


def _solve(problem: Problem, place: Places, languages: int) -> tuple[Floats, Floats, Floats]:
    """Return the weights, biases and hints of the greatest penalised likelihood."""
    features, said, _, _, start, gold = problem
    count, width, turned = len(gold), features.shape[1], said.T.tocsr()
    text = np.repeat(np.arange(count), np.diff(np.append(start, len(features))))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        weights, bias, hints = np.split(parameters, [width, width + languages])
        score = features @ weights + np.append(bias, _OTHERS)[place] + said @ hints
        score -= np.maximum.reduceat(score, start)[text]
        probability = np.exp(score)
        total = np.add.reduceat(probability, start)
        probability /= total[text]
        value = float(np.log(total).sum() - score[gold].sum() + _RIDGE_HINTS / 2 * hints @ hints) / count
        value += float(_RIDGE / 2 * weights @ weights + _RIDGE_BIAS / 2 * bias @ bias / languages)
        probability[gold] -= 1
        slope = features.T @ probability / count + _RIDGE * weights
        slope_bias = np.bincount(place + 1, weights=probability, minlength=languages + 1)[1:] / count
        slope_hints = (turned @ probability + _RIDGE_HINTS * hints) / count
        return value, np.concatenate([slope, slope_bias + _RIDGE_BIAS * bias / languages, slope_hints])

    first = np.zeros(width + languages + said.shape[1])
    optimum = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    logger.info("%d texts, %d candidates: loss %.4f after %d steps", count, len(features), optimum.fun, optimum.nit)
    weights, bias, hints = np.split(optimum.x, [width, width + languages])
    return weights, bias, hints


def rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def language_of(tag: str) -> str:
    code = canonical(tag).partition("_")[0]
    return SAME.get(code, code)


def held_out(row: dict[str, Any]) -> bool:
    if row["source"] == "sib200":
        return int(row["id"].rsplit("-", 1)[1]) % 2 == 1
    return int(hashlib.md5(row["id"].encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def cut(row: dict[str, Any]) -> str:
    number = int(hashlib.md5(f"{row['id']}cut".encode(), usedforsecurity=False).hexdigest(), 16)
    return str(row["text"][: 20 + number % 60])


def known_half(fitted_on: bool) -> tuple[list[str], list[str]]:
    """Return languages and texts, whole and cut, of the half that is fitted on, or the other."""
    half = [row for row in rows("lid/sentences.jsonl.gz") if held_out(row) != fitted_on]
    known = [row for row in half if language_of(row["lang"]) in ensemble.languages() or row["lang"] == "nno_Latn"]
    languages = ["nno" if row["lang"] == "nno_Latn" else language_of(row["lang"]) for row in known] * 2
    return languages, [row["text"] for row in known] + [cut(row) for row in known]


def noises(seed: int, each: int) -> dict[str, list[str]]:
    """Return generated noise, and lists of words of five letters and more of the half of the sentences held out."""
    words: dict[str, list[str]] = defaultdict(list)
    for row in rows("lid/sentences.jsonl.gz"):
        if row["source"] == "lingua" and held_out(row):
            words[row["lang"]] += [
                word for word in re.findall(r"[^\W\d_]{5,}", row["text"]) if word not in words[row["lang"]]
            ]
    chance = random.Random(seed)  # noqa: S311
    return noise(chance, each) | keywords(chance, {tag: own for tag, own in words.items() if len(own) >= 60}, 40)


def answers(texts: Sequence[str]) -> tuple[list[str], list[float]]:
    """Return what language each text is said to be in, and how surely; in none where it goes with none known."""
    language = Language()
    signals, columns = language.annotate(batch(texts))
    known = ~language.known.broken(signals["known"])
    names = [tag.partition("_")[0] for tag in columns["language"].to_pylist()]
    said = [name if one else UNDETERMINED for name, one in zip(names, known, strict=True)]
    return said, list(signals["score"] * known)


def batch(texts: Sequence[str]) -> Documents:
    entries = [{"id": str(n), "text": text, "source": "", "source_id": ""} for n, text in enumerate(texts)]
    return Documents(batch_of(entries, DOCUMENT))


def refit_weights() -> None:
    """Write `ensemble.json` and `confusions.tsv` anew."""
    languages, texts = known_half(True)
    figures, confusions = fit(texts, languages, NOTE)
    weighing.WEIGHTS.write_text(json.dumps(figures.model_dump(), indent=1) + "\n", encoding="utf-8")
    lines = [f"{one.asked}\t{one.model}\t{one.named}\t{one.meant}\t{one.weight}" for one in confusions]
    weighing.CONFUSIONS.write_text("\n".join(["\t".join(ConfusionRow.model_fields), *lines]) + "\n", encoding="utf-8")
    weighing.weights.cache_clear()


def refit_thresholds() -> None:
    """Write `thresholds.tsv` anew."""
    languages, texts = known_half(True)
    found = [text for kind, made in noises(2, 40).items() for text in made if "keywords" not in kind]
    named, scores = answers([*texts, *found])
    lengths = [len(text) for text in (*texts, *found)]
    thresholds.TABLE.write_text(
        thresholds.fit([*languages, *[NOT_LANGUAGE] * len(found)], named, scores, lengths), encoding="utf-8"
    )
    thresholds.measured.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thresholds", action="store_true")
    if not parser.parse_args().thresholds:
        refit_weights()
    refit_thresholds()


if __name__ == "__main__":
    main()
