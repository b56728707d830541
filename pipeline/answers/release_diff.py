"""What was added, removed and changed from one release to another, by the addresses of their documents."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.answers.proving import Committed
from shards import files
from shards.release import manifest
from shards.release.place import release_at
from shards.release.tombstones import read_tombstones


@dataclass(frozen=True)
class Difference:
    """Numbers of addresses, and the ids of documents that were removed."""

    added: int
    removed: tuple[str, ...]
    tombstoned: tuple[str, ...]  # of those removed
    relicensed: int  # another class of licence
    changed: int  # another record of the same class: text, licence, evidence, or salt

    @property
    def version(self) -> str:
        """The part of a version that such a change asks for."""
        return "MAJOR" if self.removed else "MINOR" if self.added or self.relicensed or self.changed else "none"


@dataclass(frozen=True)
class _Leaf:
    records: tuple[bytes, ...]
    classes: tuple[str, ...]
    places: tuple[tuple[int, int], ...]


def difference(old: str, new: str) -> Difference:
    """Return what differs between the releases that two paths lead to.

    Raises
    ------
    QuestionError
        if one is not committed to.
    """
    one, two = Committed(release_at(old)), Committed(release_at(new))
    before, after = dict(_leaves(one)), dict(_leaves(two))
    gone = [leaf for key, leaf in before.items() if key not in after]
    both = [(leaf, after[key]) for key, leaf in before.items() if key in after]
    removed = tuple(sorted(_ids(one, [place for leaf in gone for place in leaf.places])))
    known = {stone.id for stone in read_tombstones(two.release)}
    return Difference(
        added=sum(key not in before for key in after),
        removed=removed,
        tombstoned=tuple(name for name in removed if name in known),
        relicensed=sum(a.classes != b.classes for a, b in both),
        changed=sum(a.classes == b.classes and a.records != b.records for a, b in both),
    )


def _leaves(release: Committed) -> Iterator[tuple[bytes, _Leaf]]:
    """Yield each address of a release, by its key, with its records."""
    classes = [shard.license_class for shard in manifest.read(release.release).shards]
    leaves: dict[bytes, list[tuple[bytes, int, int]]] = {}
    for number in range(len(release.tree.leaves)):
        table = release.leaves(number)
        for key, *rest in zip(*(table[name].to_pylist() for name in table.column_names), strict=True):
            leaves.setdefault(key, []).append((rest[0], rest[1], rest[2]))
    for key, rows in leaves.items():
        of = tuple(sorted(classes[shard] for _, shard, _ in rows))
        yield key, _Leaf(tuple(record for record, *_ in rows), of, tuple((shard, row) for _, shard, row in rows))


def _ids(release: Committed, places: list[tuple[int, int]]) -> Iterator[str]:
    by_shard: dict[int, list[int]] = {}
    for shard, row in sorted(places):
        by_shard.setdefault(shard, []).append(row)
    for shard, rows in by_shard.items():
        yield from files.take(files.join(release.release, release.shards[shard]), rows, ["id"])["id"].to_pylist()
