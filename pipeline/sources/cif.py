"""Crystallographic information files (CIF): a document a data block, rendered by a template. Needs the extra `science`.

A record has the tags of its block (`_cell_length_a`, numbers without their uncertainty) and its loops, each under the
category of its tags (`_atom_site`) as a list of records; in mmCIF, under its name up to the dot. Unknown values (`?`,
`.`) are missing. `space_group` and `authors` are read from whichever tags a file has. Rejected rows, by reason:
`not_cif`, `no_field`, `no_text`, `too_large`.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from pipeline.scripts import subscript, superscript
from pipeline.sources.archive import Member, members
from pipeline.sources.base import Row, Skipped, Split
from pipeline.sources.fields import Fields, mapped
from pipeline.sources.sandboxed import Sandboxed
from shards.extras import load, require
from shards.schema import Subject

TEMPLATE = """# {_chemical_formula_sum}

[[{_chemical_name_systematic}. ]][[{_chemical_name_mineral} has the formula {_chemical_formula_sum}. ]]\
[[It crystallises in the space group {space_group}.]] \
[[The unit cell measures a = {_cell_length_a} Å, b = {_cell_length_b} Å, c = {_cell_length_c} Å; \
α = {_cell_angle_alpha}°, β = {_cell_angle_beta}°, γ = {_cell_angle_gamma}°.]][[ \
Its volume is {_cell_volume} Å³.]][[ The density is {_exptl_crystal_density_diffrn} g/cm³.]]

[[{_atom_site:table _atom_site_label=atom, _atom_site_fract_x=x, _atom_site_fract_y=y, _atom_site_fract_z=z}]]

[[Published as: {_publ_section_title}.]][[ {_journal_name_full}]][[, {_journal_year}]]"""

# Of mmCIF, which the Protein Data Bank and its like write; a file of one entity has its tags, others a loop of them.
MACROMOLECULE_TEMPLATE = """# {_struct.title}

[[Entry {_entry.id}. ]][[Method: {_exptl.method}. ]][[Resolution: {_refine.ls_d_res_high} Å. ]]\
[[Keywords: {_struct_keywords.text}.]]

[[{_entity:table _entity.pdbx_description=molecule, _entity.type=type}]][[{_entity.pdbx_description}]]

[[It crystallises in the space group {space_group}.]] \
[[The unit cell measures a = {_cell.length_a} Å, b = {_cell.length_b} Å, c = {_cell.length_c} Å; \
α = {_cell.angle_alpha}°, β = {_cell.angle_beta}°, γ = {_cell.angle_gamma}°.]]

[[Published as: {_citation.title}]][[ {_citation.journal_abbrev}]][[, {_citation.year}]]"""

# The newer tag, the older one, which many files repeat, and mmCIF's.
_SPACE_GROUP = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_symmetry.space_group_name_H-M")
_AUTHORS = ("_publ_author_name", "_citation_author.name", "_audit_author.name")
_NAMES = (".cif", ".mcif")
_SHIFTED = re.compile(r"([~^])([^~^\s]{1,12})\1")  # subscripts and superscripts: MgI~2~

_UNCERTAIN = re.compile(r"([-+]?\d+\.?\d*)\(\d+\)")
_CATEGORIES = re.compile(r"(_[^.]+)\.|(_atom_site_aniso|_[a-z]+_[a-z]+)")


STRUCTURE = Fields(
    template=TEMPLATE,
    id="_cod_database_code",
    title="_chemical_formula_sum",
    author="authors",
    doi="_journal_paper_doi",
    published="_journal_year",
)
MACROMOLECULE = Fields(
    template=MACROMOLECULE_TEMPLATE,
    id="_entry.id",
    title="_struct.title",
    author="authors",
    doi="_citation.pdbx_database_id_DOI",
    published="_citation.year",
)


class Cif(Sandboxed):
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
        yield from self.parsed(split.name, members(split.file, names, self.max_record_bytes), skipped)

    def parse(self, file: str, record: Member, skipped: Skipped, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield a row for every data block of a file."""
        digest = record.identity
        where = self.place(file, record.digest, offset=record.offset, length=record.length)
        content, damage = _unpacked(record, self.max_record_bytes)
        if damage:
            yield self.rejected(damage, digest, where)
            return
        try:
            blocks = list(load("gemmi.cif").read_string(content.decode("utf-8", "replace")))
        except (ValueError, RuntimeError):
            blocks = []
        if not blocks:
            yield self.rejected("not_cif", digest, where)
        for block in blocks:
            name = digest if len(blocks) == 1 else hashlib.sha256(f"{digest}\x1f{block.name}".encode()).hexdigest()
            values = _record(block)
            macromolecule = self.fields == STRUCTURE and "_entry.id" in values
            yield mapped(self, MACROMOLECULE if macromolecule else self.fields, values, where, name)


def _unpacked(member: Member, max_bytes: int) -> tuple[bytes, str | None]:
    """Return the content of a member, which may be packed by itself, or why there is none."""
    if member.damage or not member.name.lower().endswith(".gz"):
        return member.content, member.damage
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(member.content, max_bytes + 1)
    except zlib.error:
        return b"", "truncated"
    if len(content) > max_bytes:
        return b"", "too_large"
    return content, None if inflater.eof else "truncated"


def _record(block: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"name": block.name}
    for item in block:
        if item.pair is not None:
            tag, value = item.pair
            record[tag] = _value(value)
        elif item.loop is not None:
            tags = list(item.loop.tags)
            width = len(tags)
            values = [_value(value) for value in item.loop.values]
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


def _value(raw: str) -> str | None:
    if raw in ("?", "."):
        return None
    value = _SHIFTED.sub(_shifted, " ".join(str(load("gemmi.cif").as_string(raw)).split()))
    number = _UNCERTAIN.fullmatch(value)
    return number[1] if number else value


def _shifted(found: re.Match[str]) -> str:
    script = superscript if found[1] == "^" else subscript
    return script(found.string[: found.start()][-8:], found[2])
