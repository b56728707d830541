"""Every near-duplicate pair inside a candidate component, verified: no cluster rests on a band collision.

Verification compares signatures (or, on request, the shingles themselves), not candidate edges. Two documents whose
only link is a bucket's centre that resembles neither are still compared with each other; a star that fails takes
nothing with it. The result is a spanning forest of the graph "similarity >= threshold" within each component, so its
connected components are exactly those of comparing all pairs.

Components of up to ALL_PAIRS documents are compared pair by pair, leaving out pairs that are already connected. In
larger ones all documents are compared with the first, and the OUTLIERS with all others. If there are more outliers:
two documents of similarity t disagree in at most m = (1 - t) x permutations places, so of m + 1 groups of places they
agree throughout at least one (the pigeonhole principle), and only documents that share a group need comparison. Groups
are made of places in which the documents at hand differ, so pages of one template are told apart by what is their own.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.candidates import Edges
from dedup.compiled import compiled
from dedup.components import Components, root_of
from dedup.minhash import MinHashSettings, Signatures
from dedup.shingles import Hashes, ShingleSets, mixed

ALL_PAIRS = 512  # documents: at 15 ns a pair, at most 4 µs a document
OUTLIERS = 256  # documents unlike the first, up to which each is compared with all others
DEPTH = 2  # times that documents are divided by groups; beyond it, overfull buckets are given up and counted
ESTIMATE_ERRORS = 4  # standard deviations by which an estimate may fall short before shingles are not looked at


class Evidence(NamedTuple):
    """What similarity is measured on: the signatures, row by row, and the shingles if they are to decide."""

    signatures: Signatures
    offsets: npt.NDArray[np.int64]
    shingles: Hashes
    agreeing: int  # places in which two signatures must agree
    threshold: float  # of exact similarity; 0 where the estimate decides


class Verified(NamedTuple):
    """Verified edges, the similarity of each, and what it took: pairs compared, and documents given up."""

    edges: Edges
    similarity: npt.NDArray[np.float32]
    compared: int
    given_up: int  # outliers of overfull buckets that no group told apart; 0 means that no pair was missed


def evidence(settings: MinHashSettings, signatures: Signatures, shingles: ShingleSets | None = None) -> Evidence:
    """Return what to compare documents by; with shingles their exact similarity decides, behind the estimate's."""
    places, threshold = settings.permutations, settings.threshold
    if settings.exact and shingles is None:
        raise ValueError("exact verification needs the documents' shingles: pass `shingle_sets` of their texts")
    if shingles is None:
        agreeing = math.ceil(threshold * places - 1e-9)
        return Evidence(signatures, np.zeros(1, np.int64), np.zeros(0, np.uint64), agreeing, 0.0)
    spread = ESTIMATE_ERRORS * math.sqrt(threshold * (1 - threshold) / places)
    agreeing = max(1, math.ceil((threshold - spread) * places - 1e-9))
    return Evidence(signatures, shingles.offsets, shingles.hashes, agreeing, threshold)


def verified_edges(candidates: Components, evidence: Evidence) -> Verified:
    """Return a spanning forest of the pairs that are near duplicates, within each candidate component.

    `candidates` holds whole components; row i of the evidence belongs to `candidates.nodes[i]`.
    """
    order = np.lexsort((candidates.nodes, candidates.roots))
    bounds = run_bounds(candidates.roots[order])
    ends, similarity, compared, given_up = _verify(order, bounds, ALL_PAIRS, OUTLIERS, *evidence)
    pairs = candidates.nodes[ends]
    return Verified(
        np.stack([pairs.max(axis=1), pairs.min(axis=1)], axis=1) if len(pairs) else np.zeros((0, 2), np.uint64),
        similarity,
        compared,
        given_up,
    )


def run_bounds(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return where each run of equal values begins, and the end of the last."""
    begins = np.ones(len(values) + 1, np.bool_)
    begins[1:-1] = values[1:] != values[:-1]
    return np.flatnonzero(begins) if len(values) else np.zeros(1, np.int64)


@compiled
def similarity_of(
    one: int,
    other: int,
    signatures: Signatures,
    offsets: npt.NDArray[np.int64],
    shingles: Hashes,
    agreeing: int,
    threshold: float,
) -> float:
    """Return the similarity of two near duplicates, or -1 if they are none."""
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
def varying_places(signatures: Signatures, documents: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the places in which the documents do not all agree."""
    first = signatures[documents[0]]
    varies = np.zeros(len(first), np.bool_)
    for document in documents:
        for place in range(len(first)):
            varies[place] |= signatures[document, place] != first[place]
    return np.flatnonzero(varies)


@compiled
def group_keys(signatures: Signatures, documents: npt.NDArray[np.int64], places: npt.NDArray[np.int64]) -> Hashes:
    """Return a hash of some places of each document's signature."""
    keys = np.empty(len(documents), np.uint64)
    for position in range(len(documents)):
        key = np.uint64(0)
        for place in places:
            key = mixed(key ^ np.uint64(signatures[documents[position], place]))
        keys[position] = key
    return keys


@compiled
def _verify(
    order: npt.NDArray[np.int64],
    bounds: npt.NDArray[np.int64],
    all_pairs: int,
    outliers: int,
    signatures: Signatures,
    offsets: npt.NDArray[np.int64],
    shingles: Hashes,
    agreeing: int,
    threshold: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], int, int]:
    ends = np.empty((len(order), 2), np.int64)
    similarity = np.empty(len(order), np.float32)
    parents = np.arange(len(order))
    tally = np.zeros(3, np.int64)  # edges, compared, given up
    for component in range(len(bounds) - 1):
        todo = [(order[bounds[component] : bounds[component + 1]], 0)]
        while todo:
            documents, depth = todo.pop()
            limit = len(documents) if len(documents) <= all_pairs else outliers
            left = _connect(
                documents, limit, parents, ends, similarity, tally,
                signatures, offsets, shingles, agreeing, threshold,
            )  # fmt: skip
            if left == 0:
                continue
            places = varying_places(signatures, documents)
            rows = len(places) // (signatures.shape[1] - agreeing + 1)
            if depth == DEPTH or rows == 0:
                tally[2] += left
                continue
            for group in range(len(places) // rows):
                keys = group_keys(signatures, documents, places[group * rows : (group + 1) * rows])
                by_key = np.argsort(keys, kind="mergesort")
                first = 0
                for last in range(1, len(keys) + 1):
                    if last == len(keys) or keys[by_key[last]] != keys[by_key[first]]:
                        if last - first > 1:
                            todo.append((documents[by_key[first:last]], depth + 1))
                        first = last
    return ends[: tally[0]], similarity[: tally[0]], tally[1], tally[2]


@compiled
def _connect(
    documents: npt.NDArray[np.int64],
    limit: int,
    parents: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    similarity: npt.NDArray[np.float32],
    tally: npt.NDArray[np.int64],
    signatures: Signatures,
    offsets: npt.NDArray[np.int64],
    shingles: Hashes,
    agreeing: int,
    threshold: float,
) -> int:
    """Connect what is similar among the documents: to the first where possible, then each outlier to any other.

    Return 0, or the number of outliers if they are more than the limit and were not compared.
    """
    size = len(documents)
    outliers = np.empty(size, np.int64)  # positions of documents unlike the first, with which each is then compared
    waiting = 0
    done = np.zeros(size, np.bool_)
    for turn in range(-1, size):
        if turn >= waiting:
            break
        if turn == 0 and waiting > limit:
            return waiting
        at = 0 if turn < 0 else outliers[turn]
        done[at] = True
        for position in range(size):
            root, other_root = root_of(parents, documents[at]), root_of(parents, documents[position])
            if root == other_root or done[position]:
                continue
            tally[1] += 1
            found = similarity_of(
                documents[at], documents[position], signatures, offsets, shingles, agreeing, threshold
            )
            if found >= 0.0:
                ends[tally[0], 0], ends[tally[0], 1] = documents[at], documents[position]
                similarity[tally[0]] = found
                tally[0] += 1
                parents[max(root, other_root)] = min(root, other_root)
            elif turn < 0:
                outliers[waiting] = position
                waiting += 1
    return 0
