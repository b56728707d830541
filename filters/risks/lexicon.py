"""The terms of each language, by what they do in a sentence: `terms.tsv`, and lists that a configuration names.

group           people: by sex, origin, belief, … ; with the number of the discrimination that an attack on them is
they            words that stand for people named before
attack          what is said of people to set others against them, or to threaten them
harm            what is done to people; an attack with
intent          what says that it should or will be done
right           what people deserve, are or may: an attack where it is denied
slur            names that are an attack by themselves
deny            negations
report          what says that others say it, or that it is wrong
own             what is said of oneself and one's own
plain           phrases in which none of these is meant: nothing but, not only
context         words of medicine, law, news and history
a kind          what a text is of: sexual, gambling, … (`kinds.tsv`)
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from filters.bad_words import WordList, lines_for
from filters.lists import terms
from filters.lists.terms import Terms
from filters.risks.folding import folded_terms
from shards.tables import rows

TERMS = Path(__file__).with_name("terms.tsv")
KINDS = Path(__file__).with_name("kinds.tsv")
ROLES = ("context", "group", "they", "attack", "right", "slur", "deny", "report", "own", "plain", "harm", "intent")
CONTEXT, GROUP, THEY, ATTACK, RIGHT, SLUR, DENY, REPORT, OWN, PLAIN, HARM, INTENT = range(len(ROLES))
SAME = {"cmn": "zho", "yue": "zho", "ara": "arb", "fil": "tgl"}  # lists are shared by these


class Kind(BaseModel, frozen=True, extra="forbid"):
    """A row of `kinds.tsv`: a kind of harm, and when it counts."""

    kind: str
    risk: str  # of GB/T 45654-2025, where its terms have no closer one
    distinct: int = Field(ge=2, description="different terms from which it counts: one word says nothing")
    tier: int = Field(ge=1, le=3, description="of a document over the bound")
    meaning: str


class TermRow(BaseModel, frozen=True, extra="forbid"):
    """A row of `terms.tsv`: terms of a language that do one thing, divided by ` | `."""

    language: str
    role: str
    risk: str
    terms: str


class Lexicon(NamedTuple):
    """The terms of a language, and the role and risk of each of their groups."""

    terms: Terms
    roles: npt.NDArray[np.int64]  # of a group of terms: a number of ROLES, or ROLES + the number of a kind
    risks: tuple[str, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the kinds of harm that terms tell, in order."""
    return tuple(rows(KINDS, Kind))


@cache
def _by_language() -> Mapping[str, Sequence[TermRow]]:
    found: dict[str, list[TermRow]] = {}
    for row in rows(TERMS, TermRow):
        found.setdefault(row.language, []).append(row)
    return found


def role_of(name: str) -> int:
    """Return the number of a role or of a kind."""
    names = (*ROLES, *(kind.kind for kind in kinds()))
    return names.index(name)


@cache
def lexicon(language: str, lists: tuple[WordList, ...] = ()) -> Lexicon | None:
    """Return the terms for a language (`zho_Hans`), those of the lists included; None if there are none."""
    code = language.partition("_")[0]
    own = _by_language().get(SAME.get(code, code), ())
    groups = [(role_of(row.role), row.risk, row.terms.split(" | ")) for row in own]
    by_risk = {kind.risk: kind.kind for kind in reversed(kinds())}
    for words in lists:
        kind = by_risk.get(words.risk, "hateful")
        role = SLUR if kind == "hateful" else role_of(kind)
        groups.append((role, words.risk, [line.strip() for line in lines_for(words.path, language) if line.strip()]))
    if not any(listed for _, _, listed in groups):
        return None
    return Lexicon(
        terms.terms([folded_terms(listed) for _, _, listed in groups]),
        np.array([role for role, _, _ in groups], np.int64),
        tuple(risk for _, risk, _ in groups),
    )
