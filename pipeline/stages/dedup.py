"""Exact and near duplicates removed, in five stages that restart like any other.

    signatures   a task per shard of documents   signature, exact key and rank of each document; its band keys
    candidates   a task per partition of keys    who shares a band with whom, across shards
    components   one task                        who might be a duplicate of whom, through others
    survivors    a task per partition of those   every pair verified; of each cluster, who stands for whom
    dedup        a task per shard of documents   the verdicts

A node is a document's position in the run: the ordinal of its task << 32 | its row. Shards know their rows only, and
later stages add the ordinal, so that a new input file changes no shard of another.

    signatures/  signature, exact, rights, quality, length, date, id
    records/     key, row, count: one per band and document, equal keys of a shard combined; by partition, then key
    edges/       node, other
    components/  node, root; by partition, then root
    survivors/   node, survivor, survivor_id, similarity, duplicates, exact
    verdicts/    id, rejected_by, duplicate_of, similarity, duplicates; beside the documents, row for row
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from dedup.candidates import (
    Candidates,
    Edges,
    Nodes,
    Records,
    candidate_edges,
    combine,
    nodes_of,
    partition_of,
    partitioned,
    records_of,
    rows_of,
    shards_of,
)
from dedup.components import Components, components
from dedup.exact import exact_keys
from dedup.minhash import MinHashSettings, band_keys, empty, signatures
from dedup.shingles import shingle_sets
from dedup.survivors import preference, survivors
from dedup.verify import evidence, verified_edges
from filters.licences.verdicts import restrictiveness, verdict_of
from pipeline.stages.base import Known, Outcome, Stage, Task, Workspace
from pipeline.stages.standing import judged, standing, tasks_beside
from shards import files

RECORDS = pa.schema([("key", pa.uint64()), ("row", pa.uint32()), ("count", pa.uint32())])
EDGES = pa.schema([("node", pa.uint64()), ("other", pa.uint64())])
COMPONENTS = pa.schema([("node", pa.uint64()), ("root", pa.uint64())])
SURVIVORS = pa.schema(
    [
        ("node", pa.uint64()),
        ("survivor", pa.uint64()),
        ("survivor_id", pa.string()),
        ("similarity", pa.float32()),
        ("duplicates", pa.int32()),
        ("exact", pa.bool_()),
    ]
)
VERDICTS = pa.schema(
    [
        ("id", pa.string()),
        ("rejected_by", pa.string()),
        ("duplicate_of", pa.string()),
        ("similarity", pa.float32()),
        ("duplicates", pa.int32()),
    ]
)

CODE = ("dedup", "filters.licences.verdicts", "pipeline.stages.dedup", "pipeline.stages.standing", "shards.files")
LIBRARIES = ("numba", "numpy", "opencc", "pyarrow", "xxhash")


class DedupStage(Stage):
    """What the stages of dedup share."""

    minhash: MinHashSettings = MinHashSettings()
    partitions: int = Field(16, ge=1, description="of keys and of clusters: a task each; more for larger corpora")

    code: ClassVar[tuple[str, ...]] = CODE
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES


class Signatures(DedupStage):
    """Signs every document, and sorts its band keys by partition."""

    name: Literal["signatures"] = "signatures"

    def tasks(self, known: Known) -> list[Task]:
        return tasks_beside(known)

    def process(self, workspace: Workspace) -> Outcome:
        columns = ["id", "text", "license", "quality_score", "published", "fetched_at"]
        documents = standing(workspace, workspace.task.part, columns)
        # what an earlier judge rejected has no text here, and so shares no key with anything
        texts = pc.if_else(pc.is_null(documents["rejected_by"]), documents["text"], "").combine_chunks()
        signed = signatures(texts, self.minhash)
        exact = exact_keys(texts, self.minhash.fold)
        keys = band_keys(signed, self.minhash.bands, self.minhash.rows)
        nodes = nodes_of(0, len(texts))
        without = empty(signed)  # nothing to compare but the whole: a document of symbols only
        records = [
            records_of(keys, nodes, without),
            records_of(exact[:, :1], nodes, ~without | (exact == 0).all(axis=1)),
        ]
        combined, local = combine(Records(*map(np.concatenate, zip(*records, strict=True))))
        by_partition = partitioned(combined, self.partitions)
        width = pa.binary(signed.shape[1] * signed.itemsize)
        schema = pa.schema([("signature", width), ("exact", pa.binary(16)), *RANK])
        columns = [_fixed(signed, width), _fixed(exact, pa.binary(16)), *_rank(documents)]
        workspace.write("signatures", pa.Table.from_arrays(columns, schema=schema).to_batches(), schema)
        workspace.write("records", map(_record_batch, by_partition), RECORDS)
        workspace.write("edges", [_edge_batch(local)], EDGES)
        bounds = np.cumsum([0, *(len(part.keys) for part in by_partition)]).tolist()
        return Outcome(facts={"bounds": bounds})


class CandidatesStage(DedupStage):
    """Finds who shares a band with whom across shards, one partition of the keys at a time."""

    name: Literal["candidates"] = "candidates"

    def tasks(self, known: Known) -> list[Task]:
        signed = known.finished["signatures"]
        tasks = [task.key for task in signed.whole]
        bounds = [signed.receipts[key].facts["bounds"] for key in tasks]
        return [
            Task(
                reads=tuple(tasks),
                part={"partition": partition, "rows": [[of[partition], of[partition + 1]] for of in bounds]},
                weight=sum(of[partition + 1] - of[partition] for of in bounds),
            )
            for partition in range(self.partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        rows: Any = workspace.task.part["rows"]
        parts = [
            _records(workspace.upstream("signatures", "records", key), ordinal, *rows[ordinal])
            for ordinal, key in enumerate(workspace.task.reads)
        ]
        found: Candidates = candidate_edges(Records(*map(np.concatenate, zip(*parts, strict=True))))
        workspace.write("edges", [_edge_batch(found.edges)], EDGES)
        return Outcome(facts={"buckets": found.buckets, "largest": found.largest, "largest_key": found.largest_key})


class ComponentsStage(DedupStage):
    """Joins the candidates of all shards and partitions: only within a component can there be duplicates."""

    name: Literal["components"] = "components"

    def tasks(self, known: Known) -> list[Task]:
        signed = [task.key for task in known.finished["signatures"].whole]
        across = [task.key for task in known.finished["candidates"].whole]
        return [Task(reads=(*signed, *across), part={"signatures": signed, "candidates": across})]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        edges = [
            _edges(workspace.upstream("signatures", "edges", key)) + (np.uint64(ordinal) << np.uint64(32))
            for ordinal, key in enumerate(part["signatures"])
        ]
        edges += [_edges(workspace.upstream("candidates", "edges", key)) for key in part["candidates"]]
        found = components(np.concatenate([*edges, np.zeros((0, 2), np.uint64)]))
        place = partition_of(_spread(found.roots), self.partitions)
        order = np.lexsort((found.nodes, found.roots, place))
        table = pa.Table.from_arrays([pa.array(found.nodes[order]), pa.array(found.roots[order])], schema=COMPONENTS)
        workspace.write("components", table.to_batches(), COMPONENTS)
        _, sizes = np.unique(found.roots, return_counts=True)
        bounds = np.searchsorted(place[order], np.arange(self.partitions + 1)).tolist()
        return Outcome(facts={"bounds": bounds, "components": len(sizes), "largest": int(sizes.max(initial=0))})


class SurvivorsStage(DedupStage):
    """Verifies every pair within the components of a partition, and lets the best document of each cluster stay."""

    name: Literal["survivors"] = "survivors"

    def tasks(self, known: Known) -> list[Task]:
        joined = known.finished["components"]
        (key,) = (task.key for task in joined.whole)
        bounds = joined.receipts[key].facts["bounds"]
        signed = [task.key for task in known.finished["signatures"].whole]
        texts = [task.key for task in known.finished["documents"].whole]
        sources = {"components": key, "signatures": signed, "documents": texts}
        return [
            Task(
                reads=(key, *signed),
                part={"partition": index, "rows": [bounds[index], bounds[index + 1]], **sources},
                weight=bounds[index + 1] - bounds[index],
            )
            for index in range(self.partitions)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        candidates = _components(workspace.upstream("components", "components", part["components"]), *part["rows"])
        if not len(candidates.nodes):
            workspace.write("survivors", [], SURVIVORS)
            return Outcome(facts={"pairs": 0, "compared": 0})
        documents = _fetched(
            [workspace.upstream("signatures", "signatures", key) for key in part["signatures"]], candidates.nodes
        )
        shingles = None
        if self.minhash.exact:
            kept = [workspace.upstream("documents", "kept", key) for key in part["documents"]]
            texts = _fetched(kept, candidates.nodes, ["text"])["text"].combine_chunks()
            shingles = shingle_sets(texts, self.minhash.ngram, self.minhash.fold)
        signed = _matrix(documents["signature"], np.dtype(f"u{self.minhash.bits // 8}"))
        proof = evidence(self.minhash, signed, shingles)
        verified = verified_edges(candidates, proof)
        clusters = components(verified.edges, candidates.nodes)
        clustered = survivors(clusters, preference(documents), proof)
        workspace.write("survivors", _survivors(clustered, documents).to_batches(), SURVIVORS)
        _, sizes = np.unique(clusters.roots, return_counts=True)
        facts = {"pairs": len(verified.edges), "compared": int(verified.compared), "given_up": int(verified.given_up)}
        return Outcome(facts={**facts, "largest": int(sizes.max(initial=0))})


class Dedup(DedupStage):
    """Rejects what another document stands for: `dedup.exact` if they differ in form only, else `dedup.near`."""

    name: Literal["dedup"] = "dedup"

    after: ClassVar[tuple[str, ...]] = ("documents",)
    judges: ClassVar[bool] = True

    def parts(self) -> Sequence[Stage]:
        settings = {"minhash": self.minhash, "partitions": self.partitions}
        before = (Signatures, CandidatesStage, ComponentsStage, SurvivorsStage)
        return (*(stage(**settings) for stage in before), self)

    def tasks(self, known: Known) -> list[Task]:
        clusters = [task.key for task in known.finished["survivors"].whole]
        return [
            Task(
                reads=(*task.reads, *clusters),
                part={**task.part, "ordinal": ordinal, "survivors": clusters},
                weight=task.weight,
            )
            for ordinal, task in enumerate(tasks_beside(known))
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part: Any = workspace.task.part
        documents = standing(workspace, part, ["id", "language", "license", "text"])
        size = documents.num_rows
        rejected_by: list[str | None] = [None] * size
        duplicate_of: list[str | None] = [None] * size
        similarity: list[float | None] = [None] * size
        duplicates = np.ones(size, np.int32)
        for key in part["survivors"]:
            for row in _standing(workspace.upstream("survivors", "survivors", key), part["ordinal"]):
                place = row["node"] & 0xFFFFFFFF
                duplicates[place] = row["duplicates"]
                if row["survivor"] != row["node"]:
                    rejected_by[place] = "dedup.exact" if row["exact"] else "dedup.near"
                    duplicate_of[place], similarity[place] = row["survivor_id"], row["similarity"]
        columns = [documents["id"], pa.array(rejected_by, pa.string()), pa.array(duplicate_of, pa.string())]
        columns += [pa.array(similarity, pa.float32()), pa.array(duplicates)]
        verdicts = pa.Table.from_arrays(columns, schema=VERDICTS)
        workspace.write("verdicts", verdicts.to_batches(), VERDICTS)
        return judged(documents, verdicts)


FLAGGED = 64  # more than any class of licence ranks

RANK = [
    ("rights", pa.int8()),
    ("quality", pa.float32()),
    ("length", pa.int64()),
    ("date", pa.date32()),
    ("id", pa.string()),
]


def _rank(documents: pa.Table) -> list[pa.Array]:
    """Return what the survivor of a cluster is chosen by."""
    licenses = documents["license"].to_pylist()
    flagged = documents["flagged_by"].is_valid().to_pylist()  # stands for nothing that is not: it may stay unpublished
    rights = [
        restrictiveness(verdict_of(license) if license else "unknown") + FLAGGED * flag
        for license, flag in zip(licenses, flagged, strict=True)
    ]
    date = pc.coalesce(documents["published"], documents["fetched_at"].cast(pa.date32()))
    return [
        pa.array(rights, pa.int8()),
        documents["quality_score"],
        pc.binary_length(documents["text"]),
        date,
        documents["id"],
    ]


def _spread(values: Nodes) -> Nodes:
    """Return the values multiplied out, so that equal ranges of them hold about equally many."""
    return values * np.uint64(0x9E3779B97F4A7C15)


def _fixed(matrix: npt.NDArray[Any], width: pa.DataType) -> pa.Array:
    content = pa.py_buffer(np.ascontiguousarray(matrix))
    return pa.FixedSizeBinaryArray.from_buffers(width, len(matrix), [None, content])


def _matrix(column: pa.ChunkedArray, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    array = column.combine_chunks()
    width = array.type.byte_width
    content = np.frombuffer(array.buffers()[1], np.uint8, len(array) * width, array.offset * width)
    return content.view(dtype).reshape(len(array), -1)


def _record_batch(records: Records) -> pa.RecordBatch:
    columns = [pa.array(records.keys), pa.array(records.nodes.astype(np.uint32)), pa.array(records.counts)]
    return pa.RecordBatch.from_arrays(columns, schema=RECORDS)


def _records(uri: str, ordinal: int, first: int, last: int) -> Records:
    table = files.read_rows(uri, first, last)
    nodes = table["row"].to_numpy().astype(np.uint64) | np.uint64(ordinal) << np.uint64(32)
    return Records(table["key"].to_numpy(), nodes, table["count"].to_numpy())


def _edge_batch(edges: Edges) -> pa.RecordBatch:
    columns = [pa.array(np.ascontiguousarray(edges[:, side])) for side in (0, 1)]
    return pa.RecordBatch.from_arrays(columns, schema=EDGES)


def _edges(uri: str) -> Edges:
    table = files.read_table(uri)
    return np.stack([table["node"].to_numpy(), table["other"].to_numpy()], axis=1)


def _components(uri: str, first: int, last: int) -> Components:
    """Return whole components of a partition, ascending by node."""
    table = files.read_rows(uri, first, last).sort_by("node")
    return Components(table["node"].to_numpy(), table["root"].to_numpy())


def _fetched(uris: Sequence[str], nodes: Nodes, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of the shards, one per ordinal, that the nodes, ascending, stand for."""
    ordinals = shards_of(nodes)
    return pa.concat_tables(
        files.take(uris[ordinal], rows_of(nodes[ordinals == ordinal]), columns)
        for ordinal in np.unique(ordinals).tolist()
    )


def _survivors(standing: pa.Table, documents: pa.Table) -> pa.Table:
    """Return who stands for whom, with the survivor's id, and whether the two are equal but for form."""
    node, survivor = standing["node"].to_numpy(), standing["survivor"].to_numpy()
    place = np.searchsorted(node, survivor)
    exact = _matrix(documents["exact"], np.dtype("u8"))
    same = (exact == exact[place]).all(axis=1) & (exact != 0).any(axis=1)
    columns = [standing["node"], standing["survivor"], documents["id"].take(pa.array(place)), standing["similarity"]]
    return pa.Table.from_arrays([*columns, standing["duplicates"], pa.array(same)], schema=SURVIVORS)


def _standing(uri: str, ordinal: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a survivors shard that speak of the documents of one task."""
    low, high = pa.scalar(ordinal << 32, pa.uint64()), pa.scalar((ordinal + 1) << 32, pa.uint64())
    for batch in files.read_shard(uri):
        here = pc.and_(pc.greater_equal(batch["node"], low), pc.less(batch["node"], high))
        yield from batch.filter(here).to_pylist()
