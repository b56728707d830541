"""Where in a text a signal comes from: the pieces that decided, which add up to the signal's value.

Each filter gives its own in `evidence`. They are found a second time, in the plain way, so that they check the compiled
loops as well as explain them: `Pieces.value` of every signal must be what was measured.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from filters.documents import Documents
from filters.text import segment
from filters.text.segment import Spans
from shards.arrays import Array


@dataclass(frozen=True)
class Pieces:
    """Pieces of one text, in code points; what each adds; and the whole of which they are a share.

    `missing` says that the signal is the share of what is not marked: the pieces are those that fail.
    """

    starts: Array
    ends: Array
    amounts: Array
    whole: float = 1.0
    missing: bool = False

    @property
    def value(self) -> float:
        """The signal's value, from its pieces; NaN if there is no whole."""
        if self.whole == 0:
            return float("nan")
        share = float(np.sum(self.amounts)) / self.whole
        return 1 - share if self.missing else share


def of_pieces(pieces: Spans, chosen: Array, *, whole: float | None = None, missing: bool = False) -> Pieces:
    """Return the chosen pieces, each counting once, of all of them or of another whole."""
    starts, ends = pieces.starts[chosen], pieces.ends[chosen]
    return Pieces(starts, ends, np.ones(len(starts)), len(pieces.starts) if whole is None else whole, missing)


def of_spans(spans: Iterable[tuple[int, int]], whole: float) -> Pieces:
    """Return the pieces from a start up to an end, each counting once."""
    bounds = np.array(list(spans), np.int64).reshape(-1, 2)
    return Pieces(bounds[:, 0], bounds[:, 1], np.ones(len(bounds)), whole)


def by_length(pieces: Spans, chosen: Array, whole: float) -> Pieces:
    """Return the chosen pieces, each counting its characters."""
    starts, ends = pieces.starts[chosen], pieces.ends[chosen]
    return Pieces(starts, ends, ends - starts, whole)


def of_characters(chosen: Array, whole: float, *, size: int = 1) -> Pieces:
    """Return pieces of the given size that begin at the chosen characters, each counting once."""
    places = np.flatnonzero(chosen)
    return Pieces(places, places + size, np.ones(len(places)), whole)


def occurrences(documents: Documents, *texts: str, whole: float) -> Pieces:
    """Return where any of the texts occurs, occurrences of one text not overlapping."""
    points = documents.characters.points
    starts: list[int] = []
    ends: list[int] = []
    for text in texts:
        wanted, behind = segment.code_points(text), 0
        here = np.ones(max(len(points) - len(wanted) + 1, 0), np.bool_)
        for place, point in enumerate(wanted):
            here &= points[place : place + len(here)] == point
        for start in np.flatnonzero(here).tolist():
            if start >= behind:
                behind = start + len(wanted)
                starts.append(start)
                ends.append(behind)
    return Pieces(np.array(starts, np.int64), np.array(ends, np.int64), np.ones(len(starts)), whole)


def most_frequent(pieces: Spans, chosen: Array, whole: float) -> Pieces:
    """Return the occurrences of the piece that is the most frequent of the chosen (the first such)."""
    counts = Counter(pieces.hashes[chosen].tolist())
    top = max(counts, key=counts.__getitem__, default=0)
    return of_pieces(pieces, chosen & (pieces.hashes == np.uint64(top)), whole=whole)


def top_n_gram(documents: Documents, n: int) -> Pieces:
    """Return the occurrences of the most frequent n-gram (the first such), each with the characters of the first."""
    tokens, grams = documents.tokens, _grams(documents, n)
    whole = float(documents.characters.count[0])
    if not grams:
        return Pieces(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), whole)
    most = max(Counter(grams).values())
    counts = Counter(grams)
    top = next(gram for gram in grams if counts[gram] == most)
    places = np.array([place for place, gram in enumerate(grams) if gram == top])
    starts, ends = tokens.starts[places], tokens.ends[places + n - 1]
    return Pieces(starts, ends, np.full(len(places), ends[0] - starts[0]), whole)


def duplicate_n_grams(documents: Documents, n: int) -> Pieces:
    """Return the n-grams that occurred before; after one, the search goes on behind it. White space does not count."""
    tokens, grams = documents.tokens, _grams(documents, n)
    met: set[tuple[int, ...]] = set()
    places = []
    place = 0
    while place < len(grams):
        if grams[place] in met:
            places.append(place)
            place += n
        else:
            met.add(grams[place])
            place += 1
    amounts = [int(tokens.lengths[place : place + n].sum()) for place in places]
    chosen = np.array(places, np.int64)
    ends = tokens.ends[chosen + n - 1] if len(chosen) else np.zeros(0, np.int64)
    return Pieces(tokens.starts[chosen], ends, np.array(amounts), float(documents.characters.count[0]))


def _grams(documents: Documents, n: int) -> Sequence[tuple[int, ...]]:
    hashes = documents.tokens.hashes.tolist()
    return [tuple(hashes[place : place + n]) for place in range(len(hashes) - n + 1)]


def first_of_each(pieces: Spans, wanted: Array) -> Pieces:
    """Return the first occurrence of each of the wanted pieces (given by their hashes)."""
    places = [int(np.flatnonzero(pieces.hashes == one)[0]) for one in np.unique(wanted) if one in pieces.hashes]
    chosen = np.array(sorted(places), np.int64)
    return of_pieces(pieces, chosen, whole=1)
