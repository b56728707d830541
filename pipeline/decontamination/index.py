"""From evaluation items to an index of their grams, each worth the more the fewer items and web pages have it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import xxhash

from filters.models.benchmarks import MOST_ITEMS, BenchmarkIndex, Hashes, documents_with, grams
from filters.text.segment import characters
from shards.arrays import Places

FEWEST = 4  # grams that are worth something: an item with fewer is not indexed, and is counted
SHORT = 16  # grams: of an item with fewer, most must be there
COMMON = 0.001  # share of the web pages with a gram from which it is worth nothing; two pages are always allowed


@dataclass(frozen=True)
class Item:
    """A question of an evaluation set, with what it may be answered."""

    benchmark: str
    id: str
    question: str
    options: tuple[str, ...] = ()
    answer: str = ""
    passage: str = ""


@dataclass(frozen=True)
class Built:
    """An index, how many items of each set it has, and how many were too short or too common for it."""

    index: BenchmarkIndex
    indexed: dict[str, int]
    left_out: dict[str, int]


def build(items: Sequence[Item], web: Iterable[Sequence[str]]) -> Built:
    """Return the index of items; grams that batches of web pages have too often are worth nothing.

    An item is found by its question; where that has nothing that tells it apart, by its options too. Answers and
    passages alone are never evidence: passages are public texts, and many answers a word.
    """
    questions, bounds, lengths = _grams_of([item.question for item in items])
    options, bounds_by_option, option_lengths = _grams_of([option for item in items for option in item.options])
    first = np.concatenate([[0], np.cumsum([len(item.options) for item in items])]).astype(np.int64)
    option_bounds = bounds_by_option[first]
    every = np.unique(np.concatenate([questions, options]))
    rare = _rare(every, web)
    rows, sizes = [], []
    for i in range(len(items)):
        own = np.unique(questions[bounds[i] : bounds[i + 1]])
        own, size = own[rare[np.searchsorted(every, own)]], int(lengths[i])
        if len(own) < FEWEST:
            others = np.unique(options[option_bounds[i] : option_bounds[i + 1]])
            own = np.union1d(own, others[rare[np.searchsorted(every, others)]])
            size += int(option_lengths[first[i] : first[i + 1]].sum())
        rows.append(own)
        sizes.append(size)
    keys, count = np.unique(np.concatenate(rows), return_counts=True) if rows else (np.zeros(0, np.uint64), np.zeros(0))
    keys, count = keys[count <= MOST_ITEMS], count[count <= MOST_ITEMS]
    weights = np.log1p(len(items) / np.maximum(count, 1))
    return _index(items, rows, sizes, keys, weights)


def _index(
    items: Sequence[Item], rows: Sequence[Hashes], sizes: Sequence[int], keys: Hashes, weights: np.ndarray
) -> Built:
    places = [np.minimum(np.searchsorted(keys, own), len(keys) - 1) for own in rows]
    known = [place[keys[place] == own] for place, own in zip(places, rows, strict=True)]
    chosen = [i for i in range(len(items)) if len(known[i]) >= FEWEST]
    names = sorted({item.benchmark for item in items})
    whose = np.concatenate([np.zeros(0, np.int64), *(np.full(len(known[i]), n) for n, i in enumerate(chosen))])
    gram = np.concatenate([np.zeros(0, np.int64), *(known[i] for i in chosen)]).astype(np.int64)
    order = np.lexsort((whose, gram))
    index = BenchmarkIndex(
        keys=keys,
        weights=weights.astype(np.float32),
        first=np.searchsorted(gram[order], np.arange(len(keys) + 1)).astype(np.int64),
        members=whose[order].astype(np.int32),
        benchmark=np.array([names.index(items[i].benchmark) for i in chosen], np.int32),
        digest=np.array([xxhash.xxh3_64_intdigest(items[i].id.encode()) for i in chosen], np.uint64),
        length=np.array([sizes[i] for i in chosen], np.int32),
        total=np.array([weights[known[i]].sum() for i in chosen], np.float32),
        whole=np.array([len(known[i]) < SHORT for i in chosen], np.bool_),
        names=np.array(names, np.str_),
    )
    indexed = dict.fromkeys(names, 0)
    left_out = dict.fromkeys(names, 0)
    for i, item in enumerate(items):
        (indexed if len(known[i]) >= FEWEST else left_out)[item.benchmark] += 1
    return Built(index, indexed, left_out)


def _grams_of(texts: Sequence[str]) -> tuple[Hashes, Places, Places]:
    points = characters(pa.array(texts, pa.string()))
    hashes, _, documents = grams(points)
    return hashes, documents, points.count


def _rare(every: Hashes, web: Iterable[Sequence[str]]) -> np.ndarray:
    """Return, for each gram, whether few enough web pages have it."""
    pages, total = np.zeros(len(every), np.int64), 0
    for batch in web:
        hashes, bounds, _ = _grams_of(batch)
        pages += documents_with(every, hashes, bounds)
        total += len(batch)
    return pages <= max(2, math.floor(COMMON * total))
