"""The score from which a language is believed: the lowest at which nineteen of twenty texts so named are in it.

`thresholds.tsv` (written by `python -m tests.benchmarks.language --thresholds`) has, for each language of which twenty
texts or more were named: the threshold, how many texts were named, and precision and recall at the threshold. Generated
noise is among the texts. A text in a language that not all models know counts a twentieth, since the web has far fewer
of them than the sentences that were measured. Varieties that few words tell apart count as one: nothing parts them. No
threshold is under a half, where most of a document would not be in its language. They hold for the ensemble of
models only.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from filters.languages import ensemble
from filters.languages.labels import NOT_LANGUAGE
from filters.languages.varieties import close
from shards.tables import rows

TABLE = Path(__file__).with_name("thresholds.tsv")

PRECISION = 0.95
LOWEST, HIGHEST = 0.5, 0.95
UNMEASURED = 0.65  # FineWeb's bound for English
_ENOUGH = 20  # texts
LITTLE_KNOWN = 0.05


class ThresholdRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `thresholds.tsv`: what was fitted to the texts that were named a language."""

    language: str
    threshold: float
    n: int
    precision: float
    recall: float


@cache
def measured() -> dict[str, float]:
    """Return the threshold of each language (ISO 639-3) that was measured."""
    return {row.language: row.threshold for row in rows(TABLE, ThresholdRow)}


def threshold(tag: str) -> float:
    """Return the threshold for a tag like `zho_Hant`."""
    return measured().get(tag.partition("_")[0], UNMEASURED)


def fit(languages: Sequence[str], named: Sequence[str], scores: Sequence[float]) -> str:
    """Return the contents of `thresholds.tsv`, of the languages of texts, what they were named, and how surely.

    A language of which no threshold makes nineteen of twenty right has the lowest, and its precision says so.
    """
    truth, answer, score = np.array(languages), np.array(named), np.array(scores)
    common = {name for row, name in enumerate(ensemble.languages()) if ensemble.known()[:, row].all()}
    common.add(NOT_LANGUAGE)
    weight = np.array([1.0 if language in common else LITTLE_KNOWN for language in languages])
    lines = ["language\tthreshold\tn\tprecision\trecall"]
    for language in sorted({*languages} - {NOT_LANGUAGE}):
        mine = answer == language
        if mine.sum() < _ENOUGH:
            continue
        right = np.isin(truth, close(language))
        bounds = np.arange(LOWEST, HIGHEST + 0.001, 0.05)
        precision = [
            weight[mine & right & (score >= bound)].sum() / max(weight[mine & (score >= bound)].sum(), 1e-9)
            for bound in bounds
        ]
        best = int(np.argmax(np.array(precision) >= PRECISION))
        recall = (mine & (truth == language) & (score >= bounds[best])).sum() / (truth == language).sum()
        lines.append(f"{language}\t{bounds[best]:.2f}\t{mine.sum()}\t{precision[best]:.3f}\t{recall:.3f}")
    return "\n".join(lines) + "\n"
