"""Keeps what a later run needs to be de-duplicated against this one: see `pipeline.stages.dedup.earlier`.

A task per group of shards, a task per partition of the keys, and one for what is small.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dedup.index import signed_schema
from pipeline.stages.base import Finished, Known, Outcome, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.components import named
from pipeline.stages.dedup.earlier import CHANGES, Index, IndexFile, spec_of
from pipeline.stages.dedup.rows import COMPONENTS
from shards import files
from shards.receipts import Receipt


class IndexStage(DedupStage):
    """Keeps what a later run needs to be de-duplicated against this one."""

    name: Literal["index"] = "index"
    decided_by: ClassVar[tuple[str, ...]] = ("minhash",)
    exclusive: ClassVar[bool] = True

    def tasks(self, known: Known) -> list[Task]:
        finished = known.finished
        judges = iter(finished["dedup"].tasks)
        tasks = []
        for number, group in enumerate(finished["keys"].tasks):
            judged = [next(judges).key for _ in group.reads]
            part = {"path": f"documents/{number:05}", "signatures": [*group.reads], "verdicts": judged}
            tasks.append(Task(reads=(*group.reads, *judged), part=part, weight=group.weight))
        tasks += [
            Task(
                reads=(task.key,),
                part={
                    "path": f"records/{number:05}",
                    "candidates": task.key,
                    "rows": finished["candidates"].receipts[task.key].files["records"].rows,
                },
            )
            for number, task in enumerate(finished["candidates"].tasks)
        ]
        joined, clusters = ([task.key for task in finished[name].tasks] for name in ("components", "survivors"))
        groups = len(self.earlier().documents) + len(finished["keys"].tasks)
        tasks.append(Task(reads=tuple(joined), part={"path": "components", "components": joined, "groups": groups}))
        return [*tasks, Task(reads=tuple(clusters), part={"path": "changes", "survivors": clusters})]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        path = f"index/{part['path']}.arrow"
        if "candidates" in part:
            return _copied(workspace, part, path)
        if "signatures" in part:
            batches, schema = self._documents(workspace, part), self._schema
        elif "components" in part:
            batches, schema = _components(workspace, part), COMPONENTS
        else:
            uris = [workspace.upstream("survivors", "changes", key) for key in part["survivors"]]
            found = pa.concat_tables(map(files.read_table, uris)).sort_by("node")
            batches, schema = iter(found.to_batches()), CHANGES
        workspace.write("index", batches, schema, path=path)
        return Outcome()

    def _documents(self, workspace: Workspace, part: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        """Yield the signed documents with what became of them, one shard after the other."""
        for signed_by, judged_by in zip(part["signatures"], part["verdicts"], strict=True):
            signed = files.read_table(workspace.upstream("signatures", "signatures", signed_by))
            verdicts = files.read_table(workspace.upstream("dedup", "verdicts", judged_by)).take(signed["row"])
            columns = {"published": pc.is_null(verdicts["rejected_by"])}
            columns |= {name: verdicts[name] for name in ("cluster", "duplicates")}
            yield from pa.Table.from_arrays([*signed.columns, *columns.values()], schema=self._schema).to_batches()

    @property
    def _schema(self) -> pa.Schema:
        return pa.schema([*signed_schema(self.minhash), *HISTORY])

    def conclude(self, folder: str, finished: Mapping[str, Finished], lineage: Mapping[str, Any]) -> None:
        receipts = [finished[self.name].receipts[task.key] for task in finished[self.name].tasks]
        listed = {file.path: file for file in map(_listed, receipts)}
        index = Index(
            minhash=self.minhash,
            spec=spec_of(self.minhash),
            against=tuple(self.earlier().digests),
            documents=tuple(file for path, file in listed.items() if path.startswith("documents/")),
            records=tuple(file for path, file in listed.items() if path.startswith("records/")),
            components=listed["components.arrow"],
            changes=listed["changes.arrow"],
        )
        content = index.model_dump_json(indent=1).encode()
        files.write_bytes(files.join(folder, "index", "index.json"), content + b"\n")


def _components(workspace: Workspace, part: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
    """Yield the components of all documents, a group of them at a time."""
    for ordinal in range(part["groups"]):
        yield from named(workspace, part["components"], ordinal).to_batches()


def _copied(workspace: Workspace, part: Mapping[str, Any], path: str) -> Outcome:
    """Keep the records of a partition of the keys as they are."""
    uri = workspace.upstream("candidates", "records", part["candidates"])
    workspace.wrote("index", path, part["rows"], files.copy(uri, files.join(workspace.folder, path)))
    ends = files.take(uri, [0, part["rows"] - 1] if part["rows"] else [])["key"].to_pylist()
    return Outcome(facts={"keys": ends} if ends else {})


HISTORY = [("published", pa.bool_()), ("cluster", pa.string()), ("duplicates", pa.int32())]


def _listed(receipt: Receipt) -> IndexFile:
    file = receipt.files["index"]
    keys = receipt.facts.get("keys")
    return IndexFile(
        path=file.path.removeprefix("index/"),
        rows=file.rows,
        bytes=file.bytes,
        sha256=file.sha256,
        keys=tuple(keys) if keys else None,
    )
