"""From labelled rows to a folder of heads: a model for each group of scripts, curves, and a card with the figures.

Every row is scored by a model that has not seen its host (`folds`); on those scores the curves are fitted, and the
figures are theirs. The models that are written are trained on all rows.
"""

import logging
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

import filters.models.word_tables as word_tables
from filters.documents import Documents
from filters.language import Language
from filters.lists.subjects import find, said_by_terms
from filters.models.fasttext_file import loaded
from filters.models.heads import (
    CARD,
    PREPARATIONS,
    READ_AS,
    Curve,
    combined,
    mean_votes,
    times_of_terms,
    votes_of,
)
from pipeline.calibration.samples import documents
from pipeline.stages.base import digest_of
from pipeline.training.fasttext_child import Job, TrainingError, train
from pipeline.training.head_curves import curves, evened, fitted_less, fitted_shares, has_own, quantile_curves
from pipeline.training.head_figures import Figures, figures, no_better
from pipeline.training.head_rows import LabelledRow, Prepared, RowCounts, codes_as, prepare, read
from pipeline.training.head_settings import Training
from pipeline.training.head_words import counted, fitted_words
from shards import files
from shards.arrays import Floats, Mask, Places

REST = "rest"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """What a training came to: the figures of each head, by language and by data set."""

    folder: Path
    figures: Mapping[str, Mapping[str, Figures]]
    counts: Mapping[str, RowCounts]


def train_heads(settings: Training, command: str) -> Trained:
    """Train the heads, and write them with their card into the folder of the settings.

    Raises
    ------
    TrainingError
        when a head is no better than always the same answer, or than length alone; nothing is written then.
    ConfigError
        when no row may be trained on.
    """
    rows, counts = read(settings)
    prepared = prepare(rows, settings.folds, settings.reads, tuple(settings.heads) if settings.terms else ())
    groups = _groups(settings, [row.language for row in rows])
    ids = counted(prepared) if settings.words else None
    with tempfile.TemporaryDirectory() as temporary:
        unseen, words = (np.full((len(rows), len(settings.heads)), np.nan) for _ in range(2))
        for group, members in groups.items():
            for fold in range(settings.folds):
                seen, held = members[prepared.folds[members] != fold], members[prepared.folds[members] == fold]
                if len(held) and len(seen):
                    logger.info("%s: fold %d of %d, %d rows", group, fold + 1, settings.folds, len(seen))
                    model = _model(settings, prepared, seen, Path(temporary) / f"{group}-{fold}")
                    unseen[held] = _scored(model, settings, prepared, held)
                    if settings.words and ids is not None:
                        table = fitted_words(ids, prepared, seen, list(settings.heads), settings.words.least)
                        words[held] = word_tables.said_by_words(table.table(), prepared.codes, held)
        shares = _shares(settings, prepared, unseen, words)
        times = _times(settings, [row.language for row in rows], _labels(settings, rows))
        unseen += np.nan_to_num(words) * shares[:, 0] + _of_terms(settings, prepared.terms, shares, times)
        heads, measured = _calibrated(settings, prepared, unseen)
        models = {}
        for group, members in groups.items():
            logger.info("%s: %d rows", group, len(members))
            models[group] = _model(settings, prepared, members, Path(temporary) / group)
            if settings.words and ids is not None:
                columns = fitted_words(ids, prepared, members, list(settings.heads), settings.words.least)
                word_tables.write_words(models[group].with_suffix(".npz"), columns, tuple(settings.heads))
        crawled = _crawled(settings, models, shares)
        found = _curves_of_crawl(settings, crawled, shares, heads, _labels(settings, rows)) if crawled else {}
        for (name, fitted), (of_words, *of_terms) in zip(heads.items(), shares.tolist(), strict=True):
            fitted["words"], fitted["terms_alone"] = of_words, settings.heads[name].terms_alone
            fitted["terms"] = {other: share for other, share in zip(heads, of_terms, strict=True) if share}
            fitted["languages"] |= found.get(name, {})
        folder = Path(settings.output)
        folder.mkdir(parents=True, exist_ok=True)
        card = _card(settings, command, models, heads, measured, counts)
        for group, path in models.items():
            shutil.copyfile(path, folder / f"{group}.ftz")
            if settings.words:
                shutil.copyfile(path.with_suffix(".npz"), folder / f"{group}.npz")
        (folder / CARD).write_text(card, encoding="utf-8")
    return Trained(folder, measured, counts)


def _groups(settings: Training, languages: Sequence[str]) -> dict[str, Places]:
    """Return the rows of each group of scripts that has some."""
    of = {script: name for name, scripts in settings.groups.items() for script in scripts}
    names = np.array([of.get(tag.partition("_")[2], REST) for tag in languages])
    return {name: np.flatnonzero(names == name) for name in (*settings.groups, REST) if (names == name).any()}


def _model(settings: Training, prepared: Prepared, rows: Places, at: Path) -> Path:
    lines, model = at.with_suffix(".txt"), at.with_suffix(".ftz")
    lines.write_text("\n".join(prepared.examples(rows.tolist())) + "\n", encoding="utf-8")
    train(Job(lines=str(lines), model=str(model), **settings.learning.model_dump()))
    lines.unlink()
    return model


def _scored(model: Path, settings: Training, prepared: Prepared, rows: Places) -> Floats:
    """Return rows x heads: the mean votes of a model that is asked once."""
    return mean_votes(votes_of(loaded.__wrapped__(model), tuple(settings.heads)), prepared.codes, rows)


def _shares(settings: Training, prepared: Prepared, unseen: Floats, words: Floats) -> Floats:
    """Return heads x (words, terms for each head): how much of what each says is added to the votes of a head."""
    names = list(settings.heads)
    found = np.zeros((len(names), 1 + len(names)))
    for place, (name, head) in enumerate(settings.heads.items()):
        known = [i for i, row in enumerate(prepared.rows) if name in row.targets and not np.isnan(unseen[i, place])]
        truth = np.array([prepared.rows[i].targets[name] for i in known], np.bool_)
        columns, signs = ([words[known, place]], [1]) if settings.words else ([], [])
        against = [names.index(other) for other in head.less]
        if settings.terms:
            columns += [prepared.terms[known, place], *(-prepared.terms[known, other] for other in against)]
            signs += [1, *[-1] * len(against)]
        if columns and truth.any() and not truth.all():
            places = [
                *([0] if settings.words else []),
                *(1 + one for one in ([place, *against] if settings.terms else [])),
            ]
            weight = evened(_counts(prepared, known), [prepared.rows[i].language for i in known])
            found[place, places] = np.array(signs) * fitted_shares(unseen[known, place], columns, truth, weight)
    return found


def _of_terms(settings: Training, terms: Floats, shares: Floats, times: Floats) -> float | Floats:
    """Return rows x heads: what terms add to the votes, so many times."""
    return terms @ shares[:, 1:].T * times if settings.terms else 0.0


def _labels(settings: Training, rows: Sequence[LabelledRow]) -> dict[str, dict[str, int]]:
    """Return by head how many labels each language has that has a curve of its own (`curves`)."""
    found = {}
    for name in settings.heads:
        said: dict[str, list[bool]] = defaultdict(list)
        for row in rows:
            if name in row.targets:
                said[row.language].append(row.targets[name])
        found[name] = {tag: len(truth) for tag, truth in said.items() if has_own(np.array(truth, np.bool_))}
    return found


def _times(settings: Training, languages: Sequence[str], labels: Mapping[str, Mapping[str, int]]) -> Floats:
    """Return rows x heads: how many times terms count in the language of each row."""
    return np.array(
        [
            [
                times_of_terms(head.terms_alone, labels[name].get(READ_AS.get(tag, tag), 0))
                for name, head in settings.heads.items()
            ]
            for tag in languages
        ]
    )


def _calibrated(
    settings: Training, prepared: Prepared, unseen: Floats
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Figures]]]:
    """Return what each head needs beside its models, and its figures."""
    names = list(settings.heads)
    heads: dict[str, dict[str, Any]] = {}
    measured: dict[str, dict[str, Figures]] = {}
    for name, head in settings.heads.items():
        rows = np.array(
            [
                i
                for i, row in enumerate(prepared.rows)
                if name in row.targets and not np.isnan(unseen[i, names.index(name)])
            ],
            np.int64,
        )
        truth = np.array([prepared.rows[i].targets[name] for i in rows], np.bool_)
        if not len(rows) or truth.all() or not truth.any():
            raise TrainingError(f"head {name}: its {len(rows)} labels all say the same; it needs both answers")
        languages, weight = [prepared.rows[i].language for i in rows], _counts(prepared, rows)
        others = [unseen[rows, names.index(other)] for other in head.less]
        less = dict(zip(head.less, fitted_less(unseen[rows, names.index(name)], others, truth, weight), strict=True))
        raw = combined(unseen[rows], names, name, less)
        by_language, by_script, whole = curves(raw, truth, languages, weight)
        heads[name] = {"less": less, "languages": by_language, "scripts": by_script, "others": whole}
        probable = _probable(raw, languages, heads[name])
        lengths = prepared.lengths[rows]
        if why := no_better(truth, probable, lengths, languages):
            raise TrainingError(f"head {name}: {why}; more or better labels are needed")
        measured[name] = _measured(truth, probable, lengths, languages, [prepared.rows[i].data for i in rows])
    return heads, measured


def _counts(prepared: Prepared, rows: Sequence[int] | Places) -> Floats:
    """Return how much each of some rows counts when probabilities are fitted."""
    return np.array([prepared.rows[i].counts for i in rows], np.float64)


def _probable(raw: Floats, languages: Sequence[str], head: Mapping[str, Any]) -> Floats:
    found = np.empty(len(raw))
    tags = np.array(languages)
    for tag in sorted(set(languages)):
        own, script = head["languages"].get(tag), head["scripts"].get(tag.partition("_")[2])
        curve: Curve = own or script or head["others"]
        found[tags == tag] = curve.of(raw[tags == tag])
    return found


def _measured(
    truth: Mask, probable: Floats, lengths: Places, languages: Sequence[str], data: Sequence[str]
) -> dict[str, Figures]:
    found = {"all": figures(truth, probable, lengths)}
    for kind in (languages, data):
        names = np.array(kind)
        for name in sorted(set(kind)):
            here = names == name
            found[name] = figures(truth[here], probable[here], lengths[here])
    return found


@dataclass(frozen=True)
class Crawled:
    """What models say of the crawl sample, before the curves."""

    languages: Sequence[str]
    votes: Floats  # pages x heads, words included
    terms: Floats  # pages x heads; no columns where none are asked


def _crawled(settings: Training, models: Mapping[str, Path], shares: Floats) -> Crawled | None:
    """Return what the models say of the crawl sample, which is read once for all heads; None without one."""
    sample = documents(settings.crawl, Language()) if settings.crawl else []
    if not sample:
        return None
    languages, names = [one.language for one in sample], tuple(settings.heads)
    columns = {"text": [one.text for one in sample], "language": languages}
    texts = Documents(pa.record_batch({name: pa.array(column, pa.string()) for name, column in columns.items()}))
    read = codes_as(settings.reads, texts)
    votes, words = (np.full((len(sample), len(names)), np.nan) for _ in range(2))
    for group, members in _groups(settings, languages).items():
        path = models.get(group) or models[REST if REST in models else next(iter(models))]
        votes[members] = mean_votes(votes_of(loaded.__wrapped__(path), names), read, members)
        if settings.words:
            table = word_tables.read_words(path.with_suffix(".npz"), names)
            words[members] = word_tables.said_by_words(table, read, members)
    terms = said_by_terms(find(texts, read, names), read, names) if settings.terms else words[:, :0]
    return Crawled(languages, votes + np.nan_to_num(words) * shares[:, 0], terms)


def _curves_of_crawl(
    settings: Training,
    crawled: Crawled,
    shares: Floats,
    heads: Mapping[str, Mapping[str, Any]],
    labels: Mapping[str, Mapping[str, int]],
) -> dict[str, dict[str, Curve]]:
    """Return by head the curves of languages that the crawl sample has, and no label."""
    times = _times(settings, crawled.languages, labels)
    votes, found = crawled.votes + _of_terms(settings, crawled.terms, shares, times), {}
    for name, head in heads.items():
        own = combined(votes, list(settings.heads), name, head["less"])
        worded = np.flatnonzero(~np.isnan(own))
        tags = [crawled.languages[i] for i in worded.tolist()]
        found[name] = quantile_curves(own[worded], tags, head["languages"], settings.pages)
    return found


def _card(
    settings: Training,
    command: str,
    models: Mapping[str, Path],
    heads: Mapping[str, Mapping[str, Any]],
    measured: Mapping[str, Mapping[str, Figures]],
    counts: Mapping[str, RowCounts],
) -> str:
    """Return the card: what scoring needs, and what users of the models should know."""
    plain = {
        "name": settings.name,
        "reads": settings.reads,
        "preparation": PREPARATIONS[settings.reads],
        "digest": "",
        "groups": [
            {
                "file": f"{group}.ftz",
                "sha256": files.sha256(str(path)),
                **_words_file(settings, group, path),
                "scripts": list(settings.groups.get(group, ())),
            }
            for group, path in models.items()
        ],
        "heads": {name: _plain_head(head) for name, head in heads.items()},
        "command": command,
        "admitted": settings.admitted.model_dump(mode="json"),
        "learning": settings.learning.model_dump(mode="json"),
        "data": {name: {**asdict(count), "licences": dict(Counter(count.licences))} for name, count in counts.items()},
        "out_of_fold": {
            name: {of: {k: v for k, v in asdict(found).items() if v is not None} for of, found in each.items()}
            for name, each in measured.items()
        },
    }
    decides = {key: plain[key] for key in ("preparation", "groups", "heads")}
    plain["digest"] = digest_of(decides)[:8]
    head = f"# Model card of {settings.name}, by `{command}`. Figures are of rows whose host the model had not seen.\n"
    return head + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def _words_file(settings: Training, group: str, path: Path) -> dict[str, str]:
    if settings.words is None:
        return {}
    return {"words": f"{group}.npz", "words_sha256": files.sha256(str(path.with_suffix(".npz")))}


def _plain_head(head: Mapping[str, Any]) -> dict[str, Any]:
    def plain(curve: Curve) -> dict[str, Any]:
        return curve.model_dump(mode="json", exclude_defaults=True)

    return {
        **{kind: head[kind] for kind in ("words", "terms") if head[kind]},
        **({"terms_alone": head["terms_alone"]} if head["terms"] and head["terms_alone"] != 1 else {}),
        "less": head["less"],
        "languages": {tag: plain(curve) for tag, curve in sorted(head["languages"].items())},
        "scripts": {tag: plain(curve) for tag, curve in sorted(head["scripts"].items())},
        "others": plain(head["others"]),
    }
