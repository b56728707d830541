"""Takes documents down from a run: their texts from every file of it, and their rows from its release.

In this order, so that the same command completes what was begun and killed:

    suppressed.arrow        beside the run: what may not come back (`pipeline.extract.suppressed`)
    takedowns/DIGEST.json   what is taken down: ids and reasons, no address and no text
    every stage             rows of these documents lose text, title, author, addresses and evidence; they stay rows, so
                            that receipts add up and what stands beside them row for row still does; receipts are issued
                            again
    publish, commit …       the shards that held them are written again without them, and the release is committed to
                            again; every other shard keeps its bytes
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.answers.settings import settings_of
from pipeline.extract.suppressed import add_to_list
from pipeline.inputs import Inputs
from pipeline.record import RunRecord, record_of
from pipeline.stages.base import FinishedStage, RunState, Stage
from pipeline.takedown.plan import Takedown, texts_of
from pipeline.task import execute
from shards import files
from shards.receipts import read_receipts, withdraw, write_receipt
from shards.release import manifest
from shards.release.commitments import address_of
from shards.release.lineage import read_lineage
from shards.release.place import NAME
from shards.release.tombstones import Tombstone, write_tombstones

SUPPRESSED = "suppressed.arrow"
ERASED = (
    "title",
    "author",
    "url",
    "doi",
    "license_url",
    "evidence",
    "payload_digest",
    "text",
    "source_id",
    "provenance",
)
REMADE = ("publish", "commitments", "leaves", "commit")


class ErasedFile(BaseModel, frozen=True, extra="forbid"):
    """A file that has lost documents; `after` is null of one that is gone."""

    path: str  # below the output folder of the run
    documents: int
    before: str  # SHA-256
    after: str | None


class ErasureReceipt(BaseModel, frozen=True, extra="forbid"):
    """What a take-down has done."""

    format: int = 1
    takedown: str  # the digest of what was taken down
    basis: str
    scope: str
    documents: tuple[str, ...]
    release_before: str  # SHA-256 of manifest.json
    release_after: str
    shards_unchanged: int
    shards_changed: int
    files: tuple[ErasedFile, ...]


def takedown_digest(plan: Takedown) -> str:
    """Return the name of a take-down: of its basis, its scope and its documents."""
    content = "\n".join([plan.basis, plan.scope, *sorted(plan.ids)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def apply(plan: Takedown) -> ErasureReceipt:
    """Take down what a plan names, and return what was done; done again, it completes or repeats it.

    Raises
    ------
    QuestionError
        if the run is not there, or of another version.
    """
    run = open_run(plan.run)
    settings = settings_of(run)
    stages = {stage.name: stage for stage in settings.flat_stages()}
    suppressed = [address_of(hit.address) for hit in plan.hits if hit.address]
    add_to_list(files.join(plan.run, SUPPRESSED), suppressed, [*plan.selector.texts, *texts_of(run, plan.ids)])
    release = files.join(run.stage("publish").folder, NAME)
    begun = _begun(plan, release, list(_affected(run, plan.ids)))
    write_tombstones(
        release, [Tombstone(name, plan.basis, plan.scope, begun.release_before) for name in begun.documents]
    )
    for stage in run.stages:
        if stage.name not in REMADE:
            _erase(stage, plan.ids)
    _withdraw(run, plan.ids)
    _remade(run, stages)
    shards = {shard.path: shard.sha256 for shard in manifest.read(release).shards}
    unchanged = sum(shards.get(path) == digest for path, digest in begun.shards.items())
    return ErasureReceipt(
        takedown=takedown_digest(plan),
        basis=plan.basis,
        scope=plan.scope,
        documents=begun.documents,
        release_before=begun.release_before,
        release_after=files.sha256(files.join(release, "manifest.json")),
        shards_unchanged=unchanged,
        shards_changed=len(shards) - unchanged,
        files=tuple(
            each.model_copy(update={"after": digest_of_file(files.join(run.output, each.path))}) for each in begun.files
        ),
    )


def digest_of_file(uri: str) -> str | None:
    """Return the SHA-256 of a file, or None if it is not there."""
    return files.sha256(uri) if files.is_file(uri) else None


class _Begun(BaseModel, frozen=True, extra="forbid"):
    """What is taken down, and how everything was before; so a receipt tells all of it, however often it was killed."""

    release_before: str
    shards: dict[str, str]
    documents: tuple[str, ...]
    files: tuple[ErasedFile, ...]


def _begun(plan: Takedown, release: str, affected: Sequence[ErasedFile]) -> _Begun:
    """Note what is taken down and what will change, unless that was noted before."""
    uri = files.join(plan.run, "takedowns", f"{takedown_digest(plan)}.json")
    if not files.is_file(uri):
        begun = _Begun(
            release_before=files.sha256(files.join(release, "manifest.json")),
            shards={shard.path: shard.sha256 for shard in manifest.read(release).shards},
            documents=tuple(sorted(plan.ids)),
            files=tuple(affected),
        )
        files.write_bytes(uri, begun.model_dump_json().encode())
    return _Begun.model_validate_json(files.read_bytes(uri))


def _affected(run: FinishedRun, ids: frozenset[str]) -> Iterator[ErasedFile]:
    """Yield the files that hold one of the documents, and those that lie beside them in the release."""
    for stage in run.stages:
        for receipt in stage.receipts.values():
            counts = {file.path: _count(stage, file.path, ids) for file in receipt.files.values()}
            beside = max(counts.values(), default=0) if stage.name == "publish" else 0
            for path, count in counts.items():
                uri = files.join(stage.folder, path)
                if (count or beside) and files.is_file(uri):
                    place = uri.removeprefix(f"{run.output.rstrip('/')}/")
                    yield ErasedFile(path=place, documents=count or beside, before=files.sha256(uri), after=None)


def _count(stage: FinishedStage, path: str, ids: frozenset[str]) -> int:
    """Return how many of the documents a file holds."""
    uri = files.join(stage.folder, path)
    if not path.endswith(".arrow") or not files.is_file(uri) or not _holds_documents(uri):
        return 0
    found = pc.sum(pc.is_in(files.read_table(uri, ["id"])["id"], pa.array(sorted(ids), pa.string())))
    return int(found.as_py() or 0)


def _erase(stage: FinishedStage, ids: frozenset[str]) -> None:
    """Take documents out of the files of a stage, and issue the receipts of their tasks again."""
    wanted = pa.array(sorted(ids), pa.string())
    for receipt in stage.receipts.values():
        changed = {}
        for role, file in receipt.files.items():
            if _count(stage, file.path, ids):
                uri = files.join(stage.folder, file.path)
                table = files.read_table(uri)
                rest = _without(table, pc.fill_null(pc.is_in(table["id"], wanted), False))
                written = files.write_shard(uri, rest.to_batches(), table.schema)
                changed[role] = file.model_copy(update={"bytes": written.bytes, "sha256": written.sha256})
        if changed:
            write_receipt(stage.folder, receipt.model_copy(update={"files": {**receipt.files, **changed}}))


def _holds_documents(uri: str) -> bool:
    names = files.schema_of(uri).names
    return "id" in names and any(name in ERASED for name in names)


def _without(table: pa.Table, here: pa.ChunkedArray) -> pa.Table:
    """Return the rows, those of documents that are taken down without what tells of them."""
    for place, field in enumerate(table.schema):
        if field.name in ERASED:
            blank = pa.scalar("" if not field.nullable else None, field.type)
            table = table.set_column(place, field, pc.if_else(here, blank, table[field.name]))
    return table


def _withdraw(run: FinishedRun, ids: frozenset[str]) -> None:
    """Withdraw the tasks whose shards hold the documents, and all that describe the whole release."""
    publish = run.stage("publish")
    held = {
        key
        for key, receipt in publish.receipts.items()
        if any(_count(publish, f.path, ids) for f in receipt.files.values())
    }
    gone = held | (set(publish.keys) - publish.receipts.keys())
    withdraw(publish.folder, gone)
    for stage in run.stages:
        if stage.name == "commitments":
            withdraw(stage.folder, [task.key for task in stage.tasks if set(task.reads) & gone])
        elif stage.name in ("leaves", "commit"):
            withdraw(stage.folder, stage.keys)
            for path in files.paths_below(files.join(stage.folder, "tile")):
                files.remove(files.join(stage.folder, "tile", path))


def _remade(run: FinishedRun, stages: Mapping[str, Stage]) -> None:
    """Do again the tasks of the release that were withdrawn, and put the release together."""
    published = manifest.read(files.join(run.stage("publish").folder, NAME))
    lineage = read_lineage(files.join(run.stage("publish").folder, NAME), published.lineage)
    upstream: dict[str, str] = {}
    finished: dict[str, FinishedStage] = {}
    for stage in run.stages:
        tasks = stage.tasks
        if stage.name in REMADE:
            tasks = stages[stage.name].tasks(RunState(finished, Inputs(files.join(run.output, "inputs.json"))))
        receipts = read_receipts(stage.folder, [task.key for task in tasks])
        for task in tasks:
            if task.key not in receipts:
                receipts[task.key] = execute(stages[stage.name], task, stage.folder, upstream)
        finished[stage.name] = FinishedStage(stage.name, stage.folder, tasks, receipts, stage.judges)
        if type(stages[stage.name]).conclude is not Stage.conclude:
            stages[stage.name].conclude(stage.folder, finished, lambda: lineage)
        upstream[stage.name] = stage.folder
    record = RunRecord.model_validate_json(files.read_bytes(record_of(run.output)))
    renewed = [each.model_copy(update={"tasks": tuple(finished[each.name].tasks)}) for each in record.stages]
    content = record.model_copy(update={"stages": tuple(renewed)}).model_dump(mode="json")
    files.write_bytes(record_of(run.output), f"{json.dumps(content, ensure_ascii=False, sort_keys=True)}\n".encode())


def write_erasure(path: str, receipt: ErasureReceipt, lines: Sequence[str] = ()) -> str:
    """Write the receipt of an erasure as a note, signed or not, and return it."""
    text = f"{receipt.model_dump_json(indent=1)}\n"
    content = "\n".join([text, *lines, ""]) if lines else f"{text}\n"
    with suppress(FileExistsError):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    files.write_bytes(path, content.encode())
    return text
