"""Fit whom the ensemble believes: a conditional logit over the candidates of each labelled text.

What is fitted is one weight per model and feature, and one bias per language that has texts: figures, from which no
text can be read back. `ensemble.json` holds them with the sets they were fitted on.
"""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import minimize

from filters.languages import ensemble, scripts
from filters.languages.ensemble import FEATURES, FIRST, MODELS
from filters.languages.labels import in_script
from filters.languages.lines import lines_of

logger = logging.getLogger(__name__)

_CHUNK = 2_000  # texts at a time
_RIDGE = 1e-3  # on the weights of the features
_RIDGE_BIAS = 0.3  # on the biases: at 0.02 evenly drawn sentences gain a point, and web lines lose as much
_OTHERS = -1.0  # bias of a language without texts: believed only on good evidence


def fit(texts: Sequence[str], labels: Sequence[str], note: str) -> dict[str, Any]:
    """Return the contents of `ensemble.json`, fitted to texts and their languages (ISO 639-3)."""
    columns = np.array([ensemble.languages().index(label) for label in labels])
    asked = {" ".join(models): _fitted(texts, columns, models) for models in (FIRST, MODELS)}
    return {"note": note, "asked": asked}


def _fitted(texts: Sequence[str], columns: npt.NDArray[np.int64], models: Sequence[str]) -> dict[str, Any]:
    """Return the weights of the answers of some models."""
    features, language, start, gold = _problem(texts, columns, len(models))
    fitted = np.unique(columns)
    place = np.full(len(ensemble.languages()), -1)
    place[fitted] = np.arange(len(fitted))
    weights, bias = _solve(features, place[language], start, gold, len(fitted))
    return {
        "texts": len(gold),
        "models": {
            model: dict(zip(FEATURES, np.round(row, 4).tolist(), strict=True))
            for model, row in zip(models, weights.reshape(len(models), -1), strict=True)
        },
        "bias": {
            ensemble.languages()[column]: round(float(value), 3) for column, value in zip(fitted, bias, strict=True)
        },
        "bias_of_others": _OTHERS,
    }


def _problem(texts: Sequence[str], columns: npt.NDArray[np.int64], models: int) -> tuple[npt.NDArray[Any], ...]:
    """Return the candidates of all texts below each other: their features, their languages, the row at which each text
    starts, and the row of its true language. Texts whose language is no candidate teach nothing and are left out.
    """
    features, language, start, gold, rows = [], [], [], [], 0
    for at in range(0, len(texts), _CHUNK):
        chunk = texts[at : at + _CHUNK]
        shares = scripts.shares(scripts.counts(pa.array(chunk), 1 << 30))
        asked = lines_of(chunk)
        predictions = ensemble.predictions(asked)
        if models > len(FIRST):
            predictions = ensemble.completed(predictions, np.arange(len(chunk)), asked)
        candidates = ensemble.candidates(predictions, in_script(shares, ensemble.meanings()))
        ends = np.searchsorted(candidates.text, np.arange(len(chunk)), side="right")
        for first, end, column in zip(np.append(0, ends), ends, columns[at : at + _CHUNK], strict=False):
            named = candidates.language[first:end]
            if column in named:
                features.append(candidates.features[first:end])
                language.append(named)
                start.append(rows)
                gold.append(rows + int(np.searchsorted(named, column)))
                rows += len(named)
    return np.concatenate(features).astype(np.float64), np.concatenate(language), np.array(start), np.array(gold)


def _solve(
    features: npt.NDArray[np.float64],
    place: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    gold: npt.NDArray[np.int64],
    languages: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the weights and biases of the greatest penalised likelihood."""
    count, width = len(gold), features.shape[1]
    text = np.repeat(np.arange(count), np.diff(np.append(start, len(features))))

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights, bias = parameters[:width], parameters[width:]
        score = features @ weights + np.append(bias, _OTHERS)[place]
        score -= np.maximum.reduceat(score, start)[text]
        probability = np.exp(score)
        total = np.add.reduceat(probability, start)
        probability /= total[text]
        value = float(np.log(total).sum() - score[gold].sum()) / count
        value += float(_RIDGE / 2 * weights @ weights + _RIDGE_BIAS / 2 * bias @ bias / languages)
        probability[gold] -= 1
        slope = features.T @ probability / count + _RIDGE * weights
        slope_bias = np.bincount(place + 1, weights=probability, minlength=languages + 1)[1:] / count
        return value, np.concatenate([slope, slope_bias + _RIDGE_BIAS * bias / languages])

    optimum = minimize(loss, np.zeros(width + languages), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    logger.info("%d texts, %d candidates: loss %.4f after %d steps", count, len(features), optimum.fun, optimum.nit)
    return optimum.x[:width], optimum.x[width:]
