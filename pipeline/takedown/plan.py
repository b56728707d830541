"""What a take-down would reach: the documents that are asked for, and their copies, in a run and in its release.

The closure is of texts: every document of the run, kept or rejected, whatever dedup or a filter made of it, is compared
with what is asked for (`dedup.containment`), and so are all others of the clusters that it lies in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from dedup.containment import NEAR, Wanted
from dedup.urls import comparison_form, host
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.nearest import nearest
from pipeline.errors import QuestionError
from pipeline.words import did_you_mean
from shards import files

Scope: TypeAlias = Literal["record", "supplier", "content"]
Basis: TypeAlias = Literal["copyright", "opt-out", "personal-data", "supplier", "court"]
Role: TypeAlias = Literal["kept", "rejected"]
ROLES: tuple[Role, ...] = ("kept", "rejected")


class Selector(BaseModel, frozen=True, extra="forbid"):
    """What is asked for; a document that any of it names."""

    urls: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()  # ids
    suppliers: tuple[str, ...] = ()  # a source, or who contributed it
    texts: tuple[str, ...] = ()


class Hit(BaseModel, frozen=True, extra="forbid"):
    """A document that is taken down."""

    id: str
    address: str | None  # of the document, if it has one
    role: Role
    why: Literal["asked", "cluster", "near"]
    similarity: float | None = None


class Takedown(BaseModel, frozen=True, extra="forbid"):
    """A plan: nothing is done yet."""

    format: Literal[1] = 1
    run: str
    selector: Selector
    scope: Scope
    basis: Basis
    hits: tuple[Hit, ...]
    inputs: tuple[str, ...] = ()  # files that the documents were read from: they are left as they are
    unknown: tuple[str, ...] = ()  # what is asked for and not in the run, with what is near it
    left_over: tuple[str, ...] = ()  # of earlier runs into the folder, which this one does not read: left, too

    @property
    def ids(self) -> frozenset[str]:
        """The documents that are taken down."""
        return frozenset(hit.id for hit in self.hits)


def planned(run: FinishedRun, selector: Selector, scope: Scope, basis: Basis) -> Takedown:
    """Return what a take-down of the run in a folder would reach.

    Raises
    ------
    QuestionError
        if nothing of the run is asked for.
    """
    if selector == Selector():
        raise QuestionError("nothing is asked for: name an address, a host, a document, a supplier or a text")
    hits = {hit.id: hit for hit in _asked(run, selector)}
    unknown = tuple(_unknown(run, selector, frozenset(hits)))
    if not hits and not selector.texts:
        raise QuestionError(f"{run.output}: no document of this run is asked for\n" + "\n".join(unknown))
    if scope == "content":
        texts = [*selector.texts, *_texts(run, frozenset(hits))]
        near = list(_near(run, Wanted.of(texts), hits))
        hits |= {hit.id: hit for hit in near}
        hits |= {hit.id: hit for hit in _of_clusters(run, hits)}
    ordered = tuple(hits[name] for name in sorted(hits))
    inputs = tuple(sorted(_inputs(run, frozenset(hits))))
    return Takedown(
        run=run.output,
        selector=selector,
        scope=scope,
        basis=basis,
        hits=ordered,
        inputs=inputs,
        left_over=tuple(_left_over(run)),
        unknown=unknown,
    )


def asked_in(runs: Iterable[FinishedRun], selector: Selector) -> Selector:
    """Return what is asked for, with the texts that other runs have of it: copies of those are looked for as well."""
    texts = (text for run in runs for text in _texts(run, frozenset(hit.id for hit in _asked(run, selector))))
    return selector.model_copy(update={"texts": tuple(dict.fromkeys([*selector.texts, *texts]))})


def shards_of(run: FinishedRun) -> Iterator[tuple[Role, str]]:
    """Yield the role and the file of each shard of documents."""
    stage = run.stage("documents")
    for key in stage.keys:
        yield from ((role, stage.uri(key, role)) for role in ROLES)


def _asked(run: FinishedRun, selector: Selector) -> Iterator[Hit]:
    forms = {comparison_form(url) for url in selector.urls} - {None}
    hosts = {name.removeprefix("www.").lower() for name in selector.hosts}
    columns = ["id", "url", "source", "contributor"]
    for role, uri in shards_of(run):
        for row in files.read_table(uri, columns).to_pylist():
            named = row["id"] in selector.documents or {row["source"], row["contributor"]} & set(selector.suppliers)
            at = row["url"] is not None and (comparison_form(row["url"]) in forms or host(row["url"]) in hosts)
            if named or at:
                yield Hit(id=row["id"], address=row["url"], role=role, why="asked")


def _unknown(run: FinishedRun, selector: Selector, ids: frozenset[str]) -> Iterator[str]:
    """Yield what is asked for and names no document of the run, with the names that are near it."""
    columns = ["id", "url", "source", "contributor"]
    found = [row for _, uri in shards_of(run) for row in _rows(uri, columns, ids)]
    urls = [row["url"] for row in found if row["url"]]
    forms, hosts = {comparison_form(url) for url in urls}, {host(url) for url in urls}
    suppliers = {row[name] for row in found for name in ("source", "contributor")}
    asked = [("address", "url", url) for url in selector.urls if comparison_form(url) not in forms]
    asked += [("host", "url", name) for name in selector.hosts if name.removeprefix("www.").lower() not in hosts]
    asked += [("document", "id", name) for name in selector.documents if name not in ids]
    asked += [("supplier", "source", name) for name in selector.suppliers if name not in suppliers]
    for noun, column, name in asked:
        names = (batch for _, uri in shards_of(run) for batch in files.read_shard(uri, [column]))
        yield f"no {noun} {name}{did_you_mean(nearest(name, names))}"


def _rows(uri: str, columns: list[str], ids: frozenset[str]) -> list[dict[str, Any]]:
    table = files.read_table(uri, columns)
    rows: list[dict[str, Any]] = table.filter(pc.is_in(table["id"], pa.array(sorted(ids), pa.string()))).to_pylist()
    return rows


def _texts(run: FinishedRun, ids: frozenset[str]) -> Iterator[str]:
    """Yield the texts of documents; of one that has none any more, nothing."""
    wanted = pa.array(sorted(ids), pa.string())
    for _, uri in shards_of(run):
        table = files.read_table(uri, ["id", "text"])
        yield from filter(None, table.filter(pc.is_in(table["id"], wanted))["text"].to_pylist())


def texts_of(run: FinishedRun, ids: frozenset[str]) -> list[str]:
    """Return the texts of documents that still have one."""
    return list(_texts(run, ids))


def _near(run: FinishedRun, wanted: Wanted, known: dict[str, Hit]) -> Iterator[Hit]:
    for role, uri in shards_of(run):
        for batch in files.read_shard(uri, ["id", "url", "text"]):
            scores = wanted.near(batch["text"])
            for row in (scores >= NEAR).nonzero()[0].tolist():
                name = batch["id"][row].as_py()
                if name not in known:
                    score = round(float(scores[row]), 3)
                    yield Hit(id=name, address=batch["url"][row].as_py(), role=role, why="near", similarity=score)


def _of_clusters(run: FinishedRun, known: dict[str, Hit]) -> Iterator[Hit]:
    """Yield what dedup has found to be a copy of a document that is taken down, or it of that."""
    stage = next((stage for stage in run.stages if stage.name == "dedup"), None)
    if stage is None:
        return
    uris = [stage.uri(key, "duplicates") for key in stage.keys]
    copies = [row for uri in uris for row in files.read_table(uri).to_pylist()]
    clusters = {row["cluster"] for row in copies if {row["id"], row["duplicate_of"]} & known.keys()}
    members = {name for row in copies if row["cluster"] in clusters for name in (row["id"], row["duplicate_of"])}
    for role, uri in shards_of(run):
        for row in files.read_table(uri, ["id", "url"]).to_pylist():
            if row["id"] in members and row["id"] not in known:
                yield Hit(id=row["id"], address=row["url"], role=role, why="cluster")


def _inputs(run: FinishedRun, ids: frozenset[str]) -> set[str]:
    """Return the names of the files that documents were read from."""
    wanted = pa.array(sorted(ids), pa.string())
    found: set[str] = set()
    for _, uri in shards_of(run):
        table = files.read_table(uri, ["id", "provenance"])
        here = table.filter(pc.is_in(table["id"], wanted))["provenance"].to_pylist()
        found.update(row["file"] for row in here if row is not None)
    return found


def _left_over(run: FinishedRun) -> Iterator[str]:
    """Yield the folders of stages, and the tasks, that earlier runs have left in the output folder."""
    stages = {stage.folder.rpartition("/")[2]: stage for stage in run.stages}
    for name in files.folders_in(run.output):
        if name in stages:
            receipts = files.names_in(files.join(run.output, name, "receipts"))
            done = (receipt.removesuffix(".json") for receipt in receipts)
            yield from (f"{name}/*/{task}.*" for task in done if task not in stages[name].receipts)
        elif STAGE_FOLDER.fullmatch(name):
            yield name


STAGE_FOLDER = re.compile(r"\d{2}-\w+-[0-9a-f]{8}")
NAMED = 5  # files that a summary names


def summary(plan: Takedown) -> str:
    """Return in words what a plan reaches."""
    why = Counter(hit.why for hit in plan.hits)
    roles = Counter(hit.role for hit in plan.hits)
    copies = f"{why['near']} near copies, {why['cluster']} more of their clusters"
    lines = [
        f"{why['asked']} asked for, {copies}; {roles['kept']} were kept, {roles['rejected']} rejected",
        f"not purged: {len(plan.inputs)} input files ({_named(plan.inputs)}). The list keeps out what they hold;"
        " replace or delete them if you may not keep it",
        "not purged: exports and copies of the release. Export again, and tell who has one of the tombstones",
        "not purged: hashes of shingles in the index, without text. A later run `against` it rejects copies by them",
    ]
    lines += [f"not in this run: {what}" for what in plan.unknown]
    if plan.left_over:
        lines.append(
            f"not purged: {len(plan.left_over)} folders or tasks of earlier runs ({_named(plan.left_over)}), which may"
            " hold it: delete them"
        )
    return "\n".join(lines)


def _named(names: tuple[str, ...]) -> str:
    return ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])
