"""How well heads tell domains on sources that they have not seen: precision, recall and F1 by language and form.

    python -m tests.benchmarks.domain configs/training/domains.yaml [--by-repository] [--folds 2]

Rows are divided by `host`, or with `--by-repository` by the repository that they are from, which is much harder: no row
of a journal, of a set of notes or of an encyclopaedia is then on both sides. A domain holds from a probability of .5.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xxhash

from filters.models.fasttext_file import loaded
from filters.models.heads import combined, mean_votes, votes_of
from pipeline.config import load_as
from pipeline.training.fasttext_child import Job, train
from pipeline.training.head_curves import curves
from pipeline.training.head_rows import LabelledRow, Prepared, prepare, read
from pipeline.training.head_settings import Training

Floats = npt.NDArray[np.float64]
FEW = 10  # positives, for a figure


def out_of_fold(settings: Training, prepared: Prepared, folds: npt.NDArray[np.int64], count: int) -> Floats:
    """Return rows x heads: the votes of models that have not seen the row's fold; NaN beyond the first folds."""
    names = tuple(settings.heads)
    found = np.full((len(prepared.rows), len(names)), np.nan)
    with tempfile.TemporaryDirectory() as folder:
        lines, model = Path(folder, "lines.txt"), Path(folder, "model.ftz")
        for fold in range(count):
            seen, unseen = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            lines.write_text("\n".join(prepared.examples(seen.tolist())) + "\n", encoding="utf-8")
            train(Job(lines=str(lines), model=str(model), **settings.learning.model_dump()))
            found[unseen] = mean_votes(votes_of(loaded.__wrapped__(model), names), prepared.codes, unseen)
    return found


def probabilities(settings: Training, rows: list[LabelledRow], raw: Floats) -> Floats:
    """Return rows x heads: the calibrated probabilities; the curves are fitted on the same votes."""
    names, found = list(settings.heads), np.zeros(raw.shape)
    for place, name in enumerate(names):
        own = combined(raw, names, name, {})
        known = np.array([i for i, row in enumerate(rows) if name in row.targets and not np.isnan(own[i])])
        truth = np.array([rows[i].targets[name] for i in known], np.bool_)
        by_language, by_script, whole = curves(own[known], truth, [rows[i].language for i in known])
        tags = np.array([row.language for row in rows])
        for tag in sorted(set(tags.tolist())):
            curve = by_language.get(tag) or by_script.get(tag.partition("_")[2]) or whole
            found[tags == tag, place] = np.nan_to_num(curve.of(own[tags == tag]))
    return found


def told(settings: Training) -> Mapping[str, dict[str, object]]:
    """Return by text what the files say beside the labels: form, origin, near_miss."""
    found: dict[str, dict[str, object]] = {}
    for data in settings.data:
        for path in data.paths:
            for line in gzip.decompress(Path(path).read_bytes()).splitlines():
                row = json.loads(line)
                found.setdefault(row["text"], {key: value for key, value in row.items() if key != "text"})
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("-p", "--parameter", action="append", default=[])
    parser.add_argument("--by-repository", action="store_true")
    parser.add_argument("--folds", type=int, default=5)
    asked = parser.parse_args()
    settings = load_as(Training, asked.config, asked.parameter)
    rows, _ = read(settings)
    prepared = prepare(rows, settings.folds)
    by_text = told(settings)
    facts = [by_text[row.text] for row in rows]
    folds = prepared.folds
    if asked.by_repository:
        places = [
            str(fact.get("origin") or fact.get("source") or row.host) for fact, row in zip(facts, rows, strict=True)
        ]
        folds = np.array(
            [xxhash.xxh3_64_intdigest(f"fold {one.partition('@')[0]}".encode()) % settings.folds for one in places]
        )
    raw = out_of_fold(settings, prepared, folds, asked.folds)
    scored = np.flatnonzero(~np.isnan(raw[:, 0])).tolist()
    chosen = [rows[i] for i in scored]
    show(settings, chosen, [facts[i] for i in scored], probabilities(settings, chosen, raw[scored]))


def show(settings: Training, rows: list[LabelledRow], facts: list[dict[str, object]], probable: Floats) -> None:
    judged = np.array([row.data in ("judged", "written") for row in rows])
    languages = np.array([row.language for row in rows])
    forms = np.array([str(fact.get("form") or row.data) for fact, row in zip(facts, rows, strict=True)])
    for language in ("zho_Hans", "eng_Latn"):
        here = judged & (languages == language)
        for form in ("all", *sorted(set(forms[here].tolist()))):
            of = here & (forms == form) if form != "all" else here
            for place, name in enumerate(settings.heads):
                chosen = np.flatnonzero(of & np.array([name in row.targets for row in rows]))
                truth = np.array([rows[i].targets[name] for i in chosen], np.bool_)
                said = probable[chosen, place] >= 0.5
                if truth.sum() >= FEW:
                    right = float((truth & said).sum())
                    precision, recall = right / max(said.sum(), 1), right / truth.sum()
                    f1 = 2 * right / (said.sum() + truth.sum())
                    print(
                        f"{language} {form:24} {name:16} precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}"
                        f" on {truth.sum()} of {len(truth)}"
                    )
    flagged = probable.max(axis=1) >= 0.5
    share(rows, languages, flagged, "near misses", lambda i: "True" in rows[i].classes)
    share(rows, languages, flagged, "general pages", lambda i: rows[i].data == "pages")
    health = probable[:, list(settings.heads).index("life_health")] >= 0.5
    tico = {row.language for row, fact in zip(rows, facts, strict=True) if "tico" in str(fact.get("origin"))}
    others = tico - {"eng_Latn", "zho_Hans"}
    share(rows, languages, health, "health, of 30 languages", lambda i: rows[i].language in others and judged[i])
    share(
        rows,
        languages,
        health,
        "sentences on other topics, of these",
        lambda i: rows[i].language in others and rows[i].data == "sentences" and facts[i].get("topic") != "health",
    )
    share(
        rows,
        languages,
        health,
        "sentences on health, of these",
        lambda i: rows[i].language in others and facts[i].get("topic") == "health",
    )


def share(
    rows: list[LabelledRow],
    languages: npt.NDArray[np.str_],
    flagged: npt.NDArray[np.bool_],
    name: str,
    chosen: Callable[[int], bool],
) -> None:
    of = np.array([i for i in range(len(rows)) if chosen(i)], np.int64)
    if len(of):
        each = {tag: f"{flagged[of][languages[of] == tag].mean():.2f}" for tag in sorted(set(languages[of].tolist()))}
        print(f"{name}: {flagged[of].mean():.3f} of {len(of)} flagged; {each}")


if __name__ == "__main__":
    main()
