"""The index that a release keeps, so that the next crawl is de-duplicated against it without computing it again.

Two kinds of rows. SIGNED, one per document, lies beside its shard; RECORDS, one per band key, lies in its partition:

    node       uint64                the document: shard ordinal << 32 | row; later releases go on counting shards
    id         string                its id
    signature  fixed_size_list       the places of its signature, uint32 or uint64

    key        uint64                a band key
    node       uint64                the smallest node that has it
    count      uint32                how many documents have it

The schema of SIGNED carries the spec of its signatures, and signatures of different specs never meet.

An increment, in the steps of `dedup`: `touched` picks the old records whose keys the new documents share; the star
edges of both, with the old candidate forest, give the `renewed` components; only those are verified again, old members
included. The clusters are those of doing all documents at once, and as new nodes are larger than old ones, a cluster
keeps its name. Whether a better new copy may replace a published one is a matter of `survivors.preference`.
"""

import datasketch
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.candidates import Records
from dedup.components import Components, Edges, Nodes, components
from dedup.minhash import MinHashSettings, Signatures, hash_function
from shards.compiled import compiled

RECORDS = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("node", pa.uint64(), nullable=False),
        pa.field("count", pa.uint32(), nullable=False),
    ]
)


def signed_schema(settings: MinHashSettings) -> pa.Schema:
    """Return the schema of SIGNED under these settings, which it carries."""
    places = pa.list_(pa.uint32() if settings.bits == 32 else pa.uint64(), settings.permutations)
    fields = [("node", pa.uint64()), ("id", pa.string()), ("signature", places)]
    metadata = {"minhash": settings.spec, "minhash.settings": settings.model_dump_json()}
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields], metadata)


def signed(nodes: Nodes, ids: pa.Array, signatures: Signatures, settings: MinHashSettings) -> pa.RecordBatch:
    """Return documents and their signatures as rows of an index."""
    schema = signed_schema(settings)
    values = pa.array(np.ascontiguousarray(signatures).ravel(), schema.field("signature").type.value_type)
    column = pa.FixedSizeListArray.from_arrays(values, type=schema.field("signature").type)
    return pa.RecordBatch.from_arrays([pa.array(nodes), ids, column], schema=schema)


def signatures_in(index: pa.Table | pa.RecordBatch, settings: MinHashSettings) -> Signatures:
    """Return the signatures of an index as a matrix, if they were made with the same settings."""
    found = (index.schema.metadata or {}).get(b"minhash", b"no spec").decode()
    if found != settings.spec:
        raise ValueError(f"signatures of different specs cannot be compared: {found} in the index, not {settings.spec}")
    column = index.column("signature")
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    matrix: Signatures = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, settings.permutations)
    return matrix


def records_batch(records: Records) -> pa.RecordBatch:
    """Return records as rows of an index."""
    return pa.RecordBatch.from_arrays([pa.array(column) for column in records], schema=RECORDS)


def records_in(batch: pa.Table | pa.RecordBatch) -> Records:
    """Return the records of an index."""
    return Records(*(batch.column(name).to_numpy() for name in RECORDS.names))


def touched(earlier: Records, later: Records) -> Records:
    """Return the earlier records whose keys occur among the later ones: all that an increment needs of a partition."""
    return earlier.at(np.isin(earlier.keys, later.keys))


def renewed(earlier: Components, edges: Edges) -> Components:
    """Return the candidate components that new edges reach, whole: their members are verified again."""
    reached = earlier.roots[np.isin(earlier.nodes, edges)]
    known = np.isin(earlier.roots, reached)
    return components(np.concatenate([Components(earlier.nodes[known], earlier.roots[known]).edges, edges]))


def similar(signature: Signatures, index: pa.Table, settings: MinHashSettings, limit: int = 10) -> pa.Table:
    """Return the documents of an index most similar to one signature: id, similarity; the most similar first.

    Every signature is compared, so nothing is missed.
    """
    agreed = _agreements(signatures_in(index, settings), np.asarray(signature)) / np.float32(settings.permutations)
    found = pa.table({"id": index.column("id"), "similarity": agreed})
    best = pc.select_k_unstable(found, limit, [("similarity", "descending"), ("id", "ascending")])
    return found.take(best)


@compiled
def _agreements(signatures: Signatures, signature: Signatures) -> npt.NDArray[np.float32]:
    agreed = np.zeros(len(signatures), np.float32)
    for row in range(len(signatures)):
        count = 0
        for place in range(len(signature)):
            count += signatures[row, place] == signature[place]
        agreed[row] = count
    return agreed


def as_minhash(signature: Signatures, settings: MinHashSettings) -> datasketch.MinHash:
    """Return a signature as datasketch's sketch, which can be updated, compared and queried there."""
    return datasketch.MinHash(hashvalues=signature, hashfunc=hash_function(settings), scheme=f"affine{settings.bits}")


def as_datasketch(index: pa.Table, settings: MinHashSettings) -> datasketch.MinHashLSH:
    """Return an index as a `datasketch.MinHashLSH` of the same bands, keyed by document id."""
    lsh = datasketch.MinHashLSH(num_perm=settings.permutations, params=(settings.bands, settings.rows))
    for name, signature in zip(index.column("id").to_pylist(), signatures_in(index, settings), strict=True):
        lsh.insert(name, as_minhash(signature, settings))
    return lsh
