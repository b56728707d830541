"""The levels of de-duplication, one after the other inside a component: payload, address, DOI, text, likeness.

Each level looks at the documents that those before it left standing, and lets one of each group of copies stay: of
equal payloads and of equal texts the best by `dedup.survivors.PREFERENCE`, of the captures of one address the latest
(or the earliest), of the documents of one DOI that of the preferred source, of near duplicates whom `dedup.survivors`
chooses. A document that was dropped is asked nothing more, so whoever stands for it in the end is found by following
survivors; there is no way back to it.
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

STANDS = ""  # the level of a document that no level dropped


class Level(NamedTuple):
    """Documents with equal keys (128 bits; zero is none) are copies; the one of the lowest rank stays.

    Those whose signature agrees with its in fewer than `agreeing` places are no copies of it, and stay too.
    """

    keys: Hashes
    rank: Places
    similarity: float  # of a copy to the one that stays; NaN where nothing was compared
    agreeing: int = 0


class Standing(NamedTuple):
    """Per document: the place of who stands for it (its own if it stands), by which level, and how similar they are."""

    survivor: Places
    level: npt.NDArray[np.object_]
    similarity: npt.NDArray[np.float32]


def resolved(
    levels: Mapping[str, Level], clusters: Components, rank: Places, comparison: Comparison, among: Mask, stay: Mask
) -> Standing:
    """Return what the levels, in their order, and then near-duplicate clusters make of the documents.

    `clusters` has a row for each document; only those `among` take part, and those that `stay` are never dropped.
    """
    size = len(rank)
    standing = Standing(np.arange(size), np.full(size, STANDS, np.object_), np.ones(size, np.float32))
    alive = among.copy()
    for name, level in levels.items():
        chosen = best_of_equals(level, alive)
        if level.agreeing:
            alike = (comparison.signatures == comparison.signatures[chosen]).sum(axis=1) >= level.agreeing
            chosen = np.where(alike, chosen, np.arange(size))
        _drop(standing, name, chosen, np.full(size, level.similarity, np.float32), alive, stay)
    table = survivors(clusters, rank, comparison, alive)
    chosen = np.searchsorted(clusters.nodes, table["survivor"].to_numpy())
    _drop(standing, "near", chosen, table["similarity"].to_numpy(), alive, stay)
    survivor, similarity = standing.survivor, standing.similarity
    while (survivor[survivor] != survivor).any():
        similarity, survivor = similarity * similarity[survivor], survivor[survivor]
    return Standing(survivor, standing.level, similarity)


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
    standing: Standing,
    level: str,
    chosen: Places,
    similarity: npt.NDArray[np.float32],
    alive: Mask,
    stay: Mask,
) -> None:
    gone = alive & ~stay & (chosen != np.arange(len(chosen)))
    standing.survivor[gone] = chosen[gone]
    standing.level[gone] = level
    standing.similarity[gone] = similarity[gone]
    alive &= ~gone
