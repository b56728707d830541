"""A document is the set of its shingles: runs of n tokens, words where words are spaced and characters elsewhere.

A document of fewer than n tokens is one shingle, all of it, symbols included, so two short documents are alike only if
they are equal; a document with nothing visible in it has no shingle and is like no other.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.compiled import compiled
from dedup.folding import Bytes, Folding, fold_document, folded, table, utf8

Hashes = npt.NDArray[np.uint64]

# Odd 64-bit constants: the fractional parts of the golden ratio, and of the square roots of 2, 3 and 5.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
BYTE = np.uint64(0x6A09E667F3BCC909)
TOKEN = np.uint64(0xBB67AE8584CAA73B)
MIX = np.uint64(0x3C6EF372FE94F82B)


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """Return a bijection of the value in which every bit depends on every other."""
    value = (value ^ (value >> np.uint64(32))) * MIX
    value = (value ^ (value >> np.uint64(29))) * GOLDEN
    return value ^ (value >> np.uint64(32))


@compiled
def hash_shingles(out: Hashes, text: Bytes, first: int, last: int, ngram: int, window: Hashes) -> int:
    """Write the 64-bit hash of each shingle of a folded text, in order; return how many. `window` holds n values."""
    if first == last:
        return 0
    leaving = np.uint64(1)
    for _ in range(ngram):
        leaving *= TOKEN
    tokens = 0
    rolling = np.uint64(0)
    slot = 0
    count = 0
    while first < last:
        token = GOLDEN
        while first < last and text[first] != 0x20:
            token = (token ^ np.uint64(text[first])) * BYTE
            first += 1
        first += 1
        token = mixed(token)
        rolling = rolling * TOKEN + token
        if tokens >= ngram:
            rolling -= window[slot] * leaving
        window[slot] = token
        slot = slot + 1 if slot + 1 < ngram else 0
        tokens += 1
        if tokens >= ngram:
            out[count] = mixed(rolling)
            count += 1
    if tokens < ngram:
        out[0] = mixed(rolling)
        return 1
    return count


def shingle_hash(shingle: bytes) -> int:
    """Return the 64-bit hash of one shingle, given as folded tokens joined by spaces."""
    text = np.frombuffer(shingle or b"\0", np.uint8)
    tokens = shingle.count(b" ") + 1
    out = np.zeros(1, np.uint64)
    hash_shingles(out, text, 0, len(shingle), tokens, np.zeros(tokens, np.uint64))
    return int(out[0])


def shingle_strings(texts: pa.Array, ngram: int, folding: Folding) -> list[list[bytes]]:
    """Return the shingles of each text as UTF-8: slow, for other libraries and for reading."""
    documents = []
    for form in folded(texts, folding, ngram).to_pylist():
        tokens = form.encode().split(b" ") if form else []
        last = max(len(tokens) - ngram, 0) if tokens else -1
        documents.append([b" ".join(tokens[first : first + ngram]) for first in range(last + 1)])
    return documents


class ShingleSets(NamedTuple):
    """The shingles of document i: hashes[offsets[i]:offsets[i + 1]], ascending, each once."""

    offsets: npt.NDArray[np.int64]
    hashes: Hashes


@compiled
def _hash_all(
    out: Hashes,
    text: Bytes,
    offsets: npt.NDArray[np.int64],
    kinds: Bytes,
    targets: npt.NDArray[np.uint32],
    expansions: npt.NDArray[np.uint32],
    ngram: int,
    scratch: Bytes,
) -> npt.NDArray[np.int64]:
    ends = np.zeros(len(offsets), np.int64)
    window = np.zeros(ngram, np.uint64)
    for row in range(len(offsets) - 1):
        first = ends[row]
        end, _ = fold_document(scratch, 0, text, offsets[row], offsets[row + 1], kinds, targets, expansions, ngram)
        count = hash_shingles(out[first:], scratch, 0, end, ngram, window)
        ordered = np.sort(out[first : first + count])
        kept = first
        for position in range(count):
            if position == 0 or ordered[position] != ordered[position - 1]:
                out[kept] = ordered[position]
                kept += 1
        ends[row + 1] = kept
    return ends


def shingle_sets(texts: pa.Array, ngram: int, folding: Folding) -> ShingleSets:
    """Return the set of shingle hashes of each text, for exact Jaccard similarity."""
    rules = table(folding)
    data, offsets = utf8(texts)
    longest = int(np.diff(offsets).max(initial=0))
    out = np.empty(rules.growth * (int(offsets[-1] - offsets[0]) // 2 + len(texts) + 1), np.uint64)
    scratch = np.empty(rules.growth * (longest + 1), np.uint8)
    ends = _hash_all(out, data, offsets, rules.kind, rules.target, rules.expansions, ngram, scratch)
    return ShingleSets(ends, out[: ends[-1]].copy())
