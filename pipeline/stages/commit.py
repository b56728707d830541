"""The commitment to a release: a tree of its records, after `publish`; nothing is signed here (`yuliao release sign`).

    commitments   a task per shard of the release   salts beside each shard; its leaves, by partition of their keys
    leaves        a task per partition              the leaves in order
    commit        a task per 65,536 leaves          the tiles over them; then everything is put into the release

`shards.release.commitments` says what is put there.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, JsonValue

from pipeline.stages.base import Facts, FinishedStage, Lineage, Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.dedup.exchange import Sent, cut, received, receivers, send
from shards import files
from shards.receipts import ShardFile
from shards.release import commitments, facts, layout, manifest
from shards.release.commitments import COMMITMENTS, LEAVES
from shards.release.place import FOLDER, MANIFEST, NAME
from shards.release.verifier import CHECKPOINT, SUMS, TREE, commitment_path
from shards.transparency import WIDTH, Note, checkpoint, leaf_hashes, tile_number, tile_root, tiles, tree_root

PARTITION_ROWS = 1 << 20  # of leaves, about
RANGE = WIDTH * WIDTH  # leaves whose tiles are one task


class ShardPart(Part):
    """A shard of the release."""

    number: int  # in the manifest
    path: str  # below the stage `publish`
    partitions: int


class PartitionPart(Part):
    """A partition of the keys."""

    number: int
    senders: tuple[str, ...]


class RangePart(Part):
    """A range of the leaves."""

    first: int
    leaves: int
    partitions: tuple[tuple[int, int, int], ...]  # a partition of the keys, and from which to before which row


class RangeFacts(Facts):
    """The roots of full tiles, and what is left over."""

    full: tuple[str, ...]  # in hex
    rest: tuple[str, ...]


class CommitStage(Stage):
    """What the stages of a commitment have in common."""

    data_set: str = Field(
        pattern=r"^[^\s+/]+(/[^\s+/]+)*$",
        description="the name of the data set in its log: an address of yours without scheme, e.g. example.org/corpus",
    )
    secret: Path | None = Field(
        None,
        description=(
            "a file from which the salts are derived, together with the texts; keep it, because the same release "
            "needs the same file"
        ),
    )

    after: ClassVar[tuple[str, ...]] = ("publish",)
    exclusive: ClassVar[bool] = True

    def settings(self) -> dict[str, JsonValue]:
        return self.model_dump(mode="json", exclude={"secret"})  # of which the content counts, not the place

    def resources(self) -> Sequence[Path]:
        return () if self.secret is None else (self.secret,)


class CommitmentsStage(CommitStage):
    """Commits to the rows of each shard."""

    name: Literal["commitments"] = "commitments"

    def tasks(self, state: RunState) -> list[Task]:
        shards = list(_shards(state.finished["publish"]))
        partitions = max(1, -(-sum(shard.rows for _, shard in shards) // PARTITION_ROWS))
        return [
            Task.of([key], ShardPart(number=number, path=shard.path, partitions=partitions), shard.rows)
            for number, (key, shard) in enumerate(shards)
        ]

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(ShardPart)
        secret = b"" if self.secret is None else self.secret.read_bytes()
        uri = files.join(workspace.folder_of("publish"), part.path)
        beside, leaves = commitments.committed(uri, part.number, secret)
        path = commitment_path(part.path.removeprefix(FOLDER))
        workspace.write("commitments", beside.to_batches(), COMMITMENTS, path=path)
        ordered = leaves.sort_by("key")
        bounds = [0, *np.cumsum(_counts(ordered["key"], part.partitions)).tolist()]
        return Outcome(facts=Sent(sent=send(workspace, "leaves", cut(ordered, bounds), LEAVES)))


class LeavesStage(CommitStage):
    """Sorts the leaves of a partition."""

    name: Literal["leaves"] = "leaves"

    def tasks(self, state: RunState) -> list[Task]:
        sender = state.finished["commitments"]
        return receivers(sender, lambda number: PartitionPart(number=number, senders=tuple(sender.keys)))

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(PartitionPart)
        tables = list(received(workspace, "commitments", "leaves", part.senders, part.number))
        table = pa.concat_tables(tables).sort_by([(name, "ascending") for name in LEAVES.names])
        workspace.write("leaves", table.to_batches(), LEAVES, path=f"leaves/{part.number:05}.arrow")
        return Outcome()


class Commit(CommitStage):
    """Commits to every record of the release, in a Merkle tree that proves what is in it and what is not."""

    name: Literal["commit"] = "commit"

    def expanded(self, before: Sequence[Stage]) -> Sequence[Stage]:
        shared = {"data_set": self.data_set, "secret": self.secret}
        return (CommitmentsStage.model_validate(shared), LeavesStage.model_validate(shared), self)

    def tasks(self, state: RunState) -> list[Task]:
        stage = state.finished["leaves"]
        sizes = stage.rows("leaves")
        starts = [0, *np.cumsum(sizes, dtype=int).tolist()]
        tasks = []
        for first in range(0, starts[-1], RANGE):
            last = min(first + RANGE, starts[-1])
            pieces = tuple(
                (number, max(first - start, 0), min(last - start, size))
                for number, (start, size) in enumerate(zip(starts, sizes, strict=False))
                if start < last and first < start + size
            )
            part = RangePart(first=first, leaves=last - first, partitions=pieces)
            tasks.append(Task.of((stage.keys[number] for number, *_ in pieces), part, last - first))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        part = workspace.part(RangePart)
        hashes = leaf_hashes(_leaves(workspace, part))
        full = []
        for first in range(0, len(hashes), WIDTH):
            tile = hashes[first : first + WIDTH]
            path = f"tile/0/{tile_number((part.first + first) // WIDTH, len(tile))}"
            workspace.wrote(path, path, 0, files.write_bytes(files.join(workspace.folder, path), b"".join(tile)))
            if len(tile) == WIDTH:
                full.append(tile_root(tile).hex())
        rest = [node.hex() for node in hashes[len(hashes) // WIDTH * WIDTH :]]
        return Outcome(facts=RangeFacts(full=tuple(full), rest=tuple(rest)))

    def conclude(self, folder: str, finished: Mapping[str, FinishedStage], lineage: Lineage) -> None:
        release = files.join(finished["publish"].folder, NAME)
        ranges = finished[self.name].facts(RangeFacts)
        full = [bytes.fromhex(node) for each in ranges for node in each.full]
        rest = [bytes.fromhex(node) for each in ranges for node in each.rest]
        sizes = finished["leaves"].rows("leaves")
        copied = dict(_copied(finished))
        root = tree_root(rest, full)
        manifest_sha256 = files.sha256(files.join(release, MANIFEST))
        origin = commitments.origin_of(self.data_set, manifest_sha256)
        leaves = [path for path in copied if path.startswith("leaves/")]
        made = {f"tile/{path}": content for path, content in _upper(full)}
        made[TREE] = commitments.tree_file(self.data_set, origin, sum(sizes), root, leaves)
        made |= facts.documents(manifest.read(release), self.data_set, manifest_sha256)
        made["verify.py"] = commitments.verify_file()
        put_together(release, copied, made, Note(checkpoint(origin, sum(sizes), root)))


def put_together(release: str, copied: Mapping[str, tuple[str, str]], made: Mapping[str, bytes], note: Note) -> None:
    """Put a commitment into its release: files to copy, each from where and with its SHA-256, and files to write.

    Doing it again changes nothing; a checkpoint that is signed stays as it is, if it says the same.
    """
    digests = {path: digest for path, (_, digest) in copied.items()}
    digests |= {path: hashlib.sha256(content).hexdigest() for path, content in made.items()}
    digests |= {file.path: file.sha256 for file in manifest.read(release).files}
    digests |= {path: files.sha256(files.join(release, path)) for path in (MANIFEST, "README.md")}
    there = files.sizes_below(release)
    taken_down = [path for path in there if layout.writer_of(path) == "takedown"]
    digests |= {path: files.sha256(files.join(release, path)) for path in taken_down}
    sums = commitments.sums_file(digests)
    if commitments.is_committed(release, sums, note) and all(path in there for path in digests):
        return
    for path, (source, _) in copied.items():
        files.duplicate(source, files.join(release, path))
    for path, content in made.items():
        files.write_bytes(files.join(release, path), content)
    same = commitments.is_checkpoint(release, note)
    for path in commitments.stale(release, [*digests, CHECKPOINT, SUMS], signed=same):
        files.remove(files.join(release, path))
    if not same:
        files.write_bytes(files.join(release, CHECKPOINT), str(note).encode())
    files.write_bytes(files.join(release, SUMS), sums)


def _shards(publish: FinishedStage) -> Iterator[tuple[str, ShardFile]]:
    """Yield the task and the file of each shard, in the manifest's order."""
    for key in publish.keys:
        if (shard := publish.receipts[key].files.get("shard")) is not None:
            yield key, shard


def _counts(keys: pa.ChunkedArray, partitions: int) -> list[int]:
    """Return how many of the keys, ascending, lie in each partition: equal parts of what a key may be."""
    first = np.frombuffer(b"".join(keys.to_pylist()), ">u4")[::8].astype(np.int64)
    counts: list[int] = np.bincount(first * partitions >> 32, minlength=partitions).tolist()
    return counts


def _leaves(workspace: Workspace, part: RangePart) -> Iterator[bytes]:
    for number, first, last in part.partitions:
        table = files.read_rows(files.join(workspace.folder_of("leaves"), f"leaves/{number:05}.arrow"), first, last)
        pairs = (pc.cast(table[name], pa.binary()) for name in ("key", "record"))
        yield from pc.binary_join_element_wise(*pairs, b"").to_pylist()


def _upper(full: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles above the first level, given the roots of the full tiles of that level."""
    for path, content in tiles(full):
        _, level, rest = path.split("/", 2)
        yield f"{int(level) + 1}/{rest}", content


def _copied(finished: Mapping[str, FinishedStage]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what the tasks have written for the release: where in it, from where, and the SHA-256."""
    for name, only in (("commitments", "commitments"), ("leaves", "leaves"), ("commit", None)):
        stage = finished[name]
        for key in stage.keys:
            for role, file in stage.receipts[key].files.items():
                if only in (None, role):
                    yield file.path, (files.join(stage.folder, file.path), file.sha256)
