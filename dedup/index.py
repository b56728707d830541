"""The index that a release keeps, so that the next crawl is de-duplicated against it without computing it again.

    SIGNED, one row per document           its signature, the keys of each level, and what a survivor is chosen by
    RECORDS, one row per key, ascending    the smallest node that has it, and how many documents have it

An increment, in the steps of `dedup`: `touched` picks the old records whose keys the new documents share; the star
edges of both, with the old candidate forest, give the `renewed` components; only those are verified again, old members
included. The clusters are those of doing all documents at once. Whether a better new copy may replace a published one
is a matter of `survivors.preference`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.components import Components, Edges, components
from dedup.minhash import MinHashSettings, Signatures
from dedup.records import Records
from dedup.shingles import ShingleSets
from dedup.verify import Comparison, similarity_of
from shards.compiled import compiled

RECORDS = pa.schema([("key", pa.uint64()), ("node", pa.uint64()), ("count", pa.uint32())])

KEYS = ("exact", "payload", "address", "work")  # 128 bits each; zero is none

# What the survivor of a cluster is chosen by: see `dedup.survivors.PREFERENCE`.
RANK = [
    ("rights", pa.int8()),
    ("quality", pa.float32()),
    ("length", pa.int64()),
    ("date", pa.date32()),
    ("id", pa.string()),
    ("form", pa.int8()),  # of a work: the place of its source among those whose DOIs are compared
]


def signed_schema(settings: MinHashSettings | None) -> pa.Schema:
    """Return the columns of SIGNED; the shingles (32 bits of each, ascending) only if they decide similarity."""
    width = settings.permutations * settings.bits // 8 if settings else 0
    shingles = [("shingles", pa.large_list(pa.uint32()))] if settings and settings.exact else []
    return pa.schema(
        [
            ("row", pa.uint32()),  # in its shard of documents; those that had been rejected before have none here
            ("signature", pa.binary(width)),
            *shingles,
            *((name, pa.binary(16)) for name in KEYS),
            *RANK,
            ("captured", pa.timestamp("s", tz="UTC")),
            ("url", pa.string()),
            ("license", pa.string()),
            ("language", pa.string()),
        ]
    )


def fixed(matrix: npt.NDArray[Any]) -> pa.Array:
    """Return the rows of a matrix as binary values of a fixed width."""
    width = pa.binary(matrix.shape[1] * matrix.itemsize)
    return pa.FixedSizeBinaryArray.from_buffers(width, len(matrix), [None, pa.py_buffer(np.ascontiguousarray(matrix))])


def matrix_of(column: pa.ChunkedArray, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return binary values of a fixed width as the rows of a matrix."""
    array = column.combine_chunks()
    dtype, width = np.dtype(kind), array.type.byte_width
    if not width:
        return np.zeros((len(array), 0), dtype)
    content = np.frombuffer(array.buffers()[1], np.uint8, len(array) * width, array.offset * width)
    return content.view(dtype).reshape(len(array), -1)


def signatures_in(signed: pa.Table, settings: MinHashSettings | None) -> Signatures:
    """Return the signatures of an index as a matrix."""
    return matrix_of(signed["signature"], f"u{settings.bits // 8 if settings else 4}")


def shingles_in(signed: pa.Table) -> ShingleSets:
    """Return the shingles of an index."""
    lists = signed["shingles"].combine_chunks()
    offsets = lists.offsets.to_numpy()
    hashes = lists.values.to_numpy()[offsets[0] : offsets[-1]].astype(np.uint64)
    return ShingleSets(offsets - offsets[0], hashes)


def shingle_lists(shingles: ShingleSets) -> pa.LargeListArray:
    """Return shingles as an index keeps them: the upper 32 bits of each."""
    values = pa.array((shingles.hashes >> np.uint64(32)).astype(np.uint32))
    return pa.LargeListArray.from_arrays(pa.array(shingles.offsets), values)


def touched(earlier: Records, later: Records) -> Records:
    """Return the earlier records whose keys occur among the later ones: all that an increment needs of a partition."""
    if not len(earlier.keys) or not len(later.keys):
        return earlier.at(slice(0, 0))
    known = np.sort(later.keys)  # `np.isin` takes ten times as long
    places = np.minimum(np.searchsorted(known, earlier.keys), len(known) - 1)
    return earlier.at(known[places] == earlier.keys)


def renewed(earlier: Components, edges: Edges) -> Components:
    """Return the candidate components that new edges reach, whole: their members are verified again."""
    reached = earlier.roots[np.isin(earlier.nodes, edges)]
    known = np.isin(earlier.roots, reached)
    return components(np.concatenate([Components(earlier.nodes[known], earlier.roots[known]).edges, edges]))


def similar(page: pa.Table, index: pa.Table, settings: MinHashSettings, limit: int = 10) -> pa.Table:
    """Return the rows of an index most similar to the one row of `page`, with `estimate` and `similarity`.

    Both are rows of SIGNED. Every signature is compared, so nothing is missed. `estimate` is that of the signatures;
    `similarity` is exact where the index keeps shingles, and null elsewhere.
    """
    one = signatures_in(page, settings)[0]
    estimate = _agreements(signatures_in(index, settings), one) / np.float32(settings.permutations)
    nearest = index.append_column("estimate", pa.array(estimate))
    best = pc.select_k_unstable(nearest, limit, [("estimate", "descending"), ("id", "ascending")])
    nearest = nearest.take(best)
    exact = pa.nulls(nearest.num_rows, pa.float32())
    if "shingles" in index.column_names:
        both = pa.concat_tables([page.select(["shingles"]), nearest.select(["shingles"])])
        comparison = Comparison(np.zeros((len(both), 0), np.uint32), *shingles_in(both), 0, np.finfo(float).tiny)
        known = [max(similarity_of(0, row + 1, comparison), 0.0) for row in range(nearest.num_rows)]
        exact = pa.array(known, pa.float32())
    return nearest.append_column("similarity", exact)


@compiled
def _agreements(signatures: Signatures, signature: Signatures) -> npt.NDArray[np.float32]:
    agreed = np.zeros(len(signatures), np.float32)
    for row in range(len(signatures)):
        count = 0
        for place in range(len(signature)):
            count += signatures[row, place] == signature[place]
        agreed[row] = count
    return agreed
