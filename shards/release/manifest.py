"""The manifest of a release: what it contains, how to check it, and what it was made from.

The manifest is the contract, not the files that happen to lie beside it. It names no clock and no machine: the same
configuration and the same input give the same manifest.
"""

import json
from collections import Counter
from typing import Any

from pydantic import BaseModel

from shards import files
from shards.schema import PUBLISHED

FORMAT = 1


class Shard(BaseModel, frozen=True, extra="forbid"):
    """One Arrow file of a release: documents of one language and one class of licence."""

    path: str
    rows: int
    bytes: int
    sha256: str
    language: str
    family: str
    licenses: dict[str, int]


class Attribution(BaseModel, frozen=True, extra="forbid"):
    """One file of attributions, a line per document of a shard: `shards.release.attribution`."""

    path: str
    shard: str
    rows: int
    bytes: int
    sha256: str


class Table(BaseModel, frozen=True, extra="forbid"):
    """One Arrow file beside the documents: which copies they stand for (`shards.release.copies`)."""

    path: str
    rows: int
    bytes: int
    sha256: str


class Manifest(BaseModel, frozen=True, extra="forbid"):
    """Everything a release consists of."""

    format: int = FORMAT
    title: str
    columns: dict[str, str] = {field.name: str(field.type) for field in PUBLISHED}
    shards: tuple[Shard, ...]
    attribution: tuple[Attribution, ...] = ()
    tables: tuple[Table, ...] = ()
    lineage: dict[str, Any]

    @property
    def rows(self) -> int:
        """The documents of all shards."""
        return sum(shard.rows for shard in self.shards)

    def by_language(self) -> dict[str, list[Shard]]:
        """Return the shards of each language, the languages in order."""
        found: dict[str, list[Shard]] = {}
        for shard in sorted(self.shards, key=lambda shard: shard.path):
            found.setdefault(shard.language, []).append(shard)
        return found

    def by_license(self) -> dict[str, int]:
        """Return the documents under each licence, the most frequent first."""
        counts: Counter[str] = Counter()
        for shard in self.shards:
            counts.update(shard.licenses)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def write(release: str, manifest: Manifest) -> None:
    """Write the manifest, which makes the release."""
    content = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False, sort_keys=True)
    files.write_bytes(files.join(release, "manifest.json"), f"{content}\n".encode())


def read(release: str) -> Manifest:
    """Return the manifest of a release."""
    return Manifest.model_validate_json(files.read_bytes(files.join(release, "manifest.json")))
