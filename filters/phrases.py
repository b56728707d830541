"""Phrases that give a page away, looked for as rows of tokens: the same in every script, at one look a token.

`phrases.tsv` has them by kind and language, in this project's own words. A phrase is found as it is written there, with
a capital at its start, and in capitals; with straight and with curly apostrophes.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters import line_rules, segment
from filters.segment import Lines, Tokens
from shards.compiled import compiled

Array = npt.NDArray[Any]

_FIRSTS = 1 << 14  # entries of a table that tells almost every token at once that no phrase starts with it


@dataclass(frozen=True)
class Phrases:
    """Phrases as hashes of tokens, in order of their first; phrase i starts at `bounds[i]` and ends at the next."""

    kinds: tuple[str, ...]
    hashes: npt.NDArray[np.uint64]
    bounds: npt.NDArray[np.int64]
    bits: npt.NDArray[np.uint8]  # one bit per kind
    firsts: npt.NDArray[np.bool_]


def lines_with(phrases: Phrases, tokens: Tokens, lines: Lines) -> dict[str, npt.NDArray[np.bool_]]:
    """Return, for each kind, which lines have a phrase of it."""
    places = line_rules.token_bounds(tokens, lines)
    found = _found(tokens.hashes, places, phrases.hashes, phrases.bounds, phrases.bits, phrases.firsts)
    return {kind: np.asarray(found & np.uint8(1 << i), np.bool_) for i, kind in enumerate(phrases.kinds)}


@cache
def phrases_of(*kinds: str) -> Phrases:
    """Return the phrases of at most eight kinds."""
    return make_phrases({kind: [phrase for _, phrase in rows()[kind]] for kind in kinds})


@cache
def rows() -> dict[str, list[tuple[str, str]]]:
    """Return what `phrases.tsv` has: language and phrase, by kind."""
    lines = Path(__file__).with_name("phrases.tsv").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, language, phrase in (line.split("\t") for line in lines if line and not line.startswith("#")):
        found.setdefault(kind, []).append((language, phrase))
    return found


def make_phrases(by_kind: dict[str, list[str]]) -> Phrases:
    """Return the phrases ready to be looked for."""
    spelt = [(spelling, i) for i, kind in enumerate(by_kind) for text in by_kind[kind] for spelling in _spellings(text)]
    tokens = segment.tokens(segment.characters(pa.array([text for text, _ in spelt], pa.string())))
    pieces = [tokens.hashes[a:b] for a, b in zip(tokens.documents, tokens.documents[1:], strict=False)]
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
    cases = (phrase, phrase[:1].upper() + phrase[1:], phrase.upper())
    return sorted({form for case in cases for form in (case, case.replace("'", "’"))})


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
