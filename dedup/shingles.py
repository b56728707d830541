"""Shingles of documents: runs of n tokens, which are words where words are spaced and characters elsewhere.

A document of fewer than n tokens is one shingle, all of it, operators included, so two short documents are alike only
if they are equal; a document with nothing visible in it has no shingle and is like no other.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.folding import Folding, FoldingRules, fold_document, folded, folding_table, utf8
from shards.arrays import Bytes, Places
from shards.compiled import compiled, inner

Hashes: TypeAlias = npt.NDArray[np.uint64]

# Odd 64-bit constants: the fractional parts of the golden ratio, and of the square roots of 2, 3 and 5.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
BLOCK = np.uint64(0x6A09E667F3BCC909)
TOKEN = np.uint64(0xBB67AE8584CAA73B)
MIX = np.uint64(0x3C6EF372FE94F82B)


@inner
def mixed(value: np.uint64) -> np.uint64:
    """Return a bijection of the value in which every bit depends on every other."""
    value = (value ^ (value >> np.uint64(32))) * MIX
    value = (value ^ (value >> np.uint64(29))) * GOLDEN
    return value ^ (value >> np.uint64(32))


@inner
def hash_tokens(out: Hashes, words: Hashes, ends: Places, tokens: int) -> None:
    """Write the 64-bit hash of each token of a folded text that begins at the first byte of `words`.

    `words` is the text eight bytes at a time (little-endian), with eight more behind it. No token contains a zero byte,
    so a block that is filled up with zeros is like no other.
    """
    first = np.uint64(0)
    for token in range(tokens):
        last = np.uint64(ends[token])
        value = GOLDEN
        while first < last:
            at, shift = first >> np.uint64(3), (first & np.uint64(7)) << np.uint64(3)
            block = words[at] >> shift | (words[at + np.uint64(1)] << np.uint64(1)) << (np.uint64(63) - shift)
            if last - first < 8:
                block &= (np.uint64(1) << ((last - first) << np.uint64(3))) - np.uint64(1)
            value = (value ^ block) * BLOCK
            value ^= value >> np.uint64(32)
            first += np.uint64(8)
        out[token] = mixed(value)
        first = last + np.uint64(1)


@inner
def hash_shingles(tokens: Hashes, count: int, ngram: int) -> int:
    """Replace the hashes of tokens by those of the shingles that begin with them; return how many there are."""
    if count == 0:
        return 0
    length = min(ngram, count)
    leaving = np.uint64(1)
    rolling = np.uint64(0)
    for position in range(length):
        leaving *= TOKEN
        rolling = rolling * TOKEN + tokens[position]
    for position in range(count - length):
        gone = tokens[position]
        tokens[position] = mixed(rolling)
        rolling = rolling * TOKEN + tokens[position + length] - gone * leaving
    tokens[count - length] = mixed(rolling)
    return count - length + 1


def shingle_hash(shingle: bytes) -> int:
    """Return the 64-bit hash of one shingle, given as folded tokens joined by spaces."""
    ends = np.cumsum([len(token) + 1 for token in shingle.split(b" ")]) - 1
    words = np.frombuffer(shingle + bytes(16 - len(shingle) % 8), "<u8")
    hashes = np.zeros(len(ends), np.uint64)
    hash_tokens(hashes, words, ends, len(ends))
    hash_shingles(hashes, len(ends), len(ends))
    return int(hashes[0])


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

    offsets: Places
    hashes: Hashes


@compiled
def _hash_all(
    out: Hashes,
    text: Bytes,
    offsets: Places,
    ngram: int,
    scratch: Bytes,
    ends: Places,
    rules: FoldingRules,
) -> Places:
    stops = np.zeros(len(offsets), np.int64)
    for row in range(len(offsets) - 1):
        kept = stops[row]
        _, tokens = fold_document(scratch, ends, 0, text, offsets[row], offsets[row + 1], ngram, rules)
        hash_tokens(out[kept:], scratch.view(np.uint64), ends, tokens)
        count = hash_shingles(out[kept:], tokens, ngram)
        ordered = np.sort(out[kept : kept + count])
        for position in range(count):
            if position == 0 or ordered[position] != ordered[position - 1]:
                out[kept] = ordered[position]
                kept += 1
        stops[row + 1] = kept
    return stops


def shingle_sets(texts: pa.Array, ngram: int, folding: Folding) -> ShingleSets:
    """Return the set of shingle hashes of each text, for exact Jaccard similarity."""
    table = folding_table(folding)
    data, offsets = utf8(texts)
    room = table.room(int(np.diff(offsets).max(initial=0)))
    out = np.empty(table.room(int(offsets[-1] - offsets[0])), np.uint64)
    scratch, ends = np.empty(8 * (room // 8 + 2), np.uint8), np.empty(room, np.int64)
    stops = _hash_all(out, data, offsets, ngram, scratch, ends, table.rules)
    return ShingleSets(stops, out[: stops[-1]].copy())
