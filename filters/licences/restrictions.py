"""What a notice takes out of the licence that it names: commercial use, changes.

"CC BY 4.0 for non-commercial use only" and "Commercial use is not permitted. This article is licensed under CC BY 4.0."
grant no more than CC BY-NC does.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from pydantic import BaseModel

from filters.licences.addresses import Named
from filters.licences.finding import Subject
from filters.licences.phrases import Patterns, phrases
from filters.licences.verdicts import restrictiveness, verdict_of
from shards.tables import table

TABLE = Path(__file__).with_name("restrictions.yaml")

SAID_OF_IT = 160  # characters of its sentence, before and after a name, in which something is taken out of it
LONGEST_SENTENCE = 300  # characters of a sentence beside it
SENTENCE = re.compile(r"[。।॥]|[!?]|\.(?= [^\d]|$)|; ")
OTHER_WORKS: tuple[Subject, ...] = ("media", "software", "comment")  # what a sentence may speak of and not of the text


class Seldom(Patterns, frozen=True):
    """Expressions that few texts match: a word that a match needs is looked for first, at a third of the time."""

    @cached_property
    def _words(self) -> tuple[str, ...]:
        """The words of which a match has one; `""`, which every text has, where an expression has none of its own."""
        groups = self.root.values() if isinstance(self.root, dict) else [self.root]
        words = {word for group in groups for phrase in group for word in needed(phrase) or {""}}
        return tuple(sorted(word for word in words if not any(other in word for other in words - {word})))

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place of a folded text where one of them matches."""
        return self.pattern.search(text) if any(word in text for word in self._words) else None


class Restrictions(BaseModel, frozen=True, extra="forbid"):
    """What `restrictions.yaml` holds; its comments say what each section is."""

    attached: Patterns
    disclaimers: Patterns
    noncommercial: Seldom
    noderivs: Seldom


def taken_out(text: str, names: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
    """Return what a folded text takes out of each of the names that stand in it, as licences that say so.

    `names` are where they stand, in order. A sentence that names a licence speaks of that one; one that names none
    speaks of all, unless it is about pictures, programs or what readers contribute.
    """
    if not names:
        return []
    ends = [match.end() for match in SENTENCE.finditer(text)]
    own = [bisect_right(ends, start) for start, _ in names]
    bounds = list(zip([0, *ends], [*ends, len(text)], strict=True))
    beside = _beside(text[low:high] for number, (low, high) in enumerate(bounds) if number not in own)
    taken = []
    for place, (start, end) in enumerate(names):
        low, high = bounds[own[place]]
        low = (
            start if place and own[place - 1] == own[place] else max(low, start - SAID_OF_IT)
        )  # the name before has it
        high = min(max(high, end), end + SAID_OF_IT, names[place + 1][0] if place + 1 < len(names) else len(text))
        taken.append(beside | _in_words(text[low:start]) | _in_words(text[end:high], attached=True))
    return taken


def taken_out_beside(text: str) -> frozenset[str]:
    """Return what a folded text that names no licence takes out of the one that the paragraph beside it names."""
    return _beside(SENTENCE.split(text))


def _beside(sentences: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(_beside_a_name, sentences))


@lru_cache(maxsize=4096)  # the same notice stands on every page of a site
def _beside_a_name(sentence: str) -> frozenset[str]:
    if len(sentence) > LONGEST_SENTENCE or not (taken := _in_words(sentence)):
        return frozenset()
    subjects = phrases().subjects
    others = any(subjects[subject].search(sentence) for subject in OTHER_WORKS)
    ours = subjects["document"].search(sentence) or subjects["site"].search(sentence)
    return frozenset() if others and not ours else taken


@lru_cache(maxsize=4096)
def _in_words(words: str, attached: bool = False) -> frozenset[str]:
    """Return what the words of a sentence take out; `attached`: they follow the name."""
    listed = table(TABLE, Restrictions)
    taken = set()
    if listed.noncommercial.search(words) or (attached and listed.attached.search(words)):
        taken.add("LicenseRef-NonCommercial")
    if listed.noderivs.search(words):
        taken.add("LicenseRef-NoDerivatives")
    return frozenset(() if taken and listed.disclaimers.search(words) else taken)


def needed(expression: str) -> frozenset[str]:
    """Return words of which every match of a regular expression has at least one; none if it has no such words."""
    return _needed(_parser.parse(expression))


def _needed(items: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    candidates, run = list[frozenset[str]](), ""
    for kind, value in items:
        if kind is op.LITERAL:
            run += chr(value)
            continue
        candidates.append(frozenset({run} if run else ()))
        run = ""
        match kind:
            case op.SUBPATTERN:
                candidates.append(_needed(value[3]))
            case op.BRANCH:
                branches = [_needed(branch) for branch in value[1]]
                candidates.append(frozenset[str]().union(*branches) if all(branches) else frozenset())
            case op.MAX_REPEAT | op.MIN_REPEAT if value[0]:
                candidates.append(_needed(value[2]))
    candidates.append(frozenset({run} if run else ()))
    return max(candidates, key=lambda words: min(map(len, words), default=0))


def restricted(named: Named, taken: Collection[str]) -> Named:
    """Return a licence with what is taken out of it and is not out already."""
    more = [
        name for name in sorted(taken) if restrictiveness(verdict_of(name)) > restrictiveness(verdict_of(named.license))
    ]
    if not more:
        return named
    grouped = f"({named.license})" if " OR " in named.license else named.license
    return Named(" AND ".join([grouped, *more]), named.url)
