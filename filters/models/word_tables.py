"""Tables of words beside a fastText model: a weight for each token and pair, as in TF-IDF with logistic regression.

What a document says is the sum over its different tokens and pairs of the square root of how often each is there, times
its weight, by the length of the document's vector. A text joined to itself says the same: all counts double, and so
does the square of the length. The file is an `.npz` of

    ids      uint32, ascending: the code of a token (20 bits), or `FIRST_PAIR` and above, the bucket of a pair
    squares  float32: the square of how rare each is (inverse document frequency)
    weights  float32 [ids, heads]: how rare, times the coefficient of each head
    bias     float32 [heads]
    heads    their names
"""

from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from filters.models.codes import BITS, Codes
from shards.arrays import Array, Floats, Places
from shards.compiled import compiled, inner

FIRST_PAIR = 1 << BITS
PAIR_BITS = 18
Ids: TypeAlias = npt.NDArray[np.uint32]


class WordTable(NamedTuple):
    """The weights of a group of scripts."""

    places: npt.NDArray[np.int32]  # by id, a row; the last row, which says nothing, is that of all without one
    squares: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


def no_words(heads: int) -> WordTable:
    """Return the table of a model that has none."""
    nothing = np.zeros(0, np.float32)
    return WordTable(np.zeros(0, np.int32), nothing, nothing.reshape(0, heads), np.zeros(heads, np.float32))


def word_table(ids: Ids, squares: Array, weights: Array, bias: Array) -> WordTable:
    """Return a table by its columns."""
    places = np.full(FIRST_PAIR + (1 << PAIR_BITS), len(ids), np.int32)
    places[ids] = np.arange(len(ids), dtype=np.int32)
    last = np.zeros((1, len(bias)))
    kinds = (np.append(squares, 0), np.append(weights, last, axis=0), bias)
    return WordTable(places, *(np.ascontiguousarray(part, np.float32) for part in kinds))


class Columns(NamedTuple):
    """What a file has of a table."""

    ids: Ids
    squares: Floats
    weights: Floats  # ids x heads
    bias: Floats

    def table(self) -> WordTable:
        """Return the table."""
        return word_table(*self)


def write_words(path: Path, columns: Columns, heads: tuple[str, ...]) -> None:
    """Write the columns of a table, its fractions in two bytes each."""
    squares, weights = (np.asarray(part, np.float16) for part in (columns.squares, columns.weights))
    bias, names = np.asarray(columns.bias, np.float32), np.array(heads, np.str_)
    with path.open("wb") as file:
        np.savez_compressed(file, ids=columns.ids, squares=squares, weights=weights, bias=bias, heads=names)


def read_words(path: Path, heads: tuple[str, ...]) -> WordTable:
    """Return the table in a file; ValueError if it is of other heads."""
    with np.load(path) as arrays:
        known = arrays["heads"].tolist()
        if missing := [head for head in heads if head not in known]:
            raise ValueError(f"{path}: a table without the heads {', '.join(missing)}")
        columns = [known.index(head) for head in heads]
        return word_table(arrays["ids"], arrays["squares"], arrays["weights"][:, columns], arrays["bias"][columns])


def said_by_words(table: WordTable, read: Codes, rows: Places) -> Floats:
    """Return rows x heads: what the table says of some of the documents; NaN where nothing is read."""
    return np.asarray(_said(read.codes, read.documents, rows, table), np.float64)


def ids_of(read: Codes) -> Ids:
    """Return the ids of each token and, behind it, of the pair that ends with it: two for each code.

    The last token of a document and the first are neighbours.
    """
    return np.asarray(_ids(read.codes, read.documents), np.uint32)


@inner
def pair_id(left: np.uint32, right: np.uint32) -> int:
    """Return the id of a pair of neighbours."""
    mixed = (np.uint64(left) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(right)) * np.uint64(0xBF58476D1CE4E5B9)
    return int(FIRST_PAIR + np.int64(mixed >> np.uint64(64 - PAIR_BITS)))


@compiled
def _ids(read: Array, documents: Array) -> Ids:
    found = np.empty(2 * len(read), np.uint32)
    for document in range(len(documents) - 1):
        start, stop = documents[document], documents[document + 1]
        for i in range(start, stop):
            found[2 * i] = read[i]
            found[2 * i + 1] = pair_id(read[i - 1 if i > start else stop - 1], read[i])
    return found


class Room(NamedTuple):
    """Room for what is counted of one document after the other."""

    counts: npt.NDArray[np.int32]  # by row of the table; 0 between documents
    met: npt.NDArray[np.int32]  # the different rows of a document
    rows: npt.NDArray[np.int32]  # of each token, and behind it of the pair that ends with it; then the first two again
    worth: npt.NDArray[np.float32]  # by row of the table: what each token or pair that has it says for a head


@compiled
def room_for(rows: int, tokens: int) -> Room:
    """Return room for documents of so many tokens, and a table of so many rows."""
    counts, worth = np.zeros(rows, np.int32), np.empty(rows, np.float32)
    return Room(counts, np.empty(2 * tokens + 1, np.int32), np.empty(2 * tokens + 2, np.int32), worth)


@inner
def tally(read: Array, start: int, stop: int, table: WordTable, room: Room) -> int:
    """Count the rows of a document's tokens and pairs, and return how many different ones are met."""
    counts, met, rows, _ = room
    size = 0
    left = read[stop - 1]
    for i in range(start, stop):
        own, pair = table.places[read[i]], table.places[pair_id(left, read[i])]
        left = read[i]
        rows[2 * (i - start)], rows[2 * (i - start) + 1] = own, pair
        met[size] = own
        size += counts[own] == 0  # no branch, which would be guessed wrong half of the time
        counts[own] += 1
        met[size] = pair
        size += counts[pair] == 0
        counts[pair] += 1
    rows[2 * (stop - start)], rows[2 * (stop - start) + 1] = rows[0], rows[1]
    return size


@inner
def say(size: int, table: WordTable, head: int, room: Room, sums: Array) -> float:
    """Fill `sums` with what the rows that were met say for each head, and `worth` for one; return their length.

    Both are to be divided by it. The counts are 0 again.
    """
    squares, weights = table.squares, table.weights
    counts, met, _, worth = room
    square = 0.0
    for each in range(len(sums)):
        sums[each] = 0.0
    for k in range(size):
        row = met[k]
        count = counts[row]
        counts[row] = 0
        square += count * squares[row]
        root = 1.0 if count == 1 else np.sqrt(float(count))
        worth[row] = weights[row, head] / root
        for each in range(len(sums)):
            sums[each] += root * weights[row, each]
    return float(np.sqrt(max(square, 1e-9)))


@inner
def add_worth(tokens: int, scale: float, room: Room, own: Array) -> None:
    """Add what a document's tokens are worth, times a scale, to their votes, and half of what their pairs are."""
    _, _, rows, worth = room
    before = tokens - 1
    for i in range(tokens):
        half = scale * worth[rows[2 * i + 1]] / 2
        own[i] += scale * worth[rows[2 * i]] + half
        own[before] += half
        before = i


@inner
def clear_words(tokens: int, scale: float, room: Room, own: Array, clear: float) -> tuple[int, int]:
    """Return how many tokens clearly speak for a head, and against it: their own votes and what `add_worth` adds."""
    _, _, rows, worth = room
    half = scale * worth[rows[1]] / 2
    speak = against = 0
    for i in range(tokens):
        following = scale * worth[rows[2 * i + 3]] / 2
        votes = own[i] + (scale * worth[rows[2 * i]] + half) + following
        half = following
        speak += votes > clear
        against += votes < -clear
    return speak, against


@compiled
def _said(read: Array, documents: Array, rows: Array, table: WordTable) -> Array:
    heads = len(table.bias)
    found, sums = np.full((len(rows), heads), np.nan), np.zeros(heads)
    longest = 1
    for row in rows:
        longest = max(longest, documents[row + 1] - documents[row])
    room = room_for(len(table.squares), longest)
    for place in range(len(rows)):
        start, stop = documents[rows[place]], documents[rows[place] + 1]
        if start < stop:
            length = say(tally(read, start, stop, table, room), table, 0, room, sums)
            for head in range(heads):
                found[place, head] = sums[head] / length + table.bias[head]
    return found


def votes_of_words(table: WordTable, read: Codes, head: int) -> Floats:
    """Return each read token's vote of a single document, with half of its pairs'.

    Their mean, and the bias, is what is said of it.
    """
    if not len(table.squares):
        return np.zeros(len(read.codes))
    return np.asarray(_votes(read.codes, table, head), np.float64)


@compiled
def _votes(read: Array, table: WordTable, head: int) -> Array:
    tokens = len(read)
    found = np.zeros(tokens)
    if tokens:
        room = room_for(len(table.squares), tokens)
        length = say(tally(read, 0, tokens, table, room), table, head, room, np.zeros(len(table.bias)))
        add_worth(tokens, tokens / length, room, found)
    return found
