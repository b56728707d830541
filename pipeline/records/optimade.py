"""Structures of materials databases as OPTIMADE gives them: composition, structure, and properties of the provider.

Read after the specification 1.2 (https://specification.optimade.org/): a response with `data`, a structure, or JSON
Lines. Lengths are in ångström, as it says; properties of a provider (`_exmpl_bandgap`) have the units of that provider,
which the response does not name, unless a field ends in one.
"""

import math
from collections.abc import Iterator, Mapping

from pipeline.records.facts import Cells, Fact, Json, Record, Word, content_of, present, spelt, strings, texts

_SITES = 100  # rows of the table of sites; those of more are counted as left out


def records(content: object) -> Iterator[Record]:
    """Yield the record of every structure."""
    listed = content.get("data") if isinstance(content, Mapping) and "data" in content else content
    for entry in listed if isinstance(listed, list) else [listed]:
        if isinstance(entry, Mapping):
            yield _record(entry)


def _record(entry: Json) -> Record:
    own = entry.get("attributes")
    attributes: Json = own if isinstance(own, Mapping) else entry
    number = spelt(entry.get("id"))
    formula = spelt(attributes.get("chemical_formula_descriptive")) or spelt(attributes.get("chemical_formula_reduced"))
    facts: dict[str, Fact | None] = {
        "id": number,
        "formula": formula,
        "reduced": spelt(attributes.get("chemical_formula_reduced")),
        "hill": spelt(attributes.get("chemical_formula_hill")),
        "prototype": spelt(attributes.get("chemical_formula_anonymous")),
        "elements": texts(attributes.get("elements")),
        "ratios": texts(attributes.get("elements_ratios")),
        "sites": spelt(attributes.get("nsites")),
        "periodic": spelt(attributes.get("nperiodic_dimensions")),
        "space_group": spelt(attributes.get("space_group_symbol_hermann_mauguin")),
        "space_group_number": spelt(attributes.get("space_group_it_number")),
        "hall": spelt(attributes.get("space_group_symbol_hall")),
        "features": [Word(feature) for feature in texts(attributes.get("structure_features"))],
        "modified": spelt(attributes.get("last_modified")),
        "lattice": _vectors(attributes.get("lattice_vectors")),
        "positions": _positions(attributes)[:_SITES],
        "properties": list(_properties(attributes)),
    }
    columns = {"published": (spelt(attributes.get("last_modified")) or "")[:10] or None}
    return Record(
        "optimade", present(facts), content_of(strings(entry)), number, columns=columns, identity=_identity(facts)
    )


def _identity(facts: Mapping[str, Fact | None]) -> str | None:
    """Return what two computations of one compound share: formula, sites, and the lattice to a tenth of an ångström."""
    lattice = facts["lattice"]
    formula, sites = facts["reduced"], facts["sites"]
    if not (formula and sites and isinstance(lattice, list)) or len(lattice) != 3:
        return None
    try:
        lengths = [
            math.sqrt(sum(float(str(row[axis])) ** 2 for axis in "xyz")) for row in lattice if isinstance(row, Mapping)
        ]
    except (ValueError, KeyError, OverflowError):
        return None
    return " ".join(
        map(str, ("optimade", formula, sites, facts["space_group"], *sorted(round(length, 1) for length in lengths)))
    )


def _vectors(rows: object) -> list[Cells]:
    listed = rows if isinstance(rows, list) else []
    return [
        {"name": name, **dict(zip("xyz", (spelt(one) for one in row), strict=False))}
        for name, row in zip(("a", "b", "c"), listed, strict=False)
        if isinstance(row, list) and len(row) == 3
    ]


def _positions(attributes: Json) -> list[Cells]:
    species, places = attributes.get("species_at_sites"), attributes.get("cartesian_site_positions")
    if not isinstance(species, list) or not isinstance(places, list):
        return []
    return [
        {"species": spelt(name), **dict(zip("xyz", (spelt(one) for one in place), strict=False))}
        for name, place in zip(species, places, strict=False)
        if isinstance(place, list)
    ]


def _properties(attributes: Json) -> Iterator[Cells]:
    """Yield what the provider adds: numbers, texts and short lists, objects field by field."""
    for key, value in attributes.items():
        if key.startswith("_"):
            yield from _property(key.strip("_").partition("_")[2].replace("_", " ") or key, value, 0)


def _property(name: str, value: object, depth: int) -> Iterator[Cells]:
    if isinstance(value, Mapping) and depth < 3:
        for key, inner in value.items():
            yield from _property(f"{name}: {str(key).replace('_', ' ')}", inner, depth + 1)
        return
    said = "; ".join(texts(value)[:20]) if not isinstance(value, bool) else str(value).lower()
    if said:
        yield {"name": name, "value": said}
