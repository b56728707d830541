"""Languages by ISO 639-3, the ISO 15924 scripts each is written in, and what the labels of the models mean.

`languages.tsv` lists the languages known, `labels.tsv` the labels of lid.176, CLD2 and py3langid. GlotLID, OpenLID,
NLLB and FLORES name their labels `xxx_Xxxx` already; their macrolanguages and retired codes are brought to one choice
by `aliases.tsv`, which is that of FineWeb-2: the individual language that the label stands for (`arb`, `pes`, `nob`,
`swh`, `zsm`, `ekk`, `lvs`). Chinese alone stays `zho`.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator

from filters.languages.scripts import share_names
from shards.tables import rows

FOLDER = Path(__file__).parent

NOT_LANGUAGE = "zxx"  # ISO 639-3: no linguistic content
UNDETERMINED = "und"
FITS = 0.25  # of the letters must be in a script of the language for it to be believed

_PREFIX = "__label__"
_TAG = re.compile(r"([a-z]{3})_([A-Z][a-z]{3})")


class LanguageRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `languages.tsv`."""

    language: str
    scripts: Annotated[tuple[str, ...], BeforeValidator(lambda names: tuple(names.split(",")))]


class LabelRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `labels.tsv`."""

    label: str
    language: str
    model: Literal["cld2", "py3langid", "lid176", ""]  # none: whichever has the label


class AliasRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `aliases.tsv`."""

    code: str
    language: str


class Meaning(NamedTuple):
    """What a label says: a language (ISO 639-3) and the scripts in which a text of it may be; none is any."""

    language: str
    scripts: tuple[str, ...]


@cache
def meaning(label: str, model: str = "lid176") -> Meaning:
    """Return what a model's label says; ValueError if no table knows it."""
    name = label.removeprefix(_PREFIX)
    language = _labels().get((name, model)) or _labels().get((name, ""))
    if language:
        return Meaning(language, scripts_of()[language])
    if tag := _TAG.fullmatch(name):
        language, script = tag.groups()
        if language in (
            NOT_LANGUAGE,
            UNDETERMINED,
        ):  # GlotLID has such labels, one for each script; OpenLID one for all
            return Meaning(language, _writes(script) if set(_writes(script)) <= {*share_names()} else ())
        if not set(_writes(script)) <= {*share_names()}:
            raise ValueError(f"label {label!r}: no script {script} is known (filters/languages/scripts.tsv)")
        return Meaning(_aliases().get(language, language), _writes(script))
    raise ValueError(f"label {label!r} is neither like eng_Latn nor one of lid.176: convert the model's labels first")


def canonical(tag: str) -> str:
    """Return a tag like `est_Latn` with the language code that this project uses for it (`ekk_Latn`)."""
    language, _, script = tag.partition("_")
    return f"{_aliases().get(language, language)}_{script}"


def language_of(code: str) -> str | None:
    """Return the language that a code of two or three letters, or a label of a model, stands for; None if none does."""
    named = next((language for (label, _), language in _labels().items() if label == code), code)
    language = _aliases().get(named, named)
    return language if language in scripts_of() else None


@cache
def scripts_of() -> dict[str, tuple[str, ...]]:
    """Return the scripts of every language known; `Jpan` is Han with kana."""
    return {row.language: row.scripts for row in rows(FOLDER / "languages.tsv", LanguageRow)}


@cache
def only_language() -> dict[str, str]:
    """Return, for each script that a single language known is written in, that language."""
    writers = defaultdict(list)
    for language, scripts in scripts_of().items():
        for script in scripts:
            writers[script].append(language)
    return {script: languages[0] for script, languages in writers.items() if len(languages) == 1}


def in_script(shares: npt.NDArray[np.float32], meanings: Sequence[Meaning]) -> npt.NDArray[np.float32]:
    """Return texts x meanings: the share of the letters that are in the script of it that the text uses most."""
    table = _script_columns(tuple(meanings))
    padded = np.append(shares, np.zeros((len(shares), 1), np.float32), axis=1)
    best = padded[:, table[:, 0]]
    for column in range(1, table.shape[1]):
        np.maximum(best, padded[:, table[:, column]], out=best)
    best[:, [row for row, found in enumerate(meanings) if not found.scripts]] = 1
    return best


@cache
def _script_columns(meanings: tuple[Meaning, ...]) -> npt.NDArray[np.int64]:
    """Return meanings x 3: the columns of a language's scripts, filled up with one past the last."""
    names = share_names()
    table = np.full((len(meanings), 3), len(names))
    for row, (_, scripts) in enumerate(meanings):
        known = [names.index(script) for script in scripts if script in names]
        table[row, : len(known)] = known
    return table


def _writes(script: str) -> tuple[str, ...]:
    if script in ("Hans", "Hant"):
        return ("Hani",)
    if script == "Kore":
        return ("Hang",)
    return ("Jpan", "Hani") if script == "Jpan" else (script,)


@cache
def _labels() -> dict[tuple[str, str], str]:
    return {(row.label, row.model): row.language for row in rows(FOLDER / "labels.tsv", LabelRow)}


@cache
def _aliases() -> dict[str, str]:
    return {row.code: row.language for row in rows(FOLDER / "aliases.tsv", AliasRow)}
