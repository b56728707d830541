"""The documents of a run or of a release, shard by shard, as the judges leave them.

A run has those that were kept and those that were rejected; a release those that it publishes. What a question needs is
read and no more: receipts and the manifest tell which shards may hold it, and of a shard its columns are read.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from pipeline.answers.finished_run import FinishedRun, instead_of_run, open_run
from pipeline.answers.releases import answered
from pipeline.errors import QuestionError
from pipeline.record import record_of
from pipeline.stages.base import FinishedStage
from pipeline.stages.verdicts import changed
from shards import files
from shards.arrays import Places
from shards.release import manifest
from shards.release.place import ReleaseError, release_at
from shards.schema import DOCUMENT

KEPT = "kept"  # among the reasons for which documents went where they are
FLAGGED = "flagged:"  # before the first bound that flagged a kept document, as the stage `publish` counts it


@dataclass(frozen=True)
class DocumentShard:
    """A shard of documents, with the shards that belong to it."""

    uri: str
    fates: Mapping[str, Mapping[str, int]]  # `kept` or the reason to reject: documents by language
    verdicts: Mapping[str, str] = field(default_factory=dict)  # by judge, in their order: row for row
    signals: str | None = None  # of every document of its task that reached a filter, by id

    @property
    def rows(self) -> int:
        """How many documents it has."""
        return sum(sum(languages.values()) for languages in self.fates.values())

    def read(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield columns of all rows; the one table of a shard with verdicts, else one for each of its batches.

        Those that a release does not have are null.
        """
        here = set(files.schema_of(self.uri).names)
        there = [name for name in columns if name in here]
        if self.verdicts:
            yield self._judged(files.read_table(self.uri, there), None)
            return
        for batch in files.read_shard(self.uri, there):
            table = pa.Table.from_batches([batch])
            for name in columns:
                if name not in here:
                    table = table.append_column(
                        DOCUMENT.field(name), pa.nulls(table.num_rows, DOCUMENT.field(name).type)
                    )
            yield table

    def take(self, rows: Places) -> pa.Table:
        """Return whole rows."""
        return self._judged(files.take(self.uri, rows), rows)

    def verdicts_on(self, rows: Places) -> dict[str, pa.Table]:
        """Return what each judge wrote of rows."""
        return {judge: files.take(uri, rows) for judge, uri in self.verdicts.items()}

    def _judged(self, documents: pa.Table, rows: Places | None) -> pa.Table:
        for uri in self.verdicts.values():
            read = {*documents.column_names, *(["removed"] if "text" in documents.column_names else [])}
            columns = [name for name in files.schema_of(uri).names if name in read]
            verdicts = files.read_table(uri, columns) if rows is None else files.take(uri, rows, columns)
            documents = changed(documents, verdicts)
        return documents


@dataclass(frozen=True)
class Documents:
    """All shards of documents of a run, or of a release."""

    place: str
    shards: tuple[DocumentShard, ...]
    run: FinishedRun | None  # none of a release

    @cached_property
    def reasons(self) -> Mapping[str, frozenset[str]]:
        """The reasons for which each stage rejected documents, by its name; of a release none."""
        stages = self.run.stages if self.run is not None else ()
        return {
            stage.name: frozenset(reason for receipt in stage.receipts.values() for reason in receipt.rejected)
            for stage in stages
        }

    def fates(self) -> dict[str, Counter[str]]:
        """Return how many documents were kept, and rejected for each reason, by language."""
        counts: dict[str, Counter[str]] = {}
        for shard in self.shards:
            for fate, languages in shard.fates.items():
                counts.setdefault(fate, Counter()).update(languages)
        return counts


def documents_at(place: str) -> Documents:
    """Return the documents of the run in an output folder, or of the release that a path leads to.

    Raises
    ------
    QuestionError
        when there is neither.
    """
    if files.exists(record_of(place)):
        return documents_of(open_run(place))
    try:
        release = release_at(place)
    except ReleaseError as error:
        raise QuestionError(f"{place}: {_what_is_there(place)}{instead_of_run(place)}") from error
    shards = answered(lambda: manifest.read(release)).shards
    return Documents(place, tuple(_of_release(release, shards)), None)


def _what_is_there(place: str) -> str:
    """Return what a message says of a place with neither a run nor a release."""
    if files.is_file(place):
        return "a file; asked for is the output folder of a run, or a release"
    if not files.is_folder(place):
        return "no such folder"
    return "neither a run (it has a run.json once its first stage has ended) nor a release (it has a manifest.json)"


def documents_of(run: FinishedRun) -> Documents:
    """Return the documents of a run."""
    return Documents(run.output, tuple(_of_run(run)), run)


def _of_run(run: FinishedRun) -> Iterator[DocumentShard]:
    documents = run.stage("documents")
    judges = [stage for stage in run.stages if stage.judges]
    for index, task in enumerate(documents.tasks):
        receipt, signals = documents.receipts[task.key], documents.uri(task.key, "signals")
        tasks = {judge.name: judge.tasks[index].key for judge in judges}
        verdicts = {judge.name: judge.uri(tasks[judge.name], "verdicts") for judge in judges}
        fates = dict(_fates(judges, tasks, receipt.kept))
        yield DocumentShard(documents.uri(task.key, "kept"), fates, verdicts, signals)
        yield DocumentShard(documents.uri(task.key, "rejected"), receipt.rejected, {}, signals)


def _fates(
    judges: Sequence[FinishedStage], tasks: Mapping[str, str], kept: Mapping[str, int]
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Yield what became of the documents that the first stage kept."""
    for judge in judges:
        receipt = judge.receipts[tasks[judge.name]]
        yield from receipt.rejected.items()
        kept = receipt.kept
    yield KEPT, kept


def _of_release(release: str, shards: Sequence[manifest.Shard]) -> Iterator[DocumentShard]:
    for shard in shards:
        yield DocumentShard(files.join(release, shard.path), {KEPT: {shard.language: shard.rows}})
