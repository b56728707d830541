"""py3langid's model, walked by a compiled kernel: naive Bayes over byte n-grams found by one automaton.

The model (142 labels, BSD) comes with the package py3langid; its own walker is a Python loop over bytes. Scores are the
same: log(1 + count) of each n-gram times its weights, plus the prior (Lui & Baldwin 2012, as retrained by Barbaresi).
Reading memory is most of the time: weights are kept in a byte, and a text is walked in four parts at once.
"""

import io
import lzma
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shards.arrays import Array
from shards.compiled import compiled
from shards.prepared import prepared

_LONGEST = 6  # bytes of an n-gram: what lies before them does not change the state
_WALKS = 4  # through as many parts of a text at once: each step waits for memory
_ROW = 32  # a row of weights has a multiple of so many: the loop over it runs in vectors
_COUNTED = 1024  # times that an n-gram counts at most


class BytegramModel(NamedTuple):
    """An automaton over bytes, what each of its states emits, and the weights of what is emitted."""

    labels: tuple[str, ...]
    prior: npt.NDArray[np.float32]  # labels
    weights: npt.NDArray[np.int8]  # n-grams x labels and filling, less the highest of the n-gram, in units of `unit`
    unit: float
    moves: npt.NDArray[np.uint32]  # distinct rows x 256: the next state
    row: npt.NDArray[np.uint16]  # of each state
    emits: npt.NDArray[np.int32]  # n-gram of each state, or -1


def located() -> Path:
    """Return the model's file in the installed package, which is not imported."""
    return Path(str(distribution("py3langid").locate_file("py3langid/data/model.npz.xz")))


@cache
def loaded(path: Path) -> BytegramModel:
    """Return the model of a file."""
    arrays = prepared(path, Path(__file__), lambda: _unpacked(path))
    labels, unit = arrays.pop("labels"), arrays.pop("unit")
    return BytegramModel(labels=tuple(labels.tolist()), unit=float(unit), **arrays)


def _unpacked(path: Path) -> dict[str, Array]:
    """Return the fields of a model as arrays."""
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes()))) as data:
        weights = data["ptc"].astype(np.float32)
        weights -= weights.max(axis=1, keepdims=True)  # what all labels of an n-gram share decides nothing
        unit = float(-weights.min() / 127)
        np.rint(np.divide(weights, unit, out=weights), out=weights)
        wide = np.zeros((len(weights), -(-weights.shape[1] // _ROW) * _ROW), np.int8)
        wide[:, : weights.shape[1]] = weights
        return {
            "labels": np.array(data["classes"].tolist()),
            "prior": data["pc"].astype(np.float32),
            "weights": wide,
            "unit": np.array(unit),
            "moves": data["nextmove"].astype(np.uint32).reshape(-1, 256),
            "row": data["nextmove_row"].astype(np.uint16),
            "emits": data["out_feat"].astype(np.int32),
        }


class BytegramAnswers(NamedTuple):
    """Texts x labels: the posterior, flattened by the root of the length as py3langid does; and the mean log weight of
    an n-gram less that of the label for which it speaks most: how well the n-grams of the text go together.
    """

    probabilities: npt.NDArray[np.float32]
    means: npt.NDArray[np.float32]


def answers(model: BytegramModel, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> BytegramAnswers:
    """Return what the model says of each text."""
    factors = np.log1p(np.arange(_COUNTED), dtype=np.float32) * np.float32(model.unit)
    states = _states(data, offsets, model.moves, model.row)
    scores, counted = _scores(states, offsets, model.emits, model.weights, factors, len(model.prior))
    means = scores * (np.float32(model.unit) / np.maximum(counted, np.float32(model.unit)))[:, None]
    scores += model.prior * (counted > 0)[:, None]
    scores /= np.sqrt(np.maximum(np.diff(offsets), 1))[:, None]
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return BytegramAnswers(scores, means)


@compiled
def _states(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    moves: npt.NDArray[np.uint32],
    row: npt.NDArray[np.uint16],
) -> npt.NDArray[np.uint32]:
    """Return the state behind each byte of each text."""
    found = np.zeros(offsets[-1], np.uint32)
    before = np.zeros(_WALKS, np.uint32)
    for text in range(len(offsets) - 1):
        first, end = offsets[text], offsets[text + 1]
        part = (end - first) // _WALKS
        for walk in range(1, _WALKS):
            state, begin = np.uint32(0), first + walk * part
            for at in range(max(first, begin - _LONGEST), begin):
                state = moves[row[state], data[at]]
            before[walk] = state
        one, two, three, four = np.uint32(0), before[1], before[2], before[3]
        for at in range(first, first + part):
            one = moves[row[one], data[at]]
            two = moves[row[two], data[at + part]]
            three = moves[row[three], data[at + 2 * part]]
            four = moves[row[four], data[at + 3 * part]]
            found[at], found[at + part], found[at + 2 * part], found[at + 3 * part] = one, two, three, four
        for at in range(first + _WALKS * part, end):
            four = moves[row[four], data[at]]
            found[at] = four
    return found


@compiled
def _scores(
    states: npt.NDArray[np.uint32],
    offsets: npt.NDArray[np.int64],
    emits: npt.NDArray[np.int32],
    weights: npt.NDArray[np.int8],
    factors: npt.NDArray[np.float32],
    labels: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the weights of the n-grams of each text, added up by label, and how much they count together."""
    texts, wide = len(offsets) - 1, weights.shape[1]
    result = np.zeros((texts, labels), np.float32)
    counted = np.zeros(texts, np.float32)
    total = np.zeros(wide, np.float32)
    counts = np.zeros(len(weights), np.int32)
    seen = np.zeros(len(weights), np.int32)
    for text in range(texts):
        distinct = 0
        for at in range(offsets[text], offsets[text + 1]):
            feature = emits[states[at]]
            if feature >= 0:
                if counts[feature] == 0:
                    seen[distinct] = feature
                    distinct += 1
                counts[feature] += 1
        total[:] = 0
        for index in range(distinct):
            feature = seen[index]
            factor = factors[min(counts[feature], len(factors) - 1)]
            counts[feature] = 0
            counted[text] += factor
            for label in range(wide):
                total[label] += factor * np.float32(weights[feature, label])
        for label in range(labels):
            result[text, label] = total[label]
    return result, counted
