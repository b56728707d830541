"""What language each stretch of a batch of texts is in, and each text as a whole."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from filters.languages import ensemble, scripts, single
from filters.languages.ensemble import Matrix
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, Meaning, in_script, only_language
from filters.languages.lines import lines, small
from filters.languages.segments import read
from filters.languages.varieties import close

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
    apart from it; and their share of the letters whose language is believed: names and numbers are not foreign.
    """

    language: str
    probability: float
    share: float


NOTHING = Verdict(NOT_LANGUAGE, 0.0, 0.0)
Likely = list[tuple[str, float]]  # languages and their probabilities, the most probable first


def judge(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]], model: Path | None
) -> tuple[list[Verdict], list[list[Stretch]]]:
    """Return the verdict on each text, and on each of the spans of it; `model` null is the ensemble of three."""
    pieces = [text[start:end] for text, found in zip(texts, spans, strict=True) for start, end in read(found)]
    named = [one for at in range(0, len(pieces), _CHUNK) for one in _named(pieces[at : at + _CHUNK], model)]
    verdicts, stretches = [], []
    rest = iter(named)
    for found in spans:
        judged = [(span, *next(rest)) for span in found]
        stretches.append([Stretch(*span, *likely[0], letters) for span, likely, letters in judged])
        verdicts.append(_verdict([(likely, letters) for _, likely, letters in judged]))
    return verdicts, stretches


def _verdict(judged: Sequence[tuple[Likely, float]]) -> Verdict:
    total: dict[str, float] = {}
    for likely, letters in judged:
        for language, probability in likely:
            total[language] = total.get(language, 0.0) + probability * letters
    letters = sum(count for _, count in judged)
    if not letters:
        return NOTHING
    together = {language: sum(total.get(one, 0.0) for one in _alike(language)) for language in sorted(total)}
    language = max(together, key=lambda one: (together[one], total[one]))
    if language in (NOT_LANGUAGE, UNDETERMINED):
        return Verdict(language, 0.0, 0.0)
    alike = _alike(language)
    own = sum(count for likely, count in judged if likely[0][0] in alike)
    others = sum(count for likely, count in judged if likely[0][0] not in alike and likely[0][1] >= _BELIEVED)
    return Verdict(language, min(together[language] / letters, 1.0), own / max(own + others, 1))


def _named(pieces: Sequence[str], model: Path | None) -> list[tuple[Likely, float]]:
    """Return, per piece, the languages that it is likely to be in, never none, and its number of letters."""
    texts = pa.array([small(piece) for piece in pieces], pa.string())
    counts = scripts.counts(texts, 1 << 30)
    shares, letters = scripts.shares(counts), scripts.letters(counts)
    meanings = ensemble.meanings() if model is None else single.meanings(model)
    fitting = in_script(shares, meanings)
    found = ensemble.identify(lines(texts), fitting) if model is None else single.identify(model, lines(texts), fitting)
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
    return list(zip(likely, letters.tolist(), strict=True))


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
