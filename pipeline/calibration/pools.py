"""Which languages speak for one another: its family in its script, its script, then all."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from shards.tables import rows

TABLE = Path(__file__).with_name("families.tsv")

UNSPACED = frozenset({"Hans", "Hant", "Jpan", "Thai", "Laoo", "Khmr", "Mymr"})  # their n-grams are of characters


class FamilyRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `families.tsv`."""

    language: str
    family: str


@cache
def families() -> dict[str, str]:
    """Return the family of every language in `families.tsv` (branches of Indo-European; families elsewhere)."""
    return {row.language: row.family for row in rows(TABLE, FamilyRow)}


def relatives(tag: str, tags: Iterable[str], *, by_spacing: bool = False) -> list[tuple[str, frozenset[str]]]:
    """Return the circles of relatives of a language among the tags, the closest first, each without those before it.

    `by_spacing` puts the scripts that space words alike before the others: for what is counted in n-grams.
    """
    others = sorted(set(tags) - {tag})
    language, _, script = tag.partition("_")
    family = families().get(language)
    same_script = {other for other in others if other.partition("_")[2] == script}
    close = {other for other in same_script if family and families().get(other.partition("_")[0]) == family}
    elsewhere = set(others) - same_script
    alike = {
        other for other in elsewhere if by_spacing and (other.partition("_")[2] in UNSPACED) == (script in UNSPACED)
    }
    circles = [
        (f"{family} in {script}", close),
        (script, same_script - close),
        ("scripts without spaces" if script in UNSPACED else "scripts with spaces", alike),
        ("all scripts", elsewhere - alike),
    ]
    return [(name, frozenset(members)) for name, members in circles if members]
