"""One fastText model alone: what it says, as far as the script of the text bears it out."""

from functools import cache
from pathlib import Path

from filters.languages.labels import FITS, Meaning, meaning
from filters.languages.lines import ModelInput
from filters.languages.weighing import Matrix
from filters.models import fasttext
from filters.models.fasttext_file import loaded


@cache
def meanings(path: Path) -> tuple[Meaning, ...]:
    """Return what each label of the model says."""
    return tuple(meaning(label) for label in loaded(path).labels)


def identify(path: Path, lines: ModelInput, in_script: Matrix) -> Matrix:
    """Return texts x labels: the model's probabilities, 0 for a label whose script the text does not use."""
    found = fasttext.probabilities(loaded(path), lines.data, lines.offsets)
    found[in_script < FITS] = 0
    return found
