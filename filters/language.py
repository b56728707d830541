"""The language of a document as ISO 639-3 + ISO 15924 (`zho_Hans`), with a label believed only in its own script.

Columns: `language` and `language_score`. A text without letters is `zxx` (no linguistic content), one whose language
the model cannot name in the script it is written in is `und`; both score 0.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.base import Columns, Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.languages import scripts
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, meaning
from filters.languages.models import loaded, located

_READ = 2_000  # characters: what a model says no longer changes after that, and its time is linear in them
_CANDIDATES = 8  # labels asked for, of which the first that fits the script is taken
_FITS = 0.25  # of the letters must be in a language's script
_WEIGHTS = {"Hani": 3.0, "Hang": 2.0, "Hira": 2.0, "Kana": 2.0}  # letters per character, beside alphabetic scripts
_KANA = 0.1  # of kana and Han together: what a Japanese text surely has and a Chinese one surely has not


class Language(Filter, frozen=True):
    """Name the language of each document; keep the chosen languages where the model is sure enough of them.

    `thresholds` gives a language a minimal score of its own, in place of the one that `score` asks of all.
    """

    name: Literal["language"] = "language"
    label: OneOf = OneOf()
    score: Range = Range()
    margin: Range = Range(min=0)  # of the score above the threshold of its language
    letters: Range = Range()  # share of letters among the characters that are not spaces
    in_script: Range = Range()  # share of the letters that are in the script of the label
    model: str | None = None
    thresholds: Mapping[str, float] = {}

    def resources(self) -> Sequence[Path]:
        return (located(self.model),)

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        counts = scripts.counts(documents.texts, 3 * _READ)
        shares = script_shares(counts)
        predict = loaded(located(self.model)).predict
        labels, scores, in_script = [], np.zeros(len(documents)), np.zeros(len(documents))
        for row, text in enumerate(documents.texts.to_pylist()):
            candidates = predict(text[:_READ].replace("\n", " "), _CANDIDATES, 0.0, "strict") if shares[row] else ()
            label, scores[row], in_script[row] = decide(candidates, shares[row])
            labels.append(label)
        language = pa.array([written(label, row) for label, row in zip(labels, counts, strict=True)], pa.string())
        signals: Signals = {
            "label": language,
            "score": scores,
            "margin": scores - [self.thresholds.get(label, 0.0) for label in language.to_pylist()],
            "letters": letter_shares(counts),
            "in_script": in_script,
        }
        return signals, {"language": language, "language_score": pa.array(scores, pa.float32())}


def script_shares(counts: scripts.Counts) -> list[dict[str, float]]:
    """Return, per row of counts, the share of each script among the letters; empty where there are none."""
    return [_script_shares(dict(zip(scripts.names(), row, strict=True))) for row in counts.tolist()]


def _script_shares(row: dict[str, int]) -> dict[str, float]:
    letters = {name: row[name] * _WEIGHTS.get(name, 1.0) for name in scripts.names()[scripts.HANT + 1 :] if row[name]}
    han = _WEIGHTS["Hani"] * (row["Hans"] + row["Hant"]) + letters.pop("Hani", 0.0)
    kana = letters.pop("Hira", 0.0) + letters.pop("Kana", 0.0)
    if kana + han:
        letters["Jpan" if kana >= _KANA * (kana + han) else "Hani"] = kana + han
    total = sum(letters.values())
    return {name: count / total for name, count in letters.items()}


def decide(candidates: Sequence[tuple[float, str]], shares: Mapping[str, float]) -> tuple[str, float, float]:
    """Return the first candidate that the script of the text allows, as (label, score, share of its script).

    The label is like `srp_Cyrl`, except that the written form of Chinese is left open (`zho_Hani`).
    """
    if not shares:
        return NOT_LANGUAGE, 0.0, 0.0
    for score, label in candidates:
        language, allowed = meaning(label)
        script = max(allowed, key=lambda script: shares.get(script, 0.0))
        if shares.get(script, 0.0) >= _FITS:
            return f"{language}_{script}", min(score, 1.0), shares[script]
    return UNDETERMINED, 0.0, 0.0


def written(label: str, row: npt.NDArray[np.int64]) -> str:
    """Return the label with Han resolved: `Hant` where traditional characters outnumber simplified ones."""
    language, _, script = label.partition("_")
    if script != "Hani":
        return label
    if language in ("jpn", "kor"):
        return {"jpn": "jpn_Jpan", "kor": "kor_Hang"}[language]
    traditional, simplified = int(row[scripts.HANT]), int(row[scripts.HANS])
    if traditional == simplified:  # nothing to tell them apart by: each language's own habit
        return f"{language}_{'Hant' if language == 'yue' else 'Hans'}"
    return f"{language}_{'Hant' if traditional > simplified else 'Hans'}"


def letter_shares(counts: scripts.Counts) -> npt.NDArray[np.float64]:
    """Return, per row of counts, the share of letters among the characters that are not spaces; 0 where none are."""
    letters = counts[:, scripts.HANS :].sum(axis=1)
    total = counts.sum(axis=1) - counts[:, scripts.SPACE]
    return np.asarray(letters / np.maximum(total, 1), np.float64)
