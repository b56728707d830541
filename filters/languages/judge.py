"""What language each stretch of a batch of texts is in, and each text as a whole."""

from collections.abc import Sequence
from functools import cache
from itertools import islice
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from filters.languages import ensemble, scripts, single
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, Meaning, in_script, only_language
from filters.languages.lines import lines, small
from filters.languages.segments import read
from filters.languages.varieties import close
from filters.languages.weighing import Matrix

_CHUNK = 512  # stretches at a time: what the models say of them stays in the cache
_BELIEVED = 0.5  # probability from which a stretch is in a language at all
_LIKELY = 0.01  # probabilities under this are not carried from a stretch to the text


class Stretch(NamedTuple):
    """Part of a text: where, its language, how probable that is, and how many letters it has (Han counts for 3)."""

    start: int
    end: int
    language: str  # like srp_Cyrl; zho_Hani, whose two forms are told apart over the whole text
    probability: float
    letters: float


class Verdict(NamedTuple):
    """The language of a whole text; the mean probability over the letters, of it and the varieties that few words tell
    apart from it; their share of the letters whose language is believed: names and numbers are not foreign; and how
    familiar the text is in it (over 0: it may well be in it; NaN where no model was asked).
    """

    language: str
    probability: float
    share: float
    familiar: float


NOTHING = Verdict(NOT_LANGUAGE, 0.0, 0.0, nan)
Likely = list[tuple[str, float]]  # languages and their probabilities, the most probable first


class Piece(NamedTuple):
    """What is said of a stretch."""

    likely: Likely  # never none
    letters: float
    familiar: float


def judge(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]], model: Path | None
) -> tuple[list[Verdict], list[list[Piece]]]:
    """Return the verdict on each text, and what is said of each of the spans of it; `model` null is the ensemble."""
    pieces = [text[start:end] for text, found in zip(texts, spans, strict=True) for start, end in read(found)]
    named = [one for at in range(0, len(pieces), _CHUNK) for one in _named(pieces[at : at + _CHUNK], model)]
    rest = iter(named)
    judged = [list(islice(rest, len(found))) for found in spans]
    return [_verdict(each) for each in judged], judged


def stretches(spans: Sequence[tuple[int, int]], pieces: Sequence[Piece]) -> list[Stretch]:
    """Return the stretches of a text of which something is said."""
    return [Stretch(*span, *piece.likely[0], piece.letters) for span, piece in zip(spans, pieces, strict=True)]


def _verdict(judged: Sequence[Piece]) -> Verdict:
    total: dict[str, float] = {}
    for likely, letters, _ in judged:
        for language, probability in likely:
            total[language] = total.get(language, 0.0) + probability * letters
    letters = sum(piece.letters for piece in judged)
    if not letters:
        return NOTHING
    if len(total) == 1:
        together, (language,) = total, total
    else:
        together = {language: sum(total.get(one, 0.0) for one in _alike(language)) for language in sorted(total)}
        language = max(together, key=lambda one: (together[one], total[one]))
    if language in (NOT_LANGUAGE, UNDETERMINED):
        return Verdict(language, 0.0, 0.0, nan)
    alike = _alike(language)
    own = [piece for piece in judged if piece.likely[0][0] in alike]
    written = sum(piece.letters for piece in own)
    others = sum(
        piece.letters for piece in judged if piece.likely[0][0] not in alike and piece.likely[0][1] >= _BELIEVED
    )
    score = min(together[language] / letters, 1.0)
    return Verdict(language, score, written / max(written + others, 1), _familiar(own))


def _familiar(pieces: Sequence[Piece]) -> float:
    """Return the mean over the letters of the pieces of which models were asked."""
    asked = [piece for piece in pieces if not isnan(piece.familiar) and piece.letters]
    if not asked:
        return nan
    return sum(piece.familiar * piece.letters for piece in asked) / sum(piece.letters for piece in asked)


def _named(pieces: Sequence[str], model: Path | None) -> list[Piece]:
    """Return what is said of each piece."""
    texts = pa.array([small(piece) for piece in pieces], pa.string())
    counts = scripts.counts(texts, 1 << 30)
    shares, letters = scripts.shares(counts), scripts.letters(counts)
    meanings = ensemble.meanings() if model is None else single.meanings(model)
    fitting = in_script(shares, meanings)
    if model is None:
        found, familiar = ensemble.identify(lines(texts), fitting)
    else:
        found, familiar = single.identify(model, lines(texts), fitting), np.full(len(pieces), nan, np.float32)
    likely: list[Likely] = [[] for _ in pieces]
    row, column = np.nonzero(found >= _LIKELY)
    for piece, one, probability in zip(row.tolist(), column.tolist(), found[row, column].tolist(), strict=True):
        tag = _tag(meanings[one]) or f"{meanings[one].language}_{_most_used(meanings[one].scripts, shares[piece])}"
        likely[piece].append((tag, probability))
    for at, named in enumerate(likely):
        if len(named) > 1:
            named.sort(key=lambda one: (-one[1], one[0]))
        if not named:
            named.append(_by_script_alone(shares[at]) if letters[at] else (NOT_LANGUAGE, 0.0))
    return [Piece(*piece) for piece in zip(likely, letters.tolist(), familiar.tolist(), strict=True)]


@cache
def _alike(language: str) -> tuple[str, ...]:
    """Return the tags of the varieties that few words tell apart from one, in its script."""
    name, _, script = language.partition("_")
    return tuple(f"{one}_{script}" if script else one for one in close(name))


@cache
def _tag(meaning: Meaning) -> str | None:
    """Return the tag of what a label says; None if that depends on the script of the text."""
    if meaning.language in (NOT_LANGUAGE, UNDETERMINED):
        return meaning.language
    return f"{meaning.language}_{meaning.scripts[0]}" if len(meaning.scripts) == 1 else None


def _most_used(written: Sequence[str], shares: Matrix) -> str:
    return max(written, key=lambda script: shares[scripts.share_names().index(script)])


def _by_script_alone(shares: Matrix) -> tuple[str, float]:
    """Return the language that alone is written in the script, if there is one, with the share of that script."""
    script = scripts.share_names()[int(shares.argmax())]
    if script in only_language():
        return f"{only_language()[script]}_{script}", float(shares.max())
    return UNDETERMINED, 0.0
