"""Back-off language models in ARPA files, which KenLM, SRILM and others write: read once, asked as KenLM is.

The probability of a word is that of the longest n-gram which the model has and which ends in it, times the back-off
weights of the longer contexts it lacks (Katz 1987). Each line is a sentence between `<s>` and `</s>`, as CCNet has it,
and perplexity is per word and sentence end. The file made of one is an `.npz` with

    keys, values    the n-grams by hash, 0 where the table is empty; log10 of probability and back-off weight
    facts           [order, different words, 1 if the case of letters does not matter]
    cutoffs         the perplexities that part a sample of documents into thirds
"""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from filters.documents import Documents
from filters.models.ngrams import key_of, slot_of, thirds
from filters.text import kernels, line_rules
from shards.arrays import Array
from shards.compiled import compiled

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
NEVER = -100.0  # log10 of the probability of an unknown word, where the file has none


@dataclass(frozen=True)
class BackoffModel:
    """The n-grams of an ARPA file, and what parts documents into head, middle and tail."""

    keys: npt.NDArray[np.uint64]
    values: npt.NDArray[np.float32]
    facts: npt.NDArray[np.int64]
    cutoffs: npt.NDArray[np.float64]

    def perplexity(self, documents: Documents, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the perplexity of the documents of these rows, per word and line; NaN where there is no word."""
        tokens, lines = documents.tokens, documents.lines
        hashes = documents.folded if self.facts[2] else tokens.hashes
        places = line_rules.token_bounds(tokens, lines)
        found = _log10(hashes, places, lines.documents, rows, self.keys, self.values, int(self.facts[0]), *_marks())
        words, number = tokens.count[rows], lines.count[rows]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return np.where(words == 0, np.nan, 10.0 ** (-found / (words + number)))

    def parted_by(self, sample: Documents) -> "BackoffModel":
        """Return the model with the cutoffs that part a sample of documents into thirds."""
        return replace(self, cutoffs=thirds(self.perplexity(sample, np.arange(len(sample)))))


def read_arpa(path: Path) -> BackoffModel:
    """Return the model in an ARPA file, which may be compressed by gzip.

    Raises
    ------
    ValueError
        if the file is of another kind, or its words are pieces of SentencePiece, which KenLM itself is to read.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        sections = list(_sections(file, path))
    words = [row[1] for row in sections[0]]
    if sum(word.startswith("▁") for word in words) > len(words) / 4:
        raise ValueError(
            f"{path}: its words are pieces of SentencePiece (▁the), which need its model: write a .yaml, with --pieces"
        )
    folds = all(word == word.lower() for word in words)
    known = dict(zip(words, token_hashes([word.replace("’", "'") if folds else word for word in words]), strict=True))
    known |= dict(zip((BEGIN, END, UNKNOWN), _marks(), strict=True))
    size = 16
    while size < 2 * sum(map(len, sections)):
        size *= 2
    keys, values = np.zeros(size, np.uint64), np.zeros((size, 2), np.float32)
    for n, rows in enumerate(sections, 1):
        try:
            grams = np.array([[known[word] for word in row[1].split(" ")] for row in rows], np.uint64).reshape(-1, n)
        except KeyError as error:
            raise ValueError(f"{path}: {error} stands in a {n}-gram and is no 1-gram") from error
        _insert(grams, np.array([(row[0], row[2]) for row in rows], np.float32).reshape(-1, 2), keys, values)
    return BackoffModel(keys, values, np.array([len(sections), len(words), folds], np.int64), np.full(2, np.nan))


def _sections(file: Iterator[str], path: Path) -> Iterator[list[tuple[float, str, float]]]:
    """Yield log10 of the probability, the words, and log10 of the back-off weight, of the n-grams of each order."""
    rows: list[tuple[float, str, float]] | None = None
    for line in file:
        if line.startswith("\\"):
            if rows is not None:
                yield rows
            rows = [] if line.rstrip().endswith("-grams:") else None
        elif rows is not None and line.strip():
            probability, words, *weight = line.rstrip("\r\n").split("\t")
            rows.append((float(probability), words, float(weight[0]) if weight else 0.0))
        if line.startswith("\\end\\"):
            return
    raise ValueError(f"{path} is no ARPA file, or not all of one: it has no \\end\\")


def _marks() -> tuple[np.uint64, np.uint64, np.uint64]:
    begin, end, unknown = token_hashes([BEGIN, END, UNKNOWN])
    return begin, end, unknown


def token_hashes(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return the hashes that the words have as tokens, whether or not each would be one."""
    points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.asarray(_hashed(points, np.cumsum([0, *map(len, words)])))


@compiled
def _hashed(points: Array, bounds: Array) -> Array:
    found = np.empty(len(bounds) - 1, np.uint64)
    for word in range(len(found)):
        value = kernels.SEED
        for i in range(bounds[word], bounds[word + 1]):
            value = kernels.extend_hash(value, points[i])
        found[word] = kernels.finish_hash(value)
    return found


@compiled
def _insert(grams: Array, rows: Array, keys: Array, values: Array) -> None:
    for row in range(len(grams)):
        key = key_of(grams[row], 0, grams.shape[1] - 1)
        slot = slot_of(keys, key)
        keys[slot] = key
        values[slot] = rows[row]


@compiled
def _log10(
    hashes: Array,
    places: Array,
    documents: Array,
    rows: Array,
    keys: Array,
    values: Array,
    order: int,
    begin: np.uint64,
    end: np.uint64,
    unknown: np.uint64,
) -> Array:
    """Return log10 of the probability of each document's lines, whose tokens start at `places`."""
    found = np.zeros(len(rows), np.float64)
    longest = 0
    for line in range(len(places) - 1):
        longest = max(longest, places[line + 1] - places[line])
    words = np.empty(longest + 2, np.uint64)
    for k in range(len(rows)):
        for line in range(documents[rows[k]], documents[rows[k] + 1]):
            size = places[line + 1] - places[line] + 2
            words[0], words[size - 1] = begin, end
            for i in range(1, size - 1):
                word = hashes[places[line] + i - 1]
                single = words[i : i + 1]
                single[0] = word
                if not keys[slot_of(keys, key_of(single, 0, 0))]:
                    words[i] = unknown
            for i in range(1, size):
                first = max(0, i - order + 1)
                while True:
                    slot = slot_of(keys, key_of(words, first, i))
                    if keys[slot]:
                        found[k] += values[slot, 0]
                        break
                    if first == i:
                        found[k] += NEVER
                        break
                    context = slot_of(keys, key_of(words, first, i - 1))
                    if keys[context]:
                        found[k] += values[context, 1]
                    first += 1
    return found
