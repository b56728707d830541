"""Records of scientific data bases, told in sentences: a format of `pipeline.records` each, files or archives of them.

A record that cannot be read is rejected as `not_FORMAT`; one that says nothing which could be told, as `no_text`.
"""

import hashlib
import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal, NamedTuple

from lxml import etree
from pydantic import model_validator

from pipeline.records import hdf5, labels, openfoam, optimade, profiles, pubmed, trials, vtk, weather
from pipeline.records.facts import Record
from pipeline.sources.archive import Member, members, unpacked
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.jats import xml_parser
from pipeline.sources.plain import plain_text
from pipeline.sources.telling import Telling
from shards.extras import require
from shards.schema import Subject

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz", ".zip")
_CASE_BYTES = 4 << 20  # of one file of a case: fields of a large mesh are longer, and say no more


class _Format(NamedTuple):
    """A format: what its files end in, its subject, and how the records of a file are read."""

    suffixes: tuple[str, ...]
    subject: Subject
    read: Callable[[bytes], Iterator[Record]]
    begins: bytes = b""  # a regular expression that matches in the first kilobytes of a file that is no archive


def _json(records: Callable[[object], Iterator[Record]]) -> Callable[[bytes], Iterator[Record]]:
    """Return a reader of JSON, or of JSON Lines; numbers stay as they are spelt."""

    def read(content: bytes) -> Iterator[Record]:
        try:
            values = [_loaded(content)]
        except ValueError:
            values = [_loaded(line) for line in content.splitlines() if line.strip()]
        for one in values:
            yield from records(one)

    return read


def _loaded(content: bytes) -> object:
    return json.loads(content, parse_float=str, parse_int=str, parse_constant=str)


def _pubmed(content: bytes) -> Iterator[Record]:
    yield from pubmed.records(etree.fromstring(content, xml_parser()))


def _weather(content: bytes) -> Iterator[Record]:
    yield from weather.records(plain_text(content) or "")


def _profiles(content: bytes) -> Iterator[Record]:
    yield profiles.record(plain_text(content) or "")


def _openfoam(content: bytes) -> Iterator[Record]:
    parsed = json.loads(content)
    yield openfoam.case(parsed["files"], parsed["case"])


def _one(record: Callable[[bytes], Record]) -> Callable[[bytes], Iterator[Record]]:
    def read(content: bytes) -> Iterator[Record]:
        yield record(content)

    return read


FORMATS: Mapping[str, _Format] = {
    "pubmed": _Format((".xml",), "life_health", _pubmed, rb"<(?:PubmedArticle|MedlineCitation)"),
    "clinical_trials": _Format((".json", ".jsonl"), "life_health", _json(trials.records), rb"^\s*[\[{]"),
    "drug_labels": _Format((".json", ".jsonl"), "life_health", _json(labels.records), rb"^\s*[\[{]"),
    "optimade": _Format((".json", ".jsonl"), "materials", _json(optimade.records), rb"^\s*[\[{]"),
    "weather": _Format((".txt", ".metar", ".taf", ".synop", ".tac"), "meteorology", _weather),
    "openfoam": _Format(_ARCHIVES, "fluid_mechanics", _openfoam),
    "vtk": _Format((".vtk",), "fluid_mechanics", _one(vtk.record), rb"# vtk DataFile"),
    "profiles": _Format((".dat", ".csv", ".prof", ".txt", ".tsv"), "fluid_mechanics", _profiles),
    "hdf5": _Format((".h5", ".hdf5", ".he5", ".hdf"), "general", _one(hdf5.record), rb"\x89HDF\r\n"),
}


class Records(Telling):
    """Files of records, or archives of them; of OpenFOAM, archives of cases."""

    kind: Literal["records"] = "records"
    # what the files hold: articles of PubMed, studies of ClinicalTrials.gov, labels of openFDA, structures of OPTIMADE,
    # METAR, TAF, SYNOP and forecasters' discussions, cases of OpenFOAM, legacy VTK, tables of measurements, HDF5
    format: Literal[
        "pubmed", "clinical_trials", "drug_labels", "optimade", "weather", "openfoam", "vtk", "profiles", "hdf5"
    ]
    domain: Subject | None = None  # the subject of the documents; null: that of the format
    # a larger file is rejected as `too_large`; of an archive of cases, what lies behind so many bytes of text
    max_record_bytes: int = 256 << 20

    suffixes: ClassVar[tuple[str, ...]] = tuple(
        dict.fromkeys(ending for form in FORMATS.values() for one in form.suffixes for ending in (one, f"{one}.gz"))
    ) + tuple(ending for ending in _ARCHIVES if not ending.endswith(".gz"))
    libraries: ClassVar[tuple[str, ...]] = ("h5py", "lxml", "numpy")

    @model_validator(mode="after")
    def _installed(self) -> "Records":
        if self.format == "hdf5":
            require("h5py", "science")
        return self

    def begins(self) -> bytes:
        """Return what the first kilobytes of a file of the format hold, as a regular expression."""
        return FORMATS[self.format].begins

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield the rows of every record of the file."""
        if self.format == "openfoam":
            parts = _cases(split.file, self.max_record_bytes)
        else:
            endings = FORMATS[self.format].suffixes
            parts = members(split.file, (*endings, *(f"{one}.gz" for one in endings)), self.max_record_bytes)
        numbered = (replace(member, number=number) for number, member in enumerate(parts))
        yield from self.parsed(split.name, numbered, skipped)

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the rows of the records of a file."""
        where = self.place(file, record.digest, offset=record.offset, length=record.length)
        content, damage = unpacked(record, self.max_record_bytes)
        if damage:
            yield self.rejected(damage, record.identity, where)
            return
        form = FORMATS[self.format]
        subject = {} if self.domain is not None else {"domain": form.subject}
        number = record.number
        try:
            for facts in form.read(content):
                yield from self.tell(facts, number, where, skipped, subject)
                number += 1
        except (ValueError, OSError, KeyError, OverflowError, RuntimeError, etree.XMLSyntaxError):
            yield self.rejected(f"not_{self.format}", record.identity, where, **subject)
            return
        if number == record.number:
            yield self.rejected("no_record", record.identity, where, **subject)


def _cases(uri: str, max_bytes: int) -> Iterator[Member]:
    """Yield the cases of an archive, each as the texts of its files by their paths, in JSON."""
    cases: dict[str, dict[str, str]] = {}
    held = 0
    for member in members(uri, ("",), max_bytes):
        if not member.name:  # no archive
            yield replace(member, damage=member.damage or "not_archive")
            return
        root, path = _within(member.name)
        if path and not member.damage and len(member.content) <= _CASE_BYTES and b"\0" not in member.content[:1000]:
            held += len(member.content)
            if held > max_bytes:
                yield replace(member, content=b"", damage="too_large")
                break
            cases.setdefault(root, {})[path] = member.content.decode("utf-8", "replace")
    for root, files in sorted(cases.items()):
        if openfoam.CONTROL in files:
            content = json.dumps({"case": posixpath.basename(root), "files": files}, sort_keys=True).encode()
            digest = hashlib.sha256(content).hexdigest()
            yield Member(root or "case", 0, len(content), content, digest, digest)


def _within(name: str) -> tuple[str, str | None]:
    """Return the folder of the case that a file belongs to, and its path there; None for a file of no use."""
    parts = posixpath.normpath(name).split("/")
    for place in range(len(parts) - 1, 0, -1):
        if parts[place - 1] in openfoam.FOLDERS:
            return "/".join(parts[: place - 1]), "/".join(parts[place - 1 :])
    return ("/".join(parts[:-1]), parts[-1]) if parts[-1].startswith("log") else ("", None)
