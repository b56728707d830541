"""The indexes of earlier releases: found, checked, and numbered as the first shards of this run.

    index/index.json             what follows, with checksums; written last
    index/documents/00000.arrow  a row per document that took part: signature, keys, rank, and what became of it
    index/records/00000.arrow    band keys, ascending: key, node, count; each file holds a range of keys
    index/components.arrow       node, root: who shares a band with whom, through others
    index/changes.arrow          node, cluster, superseded_by: what this release changed of earlier ones

An index holds hashes, ids and addresses; no text. Its nodes are numbered as in the run that wrote it: the shards of the
indexes that it continues (`against`), then its own. Nothing in it is ever changed: a later release adds an index.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from dedup.components import Edges, Nodes
from dedup.folding import Folding, table
from dedup.minhash import MinHashSettings
from dedup.records import Records, rows_of, shards_of
from pipeline.errors import ConfigError
from shards import files
from shards.formats import INDEX

CHANGES = pa.schema([("node", pa.uint64()), ("cluster", pa.string()), ("superseded_by", pa.string())])


class IndexFile(BaseModel, frozen=True, extra="forbid"):
    """One file of an index; of one with records, the range of its keys."""

    path: str
    rows: int
    bytes: int
    sha256: str
    keys: tuple[int, int] | None = None


class Index(BaseModel, frozen=True, extra="forbid"):
    """What an index consists of, and how it was made."""

    format: Literal[3] = INDEX
    minhash: MinHashSettings | None
    spec: str
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
    return settings.spec if settings else f"exact-v1-{table(Folding()).digest}"


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
        found = [Records(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))]
        for layer in self.layers:
            for file in layer.index.records:
                if file.keys and file.keys[0] <= last and first <= file.keys[1]:
                    rows = files.read_range(layer.uri(file), "key", first, last)
                    nodes = layer.numbered(rows["node"].to_numpy())
                    found.append(Records(rows["key"].to_numpy(), nodes, rows["count"].to_numpy()))
        return Records(*map(np.concatenate, zip(*found, strict=True)))

    def edges(self, part: int = 0, parts: int = 1) -> Edges:
        """Return their candidate components as edges: all, or one of equal parts of them."""
        found = [np.zeros((0, 2), np.uint64)]
        for layer in self.layers:
            file = layer.index.components
            rows = files.read_rows(layer.uri(file), file.rows * part // parts, file.rows * (part + 1) // parts)
            found.append(np.stack([layer.numbered(rows[name].to_numpy()) for name in ("node", "root")], axis=1))
        return np.concatenate(found)

    def changes(self) -> dict[int, tuple[str | None, str | None]]:
        """Return the cluster and the successor that later indexes gave to nodes of earlier ones."""
        found: dict[int, tuple[str | None, str | None]] = {}
        for layer in self.layers:
            rows = files.read_table(layer.uri(layer.index.changes))
            nodes = layer.numbered(rows["node"].to_numpy()).tolist()
            for node, cluster, successor in zip(
                nodes, rows["cluster"].to_pylist(), rows["superseded_by"].to_pylist(), strict=True
            ):
                found[node] = cluster, successor or found.get(node, (None, None))[1]
        return found


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
        digest = hashlib.sha256(content).hexdigest()[:16]
        index = _read(path, content)
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
    """Return the folder of the index that a path names: itself, a run's output, or a release of a run.

    Raises
    ------
    ConfigError
        if there is none.
    """
    places = [path, files.join(path, "index")]
    if files.exists(files.join(path, "run.json")):
        record = json.loads(files.read_bytes(files.join(path, "run.json")))
        places += [files.join(path, stage["folder"], "index") for stage in record["stages"] if stage["name"] == "index"]
    if files.exists(files.join(path, "manifest.json")):
        lineage = json.loads(files.read_bytes(files.join(path, "manifest.json")))["lineage"]
        output = path.rstrip("/").rpartition("/")[0].rpartition("/")[0] or "."
        stages = [stage for stage in lineage["stages"] if stage["stage"] == "index"]
        places += [files.join(output, stage["folder"], "index") for stage in stages]
    for place in places:
        if files.exists(files.join(place, "index.json")):
            return place
    raise ConfigError(f"{path}: no index here, of a run or of a release (dedup writes one unless `index: false`)")


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
