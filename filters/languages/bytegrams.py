"""py3langid's model, walked by a compiled kernel: naive Bayes over byte n-grams found by one automaton.

The model (142 labels, BSD) comes with the package py3langid; its own walker is a Python loop over bytes. Scores are the
same: log(1 + count) of each n-gram times its weights, plus the prior (Lui & Baldwin 2012, as retrained by Barbaresi).
Weights are kept in a byte: a row of them is read from memory for each n-gram found, and that is most of the time.
"""

import io
import lzma
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shards.compiled import compiled


class Model(NamedTuple):
    """An automaton over bytes, what each of its states emits, and the weights of what is emitted."""

    labels: tuple[str, ...]
    prior: npt.NDArray[np.float32]  # labels
    weights: npt.NDArray[np.int8]  # n-grams x labels, less the highest of the n-gram, in units of `unit`
    unit: float
    moves: npt.NDArray[np.uint32]  # distinct rows x 256: the next state
    row: npt.NDArray[np.uint32]  # of each state
    emits: npt.NDArray[np.int32]  # n-gram of each state, or -1


def located() -> Path:
    """Return the model's file in the installed package, which is not imported."""
    return Path(str(distribution("py3langid").locate_file("py3langid/data/model.npz.xz")))


@cache
def loaded(path: Path) -> Model:
    """Return the model of a file."""
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes()))) as data:
        weights = data["ptc"].astype(np.float32)
        weights -= weights.max(axis=1, keepdims=True)  # what all labels of an n-gram share decides nothing
        unit = float(-weights.min() / 127)
        np.rint(np.divide(weights, unit, out=weights), out=weights)
        return Model(
            labels=tuple(data["classes"].tolist()),
            prior=data["pc"].astype(np.float32),
            weights=weights.astype(np.int8),
            unit=unit,
            moves=data["nextmove"].astype(np.uint32).reshape(-1, 256),
            row=data["nextmove_row"].astype(np.uint32),
            emits=data["out_feat"].astype(np.int32),
        )


def probabilities(model: Model, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return texts x labels: the posterior, flattened by the root of the length as py3langid does."""
    scores = _scores(data, offsets, model.moves, model.row, model.emits, model.weights, model.unit, model.prior)
    scores /= np.sqrt(np.maximum(np.diff(offsets), 1))[:, None]
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


@compiled
def _scores(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    moves: npt.NDArray[np.uint32],
    row: npt.NDArray[np.uint32],
    emits: npt.NDArray[np.int32],
    weights: npt.NDArray[np.int8],
    unit: float,
    prior: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    texts = len(offsets) - 1
    result = np.zeros((texts, len(prior)), np.float32)
    counts = np.zeros(len(weights), np.int32)
    seen = np.zeros(len(weights), np.int32)
    for text in range(texts):
        distinct = 0
        state = np.uint32(0)
        for at in range(offsets[text], offsets[text + 1]):
            state = moves[row[state], data[at]]
            feature = emits[state]
            if feature >= 0:
                if counts[feature] == 0:
                    seen[distinct] = feature
                    distinct += 1
                counts[feature] += 1
        if distinct:
            result[text] = prior
        for index in range(distinct):
            feature = seen[index]
            factor = np.float32(np.log1p(counts[feature]) * unit)
            for label in range(len(prior)):
                result[text, label] += factor * np.float32(weights[feature, label])
            counts[feature] = 0
    return result
