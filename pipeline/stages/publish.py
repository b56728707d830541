"""The release: Arrow shards per language, a manifest of every one, and a card that `datasets.load_dataset` reads.

release/README.md                          the Hugging Face dataset card, a config per language
release/manifest.json                      shards, rows, checksums, lineage; written last
release/data/zho_Hans/permissive-00000.arrow   documents (`PUBLISHED`), one language and one class of licence
release/attribution/zho_Hans/permissive-00000.jsonl.gz   who is to be named: `shards.release.attribution`
flagged/zho_Hans/permissive-00000.arrow        what a filter has flagged (`DOCUMENT`): kept, beside the release
release/duplicates/00000.arrow      what the documents stand for, after dedup; and `superseded`: `shards.release.copies`
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import Field

from pipeline.errors import ShardError
from pipeline.stages.base import Facts, FinishedStage, Outcome, RunState, Stage, Task, Workspace
from pipeline.stages.partitions import KeptFacts, Partition, PartitionSize, partition_of
from pipeline.stages.standing import JudgedShard, judged_shards, revised, standing
from shards import files
from shards.receipts import ShardFile
from shards.release import attribution, card, manifest
from shards.release.copies import TABLES
from shards.schema import DOCUMENT, PUBLISHED, project


class Run(JudgedShard):
    """Rows of those of one partition in one shard of documents."""

    flags: str  # what flagged the partition
    rows: tuple[int, int]  # [start, stop]


class ShardFacts(Facts):
    """What a shard of the release holds."""

    language: str
    family: str
    licenses: dict[str, int]


class Publish(Stage):
    """Writes what every stage before has kept as a release."""

    name: Literal["publish"] = "publish"
    title: str = Field(min_length=1, description="of the dataset card")
    description: str = Field("", description="of the dataset card: what this is and whom it is for")
    release_flagged: tuple[str, ...] = Field(
        (), description="`filter.signal`: documents that these alone have flagged are released after all"
    )
    shard_bytes: int = Field(256 << 20, ge=1, description="of text in a shard, about")

    after: ClassVar[tuple[str, ...]] = ("documents",)
    exclusive: ClassVar[bool] = True

    def expanded(self, before: Sequence[Stage]) -> Sequence[Stage]:
        finds = any(step.name == "license" for stage in before for step in getattr(stage, "steps", ()))
        if finds and not any(stage.name == "rights" for stage in before):
            raise ValueError("publish: the step `license` finds licences and the stage `rights` decides; add it before")
        return (self,)

    def tasks(self, state: RunState) -> list[Task]:
        """Return one task per shard: runs of rows of one language and licence class, flagged ones for themselves."""
        groups: dict[tuple[str, str, str], list[Piece]] = {}
        for (language, family, flags), pieces in sorted(_partitions(state).items()):
            folder = "release/data" if set(flags.split()) <= set(self.release_flagged) else "flagged"
            groups.setdefault((folder, language, family), []).extend(pieces)
        tasks = []
        for (folder, language, family), pieces in sorted(groups.items()):
            for number, runs in enumerate(_shards(pieces, self.shard_bytes)):
                path = f"{folder}/{language}/{family}-{number:05}.arrow"
                part: dict[str, Any] = {"path": path, "language": language, "family": family}
                part["runs"] = [run.model_dump(mode="json") for run in runs]
                reads = [key for run in runs for key in run.reads]
                tasks.append(Task(reads=tuple(reads), part=part, weight=sum(_length(run) for run in runs)))
        return [*tasks, *_tables(state)]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        if "table" in part:
            return _write_table(workspace, part)
        runs = map(Run.model_validate, part["runs"])
        rows = (batch for run in runs for batch in _rows(workspace, (part["language"], part["family"]), run))
        return (_release if part["path"].startswith("release/") else _keep_apart)(workspace, part, rows)

    def conclude(self, folder: str, finished: Mapping[str, FinishedStage], lineage: Mapping[str, Any]) -> None:
        release = files.join(folder, "release")
        receipts = [finished[self.name].receipts[task.key] for task in finished[self.name].tasks]
        released = [receipt for receipt in receipts if "shard" in receipt.files]
        flagged = sum(receipt.rejected_rows for receipt in receipts)
        facts = [finished[self.name].facts_of(receipt.task, ShardFacts).model_dump() for receipt in released]
        shards = [
            manifest.Shard(**_listed(receipt.files["shard"]), **held)
            for receipt, held in zip(released, facts, strict=True)
        ]
        named = [
            manifest.Attribution(**_listed(receipt.files["attribution"]), shard=shard.path)
            for receipt, shard in zip(released, shards, strict=True)
        ]
        tables = [manifest.Table(**_listed(receipt.files["table"])) for receipt in receipts if "table" in receipt.files]
        published = manifest.Manifest(
            title=self.title,
            shards=tuple(shards),
            attribution=tuple(named),
            tables=tuple(tables),
            lineage=dict(lineage),
        )
        last = [stage for name, stage in finished.items() if stage.judges or name == "documents"][-1]
        kept = sum(receipt.kept_rows for receipt in last.receipts.values())
        if published.rows + flagged != kept:
            raise ShardError(
                f"{release}: {published.rows} documents published, {flagged} flagged, {kept} were kept by {last.name}"
            )
        files.write_bytes(files.join(release, "README.md"), card.render(published, self.description).encode())
        manifest.write(release, published)


def _release(workspace: Workspace, part: Mapping[str, Any], rows: Iterator[pa.RecordBatch]) -> Outcome:
    licenses: Counter[str] = Counter()
    path = "release/" + attribution.path_beside(part["path"].removeprefix("release/"))
    with attribution.writing(files.join(workspace.folder, path)) as attributions:

        def noting() -> Iterator[pa.RecordBatch]:
            for batch in project(rows, PUBLISHED):
                licenses.update(batch.column("license").fill_null("").to_pylist())
                attributions.add(batch)
                yield batch

        shard = workspace.write("shard", noting(), PUBLISHED, path=part["path"], stream=True)
    _check(part, shard.rows)
    workspace.wrote("attribution", path, attributions.rows, attributions.written)
    facts = ShardFacts(language=part["language"], family=part["family"], licenses=dict(sorted(licenses.items())))
    return Outcome(rows=shard.rows, kept={part["language"]: shard.rows}, facts=facts)


def _keep_apart(workspace: Workspace, part: Mapping[str, Any], rows: Iterator[pa.RecordBatch]) -> Outcome:
    """Write what is flagged beside the release; to the release it counts as rejected, by the first flag."""
    flags: Counter[str] = Counter()

    def noting() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            flags.update(f"flagged:{first}" for first, *_ in batch.column("flagged_by").to_pylist())
            yield batch

    shard = workspace.write("flagged", noting(), DOCUMENT, path=part["path"])
    _check(part, shard.rows)
    rejected = {reason: {part["language"]: count} for reason, count in sorted(flags.items())}
    return Outcome(rows=shard.rows, rejected=rejected)


def _check(part: Mapping[str, Any], rows: int) -> None:
    expected = sum(stop - start for start, stop in (run["rows"] for run in part["runs"]))
    if rows != expected:
        raise ShardError(f"{part['path']}: {rows} documents written, {expected} were kept for it")


TABLE_ROWS = 1 << 20  # in a file of copies, about

TABLE_STAGES = {"duplicates": "dedup", "superseded": "survivors"}  # which write shards in the role of the table


def _tables(state: RunState) -> Iterator[Task]:
    """Yield a task per file of each table of copies."""
    for table, name in TABLE_STAGES.items():
        stage = state.finished.get(name)
        held: list[str] = []
        rows = number = 0
        for task in stage.tasks if stage else ():
            count = stage.receipts[task.key].files[table].rows if stage else 0
            held += [task.key] * bool(count)
            rows += count
            if rows >= TABLE_ROWS or (held and stage and task is stage.tasks[-1]):
                path = f"release/{table}/{number:05}.arrow"
                yield Task(reads=tuple(held), part={"table": table, "path": path, "tasks": list(held)}, weight=rows)
                held, rows, number = [], 0, number + 1


def _write_table(workspace: Workspace, part: Mapping[str, Any]) -> Outcome:
    table = part["table"]
    uris = [workspace.upstream(TABLE_STAGES[table], table, key) for key in part["tasks"]]
    batches = (batch for uri in uris for batch in files.read_shard(uri))
    workspace.write("table", batches, TABLES[table], path=part["path"], stream=True)
    return Outcome()


def _listed(file: ShardFile) -> dict[str, Any]:
    return {**file.model_dump(), "path": file.path.removeprefix("release/")}


Piece: TypeAlias = tuple[JudgedShard, PartitionSize]  # what a shard of documents has of a partition


def _partitions(state: RunState) -> dict[Partition, list[Piece]]:
    """Return the pieces of each partition."""
    judges = [stage for stage in state.finished.values() if stage.judges]
    last = judges[-1] if judges else state.finished["documents"]
    found: dict[Partition, list[Piece]] = {}
    for (shard, _), kept in zip(judged_shards(state), last.facts(KeptFacts), strict=True):
        for size in kept.partitions:
            found.setdefault((size.language, size.family, size.flags), []).append((shard, size))
    return found


def _shards(pieces: Sequence[Piece], shard_bytes: int) -> Iterator[list[Run]]:
    """Yield the runs of each shard of a partition: as many shards as its bytes ask for, with equal numbers of rows."""
    rows = sum(size.rows for _, size in pieces)
    shards = max(1, -(-sum(size.bytes for _, size in pieces) // shard_bytes))
    for index in range(shards):
        low, high = rows * index // shards, rows * (index + 1) // shards
        runs, first = [], 0
        for shard, size in pieces:
            start, stop = max(low - first, 0), min(high - first, size.rows)
            if start < stop:
                run = Run(documents=shard.documents, verdicts=shard.verdicts, flags=size.flags, rows=(start, stop))
                runs.append(run)
            first += size.rows
        yield runs


def _length(run: Run) -> int:
    start, stop = run.rows
    return stop - start


def _rows(workspace: Workspace, partition: tuple[str, str], run: Run) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a run, as the judges leave them."""
    stand = standing(workspace, run, ["language", "license"])
    keys = partition_of(stand)
    mine = [
        row
        for row, (key, reason) in enumerate(zip(keys, stand["rejected_by"].to_pylist(), strict=True))
        if key == (*partition, run.flags) and reason is None
    ]
    rows = np.array(mine[slice(*run.rows)], np.int64)
    table = files.take(workspace.upstream("documents", "kept", run.documents), rows)
    for batch in revised(workspace, run, table, rows).combine_chunks().to_batches():
        yield pa.RecordBatch.from_arrays(batch.columns, schema=DOCUMENT)
