"""The index of a release as a `datasketch.MinHashLSH`, to look pages up in interactively.

A module of its own: datasketch loads for more than half a second, which no worker should wait for.
"""

import datasketch
import pyarrow as pa

from dedup.index import signatures_in
from dedup.minhash import MinHashSettings, Signatures, hash_function


def as_minhash(signature: Signatures, settings: MinHashSettings) -> datasketch.MinHash:
    """Return a signature as datasketch's sketch, which can be updated, compared and queried there."""
    return datasketch.MinHash(hashvalues=signature, hashfunc=hash_function(settings), scheme=f"affine{settings.bits}")


def as_datasketch(index: pa.Table, settings: MinHashSettings) -> datasketch.MinHashLSH:
    """Return an index as a `datasketch.MinHashLSH` of the same bands, keyed by document id."""
    lsh = datasketch.MinHashLSH(num_perm=settings.permutations, params=(settings.bands, settings.rows))
    for name, signature in zip(index["id"].to_pylist(), signatures_in(index, settings), strict=True):
        lsh.insert(name, as_minhash(signature, settings))
    return lsh
