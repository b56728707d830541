"""The levels of de-duplication, one after the other inside a component: payload, address, text, likeness.

Each level looks at the documents that those before it left standing, and lets one of each group of copies stay: of
equal payloads and of equal texts the best by `dedup.survivors.PREFERENCE`, of the captures of one address the latest
(or the earliest), of near duplicates whom `dedup.survivors` chooses. A document that was dropped is asked nothing more,
so whoever stands for it in the end is found by following survivors; there is no way back to it.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from dedup.components import Components
from dedup.shingles import Hashes
from dedup.survivors import survivors
from dedup.verify import Evidence

Mask: TypeAlias = npt.NDArray[np.bool_]
Ranks: TypeAlias = npt.NDArray[np.int64]

STANDS = ""  # the level of a document that no level dropped


class Level(NamedTuple):
    """Documents with equal keys (128 bits; zero is none) are copies; the one of the lowest rank stays."""

    keys: Hashes
    rank: Ranks
    similarity: float  # of a copy to the one that stays; NaN where nothing was compared


class Standing(NamedTuple):
    """Per document: the place of who stands for it (its own if it stands), by which level, and how similar they are."""

    survivor: npt.NDArray[np.int64]
    level: npt.NDArray[np.object_]
    similarity: npt.NDArray[np.float32]


def resolved(
    levels: Mapping[str, Level], clusters: Components, rank: Ranks, evidence: Evidence, among: Mask, stay: Mask
) -> Standing:
    """Return what the levels, in their order, and then near-duplicate clusters make of the documents.

    `clusters` has a row for each document; only those `among` take part, and those that `stay` are never dropped.
    """
    size = len(rank)
    found = Standing(np.arange(size), np.full(size, STANDS, np.object_), np.ones(size, np.float32))
    standing = among.copy()
    for name, level in levels.items():
        chosen = best_of_equals(level, standing)
        _drop(found, name, chosen, np.full(size, level.similarity, np.float32), standing, stay)
    table = survivors(clusters, rank, evidence, standing)
    chosen = np.searchsorted(clusters.nodes, table["survivor"].to_numpy())
    _drop(found, "near", chosen, table["similarity"].to_numpy(), standing, stay)
    survivor, similarity = found.survivor, found.similarity
    while (survivor[survivor] != survivor).any():
        similarity, survivor = similarity * similarity[survivor], survivor[survivor]
    return Standing(survivor, found.level, similarity)


def best_of_equals(level: Level, standing: Mask) -> npt.NDArray[np.int64]:
    """Return the place of the document of the lowest rank among those that stand and have the same key."""
    chosen = np.arange(len(standing))
    here = np.flatnonzero(standing & (level.keys != 0).any(axis=1))
    keys = level.keys[here]
    order = np.lexsort((level.rank[here], keys[:, 1], keys[:, 0]))
    here, keys = here[order], keys[order]
    new = np.ones(len(here), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    if len(here):
        chosen[here] = here[np.maximum.accumulate(np.where(new, np.arange(len(here)), 0))]
    return chosen


def _drop(
    found: Standing,
    level: str,
    chosen: npt.NDArray[np.int64],
    similarity: npt.NDArray[np.float32],
    standing: Mask,
    stay: Mask,
) -> None:
    gone = standing & ~stay & (chosen != np.arange(len(chosen)))
    found.survivor[gone] = chosen[gone]
    found.level[gone] = level
    found.similarity[gone] = similarity[gone]
    standing &= ~gone
