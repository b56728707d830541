"""Which documents of a run are asked for, which are copies of those, and where they were read from.

A copy is found by its text: every document of the run, kept or rejected, whatever dedup or a filter made of it, is
compared with what is asked for (`dedup.containment`), and so are all others of the clusters that it lies in.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from dedup.containment import NEAR, Wanted
from dedup.urls import comparison_form, host
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.nearest import nearest
from pipeline.errors import QuestionError
from pipeline.extract.suppressed import Suppressions, read_list
from pipeline.words import did_you_mean
from shards import files
from shards.release.commitments import address_of
from shards.release.proofs import key_of

Role: TypeAlias = Literal["kept", "rejected"]
ROLES: tuple[Role, ...] = ("kept", "rejected")


class Signatures(BaseModel, frozen=True, extra="forbid"):
    """A file of hashes that somebody asks by, who does not show what they are of."""

    path: str
    sha256: str

    def read(self) -> Suppressions:
        """Return what it holds.

        Raises
        ------
        QuestionError
            if it is not the one that was named, or none of hashes.
        """
        if not files.is_file(self.path) or files.sha256(self.path) != self.sha256:
            raise QuestionError(f"{self.path}: is not there any more as it was planned with: plan again")
        try:
            return read_list(self.path)
        except (pa.ArrowInvalid, KeyError) as error:
            raise QuestionError(f"{self.path}: no file of hashes: `yuliao takedown signature` makes one") from error


class Selector(BaseModel, frozen=True, extra="forbid"):
    """What is asked for; a document that any of it names."""

    urls: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()  # ids
    suppliers: tuple[str, ...] = ()  # a source, or who contributed it
    texts: tuple[str, ...] = ()
    signatures: tuple[Signatures, ...] = ()

    @cached_property
    def hashes(self) -> Suppressions:
        """What its signatures hold."""
        given = [each.read() for each in self.signatures]
        return Suppressions(
            frozenset[bytes]().union(*(each.keys for each in given)), tuple(row for each in given for row in each.texts)
        )


class Hit(BaseModel, frozen=True, extra="forbid"):
    """A document that is taken down."""

    id: str
    address: str | None  # of the document, if it has one
    role: Role
    why: Literal["asked", "cluster", "near"]
    similarity: float | None = None


def shards_of(run: FinishedRun) -> Iterator[tuple[Role, str]]:
    """Yield the role and the file of each shard of documents."""
    stage = run.stage("documents")
    for key in stage.keys:
        yield from ((role, stage.uri(key, role)) for role in ROLES)


def asked(run: FinishedRun, selector: Selector) -> Iterator[Hit]:
    """Yield the documents that a selector names, but for texts: those of texts are copies (`near`)."""
    forms = {comparison_form(url) for url in selector.urls} - {None}
    hosts = {name.removeprefix("www.").lower() for name in selector.hosts}
    keys = selector.hashes.keys

    def is_at(url: str) -> bool:
        return comparison_form(url) in forms or host(url) in hosts or (bool(keys) and key_of(address_of(url)) in keys)

    for role, uri in shards_of(run):
        for names in _names(uri):
            if names.are_in(selector) or (names.url is not None and is_at(names.url)):
                yield Hit(id=names.id, address=names.url, role=role, why="asked")


def unknown(runs: Sequence[FinishedRun], selector: Selector, ids: frozenset[str]) -> Iterator[str]:
    """Yield what is asked for and names no document of the runs, given those found, with the names that are near it."""
    uris = [uri for run in runs for _, uri in shards_of(run)]
    documents = [names for uri in uris for names in _names(uri, ids)]
    urls = [names.url for names in documents if names.url]
    forms, hosts = {comparison_form(url) for url in urls}, {host(url) for url in urls}
    suppliers = {name for names in documents for name in (names.source, names.contributor)}
    missed = [("address", "url", url) for url in selector.urls if comparison_form(url) not in forms]
    missed += [("host", "url", name) for name in selector.hosts if name.removeprefix("www.").lower() not in hosts]
    missed += [("document", "id", name) for name in selector.documents if name not in ids]
    missed += [("supplier", "source", name) for name in selector.suppliers if name not in suppliers]
    for noun, column, name in missed:
        known = (batch for uri in uris for batch in files.read_shard(uri, [column]))
        yield f"no {noun} {name}{did_you_mean(nearest(name, known))}"


class _Names(NamedTuple):
    """What a document can be asked by."""

    id: str
    url: str | None
    source: str
    contributor: str | None

    def are_in(self, selector: Selector) -> bool:
        """Return whether a selector names the document, or who supplied it."""
        return self.id in selector.documents or not {self.source, self.contributor}.isdisjoint(selector.suppliers)


def _names(uri: str, ids: frozenset[str] | None = None) -> Iterator[_Names]:
    """Yield the names of the documents of a shard, or of some of them."""
    table = files.read_table(uri, list(_Names._fields))
    if ids is not None:
        table = table.filter(pc.is_in(table["id"], pa.array(sorted(ids), pa.string())))
    columns = [table[name].to_pylist() for name in _Names._fields]
    yield from map(_Names._make, zip(*columns, strict=True))


def texts_of(run: FinishedRun, ids: frozenset[str]) -> list[str]:
    """Return the texts of documents that still have one."""
    wanted, texts = pa.array(sorted(ids), pa.string()), list[str]()
    for _, uri in shards_of(run):
        table = files.read_table(uri, ["id", "text"])
        texts.extend(filter(None, table.filter(pc.is_in(table["id"], wanted))["text"].to_pylist()))
    return texts


def near(run: FinishedRun, wanted: Wanted, known: Mapping[str, Hit]) -> Iterator[Hit]:
    """Yield the documents that are copies of texts, and not known."""
    for role, uri in shards_of(run):
        for batch in files.read_shard(uri, ["id", "url", "text"]):
            scores = wanted.near(batch["text"])
            for row in (scores >= NEAR).nonzero()[0].tolist():
                name = batch["id"][row].as_py()
                if name not in known:
                    score = round(float(scores[row]), 3)
                    yield Hit(id=name, address=batch["url"][row].as_py(), role=role, why="near", similarity=score)


def of_clusters(run: FinishedRun, known: Mapping[str, Hit]) -> Iterator[Hit]:
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
