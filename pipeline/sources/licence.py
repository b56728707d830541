"""What a record says of its own licence: it goes before what is declared of the collection, and both are evidence."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from filters.licences.addresses import Named
from filters.licences.creative_commons import VAGUE
from filters.licences.declared import license_of
from filters.licences.finding import RESERVED
from filters.licences.names import folded
from filters.licences.phrases import is_reserved
from pipeline.sources.base import Row, Source, evidence


class Statement(NamedTuple):
    """A value that speaks of the licence, and where it stands in the record."""

    where: str
    value: str


def own_licence(source: Source, statements: Sequence[Statement], digest: str | None = None) -> Row:
    """Return the columns of a record that states its licence; none if it does not.

    Statements of different licences hold together (`A AND B`); one that names no licence we know leaves the licence
    open, whatever is declared of the collection.
    """
    statements = [Statement(where, value.strip()) for where, value in statements if value.strip()]
    if not statements:
        return {}
    named = [licence for _, value in statements if (licence := _named(value))]
    exact = [licence for licence in named if not any(_says_more(other.license, licence.license) for other in named)]
    addresses = [value for _, value in statements if value.startswith(("http://", "https://"))]
    declared = [source.declared()] if source.license or source.license_url else []
    return {
        "license": _together({licence.license for licence in exact}),
        "license_url": next((licence.url for licence in exact if licence.url), addresses[0] if addresses else None),
        "evidence": [*declared, *(evidence(value, where, digest=digest) for where, value in statements)],
    }


def _says_more(license: str, vague: str) -> bool:
    """Whether a licence is the vague one with its version, or any where that one is only of Creative Commons."""
    named = vague.removeprefix("LicenseRef-") if vague.startswith(VAGUE) else None
    return named is not None and license != vague and (vague == VAGUE or license.startswith(f"{named}-"))


def _together(licenses: set[str]) -> str | None:
    spelt = sorted(f"({license})" if " OR " in license and len(licenses) > 1 else license for license in licenses)
    return " AND ".join(spelt) or None


@lru_cache(maxsize=1024)
def _named(value: str) -> Named | None:
    """Return what a value names: an SPDX expression, a licence by address or name, or all rights reserved."""
    return license_of(value) or (Named(RESERVED, None) if is_reserved(folded(value)) else None)
