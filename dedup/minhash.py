"""MinHash signatures straight from Arrow buffers, and the band keys under which near duplicates meet.

A signature is the smallest value of each of b x r permutations over a document's shingles (Broder 1997); two signatures
agree in a fraction of places that estimates the Jaccard similarity of the documents. Cut into b bands of r rows, two
documents of similarity s share a band with probability 1 - (1 - s^r)^b (Leskovec, Rajaraman and Ullman, chapter 3).

The permutations are those of `datasketch.MinHash(num_perm, seed=1, scheme="affine32" | "affine64")`, so that with
`hash: sha1` a signature equals datasketch's to the bit, and with `hash: mix` it equals datasketch's under
`hashfunc=minhash.hash_function(settings)`.
"""

import functools
import hashlib
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, Field

from dedup.folding import Folding, FoldingRules, fold_document, folding_table, utf8
from dedup.shingles import Hashes, hash_shingles, hash_tokens, mixed, shingle_hash, shingle_strings
from shards.arrays import Array, Bytes, Mask, Places
from shards.compiled import compiled, inner
from shards.formats import SIGNATURES

Signatures: TypeAlias = Array  # uint32 or uint64, one row per document, one column per permutation

MOST_BANDS, MOST_ROWS = 1_000, 100  # RefinedWeb has 450 bands of 20 rows, the most that we know of a corpus

SPEC = f"minhash-v{SIGNATURES}"  # folding, token, shingle and band hashes as they are here: a change is a new version


class MinHashSettings(BaseModel, frozen=True, extra="forbid"):
    """What makes two documents near duplicates, and how hard to look for them."""

    # the number of bands; candidates agree in one. More find more near duplicates below the threshold and cost
    # more. 14 bands of 8 rows are FineWeb's
    bands: int = Field(default=14, ge=1, le=MOST_BANDS)
    # the values per band, all of which must agree; more miss more near duplicates and cost less
    rows: int = Field(default=8, ge=1, le=MOST_ROWS)
    ngram: int = Field(default=5, ge=1)  # tokens per shingle; longer shingles make similarity stricter. 5 as in FineWeb
    # the Jaccard similarity of shingles from which two documents are duplicates; lower rejects more
    threshold: float = Field(default=0.8, gt=0, le=1)
    # verify candidates by their shingles; false: by the estimate of their signatures, with an index a ninth as
    # large
    exact: bool = True
    fold: Folding = Folding()  # differences between texts that are ignored
    bits: Literal[32, 64] = 32  # bits per value of a signature; 64 double its size
    # `sha1`: the signatures of datasketch, to the bit; `mix`: faster, with hashes of this project's own
    hash: Literal["mix", "sha1"] = "mix"

    @property
    def permutations(self) -> int:
        return self.bands * self.rows

    @property
    def spec(self) -> str:
        """The identity of signatures made with these settings; only signatures of one spec can be compared."""
        made_of = f"{self.bands}x{self.rows}-{self.ngram}gram-{self.bits}bit-{self.hash}"
        return f"{SPEC}-{made_of}-{folding_table(self.fold).digest}"


def collision_probability(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that two documents of this similarity share a band."""
    return float(1 - (1 - similarity**rows) ** bands)


@functools.lru_cache
def optimal_bands(threshold: float, permutations: int, recall_weight: float = 0.5) -> tuple[int, int]:
    """Return the (bands, rows) within the budget that miss least above the threshold and admit least below it.

    The two errors are the areas between the collision curve and the step at the threshold, weighed against each other.
    """
    middles = (np.arange(1000) + 0.5) / 1000
    below, above = threshold * middles, threshold + (1 - threshold) * middles
    best = (np.inf, 1, 1)
    for bands in range(1, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            false_positive = threshold * (1 - (1 - below**rows) ** bands).mean()
            false_negative = (1 - threshold) * ((1 - above**rows) ** bands).mean()
            error = (1 - recall_weight) * false_positive + recall_weight * false_negative
            best = min(best, (float(error), bands, rows))
    return best[1:]


@functools.lru_cache(maxsize=8)
def permutations_of(count: int, bits: int) -> tuple[Array, Array]:
    """Return the factors (odd) and the summands of the affine permutations."""
    dtype: Any = np.uint32 if bits == 32 else np.uint64
    random = np.random.RandomState(1)  # the generator whose stream numpy has frozen
    factors = random.randint(0, 1 << (bits - 1), count, dtype=dtype) * dtype(2) + dtype(1)
    return factors, random.randint(0, 1 << bits, count, dtype=dtype)


@inner
def _premix32(value: np.uint32) -> np.uint32:
    value = np.uint32((value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    value = np.uint32((value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))


@inner
def _premix64(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@inner
def _premix(out: Signatures, hashes: Hashes, count: int) -> None:
    if out.itemsize == 4:
        for position in range(count):
            out[position] = _premix32(np.uint32(hashes[position] >> np.uint64(32)))
    else:
        for position in range(count):
            out[position] = _premix64(hashes[position])


@inner
def _minima(signature: Signatures, values: Signatures, count: int, factors: Signatures, summands: Signatures) -> None:
    number = signature.dtype.type  # numba widens 32-bit products
    blocks = count - count % 8
    for at in range(0, blocks, 8):  # eight at a time: the signature is read and written once for all of them
        v0, v1, v2, v3 = values[at], values[at + 1], values[at + 2], values[at + 3]
        v4, v5, v6, v7 = values[at + 4], values[at + 5], values[at + 6], values[at + 7]
        for place in range(len(signature)):
            a, b = factors[place], summands[place]
            low = min(min(number(a * v0 + b), number(a * v1 + b)), min(number(a * v2 + b), number(a * v3 + b)))
            high = min(min(number(a * v4 + b), number(a * v5 + b)), min(number(a * v6 + b), number(a * v7 + b)))
            signature[place] = min(signature[place], min(low, high))
    for at in range(blocks, count):
        for place in range(len(signature)):
            signature[place] = min(signature[place], number(factors[place] * values[at] + summands[place]))


@compiled
def _sign_all(
    out: Signatures,
    text: Bytes,
    offsets: Places,
    ngram: int,
    factors: Signatures,
    summands: Signatures,
    scratch: Bytes,
    ends: Places,
    hashes: Hashes,
    values: Signatures,
    rules: FoldingRules,
) -> None:
    words = scratch.view(np.uint64)
    for row in range(len(offsets) - 1):
        _, tokens = fold_document(scratch, ends, 0, text, offsets[row], offsets[row + 1], ngram, rules)
        hash_tokens(hashes, words, ends, tokens)
        count = hash_shingles(hashes, tokens, ngram)
        _premix(values, hashes, count)
        _minima(out[row], values, count, factors, summands)


def signatures(texts: pa.Array, settings: MinHashSettings) -> Signatures:
    """Return the signature of each text, [documents, permutations]; that of an empty text is all ones in every bit."""
    factors, summands = permutations_of(settings.permutations, settings.bits)
    out = np.full((len(texts), settings.permutations), np.iinfo(factors.dtype).max, factors.dtype)
    if settings.hash == "sha1":
        return _signatures_of_sha1(out, texts, settings)
    table = folding_table(settings.fold)
    data, offsets = utf8(texts)
    room = table.room(int(np.diff(offsets).max(initial=0)))
    scratch, ends = np.empty(8 * (room // 8 + 2), np.uint8), np.empty(room, np.int64)
    hashes, values = np.empty(room, np.uint64), np.empty(room, factors.dtype)
    _sign_all(out, data, offsets, settings.ngram, factors, summands, scratch, ends, hashes, values, table.rules)
    return out


def _signatures_of_sha1(out: Signatures, texts: pa.Array, settings: MinHashSettings) -> Signatures:
    factors, summands = permutations_of(settings.permutations, settings.bits)
    hash_of = hash_function(settings)
    for row, shingles in enumerate(shingle_strings(texts, settings.ngram, settings.fold)):
        hashes = np.array([hash_of(shingle) for shingle in shingles], np.uint64)
        values = np.empty(len(hashes), factors.dtype)
        _premix(values, hashes << np.uint64(64 - settings.bits), len(hashes))
        _minima(out[row], values, len(values), factors, summands)
    return out


def hash_function(settings: MinHashSettings) -> Callable[[bytes], int]:
    """Return the hash of a shingle's UTF-8 under these settings, as `datasketch.MinHash(hashfunc=…)` takes it."""
    size = settings.bits // 8
    if settings.hash == "sha1":
        return lambda shingle: int.from_bytes(hashlib.sha1(shingle, usedforsecurity=False).digest()[:size], "little")
    return lambda shingle: shingle_hash(shingle) >> (64 - settings.bits)


@compiled
def _band_keys(out: Hashes, signatures: Signatures, rows: int) -> None:
    for row in range(out.shape[0]):
        for band in range(out.shape[1]):
            out[row, band] = mixed(np.uint64(band + 1))
        for place in range(rows):
            for band in range(out.shape[1]):  # side by side: each step of a band waits for the one before
                out[row, band] = mixed(out[row, band] ^ np.uint64(signatures[row, band * rows + place]))


def band_keys(signatures: Signatures, bands: int, rows: int) -> Hashes:
    """Return one key per document and band, [documents, bands]; keys of different bands differ."""
    if bands * rows > signatures.shape[1]:
        raise ValueError(f"{bands} bands of {rows} rows need {bands * rows} permutations, not {signatures.shape[1]}")
    keys = np.empty((len(signatures), bands), np.uint64)
    _band_keys(keys, signatures, rows)
    return keys


def empty(signatures: Signatures) -> Mask:
    """Return which signatures are those of a text without shingles; such a text is a near duplicate of nothing."""
    full: Mask = (signatures[:, :1] == np.iinfo(signatures.dtype).max).all(axis=1)
    full[full] = (signatures[full] == np.iinfo(signatures.dtype).max).all(axis=1)
    return full
