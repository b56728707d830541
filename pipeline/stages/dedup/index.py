"""The stage `index`: keeps what a later run is de-duplicated against (`pipeline.stages.dedup.earlier`).

A task per group of shards, a task per partition of the keys, and one for what is small.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from dedup.index import signed_schema
from pipeline.stages.base import Facts, FinishedStage, Lineage, Outcome, Part, RunState, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.components import named
from pipeline.stages.dedup.earlier import CHANGES, Index, IndexFile, spec_of
from pipeline.stages.dedup.rows import COMPONENTS
from shards import files
from shards.receipts import ShardFile


class DocumentsFile(Part):
    """The signed documents of a group of shards."""

    signatures: tuple[str, ...]  # the tasks that signed them
    verdicts: tuple[str, ...]  # the tasks that judged them

    @property
    def reads(self) -> tuple[str, ...]:
        """The tasks that it is made from."""
        return *self.signatures, *self.verdicts


class RecordsFile(Part):
    """The records of a partition of the keys."""

    candidates: str  # the task that wrote them
    rows: int

    @property
    def reads(self) -> tuple[str, ...]:
        """The tasks that it is made from."""
        return (self.candidates,)


class ComponentsFile(Part):
    """The components of all groups of documents."""

    components: tuple[str, ...]  # the tasks that named them
    groups: int

    @property
    def reads(self) -> tuple[str, ...]:
        """The tasks that it is made from."""
        return self.components


class ChangesFile(Part):
    """What becomes of earlier releases' documents."""

    survivors: tuple[str, ...]  # the tasks that found it

    @property
    def reads(self) -> tuple[str, ...]:
        """The tasks that it is made from."""
        return self.survivors


Content: TypeAlias = DocumentsFile | RecordsFile | ComponentsFile | ChangesFile


class IndexPart(Part):
    """A file of the index."""

    path: str  # below its folder, without the suffix
    content: Content


class IndexFacts(Facts):
    """What the index says of itself and of its files."""

    made: str  # SHA-256 of the file as it was made, whatever is erased in it later
    keys: tuple[int, int] | None = None  # the first and the last, of a file of records that has any
    spec: str | None = None  # of all keys, said by the task that writes what became of earlier releases' documents


class IndexStage(DedupStage):
    """Keeps what a later run needs to be de-duplicated against this one."""

    name: Literal["index"] = "index"
    decided_by: ClassVar[tuple[str, ...]] = ("minhash",)
    exclusive: ClassVar[bool] = True

    def tasks(self, state: RunState) -> list[Task]:
        groups, verdicts = state.finished["keys"].tasks, iter(state.finished["dedup"].keys)
        tasks = []
        for number, group in enumerate(groups):
            documents = DocumentsFile(signatures=group.reads, verdicts=tuple(next(verdicts) for _ in group.reads))
            tasks.append(_task(f"documents/{number:05}", documents, group.weight))
        candidates = state.finished["candidates"]
        for number, (key, rows) in enumerate(zip(candidates.keys, candidates.rows("records"), strict=True)):
            tasks.append(_task(f"records/{number:05}", RecordsFile(candidates=key, rows=rows)))
        components, survivors = (tuple(state.finished[name].keys) for name in ("components", "survivors"))
        ordinals = len(self.earlier().documents) + len(groups)
        tasks.append(_task("components", ComponentsFile(components=components, groups=ordinals)))
        return [*tasks, _task("changes", ChangesFile(survivors=survivors))]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(IndexPart)
        path = f"index/{part.path}.arrow"
        match part.content:
            case RecordsFile():
                return Outcome(facts=_copied(workspace, part.content, path))
            case DocumentsFile():
                made = workspace.write("index", self._documents(workspace, part.content), self._schema, path=path)
            case ComponentsFile():
                made = workspace.write("index", _components(workspace, part.content), COMPONENTS, path=path)
            case ChangesFile():
                uris = [workspace.upstream("survivors", "changes", key) for key in part.content.survivors]
                changes = pa.concat_tables(map(files.read_table, uris)).sort_by("node")
                made = workspace.write("index", changes.to_batches(), CHANGES, path=path)
                return Outcome(facts=IndexFacts(made=made.sha256, spec=spec_of(self.minhash)))
        return Outcome(facts=IndexFacts(made=made.sha256))

    def _documents(self, workspace: Workspace, part: DocumentsFile) -> Iterator[pa.RecordBatch]:
        """Yield the signed documents with what became of them, one shard after the other."""
        for signed_by, judged_by in zip(part.signatures, part.verdicts, strict=True):
            signed = files.read_table(workspace.upstream("signatures", "signatures", signed_by))
            verdicts = files.read_table(workspace.upstream("dedup", "verdicts", judged_by)).take(signed["row"])
            history = [pc.is_null(verdicts["rejected_by"]), verdicts["cluster"], verdicts["duplicates"]]
            yield from pa.Table.from_arrays([*signed.columns, *history], schema=self._schema).to_batches()

    @property
    def _schema(self) -> pa.Schema:
        return pa.schema([*signed_schema(self.minhash), *HISTORY])

    def conclude(self, folder: str, finished: Mapping[str, FinishedStage], lineage: Lineage) -> None:
        stage = finished[self.name]
        written = (stage.receipts[key].files["index"] for key in stage.keys)
        facts = stage.facts(IndexFacts)
        listed = [_listed(file, fact) for file, fact in zip(written, facts, strict=True)]
        by_path = {file.path: file for file in listed}
        index = Index(
            minhash=self.minhash,
            spec=next(fact.spec for fact in facts if fact.spec),
            identity=_identity(listed, facts),
            against=tuple(self.earlier().digests),
            documents=tuple(file for file in listed if file.path.startswith("documents/")),
            records=tuple(file for file in listed if file.path.startswith("records/")),
            components=by_path["components.arrow"],
            changes=by_path["changes.arrow"],
        )
        content = index.model_dump_json(indent=1).encode()
        files.write_bytes(files.join(folder, "index", "index.json"), content + b"\n")


def _identity(listed: Sequence[IndexFile], facts: Sequence[IndexFacts]) -> str:
    content = "\n".join(f"{fact.made} {file.path}" for file, fact in zip(listed, facts, strict=True))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _task(path: str, content: Content, weight: int = 1) -> Task:
    return Task.of(content.reads, IndexPart(path=path, content=content), weight)


def _components(workspace: Workspace, part: ComponentsFile) -> Iterator[pa.RecordBatch]:
    """Yield the components of all documents, a group of them at a time."""
    for ordinal in range(part.groups):
        yield from named(workspace, part.components, ordinal).to_batches()


def _copied(workspace: Workspace, part: RecordsFile, path: str) -> IndexFacts:
    """Keep the records of a partition of the keys as they are."""
    uri = workspace.upstream("candidates", "records", part.candidates)
    made = files.copy(uri, files.join(workspace.folder, path))
    workspace.wrote("index", path, part.rows, made)
    if not part.rows:
        return IndexFacts(made=made.sha256)
    first, last = files.take(uri, [0, part.rows - 1])["key"].to_pylist()
    return IndexFacts(made=made.sha256, keys=(first, last))


HISTORY = [("published", pa.bool_()), ("cluster", pa.string()), ("duplicates", pa.int32())]


def _listed(file: ShardFile, facts: IndexFacts) -> IndexFile:
    path = file.path.removeprefix("index/")
    return IndexFile(path=path, rows=file.rows, bytes=file.bytes, sha256=file.sha256, keys=facts.keys)
