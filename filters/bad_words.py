"""Words that a release should not be about: lists by language and risk, counted, with the phrases that excuse them.

A list is a folder with a file per language, a term a line, named by the language (`en`, `zh.txt`, `zho_Hans`): the
layout of LDNOOBW, the "List of Dirty, Naughty, Obscene or Otherwise Bad Words", which C4 used; or one file, for every
language. None is shipped. C4's rule (Raffel et al. 2020, 2.2) is `occurrences: {max: 0}`; a medical or legal corpus
does better with bounds on `distinct` and `density`, and `action: flag`. https://arxiv.org/abs/1910.10683
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, field_validator

from filters import evidence
from filters.base import Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.languages.labels import meaning
from filters.lists import terms
from filters.lists.terms import Terms
from shards.tables import rows

RISKS = Path(terms.__file__).with_name("risks.tsv")
NO_RISK = "none"


class WordList(BaseModel, frozen=True, extra="forbid"):
    """Terms of one kind."""

    path: Path  # a file with one term per line, or a folder with one file per language
    risk: str = "unnamed"  # a name of your own, or a number of GB/T 45654-2025 (`risks.tsv`)

    @field_validator("risk")
    @classmethod
    def _is_known(cls, risk: str) -> str:
        if risk.startswith("A.") and risk not in risks():
            raise ValueError(f"{risk!r} is no risk of GB/T 45654-2025: they are {', '.join(risks())}")
        return risk


class BadWords(Filter):
    """Keep documents with few of the words on the lists; one whose language has no list is not judged."""

    name: Literal["bad_words"] = "bad_words"
    occurrences: Range = Range(undefined="keep")  # how often terms of the lists occur
    # the number of different terms that occur; one alone says little, so 2 pass
    distinct: Range = Range(max=2, undefined="keep")
    density: Range = Range(undefined="keep")  # the share of letters, marks and digits that are part of a term
    risk: OneOf = OneOf()  # the risk of the list with the most different terms; `none` if no term occurs
    lists: tuple[WordList, ...] = ()  # lists of terms, each with its risk
    # harmless phrases that contain a term, e.g. 女性 or "cock a leg": one file, or a folder with a file per
    # language
    allowed: Path | None = None

    def resources(self) -> Sequence[Path]:
        paths = [*(words.path for words in self.lists), *([self.allowed] if self.allowed else [])]
        return sorted(file for path in paths for file in files_of(path))

    def measure(self, documents: Documents) -> Signals:
        size = len(documents)
        numbers = np.full((3, size), np.nan)
        risk: list[str | None] = [None] * size
        letters = _letters(documents)
        groups: dict[str, list[int]] = {}
        for row, language in enumerate(documents.batch.column("language").to_pylist()):
            groups.setdefault(language or "", []).append(row)
        for language, members in groups.items():
            wanted = _terms(self.lists, self.allowed, language)
            if wanted is None:
                continue
            found = terms.find(documents.characters, np.array(members), wanted)
            bounds = np.searchsorted(found.documents, np.array([members, np.add(members, 1)]))
            for row, low, high in zip(members, *bounds.tolist(), strict=True):
                named = found.terms[low:high]
                distinct = np.unique(named)
                length = found.lengths[low:high].sum()
                numbers[:, row] = len(named), len(distinct), length / max(letters[row], 1)
                risk[row] = self._risk(wanted, distinct)
        occurrences, distinct, density = numbers
        return {
            "occurrences": occurrences,
            "distinct": distinct,
            "density": density,
            "risk": pa.array(risk, pa.string()),
        }

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        wanted = _terms(self.lists, self.allowed, documents.batch.column("language")[0].as_py() or "")
        if wanted is None:
            return {}
        found = terms.find(documents.characters, np.zeros(1, np.int64), wanted)
        spans = list(zip(found.starts.tolist(), (found.starts + found.lengths).tolist(), strict=True))
        _, first = np.unique(found.terms, return_index=True)
        return {
            "occurrences": evidence.of_spans(spans, 1),
            "distinct": evidence.of_spans((spans[place] for place in sorted(first)), 1),
            "density": Pieces(
                found.starts, found.starts + found.lengths, found.lengths, float(max(_letters(documents)[0], 1))
            ),
        }

    def _risk(self, wanted: Terms, found: npt.NDArray[np.int64]) -> str:
        if not len(found):
            return NO_RISK
        return self.lists[int(np.bincount(wanted.groups[found]).argmax())].risk


def _letters(documents: Documents) -> npt.NDArray[np.int64]:
    return documents.characters.total((documents.characters.properties & terms.WORD) != 0)


class Risk(BaseModel, frozen=True, extra="forbid"):
    """A row of `risks.tsv`."""

    risk: str
    name: str
    chinese: str
    meaning: str  # in this project's words


@cache
def risks() -> Mapping[str, str]:
    """Return the 31 safety risks of GB/T 45654-2025, annex A, by number."""
    return {row.risk: row.name for row in rows(RISKS, Risk)}


@cache
def _terms(lists: tuple[WordList, ...], allowed: Path | None, language: str) -> Terms | None:
    """Return the terms for a language, those of list n in group n; None if no list has any for it."""
    groups = [lines_for(words.path, language) for words in lists]
    if not any(groups):
        return None
    return terms.terms(groups, allowed=lines_for(allowed, language) if allowed else ())


def files_of(path: Path) -> Iterable[Path]:
    """Return the files of a list: itself, or those of its languages.

    Raises
    ------
    FileNotFoundError
        when there is no such file or folder.
    """
    return [path] if path.is_file() else _by_language(path).values()


def lines_for(path: Path, language: str) -> tuple[str, ...]:
    """Return the terms of a list for a language: of a file all of them, of a folder those of its file."""
    if path.is_dir():
        files = _by_language(path)
        file = files.get(language) or files.get(language.partition("_")[0])
    else:
        file = path
    return tuple(file.read_text(encoding="utf-8").splitlines()) if file else ()


@cache
def _by_language(folder: Path) -> Mapping[str, Path]:
    """Return the files of a folder by the language (`eng`, `zho_Hans`) that each is named by; others are not lists."""
    found: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        label = file.name.removesuffix(".txt")
        try:
            known = meaning(label)
        except ValueError:
            continue
        if file.is_file():
            found[label if "_" in label else known.language] = file
    return found
