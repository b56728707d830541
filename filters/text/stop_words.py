"""Function words by language: text that says something cannot do without them."""

from functools import cache
from pathlib import Path
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator

from filters.text import kernels, phrases, segment
from filters.text.segment import Lines, Tokens
from shards.tables import rows

TABLE = Path(__file__).with_name("stop_words.tsv")


Spaced: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(lambda words: tuple(words.split(" ")))]


class StopWords(BaseModel, frozen=True, extra="forbid"):
    """A row of `stop_words.tsv`: the languages that a list serves, and its words."""

    languages: Spaced
    words: Spaced


def present(tokens: Tokens, languages: pa.Array, fallback: str) -> npt.NDArray[np.float64]:
    """Return, per document, how many of its language's stop words it has; NaN where there is no list for it.

    A document whose language is not known (null) is read as one in the fallback language.
    """
    lists = hashes_by_language()
    found = np.full(len(languages), np.nan)
    groups: dict[str, list[int]] = {}
    for row, language in enumerate(languages.to_pylist()):
        groups.setdefault(_key(language or fallback), []).append(row)
    for language, documents in groups.items():
        if language in lists:
            members = np.array(documents, np.int64)
            found[members] = kernels.distinct_members(tokens.hashes, tokens.documents, members, lists[language])
    return found


def wanted(language: str | None, fallback: str) -> npt.NDArray[np.uint64] | None:
    """Return the hashes of the stop words of a document in a language, or None where there is no list."""
    return hashes_by_language().get(_key(language or fallback))


def folded(language: str | None) -> npt.NDArray[np.uint64] | None:
    """Return the hashes without case of the stop words of a language, or None where there is no list."""
    return folded_hashes_by_language().get(_key(language)) if language else None


def in_lines(
    folded: npt.NDArray[np.uint64], bounds: npt.NDArray[np.int64], lines: Lines, languages: pa.Array
) -> npt.NDArray[np.int64]:
    """Return how many stop words of its document's language each line has; none where there is no list for it.

    `folded` are the hashes of the tokens without case, and `bounds` where the tokens of each line start among them.
    """
    lists = folded_hashes_by_language()
    names = [_key(language) if language else "" for language in languages.to_pylist()]
    of_line = np.repeat(np.arange(len(names)), lines.count)
    found = np.zeros(len(of_line), np.int64)
    for language in set(names) & set(lists):
        here = np.flatnonzero(np.array([name == language for name in names], np.bool_)[of_line])
        found[here] = kernels.members(folded, bounds, here, lists[language])
    return found


def share(folded: npt.NDArray[np.uint64], tokens: Tokens, languages: pa.Array) -> npt.NDArray[np.float64]:
    """Return, per document, the share of its words that are stop words of its language; NaN where no list is known.

    `folded` are the hashes of the tokens without case: bulletins are written in capitals.
    """
    lists = folded_hashes_by_language()
    found = np.full(len(languages), np.nan)
    groups: dict[str, list[int]] = {}
    for row, language in enumerate(languages.to_pylist()):
        groups.setdefault(_key(language) if language else "", []).append(row)
    for language, documents in groups.items():
        if language in lists:
            members = np.array(documents, np.int64)
            count = kernels.members(folded, tokens.documents, members, lists[language])
            found[members] = segment.ratio(count, tokens.words[members])
    return found


@cache
def stop_words() -> dict[str, tuple[str, ...]]:
    """Return the lists in `stop_words.tsv` by language."""
    return {language: row.words for row in rows(TABLE, StopWords) for language in row.languages}


@cache
def hashes_by_language() -> dict[str, npt.NDArray[np.uint64]]:
    """Return the hashes of the tokens that the lists hold."""
    return {language: token_hashes(words) for language, words in stop_words().items()}


@cache
def folded_hashes_by_language() -> dict[str, npt.NDArray[np.uint64]]:
    """Return the hashes of the tokens that the lists hold, without case."""
    found = {}
    for language, words in stop_words().items():
        texts = segment.characters(pa.array(words, pa.string()))
        found[language] = np.unique(phrases.folded_hashes(texts, segment.tokens(texts)))
    return found


def token_hashes(words: tuple[str, ...]) -> npt.NDArray[np.uint64]:
    """Return the hashes of words as tokens; every one must be a single token, or it could never be found."""
    tokens = segment.tokens(segment.characters(pa.array(words, pa.string())))
    parted = [word for word, count in zip(words, tokens.count, strict=True) if count != 1]
    if parted:
        raise ValueError(f"not one token each: {parted}")
    return tokens.hashes


def _key(language: str) -> str:
    """Return the name the language's list goes by: with its script if there is such a list, else without."""
    return language if language in stop_words() else language.split("_")[0]
