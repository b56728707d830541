"""Phrases that give a page away, looked for as rows of tokens: the same in every script, at one look a token.

`phrases.tsv` has them by kind and language, in this project's own words. Neither the case of letters nor the form of
apostrophes matters.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel

from filters.text import kernels, line_rules, segment
from filters.text.segment import Characters, Lines, Tokens
from shards.arrays import Array
from shards.compiled import compiled
from shards.tables import rows

TABLE = Path(__file__).with_name("phrases.tsv")

_FIRSTS = 1 << 14  # entries of a table that tells almost every token at once that no phrase starts with it


@dataclass(frozen=True)
class Phrases:
    """Phrases as hashes of tokens, in order of their first; phrase i starts at `bounds[i]` and ends at the next."""

    kinds: tuple[str, ...]
    hashes: npt.NDArray[np.uint64]
    bounds: npt.NDArray[np.int64]
    bits: npt.NDArray[np.uint8]  # one bit per kind
    firsts: npt.NDArray[np.bool_]


def lines_with(
    phrases: Phrases, folded: npt.NDArray[np.uint64], tokens: Tokens, lines: Lines
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return, for each kind, which lines have a phrase of it; `folded` are the hashes of the tokens without case."""
    places = line_rules.token_bounds(tokens, lines)
    found = _found(folded, places, phrases.hashes, phrases.bounds, phrases.bits, phrases.firsts)
    return {kind: np.asarray(found & np.uint8(1 << i), np.bool_) for i, kind in enumerate(phrases.kinds)}


@cache
def phrases_of(*kinds: str) -> Phrases:
    """Return the phrases of at most eight kinds."""
    return make_phrases({kind: [row.phrase for row in phrases_by_kind()[kind]] for kind in kinds})


class PhraseRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `phrases.tsv`."""

    kind: str
    language: str
    phrase: str


@cache
def phrases_by_kind() -> dict[str, list[PhraseRow]]:
    """Return what `phrases.tsv` has, by kind."""
    by_kind: dict[str, list[PhraseRow]] = {}
    for row in rows(TABLE, PhraseRow):
        by_kind.setdefault(row.kind, []).append(row)
    return by_kind


def make_phrases(by_kind: dict[str, list[str]]) -> Phrases:
    """Return the phrases ready to be looked for."""
    spelt = [(spelling, i) for i, kind in enumerate(by_kind) for text in by_kind[kind] for spelling in _spellings(text)]
    texts = segment.characters(pa.array([text for text, _ in spelt], pa.string()))
    tokens = segment.tokens(texts)
    hashes = folded_hashes(texts, tokens)
    pieces = [hashes[a:b] for a, b in zip(tokens.documents, tokens.documents[1:], strict=False)]
    order = sorted(range(len(pieces)), key=lambda i: (int(pieces[i][0]), i))
    firsts = np.zeros(_FIRSTS, np.bool_)
    firsts[[int(piece[0]) % _FIRSTS for piece in pieces]] = True
    return Phrases(
        tuple(by_kind),
        np.concatenate([pieces[i] for i in order]),
        np.cumsum([0, *(len(pieces[i]) for i in order)]),
        np.array([1 << spelt[i][1] for i in order], np.uint8),
        firsts,
    )


def _spellings(phrase: str) -> list[str]:
    """Return the spellings that are parted into different tokens: in capitals, n't and 's are no words."""
    return sorted({phrase, phrase.upper()})


def folded_hashes(texts: Characters, tokens: Tokens) -> npt.NDArray[np.uint64]:
    """Return the hashes of the tokens without the case of their letters."""
    return np.asarray(_folded(texts.points, tokens.starts, tokens.ends, _small_letters()))


@cache
def _small_letters() -> npt.NDArray[np.uint32]:
    """Return the small letter of each character of the alphabets that have cases, up to U+1FFF."""
    table = np.arange(0x2000, dtype=np.uint32)
    for point in range(0x2000):
        small = chr(point).lower()
        if len(small) == 1:
            table[point] = ord(small)
    return table


@compiled
def _folded(points: Array, starts: Array, ends: Array, small: Array) -> Array:
    found = np.empty(len(starts), np.uint64)
    for token in range(len(starts)):
        value = kernels.SEED
        for i in range(starts[token], ends[token]):
            c = points[i]
            value = kernels.extend_hash(value, small[c] if c < len(small) else np.uint32(39) if c == 0x2019 else c)
        found[token] = kernels.finish_hash(value)
    return found


@compiled
def _found(hashes: Array, places: Array, wanted: Array, bounds: Array, bits: Array, firsts: Array) -> Array:
    """Return, for each run of tokens from one place up to the next, the bits of the phrases in it."""
    found = np.zeros(len(places) - 1, np.uint8)
    for run in range(len(found)):
        for i in range(places[run], places[run + 1]):
            if not firsts[hashes[i] & np.uint64(_FIRSTS - 1)]:
                continue
            low, high = 0, len(bits)
            while low < high:
                middle = (low + high) // 2
                if wanted[bounds[middle]] < hashes[i]:
                    low = middle + 1
                else:
                    high = middle
            while low < len(bits) and wanted[bounds[low]] == hashes[i]:
                size = bounds[low + 1] - bounds[low]
                k = 1
                while k < size and i + k < places[run + 1] and hashes[i + k] == wanted[bounds[low] + k]:
                    k += 1
                if k == size:
                    found[run] |= bits[low]
                low += 1
    return found
