"""Exact duplicates after folding: 128-bit keys, equal for texts that differ only in what folding leaves out."""

import numpy as np
import pyarrow as pa
import xxhash

from dedup.components import Edges, Nodes, edges_between
from dedup.folding import Folding, folded
from dedup.runs import run_starts
from dedup.shingles import Hashes

SHORT = 5  # a text of fewer tokens keeps its operators in the key: `C++` is not `C#`
TEXT_BYTES = 1 << 22  # folded at a time


def exact_keys(texts: pa.Array, folding: Folding) -> Hashes:
    """Return the key of each text as two 64-bit halves, [documents, 2]; (0, 0) where nothing is visible."""
    keys = np.zeros((len(texts), 2), np.uint64)
    step = max(1, TEXT_BYTES * len(texts) // max(texts.nbytes, 1))
    for first in range(0, len(texts), step):
        forms = folded(texts.slice(first, step), folding, SHORT)
        for row, form in enumerate(forms, first):
            if len(data := form.as_buffer()):
                digest = xxhash.xxh3_128_intdigest(data)
                keys[row] = digest >> 64, digest & 0xFFFFFFFFFFFFFFFF
    return keys


def digest_keys(digests: pa.Array) -> Hashes:
    """Return the same kind of key for strings that are equal or not: payload digests, canonical URLs; null has none."""
    keys = np.zeros((len(digests), 2), np.uint64)
    for row, value in enumerate(digests.to_pylist()):
        if value:
            digest = xxhash.xxh3_128_intdigest(value.encode())
            keys[row] = digest >> 64, digest & 0xFFFFFFFFFFFFFFFF
    return keys


def equal_edges(keys: Hashes, nodes: Nodes) -> Edges:
    """Return the star edges of equal keys, all 128 bits of them; documents without a key have none."""
    present = (keys[:, 0] | keys[:, 1]) != 0
    keys, nodes = keys[present], nodes[present]
    order = np.lexsort((nodes, keys[:, 1], keys[:, 0]))
    keys, nodes = keys[order], nodes[order]
    return edges_between(nodes, nodes[run_starts(*keys.T)])
