"""Terms that speak for a head, as that of a subject: lists for each language, formulas, units, and what they say.

A term counts once, however often it is there, by its weight; the sum is set against how many different words the text
has, since a long text has more of everything, and a text that is repeated says nothing new. What terms of a weight
below 0, as those of near misses, say against the head is taken off. English terms of weight `ANYWHERE` and those of no
language (`mul`: formulas, units) are read in texts of every language. A term is folded as heads read words
(`filters.models.codes`): no case, traditional Chinese as simplified, each digit 0: `al0o0` is Al2O3. `*` at its end:
the word may go on.
"""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, Field

from filters.documents import Documents
from filters.lists.terms import stands
from filters.models.codes import BEGINNING, Codes, codes_of, folds
from filters.text import kernels
from shards.arrays import Array, Places
from shards.compiled import compiled
from shards.tables import rows

TERMS: Final = Path(__file__).with_name("subjects.tsv")
ANYWHERE: Final = 3.0  # the weight from which an English term says as much in a text of another language
EVERY: Final = -1  # the number of all languages
DIFFERENT: Final = 70.0  # different tokens of a text whose terms count in full, as a text of 100 tokens has
_BUCKETS: Final = 1 << 16
_ANY: Final = np.uint32(0xFFFFFFFF)

Floats = npt.NDArray[np.float64]


class SubjectRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `subjects.tsv`: terms of a language that speak for a head, or against it, divided by ` | `."""

    language: str = Field(pattern=r"^[a-z]{3}$", description="of ISO 639-3; `mul`: all")
    head: str
    weight: float = Field(description="below 0: the terms speak against the head")
    terms: str


class SubjectTerms(NamedTuple):
    """All lists, made ready; the terms are in the order of their buckets."""

    known: npt.NDArray[np.uint8]  # a bit for each bucket that has terms: small, and enough for most words
    buckets: npt.NDArray[np.int32]  # terms of bucket b are those from buckets[b] up to buckets[b + 1]
    first: npt.NDArray[np.uint32]  # how a term's first word begins
    second: npt.NDArray[np.uint32]  # how its second does, or `_ANY`
    points: npt.NDArray[np.uint32]  # of all terms, folded
    starts: npt.NDArray[np.int64]  # one more than there are terms
    goes_on: npt.NDArray[np.bool_]
    languages: npt.NDArray[np.int64]  # a number of `_languages`, or `EVERY`
    heads: npt.NDArray[np.int64]
    weights: Floats


class Found(NamedTuple):
    """A row for each place at which a term stands, in the order of the texts."""

    documents: Places
    terms: Places  # by their place in `SubjectTerms`
    places: Places  # the token of `Codes` at which it begins
    ends: Places  # in code points of the batch; of a word that goes on, where the term ends


def find(documents: Documents, read: Codes, heads: tuple[str, ...]) -> Found:
    """Return the terms for these heads in what is read of the documents; a head without a list has none."""
    if not any(row.head in heads for row in _rows()):
        return Found(*np.zeros((4, 0), np.int64))
    texts = documents.characters
    names = {code: number for number, code in enumerate(_languages())}
    tags = documents.batch.column("language").to_pylist()
    languages = np.array([names.get((tag or "").partition("_")[0], len(names)) for tag in tags], np.int64)
    rows = _found(
        read.beginnings,
        read.documents,
        documents.tokens.starts[read.tokens],
        texts.points,
        texts.properties,
        texts.documents,
        folds(numbers=False),
        languages,
        _listed(heads),
    )
    return Found(*rows.T)


def said_by_terms(found: Found, read: Codes, heads: tuple[str, ...]) -> Floats:
    """Return documents x heads: how much the terms say for each, less what they say against it; 0: none is found."""
    documents = len(read.documents) - 1
    size = _different(read.codes, read.documents)[:, None]
    if not len(found.terms):
        return np.zeros((documents, len(heads)))
    listed = _listed(heads)
    different = np.unique(found.documents * len(listed.first) + found.terms)
    document, term = np.divmod(different, len(listed.first))
    place = document * len(heads) + listed.heads[term]
    signed = (np.maximum(sign * listed.weights[term], 0) for sign in (1, -1))
    sums = (np.bincount(place, weights, documents * len(heads)).reshape(documents, -1) for weights in signed)
    for_it, against = (np.log1p(one / np.sqrt(1 + size / DIFFERENT)) for one in sums)
    return np.asarray(for_it - against, np.float64)


def in_terms(found: Found, row: int, starts: Array, head: str, heads: tuple[str, ...]) -> Places:
    """Return the tokens of a document, of which `starts` says where each begins, in a term that speaks for a head.

    They are counted from the first token that is read of the batch, as `starts` is.
    """
    if not len(found.terms):
        return np.zeros(0, np.int64)
    listed = _listed(heads)
    here = (
        (found.documents == row) & (listed.heads[found.terms] == heads.index(head)) & (listed.weights[found.terms] > 0)
    )
    ends = np.maximum(np.searchsorted(starts, found.ends[here].astype(starts.dtype)), found.places[here] + 1)
    inside = [np.arange(place, end) for place, end in zip(found.places[here], ends, strict=True)]
    return np.unique(np.concatenate(inside)) if inside else np.zeros(0, np.int64)


@cache
def _rows() -> tuple[SubjectRow, ...]:
    return tuple(rows(TERMS, SubjectRow))


@cache
def _languages() -> tuple[str, ...]:
    return tuple(sorted({row.language for row in _rows()} - {"mul"}))


@cache
def _listed(heads: tuple[str, ...]) -> SubjectTerms:
    """Return the lists of these heads. ValueError if a term cannot be found as it is written."""
    everywhere = {(term, row.head) for row in _rows() if _everywhere(row) for term in _terms(row)}
    found = [
        (term, EVERY if _everywhere(row) else _languages().index(row.language), heads.index(row.head), row.weight)
        for row in _rows()
        if row.head in heads
        for term in _terms(row)
        if _everywhere(row) or (term, row.head) not in everywhere
    ]
    plain = [term.removesuffix("*") for term, *_ in found]
    goes_on = np.array([term.endswith("*") for term, *_ in found], np.bool_)
    read = codes_of(Documents(pa.record_batch({"text": pa.array([f"{term} x" for term in plain], pa.string())})))
    words, bounds = read.beginnings, read.documents
    sizes = np.diff(bounds) - 1  # without the x, for which a text of marks alone is read too
    if wrong := [term for term, size, on in zip(plain, sizes, goes_on, strict=True) if not size or _short(term, on)]:
        raise ValueError(f"{TERMS.name}: {', '.join(wrong)}: `*` needs {BEGINNING} letters of a word before it")
    first = words[bounds[:-1]]
    told = (sizes > 2) | (sizes > 1) & ~goes_on  # the beginning of a word that goes on is not yet known
    second = np.where(told, words[np.minimum(bounds[:-1] + 1, len(words) - 1)], _ANY)
    points = [kernels.look_up(np.frombuffer(t.encode("utf-32-le"), np.uint32), folds(numbers=False)) for t in plain]
    order = np.argsort(first & (_BUCKETS - 1), kind="stable")
    languages, named, weights = (np.array(column) for column in list(zip(*found, strict=True))[1:])
    places = first & (_BUCKETS - 1)
    known = np.zeros(_BUCKETS, np.bool_)
    known[places] = True
    return SubjectTerms(
        np.packbits(known, bitorder="little"),
        np.searchsorted(places[order], np.arange(_BUCKETS + 1)).astype(np.int32),
        first[order],
        second[order].astype(np.uint32),
        np.concatenate([points[i] for i in order]),
        np.cumsum([0, *(len(points[i]) for i in order)]),
        goes_on[order],
        languages[order].astype(np.int64),
        named[order].astype(np.int64),
        weights[order].astype(np.float64),
    )


def _short(term: str, goes_on: bool) -> bool:
    return goes_on and len(term) < BEGINNING


def _everywhere(row: SubjectRow) -> bool:
    return row.language == "mul" or (row.language == "eng" and row.weight >= ANYWHERE)


def _terms(row: SubjectRow) -> list[str]:
    return row.terms.split(" | ")


@compiled
def _different(codes: Array, documents: Places) -> Places:
    """Return how many different tokens each document has, by a hash: a little fewer of very many."""
    counts = np.zeros(len(documents) - 1, np.int64)
    last = np.full(_BUCKETS, -1, np.int64)
    for row in range(len(documents) - 1):
        for i in range(documents[row], documents[row + 1]):
            bucket = np.int64(codes[i] & np.uint64(_BUCKETS - 1))
            counts[row] += last[bucket] != row
            last[bucket] = row
    return counts


@compiled
def _found(
    read: Array,
    documents: Places,
    starts: Array,
    points: Array,
    props: Array,
    texts: Array,
    folded: Array,
    languages: Array,
    listed: SubjectTerms,
) -> Places:
    """Return rows of document, term, token and end."""
    found = np.empty((64 + len(read) // 8, 4), np.int64)
    n = 0
    for row in range(len(documents) - 1):
        low, high = texts[row], texts[row + 1]
        for i in range(documents[row], documents[row + 1]):
            bucket = np.int64(read[i]) & (_BUCKETS - 1)
            if not listed.known[bucket >> 3] >> (bucket & 7) & 1:
                continue
            for term in range(listed.buckets[bucket], listed.buckets[bucket + 1]):
                if listed.first[term] != read[i]:
                    continue
                if listed.languages[term] >= 0 and listed.languages[term] != languages[row]:
                    continue
                second = listed.second[term]
                if second != _ANY and (i + 1 == documents[row + 1] or read[i + 1] != second):
                    continue
                start = listed.starts[term]
                size = listed.starts[term + 1] - start
                if not stands(
                    points, props, folded, listed.points, start, size, low, starts[i], high, listed.goes_on[term]
                ):
                    continue
                if n == len(found):
                    wider = np.empty((2 * n, 4), np.int64)
                    for place in range(n):  # cell by cell: a slice takes seconds longer to compile
                        for column in range(4):
                            wider[place, column] = found[place, column]
                    found = wider
                found[n, 0], found[n, 1], found[n, 2], found[n, 3] = row, term, i, starts[i] + size
                n += 1
    return found[:n]
