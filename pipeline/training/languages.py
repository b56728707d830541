"""Fit whom the ensemble believes: a conditional logit over the candidates of each labelled text; and the thresholds.

    python -m pipeline.training.languages [--thresholds]

writes `filters/languages/ensemble.json` and `thresholds.tsv`, or the thresholds alone. Data: one half of the file
`lid/sentences` of `../shared/data` (or YULIAO_DATA), even FLORES sentence numbers and even MD5 of the id, whole and cut
to 20-79 characters; the benchmark has the other half.

What is fitted is one weight per model and feature, and one bias per language that has texts: figures, from which no
text can be read back. `ensemble.json` holds them with the sets they were fitted on.
"""

import argparse
import gzip
import hashlib
import json
import logging
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import minimize

from filters.documents import Documents
from filters.language import Language
from filters.languages import ensemble, scripts, thresholds
from filters.languages.ensemble import FEATURES, FIRST, MODELS
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, canonical, in_script
from filters.languages.lines import lines_of
from pipeline.training.noise_texts import keywords, noise
from shards.schema import DOCUMENT, batch_of

# What cannot be told from the text alone counts as one: the written forms of Norwegian as in the published comparisons,
# and the Arabic varieties of FLORES that no engine knows.
SAME = {"nno": "nob"} | dict.fromkeys(("acm", "acq", "aeb", "ajp", "apc", "ars"), "arb") | {"yue": "zho"}
DATA = Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS = Path(__file__).parents[2] / "filters" / "languages" / "ensemble.json"
NOTE = (
    "Half of the sentences of SIB-200 (even FLORES sentence numbers; CC-BY-SA-4.0; its yue_Hant, which is written "
    "Mandarin, as zho) and of lingua-py's test data (even MD5 of the id), each whole and cut to 20-79 characters."
)

logger = logging.getLogger(__name__)

_CHUNK = 2_000  # texts at a time
_RIDGE = 1e-3  # on the weights of the features
_RIDGE_BIAS = 0.3  # on the biases: at 0.02 evenly drawn sentences gain a point, and web lines lose as much
_OTHERS = -1.0  # bias of a language without texts: believed only on good evidence


def fit(texts: Sequence[str], labels: Sequence[str], note: str) -> dict[str, Any]:
    """Return the contents of `ensemble.json`, fitted to texts and their languages (ISO 639-3)."""
    columns = np.array([ensemble.languages().index(label) for label in labels])
    asked = {" ".join(models): _fitted(texts, columns, models) for models in (FIRST, MODELS)}
    return {"note": note, "asked": asked}


def _fitted(texts: Sequence[str], columns: npt.NDArray[np.int64], models: Sequence[str]) -> dict[str, Any]:
    """Return the weights of the answers of some models."""
    features, language, start, gold = _problem(texts, columns, len(models))
    fitted = np.unique(columns)
    place = np.full(len(ensemble.languages()), -1)
    place[fitted] = np.arange(len(fitted))
    weights, bias = _solve(features, place[language], start, gold, len(fitted))
    return {
        "texts": len(gold),
        "models": {
            model: dict(zip(FEATURES, np.round(row, 4).tolist(), strict=True))
            for model, row in zip(models, weights.reshape(len(models), -1), strict=True)
        },
        "bias": {
            ensemble.languages()[column]: round(float(value), 3) for column, value in zip(fitted, bias, strict=True)
        },
        "bias_of_others": _OTHERS,
    }


def _problem(texts: Sequence[str], columns: npt.NDArray[np.int64], models: int) -> tuple[npt.NDArray[Any], ...]:
    """Return the candidates of all texts below each other: their features, their languages, the row at which each text
    starts, and the row of its true language. Texts whose language is no candidate teach nothing and are left out.
    """
    features, language, start, gold, rows = [], [], [], [], 0
    for at in range(0, len(texts), _CHUNK):
        chunk = texts[at : at + _CHUNK]
        shares = scripts.shares(scripts.counts(pa.array(chunk), 1 << 30))
        asked = lines_of(chunk)
        predictions = ensemble.predictions(asked)
        if models > len(FIRST):
            predictions = ensemble.completed(predictions, np.arange(len(chunk)), asked)
        candidates = ensemble.candidates(predictions, in_script(shares, ensemble.meanings()))
        ends = np.searchsorted(candidates.text, np.arange(len(chunk)), side="right")
        for first, end, column in zip(np.append(0, ends), ends, columns[at : at + _CHUNK], strict=False):
            named = candidates.language[first:end]
            if column in named:
                features.append(candidates.features[first:end])
                language.append(named)
                start.append(rows)
                gold.append(rows + int(np.searchsorted(named, column)))
                rows += len(named)
    return np.concatenate(features).astype(np.float64), np.concatenate(language), np.array(start), np.array(gold)


def _solve(
    features: npt.NDArray[np.float64],
    place: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    gold: npt.NDArray[np.int64],
    languages: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the weights and biases of the greatest penalised likelihood."""
    count, width = len(gold), features.shape[1]
    text = np.repeat(np.arange(count), np.diff(np.append(start, len(features))))

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights, bias = parameters[:width], parameters[width:]
        score = features @ weights + np.append(bias, _OTHERS)[place]
        score -= np.maximum.reduceat(score, start)[text]
        probability = np.exp(score)
        total = np.add.reduceat(probability, start)
        probability /= total[text]
        value = float(np.log(total).sum() - score[gold].sum()) / count
        value += float(_RIDGE / 2 * weights @ weights + _RIDGE_BIAS / 2 * bias @ bias / languages)
        probability[gold] -= 1
        slope = features.T @ probability / count + _RIDGE * weights
        slope_bias = np.bincount(place + 1, weights=probability, minlength=languages + 1)[1:] / count
        return value, np.concatenate([slope, slope_bias + _RIDGE_BIAS * bias / languages])

    optimum = minimize(loss, np.zeros(width + languages), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    logger.info("%d texts, %d candidates: loss %.4f after %d steps", count, len(features), optimum.fun, optimum.nit)
    return optimum.x[:width], optimum.x[width:]


def rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def language_of(tag: str) -> str:
    code = canonical(tag).partition("_")[0]
    return SAME.get(code, code)


def held_out(row: dict[str, Any]) -> bool:
    if row["source"] == "sib200":
        return int(row["id"].rsplit("-", 1)[1]) % 2 == 1
    return int(hashlib.md5(row["id"].encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def cut(row: dict[str, Any]) -> str:
    number = int(hashlib.md5(f"{row['id']}cut".encode(), usedforsecurity=False).hexdigest(), 16)
    return str(row["text"][: 20 + number % 60])


def known_half(fitted_on: bool) -> tuple[list[str], list[str]]:
    """Return languages and texts, whole and cut, of the half that is fitted on, or the other."""
    half = [row for row in rows("lid/sentences.jsonl.gz") if held_out(row) != fitted_on]
    known = [row for row in half if language_of(row["lang"]) in ensemble.languages() or row["lang"] == "nno_Latn"]
    languages = ["nno" if row["lang"] == "nno_Latn" else language_of(row["lang"]) for row in known] * 2
    return languages, [row["text"] for row in known] + [cut(row) for row in known]


def noises(seed: int, each: int) -> dict[str, list[str]]:
    """Return generated noise, and lists of words of five letters and more of the half of the sentences held out."""
    words: dict[str, list[str]] = defaultdict(list)
    for row in rows("lid/sentences.jsonl.gz"):
        if row["source"] == "lingua" and held_out(row):
            words[row["lang"]] += [
                word for word in re.findall(r"[^\W\d_]{5,}", row["text"]) if word not in words[row["lang"]]
            ]
    chance = random.Random(seed)  # noqa: S311
    return noise(chance, each) | keywords(chance, {tag: own for tag, own in words.items() if len(own) >= 60}, 40)


def answers(texts: Sequence[str]) -> tuple[list[str], list[float]]:
    """Return what language each text is said to be in, and how surely; in none where it goes with none known."""
    language = Language()
    signals, columns = language.annotate(batch(texts))
    known = ~language.known.broken(signals["known"])
    names = [tag.partition("_")[0] for tag in columns["language"].to_pylist()]
    said = [name if one else UNDETERMINED for name, one in zip(names, known, strict=True)]
    return said, list(signals["score"] * known)


def batch(texts: Sequence[str]) -> Documents:
    entries = [{"id": str(n), "text": text, "source": "", "source_id": ""} for n, text in enumerate(texts)]
    return Documents(batch_of(entries, DOCUMENT))


def refit_weights() -> None:
    """Write `ensemble.json` anew."""
    languages, texts = known_half(True)
    WEIGHTS.write_text(json.dumps(fit(texts, languages, NOTE), indent=1) + "\n", encoding="utf-8")
    ensemble.weights.cache_clear()


def refit_thresholds() -> None:
    """Write `thresholds.tsv` anew."""
    languages, texts = known_half(True)
    found = [text for kind, made in noises(2, 40).items() for text in made if "keywords" not in kind]
    named, scores = answers([*texts, *found])
    lengths = [len(text) for text in (*texts, *found)]
    thresholds.TABLE.write_text(
        thresholds.fit([*languages, *[NOT_LANGUAGE] * len(found)], named, scores, lengths), encoding="utf-8"
    )
    thresholds.measured.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thresholds", action="store_true")
    if not parser.parse_args().thresholds:
        refit_weights()
    refit_thresholds()


if __name__ == "__main__":
    main()
