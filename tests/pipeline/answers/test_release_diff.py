"""What differs between two releases."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.answers.release_diff import difference
from pipeline.errors import QuestionError
from pipeline.stages.commit import put_together
from shards import files
from shards.release.commitments import LEAVES, committed, origin_of, tree_file
from shards.release.tombstones import Tombstone, write_tombstones
from shards.release.verifier import TREE, commitment_path
from shards.transparency import Note, checkpoint, leaf_hash, tiles, tree_root
from tests.shards.release.releases import document, write_release


def release(folder: Path, **licences: str) -> str:
    """Write a release of documents by number with their licences, and commit to it."""
    rows = [
        ("train", document(int(name[1:]), f"text {name}", license=licence, url=f"https://a.example/{name}"))
        for name, licence in licences.items()
    ]
    of = write_release(str(folder), rows)
    leaves = []
    for number, shard in enumerate(of.shards):
        beside, found = committed(files.join(str(folder), shard.path), number, b"")
        files.write_shard(str(folder / commitment_path(shard.path)), beside.to_batches(), beside.schema)
        leaves += found.to_pylist()
    leaves.sort(key=lambda leaf: (leaf["key"], leaf["record"]))
    files.write_shard(str(folder / "leaves/00000.arrow"), pa.Table.from_pylist(leaves, LEAVES).to_batches(), LEAVES)
    hashes = [leaf_hash(leaf["key"] + leaf["record"]) for leaf in leaves]
    origin = origin_of("example.org/notes", files.sha256(str(folder / "manifest.json")))
    tree = tree_file("example.org/notes", origin, len(leaves), tree_root(hashes), ["leaves/00000.arrow"])
    note = Note(checkpoint(origin, len(leaves), tree_root(hashes)))
    there = [path for path in files.paths_below(str(folder)) if path.startswith(("leaves/", "commitments/"))]
    copied = {path: (str(folder / path), files.sha256(str(folder / path))) for path in there}
    put_together(str(folder), copied, {TREE: tree, **dict(tiles(hashes))}, note)
    return str(folder)


def test_what_came_went_and_changed_is_counted(tmp_path: Path) -> None:
    old = release(tmp_path / "old", n1="CC0-1.0", n2="CC0-1.0", n3="CC-BY-4.0", n4="CC-BY-4.0")
    new = release(tmp_path / "new", n1="CC-BY-SA-4.0", n3="CC-BY-4.0", n5="CC0-1.0", n6="CC0-1.0")
    found = difference(old, new)
    assert (found.added, len(found.removed), found.relicensed, found.version) == (2, 2, 1, "MAJOR")
    assert found.tombstoned == ()
    write_tombstones(new, [Tombstone(found.removed[0], "copyright", "record", "0" * 64)])
    assert difference(old, new).tombstoned == found.removed[:1]
    same = difference(old, old)
    assert (same.added, same.removed, same.relicensed, same.changed, same.version) == (0, (), 0, 0, "none")


def test_a_release_that_is_not_committed_to_is_no_answer(tmp_path: Path) -> None:
    write_release(str(tmp_path / "plain"), [("train", document(1, "text"))])
    with pytest.raises(QuestionError, match="has no commitments"):
        difference(str(tmp_path / "plain"), str(tmp_path / "plain"))
