"""The splits of a release: `train`, and a held-out `validation` that is the same in every release.

The side of a document is drawn by the hash of its cluster's name, so that near duplicates never lie on both sides; a
document that has no cluster has its own id for a name. Nothing else is asked: neither the run, nor the other documents.
A cluster that keeps its name (`dedup` with `against`) keeps its side.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import xxhash

Split: TypeAlias = Literal["train", "validation"]
TRAIN: Literal["train"] = "train"
VALIDATION: Literal["validation"] = "validation"

# One cluster in 200. A language with 200,000 documents then has 1,000 to measure a loss on, and training hardly misses
# them. Published documents change sides when this number or the salt changes.
HELD_OUT = 0.005

_SALT = b"validation\x1f"  # cluster names are hashes already, and the smallest of several: not spread evenly
_BELOW = int(HELD_OUT * 2**64)


def split_of(name: str) -> Split:
    """Return the side of a cluster, or of a document that has none."""
    return VALIDATION if xxhash.xxh3_64_intdigest(_SALT + name.encode()) < _BELOW else TRAIN


def splits_of(ids: Iterable[str], clusters: Iterable[str | None]) -> list[Split]:
    """Return the side of each document, given its id and the name of its cluster, if it has one."""
    return [split_of(cluster or identity) for identity, cluster in zip(ids, clusters, strict=True)]
