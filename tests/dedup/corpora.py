"""Signatures with a known duplicate structure, for tests and growth benchmarks: no text, no luck."""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from dedup.minhash import Signatures


def signatures_of(families: list[int], places: int, differing: int, seed: int = 0) -> Signatures:
    """Return signatures in families: members differ from their family's first in `differing` places each."""
    random = np.random.default_rng(seed)
    rows = []
    for size in families:
        first = random.integers(0, 1 << 32, places, dtype=np.uint32)
        rows.append(first)
        for _ in range(size - 1):
            member = first.copy()
            member[random.choice(places, differing, replace=False)] = random.integers(0, 1 << 32, differing)
            rows.append(member)
    return np.stack(rows) if rows else np.zeros((0, places), np.uint32)


def brute_force(signatures: Signatures, components: npt.NDArray[np.uint64], agreeing: int) -> dict[int, int]:
    """Return the smallest index of each row's cluster: all pairs of a component compared, nothing clever."""
    root = list(range(len(signatures)))

    def find(row: int) -> int:
        while root[row] != row:
            row = root[row]
        return row

    members = defaultdict(list)
    for row, component in enumerate(components.tolist()):
        members[component].append(row)
    for rows in members.values():
        for at, one in enumerate(rows):
            alike = (signatures[rows[at + 1 :]] == signatures[one]).sum(axis=1) >= agreeing
            for other in np.asarray(rows[at + 1 :])[alike]:
                a, b = find(one), find(int(other))
                root[max(a, b)] = min(a, b)
    return {row: find(row) for row in range(len(signatures))}
