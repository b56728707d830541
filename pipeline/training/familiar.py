"""Fit how familiar texts are: what the languages known have on average, and what tells them from languages unknown.

    python -m pipeline.training.familiar

writes `filters/languages/familiar.json`. Data: the half of `lid/sentences` that `pipeline.training.languages` fits on,
as whole sentences and as passages of four, up to 300 characters; texts in languages that no model knows are the others.
Figures are kept from which no text can be read back: five means per language.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import minimize

from filters.languages import ensemble, familiar, scripts
from filters.languages.familiar import FEATURES
from filters.languages.labels import FITS, in_script
from filters.languages.lines import lines_of
from filters.languages.varieties import close
from filters.languages.weighing import FIRST
from pipeline.training.languages import held_out, language_of, rows
from shards.arrays import Floats, Mask

NOTE = (
    "Half of the sentences of SIB-200 (even FLORES sentence numbers; CC-BY-SA-4.0) and of lingua-py's test data (even "
    "MD5 of the id), whole and as passages of four."
)
# Unknown by that name, but a variety of a language that is known
VARIETY_OF = {"twi": "aka", "quy": "que", "prs": "pes", "tzm": "zgh"}

_PASSAGE, _SENTENCES = 300, 4
_KEPT = 0.95  # of the passages in languages that are known
_SHRUNK = 5  # texts: as many count for the mean of all
_RIDGE = 1e-3


class MeasuredTexts(NamedTuple):
    """What was measured of texts: rows are texts."""

    features: Floats
    logs: Floats  # logarithms of the lengths
    named: npt.NDArray[np.int64]  # columns of languages
    right: Mask  # named rightly, in a language that is known
    unknown: Mask  # in a language that is not
    passage: Mask  # no single sentence
    language: npt.NDArray[Any]  # as the data has it


def half(fitted_on: bool) -> tuple[list[str], list[str], list[bool]]:
    """Return languages and texts, and whether each is a passage, of the half that is fitted on, or the other."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for row in rows("lid/sentences.jsonl.gz"):
        if held_out(row) != fitted_on:
            sentences[f"{row['source']} {row['lang']}"].append(row["text"])
    found = []
    for source, texts in sorted(sentences.items()):
        language = language_of(source.partition(" ")[2])
        found += [(language, text, False) for text in texts]
        for at in range(0, len(texts) - _SENTENCES + 1, _SENTENCES):
            found.append((language, " ".join(texts[at : at + _SENTENCES])[:_PASSAGE], True))
    return [row[0] for row in found], [row[1] for row in found], [row[2] for row in found]


def measured(languages: Sequence[str], texts: Sequence[str], passages: Sequence[bool]) -> MeasuredTexts:
    """Return what is measured of the texts of which models are asked."""
    every = np.array([VARIETY_OF.get(language, language) for language in languages])
    names, known = ensemble.languages(), ensemble.known()[: len(FIRST)]
    found = []
    for at in range(0, len(texts), 2_000):
        chunk = texts[at : at + 2_000]
        shares = scripts.shares(scripts.counts(pa.array(chunk), 1 << 30))
        lines, fitting = lines_of(chunk), in_script(shares, ensemble.meanings())
        answer = ensemble.identify(lines, fitting).probabilities
        asked = np.flatnonzero(((fitting >= FITS).sum(axis=1) > 1) & (answer.max(axis=1) > 0))
        evidence = ensemble.predictions(lines.take(asked)).evidence
        named = answer[asked].argmax(axis=1)
        features = familiar.features(evidence, answer[asked], named, known)
        found.append((features, familiar.logarithms(lines.length[asked]), named, asked + at))
    features = np.concatenate([chunk[0] for chunk in found])
    logs = np.concatenate([chunk[1] for chunk in found])
    named = np.concatenate([chunk[2] for chunk in found])
    place = np.concatenate([chunk[3] for chunk in found])
    language = every[place]
    right = np.array([one in close(names[column]) for one, column in zip(language, named, strict=True)])
    unknown = ~np.isin(language, names)
    return MeasuredTexts(features, logs, named, right & ~unknown, unknown, np.array(passages)[place], language)


def taken(texts: MeasuredTexts, some: Mask) -> MeasuredTexts:
    """Return some of the texts."""
    return MeasuredTexts._make(part[some] for part in texts)


def fit(texts: MeasuredTexts) -> dict[str, Any]:
    """Return the contents of `familiar.json`."""
    names, known = ensemble.languages(), ensemble.known()[: len(FIRST)]
    rights = taken(texts, texts.right)
    groups, member = np.unique(rights.named, return_inverse=True)
    counts = np.bincount(member)

    def means(values: Floats) -> Floats:
        return np.stack([np.bincount(member, column) for column in values.T], axis=1) / counts[:, None]

    logs = rights.logs - means(rights.logs[:, None])[member, 0]
    within = rights.features - means(rights.features)[member]
    slope = logs @ within / (logs @ logs)
    level = rights.features - rights.logs[:, None] * slope
    mean = means(level)
    apart = np.log(np.abs(level - mean[member]) + 1e-3)
    narrowing = logs @ apart / (logs @ logs)
    squares = means(((level - mean[member]) / np.exp(narrowing * rights.logs[:, None])) ** 2)
    spread = np.sqrt((squares * counts[:, None] + squares.mean(axis=0) * _SHRUNK) / (counts[:, None] + _SHRUNK))
    patterns = np.array([familiar.pattern(known[:, column]) for column in groups])
    others = {one: mean[patterns == one].mean(axis=0) for one in ("00", "01", "10", "11")}
    between = {one: mean[patterns == one].var(axis=0) for one in others}
    alike = np.array([others[one] for one in patterns])
    mean = (mean * counts[:, None] + alike * _SHRUNK) / (counts[:, None] + _SHRUNK)
    found: dict[str, Any] = {
        "note": NOTE,
        "slope": _by_feature(slope),
        "narrowing": _by_feature(narrowing),
        "others": {
            one: _rounded(value, np.sqrt((spread[patterns == one] ** 2).mean(axis=0) + between[one]))
            for one, value in others.items()
        },
        "languages": {names[column]: _rounded(*row) for column, *row in zip(groups, mean, spread, strict=True)},
    }
    apart_all = standardised(texts, found)
    weight = _logit(apart_all[texts.right | texts.unknown], texts.right[texts.right | texts.unknown])
    passages = apart_all[texts.right & texts.passage] @ weight
    return found | {"weight": _by_feature(weight), "bias": round(-float(np.quantile(passages, 1 - _KEPT)), 4)}


def standardised(texts: MeasuredTexts, fitted: dict[str, Any]) -> Floats:
    """Return texts x features: how many spreads from the mean of the language named."""
    known = ensemble.known()[: len(FIRST)]
    complete = fitted if "weight" in fitted else fitted | {"weight": _by_feature(np.zeros(len(FEATURES))), "bias": 0.0}
    table = familiar.read_table(complete, ensemble.languages(), known)
    return familiar.apart(table, texts.features, texts.logs, texts.named)


def _rounded(mean: Floats, spread: Floats) -> list[list[float]]:
    return [np.round(mean, 3).tolist(), np.round(spread, 3).tolist()]


def _by_feature(values: Floats) -> dict[str, float]:
    return dict(zip(FEATURES, np.round(values, 4).tolist(), strict=True))


def _logit(apart: Floats, right: Mask) -> Floats:
    """Return the weights of a logistic regression in which texts known and unknown count the same together."""
    weight = np.where(right, 0.5 / right.sum(), 0.5 / (~right).sum())
    sign = np.where(right, 1.0, -1.0)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        margin = sign * (apart @ parameters[:-1] + parameters[-1])
        value = weight @ np.logaddexp(0, -margin) + _RIDGE / 2 * parameters[:-1] @ parameters[:-1]
        slope = -weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        return float(value), np.append(slope @ apart + _RIDGE * parameters[:-1], slope.sum())

    found = minimize(loss, np.zeros(apart.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return np.asarray(found[:-1])


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    familiar.TABLE.write_text(json.dumps(fit(measured(*half(True))), indent=1) + "\n", encoding="utf-8")
    familiar.table.cache_clear()


if __name__ == "__main__":
    main()
