"""Labels of any model as ISO 639-3 + the ISO 15924 scripts in which that language is written.

`lid176.tsv` covers fastText's lid.176. GlotLID, OpenLID, NLLB and FLORES name their labels `xxx_Xxxx` already; their
macrolanguages and retired codes are brought to one choice by `aliases.tsv`, which is that of FineWeb-2: the individual
language that the label stands for (`arb`, `pes`, `nob`, `swh`, `zsm`, `ekk`, `lvs`). Chinese alone stays `zho`.
"""

import re
from functools import cache
from typing import NamedTuple

from filters.languages.scripts import rows

NOT_LANGUAGE = "zxx"  # ISO 639-3: no linguistic content
UNDETERMINED = "und"

_PREFIX = "__label__"
_TAG = re.compile(r"([a-z]{3})_([A-Z][a-z]{3})")


class Meaning(NamedTuple):
    """What a label says: a language (ISO 639-3) and the scripts in which a text of it may be."""

    language: str
    scripts: tuple[str, ...]


@cache
def meaning(label: str) -> Meaning:
    """Return what a model's label says; ValueError if no table knows it."""
    name = label.removeprefix(_PREFIX)
    if name in _lid176():
        return _lid176()[name]
    if tag := _TAG.fullmatch(name):
        language, script = tag.groups()
        return Meaning(_aliases().get(language, language), _writes(script))
    raise ValueError(f"label {label!r} is neither like eng_Latn nor one of lid.176: convert the model's labels first")


def canonical(tag: str) -> str:
    """Return a tag like `est_Latn` with the language code that this project uses for it (`ekk_Latn`)."""
    language, _, script = tag.partition("_")
    return f"{_aliases().get(language, language)}_{script}"


def _writes(script: str) -> tuple[str, ...]:
    if script in ("Hans", "Hant"):
        return ("Hani",)
    return ("Jpan", "Hani") if script == "Jpan" else (script,)


@cache
def _lid176() -> dict[str, Meaning]:
    return {row["label"]: Meaning(row["language"], tuple(row["scripts"].split(","))) for row in rows("lid176.tsv")}


@cache
def _aliases() -> dict[str, str]:
    return {row["code"]: row["language"] for row in rows("aliases.tsv")}
