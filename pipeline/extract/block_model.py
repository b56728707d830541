"""A learned classifier of text blocks: boosted trees as flat arrays, walked by compiled code.

The model file is written by `pipeline/training/blocks.py`, which names the data it was fitted on.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.element_features import Weights, weights_of
from shards.compiled import compiled

PATH = Path(__file__).parent / "block_model.npz"
AT_ONCE = np.uint64(64)  # rows walked side by side: the processor need not wait for one step to take the next


class Trees(NamedTuple):
    """Boosted trees, node by node. A leaf is its own child: whoever takes more steps than it needs stays there."""

    root: npt.NDArray[np.uint32]  # per tree
    depth: npt.NDArray[np.uint32]
    feature: npt.NDArray[np.uint16]  # per node
    threshold: npt.NDArray[np.float32]
    child: npt.NDArray[np.uint32]  # where the value is not above the threshold; the other one is the next
    value: npt.NDArray[np.float32]  # of a leaf


class BlockModel(NamedTuple):
    """What `block_model.npz` holds."""

    weights: Weights
    trees: Trees


@lru_cache(maxsize=8)
def load(path: Path = PATH) -> BlockModel:
    """Return the model, read once per process."""
    with np.load(path, allow_pickle=False) as data:
        return BlockModel(
            weights_of(data["tokens"], data["token_weights"], data["words"], data["word_weights"]),
            Trees(*(data[name] for name in Trees._fields)),
        )


@compiled
def probabilities(rows: npt.NDArray[np.float32], trees: Trees) -> npt.NDArray[np.float32]:
    """Return, per row of features, the probability that a block is main text."""
    number, width = np.uint64(len(rows)), np.uint64(rows.shape[1])
    values, out = rows.ravel(), np.zeros(len(rows), np.float32)
    nodes = np.zeros(AT_ONCE, np.uint32)
    first = np.uint64(0)
    while first < number:  # unsigned, so that no index is checked for counting from the end
        some = min(AT_ONCE, number - first)
        for tree in range(np.uint64(len(trees.root))):
            for row in range(some):
                nodes[row] = trees.root[tree]
            for _ in range(trees.depth[tree]):
                for row in range(some):
                    node = nodes[row]
                    value = values[(first + row) * width + trees.feature[node]]
                    nodes[row] = trees.child[node] + np.uint32(value > trees.threshold[node])
            for row in range(some):
                out[first + row] += trees.value[nodes[row]]
        first += AT_ONCE
    for row in range(number):
        out[row] = 1 / (1 + np.exp(-out[row]))
    return out
