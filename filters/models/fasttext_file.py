"""A fastText classifier read from its file (`.bin`, `.ftz`) into arrays, without a library or a copy of a large model.

The layout is that of fastText 0.9 (version 12 of the file): settings, dictionary, input matrix, output matrix. A
quantised matrix is decoded; any other stays on disk and is mapped, so that the workers of a machine share its pages.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from shards.arrays import Bytes, Places
from shards.compiled import compiled, inner

Rows: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.int32]

EMPTY = np.uint64(2166136261)  # hash of the empty string
TREE, ONE_OF_ALL = 1, 3  # losses: hierarchical softmax, softmax; with any other a label is scored by itself
_MAGIC, _VERSION, _CLASSIFIER = 793712314, 12, 3
_CENTROIDS = 256
_MANY = 10**15  # as often as no label is seen


class Vocabulary(NamedTuple):
    """The words of the dictionary: their bytes, where each starts and ends, and a hash table of their numbers."""

    data: Bytes
    starts: Places
    ends: Places
    slots: Ints  # a power of two of them; -1 where empty


class Subwords(NamedTuple):
    """How the character n-grams of a word, and n-grams of words, become rows: by buckets, of which few may be left."""

    shortest: int
    longest: int
    words: int  # longest n-gram of words
    buckets: int
    slots: Ints  # a hash table of the buckets left, -1 where empty, x their rows, counted from the end of the words;
    # no slot if every bucket has a row


class FasttextModel(NamedTuple):
    """A fastText model, as the kernels take it."""

    labels: tuple[str, ...]
    words: Vocabulary
    subwords: Subwords
    rows: Rows  # words and buckets x dimensions
    output: Rows  # dimensions x labels, or x inner nodes of the tree
    loss: int
    tree: Ints  # inner nodes x (left, right): a label or, from the number of labels on, an inner node; the root is last


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = np.memmap(path, np.uint8, mode="r")
        self.at = 0

    def take(self, kind: Any, count: int) -> npt.NDArray[Any]:
        end = self.at + np.dtype(kind).itemsize * count
        if end > len(self.data):
            raise ValueError(f"language model {self.path}: cut off at byte {len(self.data):,} of {end:,} or more")
        found: npt.NDArray[Any] = np.frombuffer(self.data[self.at : end], kind, count)
        self.at = end
        return found

    def one(self, kind: Any) -> int:
        return int(self.take(kind, 1)[0])

    def matrix(self, quantised: bool) -> Rows:
        if quantised:
            return self._quantised()
        rows, dimensions = self.take(np.int64, 2).tolist()
        return self.take(np.float32, rows * dimensions).reshape(rows, dimensions)

    def _quantised(self) -> Rows:
        """Return the matrix of a product quantiser: codes for the parts of each row and, it may be, for its norm."""
        normed = bool(self.one(np.uint8))
        rows, dimensions = self.take(np.int64, 2).tolist()
        found = self._decoded(self.take(np.uint8, self.one(np.int32)).reshape(rows, -1), dimensions)
        return found * self._decoded(self.take(np.uint8, rows).reshape(rows, 1), 1) if normed else found

    def _decoded(self, codes: Bytes, dimensions: int) -> Rows:
        _, parts, size, last = self.take(np.int32, 4).tolist()
        centroids = self.take(np.float32, dimensions * _CENTROIDS)
        found = np.empty((len(codes), dimensions), np.float32)
        for part in range(parts):
            wide = last if part == parts - 1 else size
            table = centroids[part * _CENTROIDS * size :][: _CENTROIDS * wide].reshape(_CENTROIDS, wide)
            found[:, part * size : part * size + wide] = table[codes[:, part]]
        return found


@cache
def loaded(path: Path) -> FasttextModel:
    """Return the classifier of a file; ValueError if the file holds none."""
    file = _Reader(path)
    magic, version = file.take(np.int32, 2).tolist()
    if magic != _MAGIC:
        raise ValueError(f"language model {path}: not a fastText model")
    *_, word_ngrams, loss, kind, buckets, shortest, longest, _ = file.take(np.int32, 12).tolist()
    if (version, kind) != (_VERSION, _CLASSIFIER):
        raise ValueError(f"language model {path}: not a classifier of fastText 0.9 (version {version}, kind {kind})")
    file.take(np.float64, 1)
    entries, words, labels = file.take(np.int32, 3).tolist()
    kept = file.take(np.int64, 2).tolist()[1]  # after the number of tokens it was trained on
    known, names, frequency = _dictionary(file, entries, words)
    pairs = file.take(np.int32, 2 * max(kept, 0)).reshape(-1, 2)
    subwords = Subwords(shortest, longest, word_ngrams, buckets if kept else 0, _bucket_slots(pairs))
    quantised = bool(file.one(np.uint8))
    rows = file.matrix(quantised)
    output = np.ascontiguousarray(file.matrix(bool(file.one(np.uint8)) and quantised)[:labels].T)
    tree = _tree(frequency if loss == TREE else ())
    return FasttextModel(names, known, subwords, rows, output, loss, tree)


def _dictionary(file: _Reader, entries: int, words: int) -> tuple[Vocabulary, tuple[str, ...], list[int]]:
    """Return the words, the labels after them, and how often each label was seen."""
    starts, ends = _entries(file.data, file.at, entries)
    names = tuple(bytes(file.data[at:end]).decode() for at, end in zip(starts[words:], ends[words:], strict=True))
    counts = [int(file.data[end + 1 : end + 9].view(np.int64)[0]) for end in ends[words:]]
    data = np.array(file.data[file.at : ends[-1]])
    starts, ends, file.at = starts - file.at, ends - file.at, int(ends[-1]) + 10
    vocabulary = Vocabulary(data, starts[:words], ends[:words], _word_slots(data, starts[:words], ends[:words]))
    return vocabulary, names, counts


@compiled
def _entries(data: Bytes, at: int, count: int) -> tuple[Places, Places]:
    """Return where the name of each entry starts and ends; a zero, a count of 8 bytes and a kind follow."""
    starts, ends = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for entry in range(count):
        starts[entry] = at
        while data[at] != 0:
            at += 1
        ends[entry] = at
        at += 10
    return starts, ends


@inner
def hashed(found: np.uint64, byte: np.uint64) -> np.uint64:
    """Return fastText's hash of a string, FNV-1a over signed bytes, from that of the string less its last byte."""
    signed = byte if byte < np.uint64(0x80) else byte | np.uint64(0xFFFFFF00)
    return ((found ^ signed) * np.uint64(16777619)) & np.uint64(0xFFFFFFFF)


@inner
def word_hash(data: Bytes, start: int, end: int) -> np.uint64:
    """Return fastText's hash of a word."""
    found = EMPTY
    for at in range(start, end):
        found = hashed(found, np.uint64(data[at]))
    return found


@compiled
def _word_slots(data: Bytes, starts: Places, ends: Places) -> Ints:
    size = 2
    while size < 2 * len(starts):
        size *= 2
    slots = np.full(size, -1, np.int32)
    for word in range(len(starts)):
        slot = np.int64(word_hash(data, starts[word], ends[word])) & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = word
    return slots


@compiled
def _bucket_slots(pairs: Ints) -> Ints:
    size = 0 if len(pairs) == 0 else 2
    while size < 2 * len(pairs):
        size *= 2
    slots = np.full((size, 2), -1, np.int32)
    for pair in range(len(pairs)):
        slot = pairs[pair, 0] & (size - 1)
        while slots[slot, 0] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot, 0], slots[slot, 1] = pairs[pair, 0], pairs[pair, 1]
    return slots


def _tree(frequency: Sequence[int]) -> Ints:
    """Return the tree as fastText builds it: from labels in falling frequency, the two rarest joined at each step."""
    labels = len(frequency)
    counts = [*frequency, *[_MANY] * (labels - 1)]
    children = []
    leaf, node = labels - 1, labels
    for joined in range(labels, 2 * labels - 1):
        rarest = []
        for _ in range(2):
            if leaf >= 0 and counts[leaf] < counts[node]:
                rarest.append(leaf)
                leaf -= 1
            else:
                rarest.append(node)
                node += 1
        children.append(rarest)
        counts[joined] = counts[rarest[0]] + counts[rarest[1]]
    return np.array(children, np.int32).reshape(-1, 2)
