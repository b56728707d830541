"""Takes documents down from runs: their texts from every file of them, and their rows from their releases.

In this order, so that the same command completes what was begun and killed:

    takedowns/DIGEST.json   what is taken down: ids and reasons, no address and no text; from now on to the end no run
                            of the folder begins (`pipeline.takedown.notes`)
    suppressed.arrow        beside the run: what may not come back (`pipeline.extract.suppressed`)
    takedowns/DIGEST.arrow  the same, of this take-down
    WARC files              that the run read: their records say nothing any more (`pipeline.takedown.archives`)
    every other file        of the output folder that tells of them, and what earlier runs left, is removed
    every stage             rows of these documents lose text, title, author, addresses and evidence; they stay rows, so
                            that receipts add up and what stands beside them row for row still does; receipts are issued
                            again
    publish, commit …       the shards that held them are written again without them, and the release is committed to
                            again; every other shard keeps its bytes
    exports, copies         of the release are written again (`pipeline.takedown.copies`)
    takedowns/DIGEST.done.json   the receipt
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Literal

from pydantic import BaseModel

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.answers.settings import settings_of
from pipeline.extract.suppressed import Suppressions, add_to_list, hashes_of
from pipeline.inputs import Inputs
from pipeline.journal import list_tasks
from pipeline.lock import locked
from pipeline.record import RunRecord, record_of
from pipeline.stages.base import FinishedStage, RunState, Stage
from pipeline.takedown.archives import purge
from pipeline.takedown.beside import remove
from pipeline.takedown.copies import release_of, renew
from pipeline.takedown.erasing import documents_in, erase
from pipeline.takedown.finding import texts_of
from pipeline.takedown.notes import (
    SUPPRESSED,
    ErasedFile,
    Note,
    done_of,
    list_of,
    note_of,
    read_notes,
    tombstones,
)
from pipeline.takedown.plan import Reach, Takedown
from pipeline.task import execute
from shards import files
from shards.receipts import read_receipts, tasks_in, withdraw
from shards.release import manifest
from shards.release.lineage import read_lineage
from shards.release.tombstones import write_tombstones

REMADE = ("publish", "commitments", "leaves", "commit")


class RunErasure(BaseModel, frozen=True, extra="forbid"):
    """What a take-down has done in one run."""

    run: str  # the name of its output folder
    documents: int
    release_before: str  # SHA-256 of manifest.json
    release_after: str
    shards_unchanged: int
    shards_changed: int
    files: tuple[ErasedFile, ...]
    removed: tuple[str, ...]


class ErasureReceipt(BaseModel, frozen=True, extra="forbid"):
    """What a take-down has done."""

    format: Literal[2] = 2
    takedown: str  # the digest of what was taken down
    basis: str
    scope: str
    documents: tuple[str, ...]
    runs: tuple[RunErasure, ...]
    copies: tuple[str, ...] = ()  # exports and copies of a release that were written again


def takedown_digest(plan: Takedown) -> str:
    """Return the name of a take-down: of its basis, its scope and its documents."""
    content = "\n".join([plan.basis, plan.scope, *sorted(plan.ids)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def apply(plan: Takedown) -> ErasureReceipt:
    """Take down what a plan names, and return what was done; done again, it completes or repeats it.

    Raises
    ------
    QuestionError
        if a run is not there, or of another version.
    ConfigError
        if a run is writing there.
    """
    for reach in plan.runs:
        open_run(reach.run, whole=False)  # before a lock is made where there is no run
    with ExitStack() as held:
        for output in sorted({reach.run for reach in plan.runs}):
            held.enter_context(locked(output))
        return _applied(plan, {reach.run: open_run(reach.run, whole=False) for reach in plan.runs})


def _applied(plan: Takedown, runs: Mapping[str, FinishedRun]) -> ErasureReceipt:
    name = takedown_digest(plan)
    begun = {reach.run: _begun(plan, reach, runs[reach.run]) for reach in plan.runs}
    listed = _suppressions(plan, runs)
    for output in runs:  # of all, before the texts of any are gone
        for uri in (files.join(output, SUPPRESSED), list_of(output, name)):
            add_to_list(uri, listed)
    for reach in plan.runs:
        _erase(reach, plan.runs, runs[reach.run], begun[reach.run])
    for copy in plan.copies:
        renew(copy, release_of(runs[copy.run]))
    receipt = ErasureReceipt(
        takedown=name,
        basis=plan.basis,
        scope=plan.scope,
        documents=tuple(sorted(plan.ids)),
        runs=tuple(_erasure(runs[reach.run], begun[reach.run]) for reach in plan.runs),
        copies=tuple(copy.folder for copy in plan.copies),
    )
    for output in runs:
        files.write_bytes(done_of(output, name), receipt.model_dump_json().encode())
    return receipt


def _suppressions(plan: Takedown, runs: Mapping[str, FinishedRun]) -> Suppressions:
    """Return what may not come back: with the scope `content`, no text near one of those either."""
    texts = [text for reach in plan.runs for text in texts_of(runs[reach.run], reach.ids)]
    own = hashes_of(plan.addresses, [*plan.selector.texts, *texts] if plan.scope == "content" else [])
    asked = plan.selector.hashes
    return Suppressions(own.keys | asked.keys, (*own.texts, *(asked.texts if plan.scope == "content" else ())))


def _erase(reach: Reach, every: Sequence[Reach], run: FinishedRun, begun: Note) -> None:
    stages = {stage.name: stage for stage in settings_of(run).flat_stages()}
    write_tombstones(release_of(run), tombstones(begun))
    for archive in reach.archives:  # before the rows that say where their records lie
        purge(archive.path, archive.records, frozenset(archive.ids))
    inputs = Inputs(files.join(run.output, "inputs.json"))
    inputs.keep_identity([archive.path for each in every for archive in each.archives])
    remove(run.output, reach.removed)
    for stage in run.stages:
        if stage.name not in REMADE:
            erase(stage, reach.ids)
    _withdraw(run, reach.ids)
    _remade(run, stages)


def _erasure(run: FinishedRun, begun: Note) -> RunErasure:
    release = release_of(run)
    shards = {shard.path: shard.sha256 for shard in manifest.read(release).shards}
    unchanged = sum(shards.get(path) == digest for path, digest in begun.shards.items())
    return RunErasure(
        run=name_of(run.output),
        documents=len(begun.documents),
        release_before=begun.release_before,
        release_after=files.sha256(files.join(release, "manifest.json")),
        shards_unchanged=unchanged,
        shards_changed=len(shards) - unchanged,
        files=tuple(
            each.model_copy(update={"after": digest_of_file(files.join(run.output, each.path))}) for each in begun.files
        ),
        removed=begun.removed,
    )


def name_of(output: str) -> str:
    """Return the name of an output folder, wherever it lies."""
    return output.rstrip("/").rpartition("/")[2]


def digest_of_file(uri: str) -> str | None:
    """Return the SHA-256 of a file, or None if it is not there."""
    return files.sha256(uri) if files.is_file(uri) else None


def _begun(plan: Takedown, reach: Reach, run: FinishedRun) -> Note:
    """Note what is taken down and what will change, unless that was noted before."""
    uri = note_of(reach.run, takedown_digest(plan))
    if not files.is_file(uri) or Note.model_validate_json(files.read_bytes(uri)).adopted:
        release = release_of(run)
        before = files.sha256(files.join(release, "manifest.json"))
        begun = Note(
            basis=plan.basis,
            scope=plan.scope,
            documents=tuple(sorted(reach.ids)),
            origin=next((note.origin for note in read_notes(reach.run)), before),
            release_before=before,
            shards={shard.path: shard.sha256 for shard in manifest.read(release).shards},
            files=tuple(_affected(run, reach)),
            removed=reach.removed,
            tasks=tuple(run.stage("documents").keys),
        )
        files.write_bytes(uri, begun.model_dump_json().encode())
    return Note.model_validate_json(files.read_bytes(uri))


def _affected(run: FinishedRun, reach: Reach) -> Iterator[ErasedFile]:
    """Yield the files that hold one of the documents, and those that lie beside them in the release."""
    ids, below = reach.ids, f"{run.output.rstrip('/')}/"
    for archive in reach.archives:
        place = archive.path.removeprefix(below)
        yield ErasedFile(path=place, documents=len(archive.records), before=files.sha256(archive.path), after=None)
    for stage in run.stages:
        for receipt in stage.receipts.values():
            counts = {file.path: documents_in(stage, file.path, ids) for file in receipt.files.values()}
            beside = max(counts.values(), default=0) if stage.name == "publish" else 0
            for path, count in counts.items():
                uri = files.join(stage.folder, path)
                if (count or beside) and files.is_file(uri):
                    place = uri.removeprefix(below)
                    yield ErasedFile(path=place, documents=count or beside, before=files.sha256(uri), after=None)


def _withdraw(run: FinishedRun, ids: frozenset[str]) -> None:
    """Withdraw the tasks whose shards hold the documents, and all that describe the whole release."""
    publish = run.stage("publish")
    held = {
        key
        for key, receipt in publish.receipts.items()
        if any(documents_in(publish, f.path, ids) for f in receipt.files.values())
    }
    gone = held | (set(publish.keys) - publish.receipts.keys())
    withdraw(publish.folder, gone)
    for stage in run.stages:
        if stage.name == "commitments":
            withdraw(stage.folder, [task.key for task in stage.tasks if set(task.reads) & gone])
        elif stage.name in ("leaves", "commit"):
            withdraw(stage.folder, tasks_in(stage.folder))  # also those of an attempt that was killed
            for path in files.paths_below(files.join(stage.folder, "tile")):
                files.remove(files.join(stage.folder, "tile", path))


def _remade(run: FinishedRun, stages: Mapping[str, Stage]) -> None:
    """Do again the tasks of the release that were withdrawn, and put the release together."""
    lineage = read_lineage(release_of(run), manifest.read(release_of(run)).lineage)
    upstream: dict[str, str] = {}
    finished: dict[str, FinishedStage] = {}
    for stage in run.stages:
        tasks = stage.tasks
        if stage.name in REMADE:
            tasks = stages[stage.name].tasks(RunState(finished, Inputs(files.join(run.output, "inputs.json"))))
            list_tasks(stage.folder, tasks)
        receipts = read_receipts(stage.folder, [task.key for task in tasks])
        for task in tasks:
            if task.key not in receipts:
                receipts.add(execute(stages[stage.name], task, stage.folder, upstream))
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
