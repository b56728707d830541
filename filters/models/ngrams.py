"""A language model of word trigrams in one file: counts in a hash table, made in one pass, read in thirty nanoseconds.

The probability of a word is interpolated over its contexts by the number of different words that follow each (Witten
and Bell 1991, method C): nothing to tune, and no probability is 0. The file is an `.npz` with

    keys, counts    the n-grams up to `order` by hash, 0 where the table is empty, and how often each occurs
    follows, types  how often something follows it, and how many different words do
    facts           [order, all words, different words]
    cutoffs         the perplexities that part a sample of documents into thirds
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from filters.documents import Documents
from filters.text import kernels
from shards.arrays import Array
from shards.compiled import compiled, inner

_LONGEST = 8  # words of an n-gram, at most


@dataclass(frozen=True)
class NgramModel:
    """Counts of n-grams, and what parts documents into head, middle and tail."""

    keys: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.uint32]
    follows: npt.NDArray[np.uint32]
    types: npt.NDArray[np.uint32]
    facts: npt.NDArray[np.int64]
    cutoffs: npt.NDArray[np.float64]

    def perplexity(self, documents: Documents, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the perplexity of the documents of these rows per token; NaN where there is none."""
        tokens = documents.tokens
        found = _log_probability(
            tokens.hashes, tokens.documents, rows, self.keys, self.counts, self.follows, self.types, self.facts
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.exp(-found / tokens.count[rows]), np.float64)

    def parted_by(self, sample: Documents) -> "NgramModel":
        """Return the model with the cutoffs that part a sample of documents into thirds."""
        return replace(self, cutoffs=thirds(self.perplexity(sample, np.arange(len(sample)))))


def thirds(perplexities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the two perplexities that part these into even thirds."""
    known = perplexities[~np.isnan(perplexities)]
    if len(known) == 0:
        raise ValueError("the sample that sets the cutoffs has no words")
    return np.quantile(known, [1 / 3, 2 / 3])


def trained(trusted: Documents, order: int = 3) -> NgramModel:
    """Return a model of the trusted texts, without cutoffs."""
    tokens = trusted.tokens
    if not 1 <= order <= _LONGEST:
        raise ValueError(f"order {order} is not between 1 and {_LONGEST}")
    size = 16
    while size < 2 * order * len(tokens.hashes):
        size *= 2
    keys = np.zeros(size, np.uint64)
    counts, follows, types = (np.zeros(size, np.uint32) for _ in range(3))
    different = _count(tokens.hashes, tokens.documents, order, keys, counts, follows, types)
    facts = np.array([order, len(tokens.hashes), different], np.int64)
    return NgramModel(keys, counts, follows, types, facts, np.full(2, np.nan))


@inner
def slot_of(keys: Array, key: np.uint64) -> int:
    """Return where the key stands, or the empty place where it would."""
    mask = np.uint64(len(keys) - 1)
    slot = key & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return int(slot)


@inner
def key_of(hashes: Array, first: int, last: int) -> np.uint64:
    """Return the hash of an n-gram; never 0."""
    value = kernels.SEED + np.uint64(last - first)
    for i in range(first, last + 1):
        value = (value ^ hashes[i]) * np.uint64(0xBF58476D1CE4E5B9)
        value ^= value >> np.uint64(32)
    return value | np.uint64(1)


@compiled
def _count(
    hashes: Array, documents: Array, order: int, keys: Array, counts: Array, follows: Array, types: Array
) -> int:
    different = 0
    for document in range(len(documents) - 1):
        for i in range(documents[document], documents[document + 1]):
            for n in range(1, order + 1):
                first = i - n + 1
                if first < documents[document]:
                    break
                key = key_of(hashes, first, i)
                slot = slot_of(keys, key)
                new = keys[slot] == 0
                keys[slot] = key
                counts[slot] += np.uint32(1)
                if n == 1:
                    different += new
                else:
                    context = slot_of(keys, key_of(hashes, first, i - 1))
                    follows[context] += np.uint32(1)
                    types[context] += np.uint32(new)
    return different


@compiled
def _log_probability(
    hashes: Array,
    documents: Array,
    rows: Array,
    keys: Array,
    counts: Array,
    follows: Array,
    types: Array,
    facts: Array,
) -> Array:
    found = np.zeros(len(rows), np.float64)
    order, words, different = facts[0], facts[1], facts[2]
    for row in range(len(rows)):
        document = rows[row]
        for i in range(documents[document], documents[document + 1]):
            slot = slot_of(keys, key_of(hashes, i, i))
            seen = counts[slot] if keys[slot] else np.uint32(0)
            # One more, unseen word stands for all that were never met.
            probability = (seen + different / (different + 1.0)) / (words + different)
            for n in range(2, order + 1):
                first = i - n + 1
                if first < documents[document]:
                    break
                context = slot_of(keys, key_of(hashes, first, i - 1))
                if keys[context] == 0 or follows[context] == 0:
                    break
                slot = slot_of(keys, key_of(hashes, first, i))
                seen = counts[slot] if keys[slot] else np.uint32(0)
                probability = (seen + types[context] * probability) / (follows[context] + types[context])
            found[row] += np.log(probability)
    return found
