"""From votes to probabilities: a logistic curve per language with labels, quantiles of a crawl for those without."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from filters.models.heads import Curve
from shards.arrays import Floats, Mask

SHRUNK = 100  # rows that the rows of the whole script count for in the curve of a language
FEWEST = 20  # rows with labels from which a language, or a script, has a curve of its own
OF_EACH = 5  # that say yes, and that say no: of one answer alone a curve may rise anywhere, or being there would decide
KNOTS = 64
MOST_OF_LANGUAGE = 500.0  # rows that a language counts for at most in how much lists and tables of words count
LEAST_OWN = 0.05  # log-odds for a vote of a head's own, however much others say


def fitted_less(own: Floats, others: Sequence[Floats], truth: Mask, weight: Floats | None = None) -> list[float]:
    """Return how much of each other head's votes above 0 is to be taken off, for the likeliest truth; never below 0.

    `weight` is how much each row counts.
    """
    if not others:
        return []
    columns = np.stack([own, *(-np.maximum(other, 0) for other in others), np.ones(len(own))], axis=1)
    bounds = [(1e-3, None), *[(0, None)] * len(others), (None, None)]
    weights = _likeliest(columns, truth, _each(weight, own), bounds)
    return [round(float(weight / weights[0]), 4) for weight in weights[1:-1]]


def evened(weight: Floats, languages: Sequence[str]) -> Floats:
    """Return the weights of rows with no language above `MOST_OF_LANGUAGE`: the largest decides less for the others."""
    found, tags = weight.copy(), np.array(languages)
    for tag in set(languages):
        found[tags == tag] *= min(1.0, MOST_OF_LANGUAGE / weight[tags == tag].sum())
    return found


def fitted_shares(own: Floats, others: Sequence[Floats], truth: Mask, weight: Floats | None = None) -> list[float]:
    """Return how much of what others say (words, terms) is to be added to a head's votes; never below 0."""
    columns = np.stack([own, *others, np.ones(len(own))], axis=1)
    bounds = [(LEAST_OWN, None), *[(0, None)] * len(others), (None, None)]
    weights = _likeliest(columns, truth, _each(weight, own), bounds)
    return [round(float(weight / weights[0]), 4) for weight in weights[1:-1]]


def curves(
    raw: Floats, truth: Mask, languages: Sequence[str], weight: Floats | None = None
) -> tuple[dict[str, Curve], dict[str, Curve], Curve]:
    """Return the curves of languages and of scripts that have labels, and that of everything together."""
    weight, tags = _each(weight, raw), np.array(languages)
    scripts = np.array([tag.partition("_")[2] for tag in languages])
    everything = np.ones(len(raw), np.bool_)
    whole = _curve(raw, truth, weight, everything, everything, "script")
    by_script = {
        script: _curve(raw, truth, weight, scripts == script, everything, "script")
        for script in sorted(set(scripts.tolist()))
        if has_own(truth[scripts == script])
    }
    by_language = {
        tag: _curve(raw, truth, weight, tags == tag, scripts == tag.partition("_")[2], "labels")
        for tag in sorted(set(tags.tolist()))
        if has_own(truth[tags == tag])
    }
    return by_language, by_script, whole


def has_own(truth: Mask) -> bool:
    """Return whether a language, or a script, with these labels has a curve of its own."""
    return len(truth) >= FEWEST and OF_EACH <= int(truth.sum()) <= len(truth) - OF_EACH


def quantile_curves(raw: Floats, languages: Sequence[str], known: Mapping[str, Curve], fewest: int) -> dict[str, Curve]:
    """Return the curves of languages without labels: the same shares of their web score what they score elsewhere."""
    tags = np.array(languages)
    judged = [known[tag].of(raw[tags == tag]) for tag in sorted(known) if (tags == tag).sum() >= fewest]
    if not judged:
        return {}
    reference = np.concatenate(judged)
    found = {}
    for tag in sorted(set(tags.tolist()) - set(known)):
        here = raw[tags == tag]
        if len(here) >= fewest:
            at = np.linspace(0, 1, min(KNOTS, len(here)))
            knots, value = np.quantile(here, at), np.quantile(reference, at)
            rising = np.append(True, np.diff(knots) > 0)
            found[tag] = Curve(
                raw=tuple(knots[rising].round(4).tolist()),
                value=tuple(value[rising].round(4).tolist()),
                source="quantile",
                rows=len(here),
            )
    return found


def _each(weight: Floats | None, rows: Floats) -> Floats:
    return np.ones(len(rows)) if weight is None else weight


def _curve(raw: Floats, truth: Mask, counts: Floats, own: Mask, pool: Mask, source: str) -> Curve:
    weight = counts * (own + SHRUNK / max(float(counts[pool].sum()), 1.0) * pool)
    columns = np.stack([raw, np.ones(len(raw))], axis=1)
    slope, offset = _likeliest(columns, truth, weight, [(1e-3, None), (None, None)])
    return Curve(slope=round(float(slope), 4), offset=round(float(offset), 4), source=source, rows=int(own.sum()))


def _likeliest(
    columns: Floats, truth: Mask, weight: Floats, bounds: Sequence[tuple[float | None, float | None]]
) -> Floats:
    def loss(beta: Floats) -> tuple[float, Floats]:
        z = columns @ beta
        slope = columns.T @ (weight * (expit(z) - truth))
        return float((weight * (np.logaddexp(0, z) - truth * z)).sum()), slope

    start = np.zeros(columns.shape[1])
    start[0] = 1
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x, np.float64)
