"""Crystallographic information files (CIF): a document a data block, told in sentences. Needs the extra `science`.

`fields: {template: …}` renders the record instead. A record has the tags of its block (`_cell_length_a`, numbers
without their uncertainty) and its loops, each under the category of its tags (`_atom_site`) as a list of records; in
mmCIF, under its name up to the dot. Unknown values (`?`, `.`) are missing. `space_group` and `authors` are read from
whichever tags a file has. Rejected rows, by reason: `not_cif`, `no_field`, `no_text`, `too_large`.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from pipeline.records import crystals
from pipeline.scripts import subscript, superscript
from pipeline.sources.archive import Member, members, unpacked
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.fields import Fields, columns_of, mapped
from pipeline.sources.telling import Telling
from shards.extras import load, require
from shards.schema import Subject

# The newer tag, the older one, which many files repeat, and mmCIF's.
_SPACE_GROUP = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_symmetry.space_group_name_H-M")
_AUTHORS = ("_publ_author_name", "_citation_author.name", "_audit_author.name")
_NAMES = (".cif", ".mcif")
_SHIFTED = re.compile(r"([~^])([^~^\s]{1,12})\1")  # subscripts and superscripts: MgI~2~

_UNCERTAIN = re.compile(r"([-+]?\d+\.?\d*)\(\d+\)")
_CATEGORIES = re.compile(r"(_[^.]+)\.|(_atom_site_aniso|_[a-z]+_[a-z]+)")


STRUCTURE = Fields(
    id="_cod_database_code",
    title="_chemical_formula_sum",
    author="authors",
    doi="_journal_paper_doi",
    published="_journal_year",
)
MACROMOLECULE = Fields(
    id="_entry.id",
    title="_struct.title",
    author="authors",
    doi="_citation.pdbx_database_id_DOI",
    published="_citation.year",
)


class Cif(Telling):
    """CIF and mmCIF files, or archives of them; where no fields are given, each has its own."""

    kind: Literal["cif"] = "cif"
    fields: Fields = STRUCTURE  # which field of a record is which column
    domain: Subject | None = "materials"
    max_record_bytes: int = 64 << 20  # a larger record is rejected as `too_large`

    suffixes: ClassVar[tuple[str, ...]] = (".cif", ".cif.gz", ".mcif", ".tar", ".tar.gz", ".tgz", ".zip")
    libraries: ClassVar[tuple[str, ...]] = ("gemmi",)

    @model_validator(mode="after")
    def _installed(self) -> "Cif":
        require("gemmi", "science")
        return self

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every data block."""
        names = (*_NAMES, *(name + ".gz" for name in _NAMES))
        parts = members(split.file, names, self.max_record_bytes)
        numbered = (replace(member, number=number) for number, member in enumerate(parts))
        yield from self.parsed(split.name, numbered, skipped)

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield a row for every data block of a file."""
        digest = record.identity
        where = self.place(file, record.digest, offset=record.offset, length=record.length)
        content, damage = unpacked(record, self.max_record_bytes)
        if damage:
            yield self.rejected(damage, digest, where)
            return
        try:
            blocks = list(load("gemmi.cif").read_string(content.decode("utf-8", "replace")))
        except (ValueError, RuntimeError):
            blocks = []
        if not blocks:
            yield self.rejected("not_cif", digest, where)
        for place, block in enumerate(blocks):
            name = digest if len(blocks) == 1 else hashlib.sha256(f"{digest}\x1f{block.name}".encode()).hexdigest()
            values = _record(block, uncertain=self.fields.tells)
            macromolecule = self.fields == STRUCTURE and "_entry.id" in values
            fields = MACROMOLECULE if macromolecule else self.fields
            if not fields.tells:
                yield mapped(self, fields, values, where, name)
                continue
            columns = columns_of(self, fields, values) | {"source_id": values.get(fields.id or "") or name}
            yield from self.tell(crystals.record(values), record.number + place, where, skipped, columns)


def _record(block: Any, *, uncertain: bool) -> dict[str, Any]:
    """Return the tags and loops of a block; `uncertain` numbers keep their uncertainty: 4.9134(2)."""
    record: dict[str, Any] = {"name": block.name}
    for item in block:
        if item.pair is not None:
            tag, value = item.pair
            record[tag] = _value(value, uncertain=uncertain)
        elif item.loop is not None:
            tags = list(item.loop.tags)
            width = len(tags)
            values = [_value(value, uncertain=uncertain) for value in item.loop.values]
            category = _CATEGORIES.match(tags[0])
            name = (category[1] or category[2]) if category else tags[0]
            rows = [dict(zip(tags, values[at : at + width], strict=True)) for at in range(0, len(values), width)]
            record.setdefault(name, rows)
            for author in _AUTHORS:
                if author in tags:
                    record[author] = [row[author] for row in rows if row[author]]
    authors = next((record[author] for author in _AUTHORS if record.get(author)), None)
    if authors is not None:
        record["authors"] = authors if isinstance(authors, list) else [authors]
    record["space_group"] = next((record[tag] for tag in _SPACE_GROUP if record.get(tag)), None)
    return record


def _value(raw: str, *, uncertain: bool) -> str | None:
    if raw in ("?", "."):
        return None
    value = _SHIFTED.sub(_shifted, " ".join(str(load("gemmi.cif").as_string(raw)).split()))
    number = None if uncertain else _UNCERTAIN.fullmatch(value)
    return number[1] if number else value


def _shifted(match: re.Match[str]) -> str:
    script = superscript if match[1] == "^" else subscript
    return script(match.string[: match.start()][-8:], match[2])
