"""The score from which a language is believed: the lowest at which nineteen of twenty texts so named are in it.

`thresholds.tsv` (written by `python -m pipeline.training.languages --thresholds`) has, for each language of which
twenty texts or more were named: the threshold, that of texts of under 80 characters, how many texts were named, and
precision and recall at the threshold. Generated noise is among the texts. A text in a language that not all models know
counts a twentieth, since the web has far fewer of them than the sentences that were measured. Varieties that few words
tell apart count as one: nothing parts them. No threshold drops more than a tenth of the texts that are named rightly,
unless it is a half, under which most of a document would not be in its language. They hold for the ensemble of
models only.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from filters.languages import ensemble
from filters.languages.labels import NOT_LANGUAGE
from filters.languages.varieties import close
from shards.arrays import Mask
from shards.tables import rows

TABLE = Path(__file__).with_name("thresholds.tsv")

PRECISION = 0.95
LOWEST, HIGHEST = 0.5, 0.95
UNMEASURED = LOWEST  # of 42 little-known languages, each without its own bias, 40 keep nine of ten documents so
KEPT = 0.9  # of the texts that are named rightly, at least
SHORT = 80  # characters
_ENOUGH = 20  # texts
LITTLE_KNOWN = 0.05


class ThresholdRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `thresholds.tsv`: what was fitted to the texts that were named a language."""

    language: str
    threshold: float
    short: float
    n: int
    precision: float
    recall: float


@cache
def measured() -> dict[str, ThresholdRow]:
    """Return the row of each language (ISO 639-3) that was measured."""
    return {row.language: row for row in rows(TABLE, ThresholdRow)}


def threshold(tag: str, characters: int = SHORT) -> float:
    """Return the threshold for a text of so many characters with a tag like `zho_Hant`."""
    row = measured().get(tag.partition("_")[0])
    if row is None:
        return UNMEASURED
    return row.short if characters < SHORT else row.threshold


def fit(languages: Sequence[str], named: Sequence[str], scores: Sequence[float], characters: Sequence[int]) -> str:
    """Return the contents of `thresholds.tsv`, of the languages and lengths of texts, what they were named, and how
    surely.

    A language of which no threshold makes nineteen of twenty right has the lowest, and its precision says so.
    """
    truth, answer, score, long = np.array(languages), np.array(named), np.array(scores), np.array(characters) >= SHORT
    weight = np.where(np.isin(truth, [*_common(), NOT_LANGUAGE]), 1.0, LITTLE_KNOWN)
    lines = ["language\tthreshold\tshort\tn\tprecision\trecall"]
    for language in sorted({*languages} - {NOT_LANGUAGE}):
        mine = answer == language
        if mine.sum() < _ENOUGH:
            continue
        right = np.isin(truth, close(language))
        bounds = [_lowest(score[mine & part], right[mine & part], weight[mine & part]) for part in (long, ~long)]
        believed = mine & (score >= np.where(long, *bounds))
        precision = weight[believed & right].sum() / max(weight[believed].sum(), 1e-9)
        recall = (believed & (truth == language)).sum() / (truth == language).sum()
        figures = "\t".join(f"{bound:.2f}" for bound in bounds)
        lines.append(f"{language}\t{figures}\t{mine.sum()}\t{precision:.3f}\t{recall:.3f}")
    return "\n".join(lines) + "\n"


def _common() -> list[str]:
    """Return the languages that all models know."""
    return [name for row, name in enumerate(ensemble.languages()) if ensemble.known()[:, row].all()]


def _lowest(score: npt.NDArray[np.float64], right: Mask, weight: npt.NDArray[np.float64]) -> float:
    """Return the lowest bound that is precise enough and drops few right ones."""
    if not right.any():
        return LOWEST
    most = max(float(np.quantile(score[right], 1 - KEPT)), LOWEST)
    for bound in np.arange(LOWEST, most + 0.001, 0.05):
        believed = score >= bound
        if weight[believed & right].sum() >= PRECISION * weight[believed].sum():
            return float(bound)
    return LOWEST
