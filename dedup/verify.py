"""Verification of candidate components: every near-duplicate pair in them is found, and no band collision is believed.

Verification compares signatures (or, on request, the shingles themselves), not candidate edges. Two documents whose
only link is a bucket's centre that resembles neither are still compared with each other; a star that fails takes
nothing with it. The result is a spanning forest of the graph "similarity >= threshold" within each component, so its
connected components are exactly those of comparing all pairs.

Components of up to ALL_PAIRS documents are compared pair by pair, leaving out pairs that are already connected. Larger
ones are seen from the majority's value of each place. Two documents of similarity t differ in at most m = (1 - t) x
permutations places. Those that differ from the majority in at most m are compared with the one nearest to it, and what
is unlike that with all of them. One that differs from the majority in more than m places shares a value *that is not
the majority's* with all it can be like: it meets only documents that have this value in common with it. So the pages of
one template are told apart by what is their own, at a cost that does not grow with their number. Where a document
differs from the majority in nearly all places, groups of places serve instead of single ones (of m + 1 groups two
similar documents agree throughout at least one), and buckets that are large again are divided again.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.components import Components, Edges, root_of
from dedup.minhash import MinHashSettings, Signatures
from dedup.runs import run_bounds
from dedup.shingles import Hashes, ShingleSets, mixed
from shards.arrays import Array, Places
from shards.compiled import compiled, inner

ALL_PAIRS = 256  # documents: at 15 ns a pair, at most 2 µs a document
OUTLIERS = 2048  # documents near the majority but unlike the nearest, up to which each is compared with all others
DEPTH = 2  # times that documents are divided; beyond it, buckets with more outliers are given up and counted
ESTIMATE_ERRORS = 4  # standard deviations by which an estimate may fall short before shingles are not looked at


class Comparison(NamedTuple):
    """What documents are compared by: their signatures, row by row, and their shingles if these decide."""

    signatures: Signatures
    offsets: Places
    shingles: Hashes
    agreeing: int  # places in which two signatures must agree
    threshold: float  # of exact similarity; 0 where the estimate decides

    @classmethod
    def of(cls, settings: MinHashSettings, signatures: Signatures, shingles: ShingleSets | None = None) -> "Comparison":
        """Return what the settings compare documents by: the signatures' estimate, then, if it is exact, the shingles.

        Raises
        ------
        ValueError
            if the shingles should decide and there are none.
        """
        places, threshold = settings.permutations, settings.threshold
        if settings.exact and shingles is None:
            raise ValueError("exact verification needs the documents' shingles: pass `shingle_sets` of their texts")
        if shingles is None:
            agreeing = math.ceil(threshold * places - 1e-9)
            return cls(signatures, np.zeros(1, np.int64), np.zeros(0, np.uint64), agreeing, 0.0)
        spread = ESTIMATE_ERRORS * math.sqrt(threshold * (1 - threshold) / places)
        agreeing = max(1, math.ceil((threshold - spread) * places - 1e-9))
        return cls(signatures, shingles.offsets, shingles.hashes, agreeing, threshold)


class Verified(NamedTuple):
    """Verified edges, the similarity of each, and what it took: pairs compared, and documents given up."""

    edges: Edges
    similarity: npt.NDArray[np.float32]
    compared: int
    given_up: int  # outliers beyond the limit, not compared with all; 0 means that no pair was missed


class Forest(NamedTuple):
    """What verification has found so far."""

    ends: Places  # of each edge
    similarity: npt.NDArray[np.float32]
    parents: Places
    tally: Places  # edges, pairs compared, documents given up


def verified_edges(candidates: Components, comparison: Comparison) -> Verified:
    """Return a spanning forest of the pairs that are near duplicates, within each candidate component.

    `candidates` holds whole components; row i of the comparison belongs to `candidates.nodes[i]`.
    """
    size = len(candidates.nodes)
    forest = Forest(np.empty((size, 2), np.int64), np.empty(size, np.float32), np.arange(size), np.zeros(3, np.int64))
    order = np.lexsort((candidates.nodes, candidates.roots))
    _meet(forest, order, candidates.roots[order], comparison, depth=0)
    edges, compared, given_up = forest.tally.tolist()
    ends = candidates.nodes[forest.ends[:edges]]
    pairs = np.stack([ends.max(axis=1, initial=0), ends.min(axis=1, initial=np.iinfo(np.uint64).max)], axis=1)
    return Verified(pairs, forest.similarity[:edges], compared, given_up)


def _meet(forest: Forest, documents: Places, keys: Array, comparison: Comparison, depth: int) -> None:
    """Compare the documents of each run of equal keys with each other."""
    bounds = run_bounds(keys)
    sizes = np.diff(bounds)
    few = (sizes > 1) & (sizes <= ALL_PAIRS)
    _connect_each(forest, documents, bounds[:-1][few], bounds[1:][few], ALL_PAIRS, comparison)
    for run in np.flatnonzero(sizes > ALL_PAIRS):
        _divide(forest, documents[bounds[run] : bounds[run + 1]], comparison, depth)


def _divide(forest: Forest, documents: Places, comparison: Comparison, depth: int) -> None:
    """Compare many documents with each other as the module's first words say."""
    signatures, differing = comparison.signatures, comparison.signatures.shape[1] - comparison.agreeing
    differs = signatures[documents] != _majority(signatures, documents)
    own = differs.sum(axis=1)
    nearest_first = np.argsort(own, kind="stable")
    documents, differs = documents[nearest_first], differs[nearest_first]
    near = len(documents) if depth == DEPTH else int((own <= differing).sum())
    _connect_each(forest, documents, np.array([0]), np.array([near]), OUTLIERS, comparison)
    if near == len(documents):
        return
    rows = max(1, signatures.shape[1] // (differing + 1))
    groups = signatures.shape[1] // rows
    grouped = differs[:, : groups * rows].reshape(len(documents), groups, rows).any(axis=2)
    far = grouped.sum(axis=1) > differing  # in enough groups to have met there all that they can be like
    for width, present in ((rows, grouped), (1, differs & ~far[:, None]))[: 1 if rows == 1 else 2]:
        for group in range(present.shape[1]):
            members = documents[present[:, group]]
            keys = group_keys(signatures, members, np.arange(group * width, (group + 1) * width))
            by_key = np.argsort(keys, kind="stable")
            _meet(forest, members[by_key], keys[by_key], comparison, depth + 1)


@inner
def similarity_of(one: int, other: int, comparison: Comparison) -> float:
    """Return the similarity of two near duplicates, or -1 if they are none."""
    signatures, offsets, shingles, agreeing, threshold = comparison
    places = signatures.shape[1]
    agreed = 0
    for place in range(places):
        agreed += signatures[one, place] == signatures[other, place]
    if agreed < agreeing:
        return -1.0
    if threshold == 0.0:
        return float(agreed / places)
    left, left_end = offsets[one], offsets[one + 1]
    right, right_end = offsets[other], offsets[other + 1]
    total = left_end - left + right_end - right
    common = 0
    while left < left_end and right < right_end:
        if shingles[left] == shingles[right]:
            common += 1
            left += 1
            right += 1
        elif shingles[left] < shingles[right]:
            left += 1
        else:
            right += 1
    exact = common / (total - common) if total > common else 0.0
    return exact if exact >= threshold else -1.0


@compiled
def group_keys(signatures: Signatures, documents: Places, places: Places) -> Hashes:
    """Return a hash of some places of each document's signature."""
    keys = np.empty(len(documents), np.uint64)
    for position in range(len(documents)):
        key = np.uint64(0)
        for place in places:
            key = mixed(key ^ np.uint64(signatures[documents[position], place]))
        keys[position] = key
    return keys


@compiled
def _majority(signatures: Signatures, documents: Places) -> Signatures:
    """Return the value of each place that most documents have, if most have one (Boyer and Moore's vote)."""
    reference: Signatures = signatures[documents[0]].copy()
    votes = np.zeros(len(reference), np.int64)
    for document in documents:
        for place in range(len(reference)):
            if votes[place] == 0:
                reference[place] = signatures[document, place]
            votes[place] += 1 if signatures[document, place] == reference[place] else -1
    return reference


@compiled
def _connect_each(
    forest: Forest, documents: Places, starts: Places, stops: Places, limit: int, comparison: Comparison
) -> None:
    for run in range(len(starts)):
        forest.tally[2] += _connect(forest, documents[starts[run] : stops[run]], limit, comparison)


@compiled
def _connect(forest: Forest, documents: Places, limit: int, comparison: Comparison) -> int:
    """Connect what is similar among the documents: to the first where possible, then each outlier to any other.

    Outliers beyond the limit are compared with the first `limit` documents only; return how many there are, else 0.
    """
    size = len(documents)
    outliers = np.empty(size, np.int64)  # positions of documents unlike the first, with which each is then compared
    waiting = 0
    done = np.zeros(size, np.bool_)
    for turn in range(-1, size):
        if turn >= waiting:
            break
        at = 0 if turn < 0 else outliers[turn]
        done[at] = True
        for position in range(size if turn < 0 or waiting <= limit else limit):
            root = root_of(forest.parents, documents[at])
            other_root = root_of(forest.parents, documents[position])
            if root == other_root or (done[position] and waiting <= limit):
                continue
            forest.tally[1] += 1
            similarity = similarity_of(documents[at], documents[position], comparison)
            if similarity >= 0.0:
                edge = forest.tally[0]
                forest.ends[edge, 0], forest.ends[edge, 1] = documents[at], documents[position]
                forest.similarity[edge] = similarity
                forest.tally[0] += 1
                forest.parents[max(root, other_root)] = min(root, other_root)
            elif turn < 0:
                outliers[waiting] = position
                waiting += 1
    return waiting if waiting > limit else 0
