"""A release, or part of it, in the formats that other tools read: Parquet, or gzipped JSON Lines.

    OUT/README.md                              a dataset card, as a release has one
    OUT/export.json                            every file with rows, bytes and SHA-256, and what it is an export of
    OUT/data/zho_Hans/sharealike-00000.parquet     the documents of the release's shard of that name

Each file has the documents of one shard, and so of one language, one class of licence and one split, with all columns.
The same release gives the same bytes. A file is whole or absent; `export.json` is written last.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

from pydantic import BaseModel, ValidationError

from shards import files, formats
from shards.errors import plainly
from shards.release import card, jsonl, manifest, parquet
from shards.release.attribution import CHANGES
from shards.release.card_parts import Making
from shards.release.place import MANIFEST, ReleaseError
from shards.release.validation import file_defect
from shards.schema import PUBLISHED
from shards.seal import unsealed

EXPORT = "export.json"
BEGUN = "export-begun.json"  # says what is being written here, until all of it is

Kind: TypeAlias = Literal["parquet", "jsonl"]
WRITERS = {"parquet": parquet.write, "jsonl": jsonl.write}
SUFFIXES = {"parquet": "parquet", "jsonl": "jsonl.gz"}


class Selection(BaseModel, frozen=True, extra="forbid"):
    """What of which release is exported, and how."""

    release: str  # the SHA-256 of its manifest
    kind: Kind
    languages: tuple[str, ...]  # all that are exported
    classes: tuple[str, ...]


class Export(BaseModel, frozen=True, extra="forbid"):
    """Everything an export consists of."""

    format: int = formats.EXPORT
    title: str
    trial: int | None = None  # of a release that is one: so many documents were read of each source, at most
    selection: Selection
    columns: dict[str, str] = {field.name: str(field.type) for field in PUBLISHED}
    card: manifest.File
    files: tuple[manifest.Documents, ...]

    @property
    def rows(self) -> int:
        """The documents of all files."""
        return manifest.rows_in(self.files)


def export(release: str, target: str, kind: Kind, languages: Iterable[str] = (), classes: Iterable[str] = ()) -> Export:
    """Write the documents of a release, given its folder, into another; of these languages and classes, or all.

    Raises
    ------
    ReleaseError
        if the release has none of a language or class, or a shard that is not what the manifest says; or if something
        else lies in the target already.
    """
    published = manifest.read(release)
    shards = _selected(published, sorted(set(languages)), sorted(set(classes)))
    selection = Selection(
        release=files.sha256(files.join(release, MANIFEST)),
        kind=kind,
        languages=tuple(sorted({shard.language for shard in shards})),
        classes=tuple(sorted({shard.license_class for shard in shards})),
    )
    _claim(release, target, selection)
    written = tuple(_written(release, target, shard, kind) for shard in shards)
    features = card.features(written, PUBLISHED) if kind == "jsonl" else ()
    about = [*_about(selection), card.SPLITS]
    making = Making(contact=published.contact)
    content = card.render(published.title, written, about, features, trial=published.trial, making=making)
    exported = Export(
        title=published.title,
        trial=published.trial,
        selection=selection,
        card=manifest.write_card(target, content),
        files=written,
    )
    files.write_bytes(files.join(target, EXPORT), manifest.as_json(exported))
    files.remove(files.join(target, BEGUN))
    return exported


def renew(release: str, target: str) -> None:
    """Make an export again of another revision of its release, with what there is of its languages and classes.

    Killed, it is completed by doing it again. Where nothing is left to export, nothing is left.

    Raises
    ------
    ReleaseError
        if there is no export, and none was begun.
    """
    made = _said(target)
    if made is None:
        raise ReleaseError(f"{target}: no export: it has no {EXPORT}")
    left = [
        shard
        for shard in manifest.read(release).shards
        if shard.language in made.languages and shard.license_class in made.classes
    ]
    listed: set[str] = set()
    if left:
        languages, classes = sorted({each.language for each in left}), sorted({each.license_class for each in left})
        digest = files.sha256(files.join(release, MANIFEST))
        renewed = Selection(release=digest, kind=made.kind, languages=tuple(languages), classes=tuple(classes))
        files.write_bytes(files.join(target, BEGUN), manifest.as_json(renewed))
        exported = export(release, target, made.kind, languages, classes)
        listed = {EXPORT, exported.card.path, *(file.path for file in exported.files)}
    for path in sorted(set(files.paths_below(target)) - listed):
        files.remove(files.join(target, path))


def read(target: str) -> Export:
    """Return what an export says of itself.

    Raises
    ------
    ReleaseError
        if that cannot be read.
    """
    uri = files.join(target, EXPORT)
    try:
        content = files.read_bytes(uri)
        if (version := json.loads(content)["format"]) != formats.EXPORT:
            raise ReleaseError(f"{uri}: of format {version}, not {formats.EXPORT}")
        if (whole := unsealed(content)) is None:
            raise ReleaseError(f"{uri}: damaged or edited: its contents are not those that it was sealed with")
        return Export.model_validate_json(whole)
    except (ValidationError, TypeError, KeyError, RecursionError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ReleaseError(f"{uri}: not of an export of format {formats.EXPORT}: {plainly(error)}") from error


def problems(target: str) -> list[str]:
    """Return every way in which an export is not what `export.json` says."""
    exported = read(target)
    listed_files = [*exported.files, exported.card]
    defects = [f"{file.path}: {why}" for file in listed_files if (why := file_defect(target, file))]
    listed = {EXPORT, *(file.path for file in listed_files)}
    strangers = sorted(set(files.paths_below(target)) - listed)
    return [*defects, *(f"{path}: is no part of the export" for path in strangers)]


def _selected(published: manifest.Manifest, languages: Sequence[str], classes: Sequence[str]) -> list[manifest.Shard]:
    for name, wanted, there in (
        ("language", languages, {shard.language for shard in published.shards}),
        ("class of licence", classes, {shard.license_class for shard in published.shards}),
    ):
        if missing := sorted(set(wanted) - there):
            raise ReleaseError(f"no {name} {', '.join(missing)} in this release: it has {', '.join(sorted(there))}")
    chosen = [
        shard
        for shard in published.shards
        if (not languages or shard.language in languages) and (not classes or shard.license_class in classes)
    ]
    if not chosen and published.shards:
        raise ReleaseError(f"no document in {', '.join(languages)} is of {', '.join(classes)}")
    return chosen


def _claim(release: str, target: str, selection: Selection) -> None:
    """Note what is about to be written, unless something else lies there."""
    if f"{target.rstrip('/')}/".startswith(f"{release.rstrip('/')}/"):
        raise ReleaseError(f"{target}: is inside the release itself, which would then no longer match its manifest")
    there = files.paths_below(target)
    if there and _said(target) != selection:
        what = "another export" if {EXPORT, BEGUN} & set(there) else "something else"
        raise ReleaseError(f"{target}: holds {what}: name a new or an empty folder")
    files.write_bytes(files.join(target, BEGUN), manifest.as_json(selection))


def _said(target: str) -> Selection | None:
    """Return what is exported into a folder, or was begun to be."""
    with suppress(FileNotFoundError):
        if (begun := unsealed(files.read_bytes(files.join(target, BEGUN)))) is not None:
            return Selection.model_validate_json(begun)
    with suppress(FileNotFoundError, ReleaseError):
        return read(target).selection
    return None


def _written(release: str, target: str, shard: manifest.Shard, kind: Kind) -> manifest.Documents:
    if defect := file_defect(release, shard):
        raise ReleaseError(f"{files.join(release, shard.path)}: {defect}")
    path = f"{shard.path.removesuffix('.arrow')}.{SUFFIXES[kind]}"
    written = WRITERS[kind](files.join(target, path), files.join(release, shard.path))
    described = shard.model_dump(include=set(manifest.Documents.model_fields))
    return manifest.Documents.model_validate(
        described | {"path": path, "bytes": written.bytes, "sha256": written.sha256}
    )


def _about(selection: Selection) -> list[str]:
    return [
        f"An export of the release whose `manifest.json` has the SHA-256 `{selection.release}`; `export.json` lists "
        "every file with its own.",
        "Every document carries its licence and the evidence for it (`license`, `license_class`, `license_scope`, "
        "`evidence`), and where it came from (`url`, `source`, `provenance`). Who is to be named for it stands in "
        f"`title`, `author`, `source`, `url` and `license_url`. What was changed: {CHANGES}",
        *([parquet.ABOUT] if selection.kind == "parquet" else []),
    ]
