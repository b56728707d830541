"""One fastText model alone: what it says, as far as the script of the text bears it out."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from filters.languages import fasttext
from filters.languages.ensemble import Matrix, as_line, offsets_of
from filters.languages.fasttext_file import loaded
from filters.languages.labels import FITS, Meaning, meaning


@cache
def meanings(path: Path) -> tuple[Meaning, ...]:
    """Return what each label of the model says."""
    return tuple(meaning(label) for label in loaded(path).labels)


def identify(path: Path, texts: Sequence[str], in_script: Matrix) -> Matrix:
    """Return texts x labels: the model's probabilities, 0 for a label whose script the text does not use."""
    encoded = [as_line(text).encode() for text in texts]
    data = np.frombuffer(b"".join(encoded), np.uint8)
    found = fasttext.probabilities(loaded(path), data, offsets_of(encoded))
    found[in_script < FITS] = 0
    return found
