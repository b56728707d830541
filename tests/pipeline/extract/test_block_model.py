"""Boosted trees: every row gets the leaf that whoever walks the tree comes to."""

import numpy as np
import pytest

from pipeline.extract import block_model
from pipeline.extract.block_model import LEAVES, probabilities, trees_of

FEATURES = 7
Tree = float | tuple[int, float, "Tree", "Tree"]  # a leaf's value, or feature, threshold, left and right


def grown(random: np.random.Generator, leaves: int) -> Tree:
    """Return a random tree; its thresholds are whole, so that values of rows equal some."""
    if leaves == 1:
        return float(np.float32(random.normal()))
    left = int(random.integers(1, leaves))
    feature, threshold = int(random.integers(FEATURES)), float(random.integers(-2, 3))
    return feature, threshold, grown(random, left), grown(random, leaves - left)


def written(trees: list[Tree]) -> dict[str, np.ndarray]:
    """Return trees as a model's file has them."""
    nodes: list[tuple[int, float, int]] = []
    first, values = [0], []

    def add(tree: Tree, leaves: list[float]) -> None:
        if isinstance(tree, float):
            leaves.append(tree)
            return
        feature, threshold, left, right = tree
        place, before = len(nodes), len(leaves)
        nodes.append((feature, threshold, 0))
        add(left, leaves)
        nodes[place] = (feature, threshold, 0xFFFFFFFF ^ sum(1 << leaf for leaf in range(before, len(leaves))))
        add(right, leaves)

    for tree in trees:
        leaves: list[float] = []
        add(tree, leaves)
        first.append(len(nodes))
        values.append(leaves + [0.0] * (LEAVES - len(leaves)))
    columns = list(zip(*nodes, strict=True)) or [(), (), ()]
    return {
        "first": np.array(first, np.uint32),
        "feature": np.array(columns[0], np.uint16),
        "threshold": np.array(columns[1], np.float32),
        "right": np.array(columns[2], np.uint32),
        "value": np.array(values, np.float32),
    }


def walked(tree: Tree, row: np.ndarray) -> float:
    while not isinstance(tree, float):
        feature, threshold, left, right = tree
        tree = right if row[feature] > threshold else left
    return tree


@pytest.mark.parametrize("leaves", [1, 2, 3, 20, LEAVES])
@pytest.mark.parametrize("rows", [0, 1, 63, 64, 65, 200])
def test_a_row_gets_the_leaves_that_a_walk_comes_to(leaves: int, rows: int) -> None:
    random = np.random.default_rng(leaves * 1000 + rows)
    trees = [grown(random, leaves) for _ in range(12)]
    values = random.integers(-3, 4, (rows, FEATURES)).astype(np.float32)
    values[random.random(values.shape) < 0.1] = np.nan  # above no threshold
    expected = []
    for row in values:
        total = np.float32(0)
        for tree in trees:
            total = np.float32(total + np.float32(walked(tree, row)))
        expected.append(1 / (1 + np.exp(-float(total))))
    assert probabilities(values, trees_of(written(trees))) == pytest.approx(np.array(expected, np.float32), rel=1e-6)


def test_the_model_has_a_question_for_each_leaf_but_one() -> None:
    trees = block_model.load().trees
    assert len(trees.feature) == len(trees.threshold) == len(trees.right) == trees.first[-1]
    assert (np.diff(trees.first) < LEAVES).all()
