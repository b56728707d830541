"""The samples of a calibration as documents, their signals as tables, and which half of them is held back.

The texts of all samples are held in memory: a few thousand documents per language are plenty.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from filters.base import Filter
from filters.chain import Judgement, judge
from filters.documents import Documents
from filters.language import Language
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, canonical
from pipeline.answers.finished_run import open_run
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.calibration.fit import SignalTable
from pipeline.calibration.pools import relatives
from pipeline.calibration.settings import Sample
from pipeline.calibration.units import SAME, Worth, factor
from pipeline.errors import ConfigError
from pipeline.sources.base import batches
from shards import files
from shards.arrays import Floats
from shards.schema import DOCUMENT, batch_of, project

ROWS = 256  # of a batch


@dataclass(frozen=True)
class Document:
    """A text of a sample: in which language, and of which group (host, article, book), which is never divided."""

    id: str
    group: str
    language: str
    text: str
    speaks_of: tuple[str, ...] = ()

    def is_held_back(self, share: float, split: int = 0) -> bool:
        """Return whether it is in the half that only the report sees; each number makes other halves."""
        return xxhash.xxh3_64_intdigest(f"held back {self.group}".encode(), seed=split) < share * 2**64


def documents(samples: Iterable[Sample], language: Language) -> list[Document]:
    """Return the documents of samples that are read from sources; those in no language are left out."""
    found: dict[str, Document] = {}
    for sample in samples:
        for batch in rows_of(sample):
            for row in named(batch, language).to_pylist():
                if row["rejected_by"] is None and row["language"] not in (None, NOT_LANGUAGE, UNDETERMINED):
                    group = (row["url"] and urlsplit(row["url"]).hostname) or row["source_id"].partition("/")[0]
                    one = Document(row["id"], group, canonical(row["language"]), row["text"], sample.speaks_of)
                    found.setdefault(xxhash.xxh3_128_hexdigest(row["text"].encode()), one)  # a copy says nothing new
    return list(found.values())


def rows_of(sample: Sample) -> Iterator[pa.RecordBatch]:
    """Yield the documents of a sample that is read from sources, after its steps."""
    for source in sample.sources:
        rows = (row for split in source.splits() for row in source.read(split))
        for batch in batches(rows, ROWS):
            for step in sample.steps:
                batch = step.run(batch).documents
            yield from project([batch], DOCUMENT)


def named(batch: pa.RecordBatch, language: Language) -> pa.RecordBatch:
    """Return the batch with the language of documents that declare none."""
    if batch.column("language").null_count == 0:
        return batch
    _, columns = language.annotate(Documents(batch))
    named = pc.coalesce(batch.column("language"), columns["language"])
    return Documents(batch).with_columns({"language": named}).batch


def worths(parallel: Sequence[Document], base: str, languages: Iterable[str]) -> dict[str, Worth]:
    """Return what a word and a character of each language are worth, by texts that say the same in all of them.

    A language without such texts gets the mean of its closest relatives that have some.
    """
    sizes = {}
    for language, group in by_language(parallel).items():
        derived = Documents(_batch(group))
        sizes[language] = (derived.tokens.words.mean(), derived.characters.count.mean())
    if base not in sizes:
        return dict.fromkeys(languages, SAME)
    known = {tag: Worth(float(t / sizes[base][0]), float(c / sizes[base][1])) for tag, (t, c) in sizes.items()}
    return {language: known.get(language) or _mean(language, known) for language in languages}


def _mean(language: str, known: Mapping[str, Worth]) -> Worth:
    _, members = relatives(language, known, by_spacing=True)[0]
    closest = [known[member] for member in sorted(members)]
    return Worth(
        float(np.mean([worth.tokens for worth in closest])), float(np.mean([worth.characters for worth in closest]))
    )


def by_language(found: Iterable[Document]) -> dict[str, list[Document]]:
    """Return the documents of each language."""
    groups: dict[str, list[Document]] = {}
    for document in found:
        groups.setdefault(document.language, []).append(document)
    return dict(sorted(groups.items()))


def judged(found: Sequence[Document], chain: Sequence[Filter]) -> Iterator[Judgement]:
    """Yield what a chain says of documents, a batch at a time."""
    for first in range(0, len(found), ROWS):
        yield judge(chain, _batch(found[first : first + ROWS]))


def _batch(found: Sequence[Document]) -> pa.RecordBatch:
    rows = [{"id": one.id, "source": "", "source_id": "", "text": one.text, "language": one.language} for one in found]
    return batch_of(rows, DOCUMENT)


def table(
    found: Sequence[Document],
    chain_for: Callable[[str], Sequence[Filter]],
    names: Sequence[str],
    worth: Mapping[str, Worth],
) -> SignalTable:
    """Return the signals of documents in the base language's measure; NaN where a sample has no say."""
    ordered = [one for group in by_language(found).values() for one in group]
    columns: dict[str, list[Floats]] = {name: [] for name in names}
    for language, group in by_language(found).items():
        for judgement in judged(group, chain_for(language)):
            for name in names:
                values = np.asarray(judgement.signals[name], np.float64)
                columns[name].append(values / factor(name, worth[language]))
    signals = {name: np.concatenate([np.zeros(0), *parts]) for name, parts in columns.items()}
    for name, values in signals.items():
        silent = [bool(one.speaks_of) and name not in one.speaks_of for one in ordered]
        values[np.array(silent, np.bool_)] = np.nan
    return SignalTable(
        np.array([one.language for one in ordered], np.str_), np.array([one.group for one in ordered], np.str_), signals
    )


def table_of_run(
    folder: str, chain_for: Callable[[str], Sequence[Filter]], names: Sequence[str], worth: Mapping[str, Worth]
) -> SignalTable:
    """Return the signals that a run measured, of documents that reached the chain's filters.

    Raises
    ------
    ConfigError
        when the run measured them with other settings than those that are to be fitted.
    """
    run = open_run(folder)
    stage = documents_stage(settings_of(run))
    documents = run.stage("documents")
    rows: list[dict[str, float | str]] = []
    for task in documents.tasks:
        for batch in files.read_shard(documents.uri(task.key, "signals")):
            rows += [row for row in batch.to_pylist() if row.get("language.label") is not None]
    languages = sorted({canonical(str(row["language.label"])) for row in rows} & set(worth))
    for language in languages:
        _check_settings(folder, stage.filters_for(language), chain_for(language), language)
    rows = [row for row in rows if canonical(str(row["language.label"])) in languages]
    tags = [canonical(str(row["language.label"])) for row in rows]
    signals = {}
    for name in names:
        values = np.array([np.nan if row.get(name) is None else row[name] for row in rows], np.float64)
        signals[name] = values / np.array([factor(name, worth[tag]) for tag in tags], np.float64)
    return SignalTable(np.array(tags, np.str_), np.array([str(row["id"]) for row in rows], np.str_), signals)


def _check_settings(folder: str, ran: Sequence[Filter], fitted: Sequence[Filter], language: str) -> None:
    used = {filter.name: filter for filter in ran}
    for filter in fitted:
        if filter.name not in used:
            raise ConfigError(f"{folder}: this run has no {filter.name} for {language}: measure with the same filters")
        bounds = set(filter.signals())
        for name in set(type(filter).model_fields) - bounds:
            here, there = getattr(used[filter.name], name), getattr(filter, name)
            if here != there:
                raise ConfigError(
                    f"{folder}: {filter.name}.{name} was {here} for {language}, and {there} is what is fitted:"
                    " run it once with these settings"
                )


def joined(tables: Sequence[SignalTable]) -> SignalTable:
    """Return the rows of all tables."""
    return SignalTable(
        np.concatenate([table.languages for table in tables]),
        np.concatenate([table.groups for table in tables]),
        {name: np.concatenate([table.signals[name] for table in tables]) for name in tables[0].signals},
    )
