"""Which languages speak for one another: those of its family in its script, then its script, then all."""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path


@cache
def families() -> dict[str, str]:
    """Return the family of every language in `families.tsv` (branches of Indo-European; families elsewhere)."""
    with Path(__file__).with_name("families.tsv").open(encoding="utf-8", newline="") as file:
        return {row["language"]: row["family"] for row in csv.DictReader(file, delimiter="\t")}


def relatives(tag: str, tags: Iterable[str]) -> list[tuple[str, frozenset[str]]]:
    """Return the circles of relatives of a language among the tags, the closest first, each without those before it."""
    others = sorted(set(tags) - {tag})
    language, _, script = tag.partition("_")
    family = families().get(language)
    same_script = {other for other in others if other.partition("_")[2] == script}
    close = {other for other in same_script if family and families().get(other.partition("_")[0]) == family}
    circles = [(f"{family} in {script}", close), (script, same_script - close), ("all", set(others) - same_script)]
    return [(name, frozenset(members)) for name, members in circles if members]
