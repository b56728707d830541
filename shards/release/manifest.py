"""The manifest of a release: what it contains, how to check it, and where to read what it was made from.

The manifest is the contract, not the files that happen to lie beside it. It names no clock, no machine and no place:
the same configuration and the same input give the same manifest. It is sealed (`shards.seal`).
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from shards import files
from shards.errors import plainly
from shards.formats import RELEASE
from shards.release.about import About
from shards.release.place import CARD, MANIFEST, ReleaseError
from shards.release.splits import Split
from shards.schema import PUBLISHED
from shards.seal import sealed, unsealed


class File(BaseModel, frozen=True, extra="forbid"):
    """One file, below the folder that its manifest describes."""

    path: str
    bytes: int
    sha256: str


class Rows(File, frozen=True, extra="forbid"):
    """A file of rows."""

    rows: int


class Documents(Rows, frozen=True, extra="forbid"):
    """A file of documents of one language, one class of licence and one split."""

    language: str
    license_class: str
    split: Split
    licenses: dict[str, int]
    characters: int | None = None  # of all texts; None in what an earlier version wrote, as the next
    text_bytes: int | None = None  # of all texts, in UTF-8


class Shard(Documents, frozen=True, extra="forbid"):
    """One Arrow file of a release, and the file with a line for each of its documents: who is to be named."""

    attribution: File


class Manifest(BaseModel, frozen=True, extra="forbid"):
    """Everything a release consists of."""

    format: int = RELEASE
    title: str
    unlicensed: bool = False  # it may hold documents of which no licence is known
    contact: str = ""  # whom to write to about it: an address or a page
    about: About = About()  # what its publisher says of it
    trial: int | None = None  # no whole run: so many documents were read of each source, at most
    columns: dict[str, str] = {field.name: str(field.type) for field in PUBLISHED}
    shards: tuple[Shard, ...]
    tables: tuple[Rows, ...] = ()  # which copies the documents stand for: `shards.release.copies`
    # of sources that have one: the record by which their documents were used, and for what the release was made
    authorisations: tuple[dict[str, JsonValue], ...] = ()
    stages: tuple[str, ...]  # the folders of those that made it, in the output folder of the run
    card: File
    lineage: File  # what all of it was made from: `shards.release.lineage`

    @property
    def rows(self) -> int:
        """The documents of all shards."""
        return rows_in(self.shards)

    @property
    def files(self) -> list[File]:
        """Every file that is listed: all but the manifest."""
        named = [shard.attribution for shard in self.shards]
        return [*self.shards, *named, *self.tables, self.card, self.lineage]

    def by_language(self) -> dict[str, list[Shard]]:
        """Return the shards of each language, the languages in order."""
        return by_language(self.shards)


AnyDocuments = TypeVar("AnyDocuments", bound=Documents)


def rows_in(documents: Iterable[Rows]) -> int:
    """Return how many rows files have."""
    return sum(file.rows for file in documents)


def by_language(documents: Sequence[AnyDocuments]) -> dict[str, list[AnyDocuments]]:
    """Return the files of each language, both in order."""
    languages: dict[str, list[AnyDocuments]] = {}
    for file in sorted(documents, key=lambda file: file.path):
        languages.setdefault(file.language, []).append(file)
    return dict(sorted(languages.items()))


def by_license(documents: Iterable[Documents]) -> dict[str, int]:
    """Return the documents under each licence, the most frequent first."""
    counts: Counter[str] = Counter()
    for file in documents:
        counts.update(file.licenses)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def write(release: str, manifest: Manifest) -> None:
    """Write the manifest, which makes the release."""
    files.write_bytes(files.join(release, MANIFEST), as_json(manifest))


def write_card(folder: str, content: str) -> File:
    """Write the card of a release or an export."""
    written = files.write_bytes(files.join(folder, CARD), content.encode())
    return File(path=CARD, bytes=written.bytes, sha256=written.sha256)


def as_json(model: BaseModel) -> bytes:
    """Return a model as JSON that people read, sealed."""
    content = json.dumps(model.model_dump(mode="json"), indent=1, ensure_ascii=False, sort_keys=True)
    return sealed(content.encode())


def read(release: str) -> Manifest:
    """Return the manifest of a release, given its folder.

    Raises
    ------
    ReleaseError
        if it is of another format, no manifest at all, or not as it was written.
    """
    uri = files.join(release, MANIFEST)
    try:
        content = files.read_bytes(uri)
        raw: Any = json.loads(content)
        if (version := raw["format"]) != RELEASE:
            raise ReleaseError(
                f"{release}: a release of format {version}, and this version reads format {RELEASE}: publish it again"
                " with this version, or read it with the one that wrote it"
            )
        if (whole := unsealed(content)) is None:
            raise ReleaseError(f"{uri}: damaged or edited: its contents are not those that it was sealed with")
        return Manifest.model_validate_json(whole)
    except (ValidationError, TypeError, KeyError, RecursionError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ReleaseError(f"{uri}: not the manifest of a release: {plainly(error)}") from error
