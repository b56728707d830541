"""Crystal structures and macromolecules: the facts of a data block of CIF or mmCIF.

Read after the core dictionary of the IUCr (https://www.iucr.org/resources/cif/dictionaries) and PDBx/mmCIF
(https://mmcif.wwpdb.org). Values keep their standard uncertainties: 4.9134(2). Unknown ones (`?`, `.`) are missing.
"""

import re
from collections.abc import Mapping

from pipeline.records.facts import Fact, Record, content_of, present, strings

_TAGS = {  # the first of the tags that a block has: the newer one, the older one, mmCIF's
    "formula": ("_chemical_formula_sum", "_chemical_formula_moiety"),
    "systematic": ("_chemical_name_systematic", "_chemical_name_common"),
    "mineral": ("_chemical_name_mineral",),
    "a": ("_cell_length_a", "_cell.length_a"),
    "b": ("_cell_length_b", "_cell.length_b"),
    "c": ("_cell_length_c", "_cell.length_c"),
    "alpha": ("_cell_angle_alpha", "_cell.angle_alpha"),
    "beta": ("_cell_angle_beta", "_cell.angle_beta"),
    "gamma": ("_cell_angle_gamma", "_cell.angle_gamma"),
    "volume": ("_cell_volume", "_cell.volume"),
    "units": ("_cell_formula_units_Z", "_cell.Z_PDB"),
    "space_group": ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_symmetry.space_group_name_H-M"),
    "space_group_number": ("_space_group_IT_number", "_symmetry_Int_Tables_number", "_symmetry.Int_Tables_number"),
    "density": ("_exptl_crystal_density_diffrn",),
    "temperature": ("_diffrn_ambient_temperature", "_cell_measurement_temperature", "_diffrn.ambient_temp"),
    "pressure": ("_diffrn_ambient_pressure",),
    "wavelength": ("_diffrn_radiation_wavelength",),
    "radiation": ("_diffrn_radiation_type",),
    "r_factor": ("_refine_ls_R_factor_gt", "_refine_ls_R_factor_all", "_refine.ls_R_factor_obs"),
    "reflections": ("_refine_ls_number_reflns", "_reflns_number_total"),
    "weight": ("_chemical_formula_weight",),
    "colour": ("_exptl_crystal_colour",),
    "publication": ("_publ_section_title", "_citation.title"),
    "journal": ("_journal_name_full", "_citation.journal_abbrev"),
    "journal_volume": ("_journal_volume", "_citation.journal_volume"),
    "year": ("_journal_year", "_citation.year"),
    "entry": ("_entry.id", "_cod_database_code"),
    "structure": ("_struct.title",),
    "method": ("_exptl.method",),
    "resolution": ("_refine.ls_d_res_high",),
    "keywords": ("_struct_keywords.text",),
    "organism": ("_entity_src_gen.pdbx_gene_src_scientific_name", "_entity_src_nat.pdbx_organism_scientific"),
}
_ATOM = (
    ("label", "_atom_site_label"),
    ("x", "_atom_site_fract_x"),
    ("y", "_atom_site_fract_y"),
    ("z", "_atom_site_fract_z"),
)
_MORE = (("occupancy", "_atom_site_occupancy"), ("uiso", "_atom_site_U_iso_or_equiv"))
_ATOMS = 200  # rows of a table; those of more atoms are counted as left out


def record(block: Mapping[str, object]) -> Record:
    """Return the facts of a block: its tags, its loops as lists of rows under the category of their tags."""
    said: dict[str, Fact | None] = {
        name: next((str(block[tag]) for tag in tags if isinstance(block.get(tag), str)), None)
        for name, tags in _TAGS.items()
    }
    said["name"] = said["mineral"] or said["systematic"]
    macromolecule = block.get("_entry.id") is not None
    if macromolecule:
        said["molecules"] = _rows(
            block.get("_entity"), (("name", "_entity.pdbx_description"), ("type", "_entity.type"))
        )
        description = block.get("_entity.pdbx_description")
        said["molecule"] = description if isinstance(description, str) else None
    else:
        sites = _rows(block.get("_atom_site"), _ATOM + _MORE)
        said["sites"] = sites[:_ATOMS] if any(row["x"] for row in sites) else None
    name = "macromolecules" if macromolecule else "crystals"
    return Record(name, present(said), content_of(strings(block)), identity=None if macromolecule else _identity(said))


def _identity(said: Mapping[str, Fact | None]) -> str | None:
    """Return what two determinations of one compound share: formula, space group, and the cell to .1 Å and 1°."""
    cell = [_rounded(said[name], 1) for name in ("a", "b", "c")] + [
        _rounded(said[name], 0) for name in ("alpha", "beta", "gamma")
    ]
    group, formula = said["space_group"], said["formula"]
    if formula is None or group is None or None in cell:
        return None
    parts = [" ".join(sorted(str(formula).split())), "".join(str(group).split()), *map(str, cell)]
    return "crystal " + " ".join(parts)


def _rounded(value: Fact | None, digits: int) -> float | None:
    match = re.match(r"\d+(?:\.\d+)?", value) if isinstance(value, str) else None
    return round(float(match[0]), digits) if match else None


def _rows(loop: object, columns: tuple[tuple[str, str], ...]) -> list[dict[str, str | None]]:
    rows = [row for row in loop if isinstance(row, Mapping)] if isinstance(loop, list) else []
    return [{name: row.get(tag) for name, tag in columns} for row in rows]
