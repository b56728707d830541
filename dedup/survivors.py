"""Survivors of clusters: the best document of each stays, and replaces only near duplicates of itself.

A row of the result, one per document that was a candidate:

    node        uint64   the document
    cluster     uint64   the smallest node of its verified cluster
    survivor    uint64   the document that stands for it: itself if it stays
    similarity  float32  to the survivor
    duplicates  int32    how many documents a survivor stands for, itself included; 0 for the others

A chain of near duplicates (a like b, b like c, c unlike a) is one cluster with several survivors: documents are taken
in the order of preference, and each is dropped for the best document already kept that it resembles, or else kept.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.components import Components
from dedup.minhash import Signatures
from dedup.runs import run_bounds
from dedup.verify import Comparison, group_keys, similarity_of
from shards.arrays import Mask, Places
from shards.compiled import compiled
from shards.sorting import stable_order

SURVIVORS = pa.schema(
    [
        pa.field("node", pa.uint64(), nullable=False),
        pa.field("cluster", pa.uint64(), nullable=False),
        pa.field("survivor", pa.uint64(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("duplicates", pa.int32(), nullable=False),
    ]
)

# The stated order: column of the documents, which value is preferred. Nulls come last; `id` leaves no ties.
PREFERENCE = (
    ("rights", "ascending"),  # rank of the verdict: 0 is the best
    ("among_languages", "ascending"),  # of `among_languages`: scores of quality compare within a language alone
    ("quality", "descending"),
    ("length", "descending"),
    ("date", "ascending"),
    ("id", "ascending"),
)

DIRECT = 64  # survivors of a cluster that each document is compared with before the others are looked up by group


def preference(documents: pa.Table, order: Sequence[tuple[str, str]] = PREFERENCE) -> Places:
    """Return the rank of each document, 0 for the one to keep before all others.

    A run against an earlier release puts a column of its own first (say `("published", "descending")`) if what was
    published is to stay.
    """
    missing = [name for name, _ in order if name not in documents.column_names]
    if missing:
        raise ValueError(f"no column {missing[0]} to prefer documents by: there are {documents.column_names}")
    best_first = pc.sort_indices(documents, sort_keys=list(order)).to_numpy()
    rank = np.empty(len(best_first), np.int64)
    rank[best_first] = np.arange(len(best_first))
    return rank


def among_languages(documents: pa.Table, clusters: Components) -> Places:
    """Return the rank of each document's language in its cluster: that of its best document, quality left aside.

    The languages of a cluster (the two scripts of Chinese, say) are thus chosen among by what is not measured in one of
    them, and the documents of one by their quality. Rights come before both, so the best is that of the same rights.
    """
    rank = preference(documents, [key for key in PREFERENCE if key[0] not in ("among_languages", "quality")])
    language = pc.fill_null(documents["language"].combine_chunks().dictionary_encode().indices, -1).to_numpy()
    same = np.stack([clusters.roots, documents["rights"].to_numpy().astype(np.uint64), language.astype(np.uint64)])
    _, group = np.unique(same, axis=1, return_inverse=True)
    best = np.full(len(rank), len(rank))
    np.minimum.at(best, group, rank)
    return best[group]


def survivors(
    clusters: Components,
    rank: Places,
    comparison: Comparison,
    among: Mask | None = None,
) -> pa.Table:
    """Return who stands for whom, ascending by node.

    `clusters` holds whole clusters; rank and comparison have a row for each of `clusters.nodes`, in that order, and so
    has `among`: the others are left out, and stand for themselves.
    """
    order = np.lexsort((rank, clusters.roots))
    order = order if among is None else order[among[order]]
    kept, similarity = _stand(order, run_bounds(clusters.roots[order]), DIRECT, comparison)
    duplicates = np.bincount(kept, minlength=len(rank))
    columns = [clusters.nodes, clusters.roots, clusters.nodes[kept], similarity, duplicates.astype(np.int32)]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=SURVIVORS)


@compiled
def _stand(
    order: Places,
    bounds: Places,
    direct: int,
    comparison: Comparison,
) -> tuple[Places, npt.NDArray[np.float32]]:
    size = len(comparison.signatures)
    survivor, similarity = np.arange(size), np.ones(size, np.float32)
    for cluster in range(len(bounds) - 1):
        documents = order[bounds[cluster] : bounds[cluster + 1]]
        kept = np.empty(len(documents), np.int64)
        staying = 0
        late = 0  # documents that resemble none of the first DIRECT survivors
        waiting = np.empty(len(documents), np.int64)
        for position in range(len(documents)):
            document = documents[position]
            score = -1.0
            for turn in range(staying):
                score = similarity_of(document, kept[turn], comparison)
                if score >= 0.0:
                    survivor[document] = kept[turn]
                    similarity[document] = score
                    break
            if score < 0.0 and staying < direct:
                kept[staying] = document
                staying += 1
            elif score < 0.0:
                waiting[late] = document
                late += 1
        if late:
            _stand_by_group(waiting[:late], survivor, similarity, comparison)
    return survivor, similarity


@compiled
def _varying_places(signatures: Signatures, documents: Places) -> Places:
    """Return the places in which the documents do not all agree."""
    first = signatures[documents[0]]
    varies = np.zeros(len(first), np.bool_)
    for document in documents:
        for place in range(len(first)):
            varies[place] |= signatures[document, place] != first[place]
    places, count = np.empty(len(first), np.int64), 0
    for place in range(len(first)):
        if varies[place]:
            places[count] = place
            count += 1
    return places[:count]


@compiled
def _stand_by_group(
    documents: Places,
    survivor: Places,
    similarity: npt.NDArray[np.float32],
    comparison: Comparison,
) -> None:
    """Do the same among many survivors: each document meets only those that share a group of places with it."""
    size = len(documents)
    signatures = comparison.signatures
    places = _varying_places(signatures, documents)
    rows = len(places) // (signatures.shape[1] - comparison.agreeing + 1)
    groups = len(places) // rows if rows else 1  # too few places to divide: one group of them all
    bucket = np.empty((groups, size), np.int64)
    for group in range(groups):
        keys = group_keys(signatures, documents, places[group * rows : (group + 1) * rows])
        by_key = stable_order(keys)
        for turn in range(size):
            same = turn > 0 and keys[by_key[turn]] == keys[by_key[turn - 1]]
            bucket[group, by_key[turn]] = bucket[group, by_key[turn - 1]] if same else by_key[turn]
    newest = np.full((groups, size), -1, np.int64)  # the last survivor of each bucket, and the one before each
    before = np.full((groups, size), -1, np.int64)
    compared = np.full(size, -1, np.int64)
    for position in range(size):
        best = size
        for group in range(groups):
            other = newest[group, bucket[group, position]]
            while other >= 0:
                if compared[other] != position and other < best:
                    compared[other] = position
                    score = similarity_of(documents[position], documents[other], comparison)
                    if score >= 0.0:
                        best = other
                        survivor[documents[position]] = documents[other]
                        similarity[documents[position]] = score
                other = before[group, other]
        if best == size:
            for group in range(groups):
                before[group, position] = newest[group, bucket[group, position]]
                newest[group, bucket[group, position]] = position
