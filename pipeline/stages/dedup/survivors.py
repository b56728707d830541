"""The stage `survivors`: verifies every pair within the components of a partition, and lets the best copy stay.

    survivors/   node, survivor_id, reason, similarity, duplicates, cluster: of this run's documents with copies
    changes/     node, cluster, superseded_by: what becomes of earlier releases' documents, where anything does
    superseded/  id, superseded_by, rejected_by, similarity, cluster: published documents that a better one replaces

A cluster is all documents that any level ties to each other, dropped ones and those of earlier releases included. It is
named by its smallest id, and keeps the name that an earlier release gave it; of several, the one given first.
"""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup.components import Components, components
from dedup.exact import equal_edges
from dedup.index import KEYS, matrix_of, shingles_in, signatures_in
from dedup.levels import KEPT, Level, Resolved, resolved
from dedup.minhash import MinHashSettings
from dedup.records import shards_of
from dedup.runs import run_bounds
from dedup.survivors import PREFERENCE, among_languages, preference
from dedup.verify import Comparison, Verified, verified_edges
from pipeline.stages.base import Outcome, Part, RunState, Task, Workspace
from pipeline.stages.dedup.base import DedupStage
from pipeline.stages.dedup.earlier import CHANGES, UNCHANGED, Earlier
from pipeline.stages.dedup.exchange import Sent, cut, received, receivers, send
from pipeline.stages.dedup.rows import COMPONENTS
from shards.arrays import Mask
from shards.release.copies import SUPERSEDED

Order: TypeAlias = Sequence[tuple[str, str]]

PUBLISHED = ("published", "descending")
BY_FORM = (PREFERENCE[0], ("form", "ascending"), *PREFERENCE[1:])  # rights first, as of all copies
SAME_WORK = 0.1  # similarity: abstracts, supplements and translations with the DOI of a work are unlike its text

SURVIVORS = pa.schema(
    [
        ("node", pa.uint64()),
        ("survivor_id", pa.string()),
        ("reason", pa.string()),
        ("similarity", pa.float32()),
        ("duplicates", pa.int32()),
        ("cluster", pa.string()),
    ]
)


class SurvivorsPart(Part):
    """A partition of the components, and among how many groups of shards what becomes of them is divided."""

    partition: int
    groups: int


class SurvivorsFacts(Sent):
    """What verifying a partition came to."""

    pairs: int = 0  # near duplicates
    compared: int = 0  # pairs
    given_up: int = 0  # documents that were not compared with all that they might be like
    largest: int = 0  # documents of a cluster
    superseded: int = 0  # documents of earlier releases


class SurvivorsStage(DedupStage):
    """Verifies every pair within the components of a partition, and lets the best document of each cluster stay."""

    name: Literal["survivors"] = "survivors"
    decided_by: ClassVar[tuple[str, ...]] = ("payload", "url", "doi", "exact", "minhash", "partitions", "replace")

    def tasks(self, state: RunState) -> list[Task]:
        groups = len(state.finished["keys"].tasks)

        def part(partition: int) -> SurvivorsPart:
            return SurvivorsPart(partition=partition, groups=groups)

        return receivers(state.finished["members"], part, self.earlier().digests)

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(SurvivorsPart)
        members = received(workspace, "members", "members", self.senders(workspace), part.partition)
        documents = pa.concat_tables([COMPONENTS.empty_table(), *members], promote_options="default")
        candidates = Components(documents["node"].to_numpy(), documents["root"].to_numpy())
        if not len(candidates.nodes):
            for role, schema in (("changes", CHANGES), ("superseded", SUPERSEDED)):
                workspace.write(role, [], schema)
            none = cut(SURVIVORS.empty_table(), [0] * (part.groups + 1))
            return Outcome(facts=SurvivorsFacts(sent=send(workspace, "survivors", none, SURVIVORS)))
        earlier = self.earlier()
        documents = _with_history(documents.drop_columns(["node", "root"]), candidates, earlier)
        verified, clusters, resolution = self._resolved(candidates, documents)
        written = _Written(candidates, clusters, resolution, documents)
        survivors = written.survivors()
        groups = shards_of(survivors["node"].to_numpy()) - len(earlier.documents)
        bounds = np.searchsorted(groups, range(part.groups + 1)).tolist()
        sent = send(workspace, "survivors", cut(survivors, bounds), SURVIVORS)
        workspace.write("changes", written.changes().to_batches(), CHANGES)
        superseded = workspace.write("superseded", written.superseded().to_batches(), SUPERSEDED)
        _, sizes = np.unique(clusters.roots, return_counts=True)
        facts = SurvivorsFacts(
            sent=sent,
            pairs=len(verified.edges),
            compared=int(verified.compared),
            given_up=int(verified.given_up),
            largest=int(sizes.max(initial=0)),
            superseded=superseded.rows,
        )
        return Outcome(facts=facts)

    def _resolved(self, candidates: Components, documents: pa.Table) -> tuple[Verified, Components, Resolved]:
        signatures = signatures_in(documents, self.minhash)
        if self.minhash:
            comparison = Comparison.of(self.minhash, signatures, shingles_in(documents) if self.minhash.exact else None)
            verified = verified_edges(candidates, comparison)
        else:
            comparison = Comparison.of(MinHashSettings(exact=False), signatures)
            verified = Verified(np.zeros((0, 2), np.uint64), np.zeros(0, np.float32), 0, 0)
        keys = {name: matrix_of(documents[name], "u8") for name in KEYS}
        published, old = _flag(documents["published"]), _flag(documents["old"])
        stay = published & (not self.replace)
        equal = [equal_edges(key, candidates.nodes) for key in keys.values()]
        clusters = components(np.concatenate([verified.edges, *equal]), candidates.nodes)
        documents = documents.append_column("among_languages", pa.array(among_languages(documents, clusters)))
        rank = self._rank(documents, PREFERENCE)
        captured = "ascending" if self.url == "earliest" else "descending"
        levels = {
            "payload": Level(keys["payload"], rank, 1.0),
            "url": Level(keys["address"], self._rank(documents, [("captured", captured), *PREFERENCE]), np.nan),
            "doi": Level(keys["work"], self._rank(documents, BY_FORM), np.nan, self._agreeing),
            "exact": Level(keys["exact"], rank, 1.0),
        }
        alike = components(verified.edges, candidates.nodes)
        resolution = resolved(levels, alike, rank, comparison, published | ~old, stay)
        return verified, clusters, resolution

    @property
    def _agreeing(self) -> int:
        """In how many places the signatures of two texts of one work must agree."""
        return math.ceil(SAME_WORK * self.minhash.permutations) if self.minhash else 0

    def _rank(self, documents: pa.Table, order: Order) -> npt.NDArray[np.int64]:
        """Return the rank of each document: what is published stays before all others, or, if it may be replaced, where
        nothing but the id would decide.
        """
        *first, last = order
        return preference(documents, [*first, PUBLISHED, last] if self.replace else [PUBLISHED, *order])


class _Written:
    """The rows that a task writes, from the arrays that it found: a row each per document of its components."""

    def __init__(self, candidates: Components, clusters: Components, resolution: Resolved, documents: pa.Table) -> None:
        self.nodes = candidates.nodes
        self.resolution = resolution
        self.documents = documents
        self.old, self.published = _flag(documents["old"]), _flag(documents["published"])
        self.names = _names(clusters, documents)
        _, place, sizes = np.unique(clusters.roots, return_inverse=True, return_counts=True)
        self.together = sizes[place] > 1
        self.survivor_id = documents["id"].take(pa.array(resolution.survivor))
        self.reason = pc.binary_join_element_wise("dedup", pa.array(resolution.level, pa.string()), ".")
        # what an earlier release had dropped is counted by whom it had been dropped for
        weights = np.where(self.old, documents["duplicates"].fill_null(0).to_numpy() * self.published, 1)
        self.duplicates = np.bincount(resolution.survivor, weights, len(weights)).astype(np.int32)

    def survivors(self) -> pa.Table:
        """Return what becomes of this run's documents that are not alone."""
        dropped = self.resolution.level != KEPT
        similarity = self.resolution.similarity
        columns = [
            pa.array(self.nodes),
            self.survivor_id,
            pc.if_else(pa.array(dropped), self.reason, None),
            pa.array(similarity, pa.float32(), mask=~dropped | np.isnan(similarity)),
            pa.array(self.duplicates),
            self.names,
        ]
        return _rows(columns, SURVIVORS, self.together & ~self.old)

    def changes(self) -> pa.Table:
        """Return the earlier documents of which anything is different now."""
        gone = self._gone()
        successor = pc.if_else(pa.array(gone), self.survivor_id, None)
        renamed = pc.not_equal(self.names, self.documents["cluster"]).to_numpy(zero_copy_only=False)
        return _rows([pa.array(self.nodes), self.names, successor], CHANGES, self.old & (renamed | gone))

    def superseded(self) -> pa.Table:
        """Return the published documents that others stand for from now on."""
        similarity = pa.array(self.resolution.similarity, mask=np.isnan(self.resolution.similarity))
        columns = [self.documents["id"], self.survivor_id, self.reason, similarity, self.names]
        return _rows(columns, SUPERSEDED, self._gone())

    def _gone(self) -> Mask:
        gone: Mask = self.published & (self.resolution.level != KEPT)
        return gone


def _with_history(documents: pa.Table, candidates: Components, earlier: Earlier) -> pa.Table:
    """Return the documents with `old`, `published`, `cluster` and `duplicates` as the last of the indexes has them."""
    old = shards_of(candidates.nodes) < len(earlier.documents)
    none = pa.nulls(documents.num_rows)
    given = {
        name: documents[name] if name in documents.column_names else none.cast(kind)
        for name, kind in (("published", pa.bool_()), ("cluster", pa.string()), ("duplicates", pa.int32()))
    }
    published, cluster = given["published"].fill_null(False), given["cluster"]
    if old.any():
        changes = earlier.changes()
        changed = [changes.get(node, UNCHANGED) for node in candidates.nodes[old].tolist()]
        renamed: list[str | None] = [None] * documents.num_rows
        succeeded = np.zeros(documents.num_rows, np.bool_)
        for place, (name, successor) in zip(np.flatnonzero(old).tolist(), changed, strict=True):
            renamed[place], succeeded[place] = name, successor is not None
        cluster = pc.coalesce(pa.array(renamed, pa.string()), cluster)
        published = pc.and_(published, pa.array(~succeeded))
    columns = {
        "old": pa.array(old),
        "published": published.cast(pa.int8()),
        "cluster": pc.coalesce(cluster, documents["id"]),
        "duplicates": given["duplicates"],
    }
    documents = documents.set_column(  # earlier indexes may have none
        documents.column_names.index("work"), "work", pc.fill_null(documents["work"], bytes(16))
    )
    kept = documents.select([name for name in documents.column_names if name not in columns])
    for name, column in columns.items():
        kept = kept.append_column(name, column)
    return kept


def _names(clusters: Components, documents: pa.Table) -> pa.Array:
    """Return the name of each document's cluster: an earlier release's, of its first node; else the smallest id."""
    old = documents["old"].to_numpy()
    columns = {"root": clusters.roots, "new": ~old, "place": np.where(old, np.arange(len(old)), 0)}
    table = pa.table({**columns, "cluster": documents["cluster"]})
    order = pc.sort_indices(table, [(name, "ascending") for name in table.column_names]).to_numpy()
    bounds = run_bounds(clusters.roots[order])
    first = np.empty(len(old), np.int64)
    first[order] = np.repeat(order[bounds[:-1]], np.diff(bounds))
    return documents["cluster"].take(pa.array(first)).combine_chunks()


def _flag(column: pa.ChunkedArray) -> Mask:
    values: Mask = column.to_numpy().astype(np.bool_)
    return values


def _rows(columns: Sequence[pa.Array], schema: pa.Schema, mask: Mask) -> pa.Table:
    return pa.Table.from_arrays(list(columns), schema=schema).filter(pa.array(mask))
