"""How right a head is on rows that it has not seen: area under the curve, length matched, calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shards.arrays import Floats, Mask, Places

BINS = 10
MATCHED = 4  # parts by length, within which pages are compared
FEWEST = 10  # of each answer, for a figure


@dataclass(frozen=True)
class Figures:
    """What was measured of a head in a language, or in a data set. Null: too few rows of one of the two answers."""

    rows: int
    positive: int
    auc: float | None = None
    length_auc: float | None = None  # of length alone
    matched_auc: float | None = None  # within quarters of length
    ece: float | None = None
    ece_floor: float | None = None  # of a score that is perfectly calibrated, on as many rows
    precision: float | None = None  # of what has a probability of one half or more
    recall: float | None = None


def figures(truth: Mask, probable: Floats, length: Places) -> Figures:
    """Return the figures of a head's probabilities."""
    positive, said = int(truth.sum()), probable >= 0.5
    right = float((truth & said).sum())
    if min(positive, len(truth) - positive) < FEWEST:
        return Figures(len(truth), positive)
    return Figures(
        len(truth),
        positive,
        round(auc(truth, probable), 4),
        round(auc(truth, length.astype(np.float64)), 4),
        round(matched_auc(truth, probable, length), 4),
        round(ece(truth, probable), 4),
        round(ece_floor(probable), 4),
        round(right / max(int(said.sum()), 1), 4),
        round(right / positive, 4),
    )


def auc(truth: Mask, score: Floats) -> float:
    """Return how often a positive has the greater score than a negative; a tie counts half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    positive = int(truth.sum())
    above = rank[truth].sum() - positive * (positive + 1) / 2
    return float(above / (positive * (len(truth) - positive)))


def matched_auc(truth: Mask, score: Floats, length: Places) -> float:
    """Return the mean AUC within quarters of length, weighed by the pairs that are compared."""
    total = pairs = 0.0
    for part in np.array_split(np.argsort(length, kind="stable"), MATCHED):
        here = truth[part]
        weight = float(here.sum()) * float((~here).sum())
        if weight:
            total += weight * auc(here, score[part])
            pairs += weight
    return total / pairs if pairs else float("nan")


def ece(truth: Mask, probable: Floats) -> float:
    """Return the expected calibration error over ten even bins."""
    place = np.minimum((probable * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(place, truth - probable, minlength=BINS)
    return float(np.abs(gaps).sum() / len(truth))


def ece_floor(probable: Floats, draws: int = 200) -> float:
    """Return the mean error of a perfect score: truths drawn by these probabilities, always the same ones."""
    chance = np.random.default_rng(0)
    return float(np.mean([ece(chance.random(len(probable)) < probable, probable) for _ in range(draws)]))


def no_better(truth: Mask, probable: Floats, length: Places, groups: Sequence[str]) -> str | None:
    """Return why a head is not worth having: no better than the majority, or than length alone; None if it is.

    The areas are means over the groups (languages), by rows: between languages, shares of positives differ.
    """
    majority = max(truth.mean(), 1 - truth.mean())
    right = float(((probable >= 0.5) == truth).mean())
    if right <= majority:
        return f"right on {right:.3f} of the rows, where always the same answer is right on {majority:.3f}"
    own = alone = rows = 0.0
    names = np.array(groups)
    for name in sorted(set(groups)):
        here = names == name
        if min(truth[here].sum(), (~truth[here]).sum()) >= FEWEST:
            by_length = auc(truth[here], length[here].astype(np.float64))
            own += here.sum() * auc(truth[here], probable[here])
            alone += here.sum() * max(by_length, 1 - by_length)
            rows += here.sum()
    if rows and own <= alone:
        return f"an AUC of {own / rows:.3f}, where length alone has {alone / rows:.3f}"
    return None
