"""The levels of deduplication, one after the other inside a component: payload, address, DOI, text, near duplicates.

Each level sees the documents that earlier levels kept, and keeps one of each group of duplicates, the survivor: of
equal payloads and of equal texts the best by `dedup.survivors.PREFERENCE`, of the captures of one address the latest
(or the earliest), of the documents of one DOI that of the preferred source, of near duplicates the one that
`dedup.survivors` chooses. Later levels ignore rejected documents, so the survivor of a document is found by following
survivors; no path leads back to it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.components import Components
from dedup.runs import run_starts
from dedup.shingles import Hashes
from dedup.survivors import survivors
from dedup.verify import Comparison
from shards.arrays import Mask, Places

KEPT = ""  # the level of a document that no level dropped


class Level(NamedTuple):
    """Documents with equal keys (128 bits; zero is none) are duplicates; the one of the lowest rank survives.

    Those whose signature agrees with its in fewer than `agreeing` places are no duplicates of it, and are kept too.
    """

    keys: Hashes
    rank: Places
    similarity: float  # of a duplicate to its survivor; NaN where nothing was compared
    agreeing: int = 0


class Resolved(NamedTuple):
    """Per document: the place of its survivor (its own if it is kept), the level that rejected it, their similarity."""

    survivor: Places
    level: npt.NDArray[np.object_]
    similarity: npt.NDArray[np.float32]


def resolved(
    levels: Mapping[str, Level], clusters: Components, rank: Places, comparison: Comparison, among: Mask, stay: Mask
) -> Resolved:
    """Return the result of the levels, in their order, and then of the clusters of near duplicates.

    `clusters` has a row for each document; only those `among` take part, and those that `stay` are never dropped.
    """
    size = len(rank)
    result = Resolved(np.arange(size), np.full(size, KEPT, np.object_), np.ones(size, np.float32))
    alive = among.copy()
    for name, level in levels.items():
        chosen = best_of_equals(level, alive)
        if level.agreeing:
            alike = (comparison.signatures == comparison.signatures[chosen]).sum(axis=1) >= level.agreeing
            chosen = np.where(alike, chosen, np.arange(size))
        _drop(result, name, chosen, np.full(size, level.similarity, np.float32), alive, stay)
    table = survivors(clusters, rank, comparison, alive)
    chosen = np.searchsorted(clusters.nodes, table["survivor"].to_numpy())
    _drop(result, "near", chosen, table["similarity"].to_numpy(), alive, stay)
    survivor, similarity = result.survivor, result.similarity
    while (survivor[survivor] != survivor).any():
        similarity, survivor = similarity * similarity[survivor], survivor[survivor]
    return Resolved(survivor, result.level, similarity)


def best_of_equals(level: Level, alive: Mask) -> Places:
    """Return the place of the document of the lowest rank among those that stand and have the same key."""
    chosen = np.arange(len(alive))
    here = np.flatnonzero(alive & (level.keys != 0).any(axis=1))
    keys = level.keys[here]
    order = np.lexsort((level.rank[here], keys[:, 1], keys[:, 0]))
    here, keys = here[order], keys[order]
    chosen[here] = here[run_starts(*keys.T)]
    return chosen


def _drop(
    result: Resolved,
    level: str,
    chosen: Places,
    similarity: npt.NDArray[np.float32],
    alive: Mask,
    stay: Mask,
) -> None:
    gone = alive & ~stay & (chosen != np.arange(len(chosen)))
    result.survivor[gone] = chosen[gone]
    result.level[gone] = level
    result.similarity[gone] = similarity[gone]
    alive &= ~gone
