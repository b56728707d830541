"""A learned classifier of text blocks: boosted trees as flat arrays, walked by compiled code.

The model file is written by `tests/benchmarks/train_blocks.py`, which names the data it was fitted on.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.element_features import Weights
from shards.compiled import compiled

PATH: Final = Path(__file__).parent / "block_model.npz"


class Trees(NamedTuple):
    """Boosted trees, node by node. A leaf has feature -1 and its value as threshold."""

    root: npt.NDArray[np.int32]  # per tree
    feature: npt.NDArray[np.int16]  # per node
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]  # where the value is not above the threshold
    right: npt.NDArray[np.int32]


class Model(NamedTuple):
    """What `block_model.npz` holds."""

    weights: Weights
    trees: Trees


@lru_cache(maxsize=1)
def load() -> Model:
    """Return the model, read once per process."""
    with np.load(PATH, allow_pickle=False) as data:
        return Model(
            Weights(data["tokens"], data["token_weights"], data["words"], data["word_weights"]),
            Trees(data["root"], data["feature"], data["threshold"], data["left"], data["right"]),
        )


@compiled
def probabilities(rows: npt.NDArray[np.float32], trees: Trees) -> npt.NDArray[np.float32]:
    """Return, per row of features, the probability that a block is main text."""
    out = np.zeros(len(rows), np.float32)
    for row in range(len(rows)):
        total = np.float32(0)
        for tree in range(len(trees.root)):
            node = trees.root[tree]
            while trees.feature[node] >= 0:
                above = rows[row, trees.feature[node]] > trees.threshold[node]
                node = trees.right[node] if above else trees.left[node]
            total += trees.threshold[node]
        out[row] = 1 / (1 + np.exp(-total))
    return out
