"""Sorting within compiled loops. numba's own sorts take a second to compile, for every type and in every process."""

import numpy as np
import numpy.typing as npt

from shards.compiled import compiled


@compiled
def stable_order(keys: npt.NDArray[np.uint64] | npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return the rows in the ascending order of their keys, those with equal keys as they stand."""
    size = len(keys)
    order, merged = np.empty(size, np.int64), np.empty(size, np.int64)
    for row in range(size):
        order[row] = row
    width = 1
    while width < size:
        for start in range(0, size, 2 * width):
            left, middle, end = start, min(start + width, size), min(start + 2 * width, size)
            right = middle
            for place in range(start, end):
                if left < middle and (right == end or keys[order[left]] <= keys[order[right]]):
                    merged[place] = order[left]
                    left += 1
                else:
                    merged[place] = order[right]
                    right += 1
        order, merged = merged, order
        width *= 2
    return order
