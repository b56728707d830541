"""The indexes of earlier releases: found, checked, and numbered as the first shards of this run.

    index/index.json             what follows, with checksums; written last
    index/documents/00000.arrow  a row per document that took part: signature, keys, rank, and what became of it
    index/records/00000.arrow    band keys, ascending: key, node, count; each file holds a range of keys
    index/components.arrow       node, root: who shares a band with whom, through others
    index/changes.arrow          node, cluster, superseded_by: what this release changed of earlier ones

An index holds hashes, ids and addresses; no text. Its nodes are numbered as in the run that wrote it: the shards of the
indexes that it continues (`against`), then its own. Nothing in it is ever changed: a later release adds an index.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from dedup.components import Edges, Nodes
from dedup.folding import Folding, folding_table
from dedup.minhash import MinHashSettings
from dedup.records import Records, rows_of, shards_of
from pipeline.errors import ConfigError
from shards import files
from shards.formats import INDEX
from shards.release.place import ReleaseError, release_at, stage_folders

CHANGES = pa.schema([("node", pa.uint64()), ("cluster", pa.string()), ("superseded_by", pa.string())])


class Change(NamedTuple):
    """What a later release has made of an earlier one's document: a row of CHANGES."""

    cluster: str | None
    superseded_by: str | None


UNCHANGED = Change(None, None)


class IndexFile(BaseModel, frozen=True, extra="forbid"):
    """One file of an index; of one with records, the range of its keys."""

    path: str
    rows: int
    bytes: int
    sha256: str
    keys: tuple[int, int] | None = None


class Index(BaseModel, frozen=True, extra="forbid"):
    """What an index consists of, and how it was made."""

    format: Literal[4] = INDEX
    minhash: MinHashSettings | None
    spec: str
    identity: str  # of what it held when it was made: a take-down changes the files, and not what it is
    against: tuple[str, ...]
    documents: tuple[IndexFile, ...]
    records: tuple[IndexFile, ...]
    components: IndexFile
    changes: IndexFile

    @property
    def files(self) -> tuple[IndexFile, ...]:
        """Every file of it."""
        return (*self.documents, *self.records, self.components, self.changes)


def spec_of(settings: MinHashSettings | None) -> str:
    """Return the identity of the keys that these settings give; only those of one spec can be compared."""
    return settings.spec if settings else f"exact-v1-{folding_table(Folding()).digest}"


@dataclass(frozen=True)
class Layer:
    """One earlier index, and which ordinals its nodes have here."""

    folder: str
    digest: str
    index: Index
    ordinals: npt.NDArray[np.uint64]  # here, of each shard as it counts them

    @property
    def first(self) -> int:
        """The ordinal of its own first shard."""
        return int(self.ordinals[len(self.ordinals) - len(self.index.documents)]) if self.index.documents else 0

    def uri(self, file: IndexFile) -> str:
        """Return where one of its files is."""
        return files.join(self.folder, file.path)

    def numbered(self, nodes: Nodes) -> Nodes:
        """Return its nodes as they are numbered here."""
        return self.ordinals[shards_of(nodes)] << np.uint64(32) | rows_of(nodes).astype(np.uint64)


@dataclass(frozen=True)
class Earlier:
    """All earlier indexes, in the order in which they were made."""

    layers: tuple[Layer, ...]

    @cached_property
    def digests(self) -> list[str]:
        """The identity of each."""
        return [layer.digest for layer in self.layers]

    @cached_property
    def documents(self) -> list[str]:
        """Their shards of documents, one per ordinal."""
        return [layer.uri(file) for layer in self.layers for file in layer.index.documents]

    def records(self, first: int, last: int) -> Records:
        """Return the records whose keys lie between the two, both included."""
        pieces = [Records(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))]
        for layer in self.layers:
            for file in layer.index.records:
                if file.keys and file.keys[0] <= last and first <= file.keys[1]:
                    rows = files.read_range(layer.uri(file), "key", first, last)
                    nodes = layer.numbered(rows["node"].to_numpy())
                    pieces.append(Records(rows["key"].to_numpy(), nodes, rows["count"].to_numpy()))
        return Records(*map(np.concatenate, zip(*pieces, strict=True)))

    def edges(self, part: int = 0, parts: int = 1) -> Edges:
        """Return their candidate components as edges: all, or one of equal parts of them."""
        pieces = [np.zeros((0, 2), np.uint64)]
        for layer in self.layers:
            file = layer.index.components
            rows = files.read_rows(layer.uri(file), file.rows * part // parts, file.rows * (part + 1) // parts)
            pieces.append(np.stack([layer.numbered(rows[name].to_numpy()) for name in ("node", "root")], axis=1))
        return np.concatenate(pieces)

    def changes(self) -> dict[int, Change]:
        """Return what later indexes have changed of nodes of earlier ones."""
        changes: dict[int, Change] = {}
        for layer in self.layers:
            rows = files.read_table(layer.uri(layer.index.changes))
            nodes = layer.numbered(rows["node"].to_numpy()).tolist()
            for node, cluster, successor in zip(
                nodes, rows["cluster"].to_pylist(), rows["superseded_by"].to_pylist(), strict=True
            ):
                changes[node] = Change(cluster, successor or changes.get(node, UNCHANGED).superseded_by)
        return changes


def opened(paths: Sequence[str], settings: MinHashSettings | None) -> Earlier:
    """Return the indexes at these places, which must be of these settings, and in the order in which they were made.

    Raises
    ------
    ConfigError
        naming the index, and what is wrong.
    """
    layers: list[Layer] = []
    first: dict[str, range] = {}
    count = 0
    for path in paths:
        folder, content = _found(path)
        index = _read(path, content)
        digest = index.identity
        _comparable(path, index, settings)
        missing = [name for name in index.against if name not in first]
        if missing or digest in first:
            wrong = "is listed twice" if digest in first else f"continues {missing[0]}, which must be listed before it"
            raise ConfigError(f"against: the index of {path} {wrong}")
        first[digest] = range(count, count + len(index.documents))
        count += len(index.documents)
        ordinals = [ordinal for name in (*index.against, digest) for ordinal in first[name]]
        layers.append(Layer(folder, digest, index, np.array(ordinals, np.uint64)))
    return Earlier(tuple(layers))


def folder_of(path: str) -> str:
    """Return the folder of the index that a path names: itself, a run's output, or what leads to a release of a run.

    Raises
    ------
    ConfigError
        if there is none.
    """
    for place in (path, files.join(path, "index"), *_of_run(path), *_of_release(path)):
        if files.exists(files.join(place, "index.json")):
            return place
    raise ConfigError(f"{path}: no index here, of a run or of a release (dedup writes one unless `index: false`)")


def _of_run(output: str) -> Iterator[str]:
    """Yield the folder of the index of the run in an output folder."""
    if files.exists(files.join(output, "run.json")):
        record = json.loads(files.read_bytes(files.join(output, "run.json")))
        for stage in record["stages"]:
            if stage["name"] == "index":
                yield files.join(output, stage["folder"], "index")


def _of_release(path: str) -> Iterator[str]:
    """Yield the folder of the index that was made with a release, which lies in the output folder of its run."""
    with contextlib.suppress(ReleaseError):
        yield from (files.join(folder, "index") for folder in stage_folders(release_at(path), "index"))


def _found(path: str) -> tuple[str, bytes]:
    folder = folder_of(path)
    return folder, files.read_bytes(files.join(folder, "index.json"))


def _read(path: str, content: bytes) -> Index:
    try:
        return Index.model_validate_json(content)
    except ValidationError as error:
        raise ConfigError(f"against: {path} is not an index of format {INDEX}: {error}") from error


def _comparable(path: str, index: Index, settings: MinHashSettings | None) -> None:
    spec = spec_of(settings)
    if index.spec != spec:
        raise ConfigError(f"against: the index of {path} has {index.spec}, and this run {spec}: set `minhash` alike")
    if settings and settings.exact and not (index.minhash and index.minhash.exact):
        raise ConfigError(f"against: the index of {path} has no shingles: it was made without `minhash.exact`")
