"""Repositories as archives: a document a text file, under what the nearest licence file, or the file itself, says.

Of a document count, in this order: an `SPDX-License-Identifier` in its first lines or in `NAME.license` beside it;
`REUSE.toml`; the licence files and package metadata (`package.json`, `pyproject.toml`, `Cargo.toml`, `CITATION.cff`) of
its folder or the nearest one above. Rejected rows, by reason: `empty`, `not_text`, `too_large`, `truncated`.
The DOI is that of the nearest `CITATION.cff`.
"""

import contextlib
import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar, Literal

import yaml
from pydantic import BaseModel

from filters.licences.finding import RESERVED
from filters.licences.names import license_of_name
from filters.licences.verdicts import verdict_of
from pipeline.doi import first_doi
from pipeline.errors import ShardError
from pipeline.media_types import is_binary
from pipeline.sources.archive import Member, members
from pipeline.sources.base import Row, Skipped, Source, Split
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.plain import plain_text
from shards.tables import table

TABLE = Path(__file__).with_name("repository.yaml")

_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]*)")
_AFTER_SPDX = re.compile(r"\s*(?:-->|\*/|#}|\"\"\")?\s*$")
_HEAD = 4096  # bytes of a document in which it says its licence
_READ = 1 << 16  # bytes of a licence file that are read
_KEY_PARTS = 64  # of a key of TOML
_METADATA = ("package.json", "pyproject.toml", "cargo.toml", "citation.cff")


class LicenceTexts(BaseModel, frozen=True, extra="forbid"):
    """By what the licence of a repository is known."""

    names: re.Pattern[str]  # of the files that hold it, in small letters
    texts: tuple[tuple[re.Pattern[str], str], ...]  # words of a licence's text, in small letters, and its id


class Repository(Source):
    """Archives (tar in any compression) of repositories; `documents` are the endings of the files that are texts."""

    kind: Literal["repository"] = "repository"
    # the endings of the names of files to read
    documents: tuple[str, ...] = (".md", ".markdown", ".rst", ".txt", ".adoc", ".org", ".tex")
    max_record_bytes: int = 16 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")

    @property
    def gives_pages(self) -> bool:
        return True

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every text of the archive, which is read twice: what is said of a text may stand after it."""
        stated: dict[str, list[Statement]] = {}
        cited: dict[str, str] = {}
        with contextlib.suppress(ShardError):  # that it breaks off is told when it is read again
            for member in members(split.file, ("",), self.max_record_bytes):
                if not member.damage and (statements := _stated(member)):
                    stated[member.name] = statements
                if not member.damage and (doi := _cited(member)):
                    cited[posixpath.dirname(member.name)] = doi
        for member in members(split.file, self.documents, self.max_record_bytes):
            if member.damage or not _is_licence(member.name):
                yield self._row(split.name, member, stated, cited)
            elif skipped is not None:
                skipped[f"{self.kind}.licence"] += 1

    def _row(self, file: str, member: Member, stated: Mapping[str, list[Statement]], cited: Mapping[str, str]) -> Row:
        where = self.place(file, member.digest, offset=member.offset, length=member.length)
        source_id = f"{file}#{member.name}"
        if member.damage:
            return self.rejected(member.damage, source_id, where)
        columns = own_licence(self, _said_of(member, stated), member.digest)
        columns["doi"] = next((cited[folder] for folder in _folders(member.name) if folder in cited), None)
        if not member.content.strip():
            return self.rejected("empty", source_id, where, **columns)
        if is_binary(member.content):
            return self.rejected("not_text", source_id, where, **columns)
        try:
            return self.row(source_id, where, member.content.decode("utf-8-sig"), **columns)
        except UnicodeDecodeError:
            text = plain_text(member.content)
        if text is None:
            return self.rejected("not_decodable", source_id, where, **columns)
        return self.row(source_id, where, text, **columns)


def _said_of(member: Member, stated: Mapping[str, list[Statement]]) -> list[Statement]:
    """Return the statements that hold for a document: its own, else those of the nearest folder that has any."""
    own = _headers(member.name, member.content[:_HEAD]) or stated.get(f"{member.name}.license", [])
    for folder in _folders(member.name):
        if own:
            break
        inside = member.name.removeprefix(f"{folder}/") if folder else member.name
        reuse = posixpath.join(folder, "REUSE.toml")
        own = [Statement(reuse, said) for glob, said in stated.get(reuse, ()) if fnmatchcase(inside, glob)]
        own = own or [
            statement
            for name, statements in sorted(stated.items())
            if posixpath.dirname(name) == folder and posixpath.basename(name) != "REUSE.toml"
            for statement in statements
            if not name.endswith(".license")
        ]
    return own


def _folders(name: str) -> Iterator[str]:
    """Yield the folders that a file lies in, the nearest first."""
    while name:
        name = posixpath.dirname(name)
        yield name


def _cited(member: Member) -> str | None:
    """Return the DOI that a citation file gives what lies beside and below it."""
    if posixpath.basename(member.name).lower() != "citation.cff":
        return None
    try:
        said = _yaml(member.content[:_READ].decode("utf-8", "replace"))
        others = [each["value"] for each in said.get("identifiers") or () if each.get("type") == "doi"]
        return first_doi(value for value in (said.get("doi"), *others) if isinstance(value, str))
    except (ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError, RecursionError):
        return None


def _stated(member: Member) -> list[Statement]:
    """Return what a file says of the licence of others; of REUSE.toml, each glob in place of the file's name."""
    name = posixpath.basename(member.name).lower()
    content = member.content[:_READ].decode("utf-8", "replace")
    if name.endswith(".license"):
        return _headers(member.name, member.content[:_HEAD])
    if _is_licence(member.name):
        return [Statement(member.name, license_of_text(content))]
    if name != "reuse.toml" and name not in _METADATA:
        return []
    try:
        values = _values(name, content)
    except (ValueError, TypeError, AttributeError, yaml.YAMLError, RecursionError):
        return []
    return [Statement(glob or member.name, value) for glob, value in values if isinstance(value, str)]


def _values(name: str, content: str) -> list[tuple[str, Any]]:
    match name:
        case "package.json":
            said = json.loads(content).get("license")
            return [("", said.get("type") if isinstance(said, dict) else said)]
        case "citation.cff":
            said = _yaml(content).get("license")
            return [("", " OR ".join(said) if isinstance(said, list) else said)]
        case "reuse.toml":
            rules = []
            for entry in _toml(content).get("annotations", []):
                globs, said = entry.get("path", []), entry.get("SPDX-License-Identifier", "")
                said = " AND ".join(said) if isinstance(said, list) else said
                rules += [(glob, said) for glob in ([globs] if isinstance(globs, str) else globs)]
            return rules[::-1]  # of several that match the last counts
        case _:
            tables = _toml(content)
            said = (tables.get("project") or tables.get("package") or {}).get("license")
            return [("", said.get("text") if isinstance(said, dict) else said)]


class _WithoutAliases(yaml.SafeLoader):
    """Loads YAML in which nothing stands for something else: a file of 1 kB could say 10^9 values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def _yaml(content: str) -> Any:
    return yaml.load(content, _WithoutAliases)  # noqa: S506 - a SafeLoader


def _toml(content: str) -> Any:
    """Return what TOML says; time is quadratic in the length of its dotted keys."""
    if any(line.partition("=")[0].count(".") > _KEY_PARTS for line in content.splitlines()):
        raise ValueError("a key of very many parts")
    return tomllib.loads(content)


def _headers(name: str, head: bytes) -> list[Statement]:
    match = _SPDX.search(head.decode("utf-8", "replace"))
    return [Statement(name, _AFTER_SPDX.sub("", match[1]))] if match else []


def _is_licence(name: str) -> bool:
    return bool(table(TABLE, LicenceTexts).names.match(posixpath.basename(name).lower())) and not name.lower().endswith(
        ".license"
    )


def license_of_text(text: str) -> str:
    """Return the licence whose text a file holds, else the licence that it names, else its first words."""
    words = " ".join(text.split()).casefold()
    for pattern, license in table(TABLE, LicenceTexts).texts:
        if pattern.search(words):
            return license
    named = license_of_name(words[:2000])
    if named is not None and verdict_of(named.license) != "unknown":
        return named.license
    return RESERVED if "all rights reserved" in words else words[:200]
