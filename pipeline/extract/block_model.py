"""A learned classifier of text blocks: boosted trees as flat arrays, for compiled code.

The model file is written by `pipeline/training/blocks.py`, which names the data it was fitted on.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract.element_features import Weights, weights_of
from shards.compiled import compiled

PATH = Path(__file__).parent / "block_model.npz"
LEAVES = 32  # of a tree, at most: a bit each
AT_ONCE = np.uint64(64)  # rows that are compared with a threshold side by side
ALL = np.uint32(0xFFFFFFFF)
# Times a power of two, the upper five bits tell which: a multiplication finds the lowest bit of several rows at once.
_DE_BRUIJN = np.uint32(0x077CB531)
_PLACES = np.array([(int(_DE_BRUIJN) << bit & 0xFFFFFFFF) >> 27 for bit in range(LEAVES)])


class Trees(NamedTuple):
    """Boosted trees as the questions of their nodes, which are all asked (QuickScorer: Lucchese et al., SIGIR 2015).

    A row whose value is above a node's threshold is in none of the leaves on its left; the first leaf that is left over
    is the row's. No answer waits for the one before, as it does for who walks a tree.
    """

    first: npt.NDArray[np.uint32]  # nodes of tree t: first[t] : first[t + 1]
    feature: npt.NDArray[np.uint16]  # per node
    threshold: npt.NDArray[np.float32]
    right: npt.NDArray[np.uint32]  # a bit for each leaf from the left; 0: it is below the node, on its left
    value: npt.NDArray[np.float32]  # trees x leaves


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
            trees_of(data),
        )


def trees_of(data: Mapping[str, npt.NDArray[Any]]) -> Trees:
    """Return the trees of a model's file, the leaves of each where a multiplication finds them."""
    value = np.empty_like(data["value"])
    value[:, _PLACES] = data["value"]
    return Trees(data["first"], data["feature"], data["threshold"], data["right"], value)


@compiled
def probabilities(rows: npt.NDArray[np.float32], trees: Trees) -> npt.NDArray[np.float32]:
    """Return, per row of features, the probability that a block is main text."""
    number, width = np.uint64(len(rows)), np.uint64(rows.shape[1])
    out = np.zeros(len(rows), np.float32)
    columns, left = np.zeros((width, AT_ONCE), np.float32), np.empty(AT_ONCE, np.uint32)
    sums = np.empty(AT_ONCE, np.float32)
    first = np.uint64(0)
    while first < number:  # unsigned, so that no index is checked for counting from the end
        some = min(AT_ONCE, number - first)
        for row in range(some):
            for feature in range(width):
                columns[feature, row] = rows[first + row, feature]
        sums[:] = 0
        for tree in range(np.uint64(len(trees.first) - 1)):
            left[:] = ALL
            for node in range(np.uint64(trees.first[tree]), np.uint64(trees.first[tree + np.uint64(1)])):
                threshold, right, column = trees.threshold[node], trees.right[node], columns[trees.feature[node]]
                for row in range(AT_ONCE):  # always all of them: then it is compiled to vectors
                    left[row] &= right if column[row] > threshold else ALL
            for row in range(AT_ONCE):
                lowest = left[row] & (~left[row] + np.uint32(1))
                sums[row] += trees.value[tree, np.uint32(lowest * _DE_BRUIJN) >> np.uint32(27)]
        for row in range(some):
            out[first + row] = 1 / (1 + np.exp(-sums[row]))
        first += AT_ONCE
    return out
