"""One fastText model alone: what it says, as far as the script of the text bears it out."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from filters.languages.ensemble import Matrix, as_line
from filters.languages.labels import FITS, Meaning, meaning
from filters.languages.models import loaded

_LISTED = 8  # labels asked for, among which one must fit the script


@cache
def meanings(path: Path) -> tuple[Meaning, ...]:
    """Return what each label of the model says."""
    return tuple(meaning(label) for label in loaded(path).getLabels("strict")[0])


@cache
def _columns(path: Path) -> dict[str, int]:
    return {label: column for column, label in enumerate(loaded(path).getLabels("strict")[0])}


def identify(path: Path, texts: Sequence[str], in_script: Matrix) -> Matrix:
    """Return texts x labels: the model's probabilities, 0 for a label whose script the text does not use."""
    predict, columns = loaded(path).predict, _columns(path)
    found = np.zeros(in_script.shape, np.float32)
    for row, text in enumerate(texts):
        line = as_line(text)
        for probability, label in predict(line, _LISTED, 0.0, "strict") if line else ():
            found[row, columns[label]] = min(probability, 1.0)
    found[in_script < FITS] = 0
    return found
