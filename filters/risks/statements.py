"""What the terms in a text come to: attacks on people, sentence by sentence, and terms of a kind against their context.

A group and an attack in a sentence are an attack on people, unless the attack is denied; so is a right denied to a
group. `they` is the group of the sentence before. A slur is an attack, but not from one of their own. Where others are
said to have said it, or it is said to be wrong, there or in the sentence beside, a fifth of it counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from filters.lists import terms
from filters.risks import lexicon
from filters.risks.folding import Folded
from filters.risks.lexicon import ATTACK, DENY, GROUP, HARM, INTENT, OWN, REPORT, RIGHT, SLUR, THEY, Lexicon
from filters.text import characters
from shards.arrays import Array, Floats, Places
from shards.compiled import compiled, inner

REACH = 40  # folded characters between a negation and what it denies; of scripts without spaces:
DENSE_REACH = 10
REPORTED = 0.2  # of an attack that is quoted or condemned
SLURS = 0.8
MOST = 64  # terms that are taken for one sentence, and looked at beside it: a text without full stops costs no more


@dataclass(frozen=True)
class Terms:
    """The terms found in some documents, in their order."""

    documents: Places
    starts: Array  # in code points of the batch, as it is written
    ends: Array
    roles: Places
    groups: Places  # of the lexicon
    terms: Places
    attacks: Floats  # what each adds to the attacks of its document
    excused: Floats  # and what it would add if it were not denied, quoted or condemned


def terms_in(read: Folded, rows: Places, words: Lexicon) -> Terms:
    """Return the terms of a lexicon in the documents of the given rows, which are in a language of it."""
    found = terms.find(read.texts, rows, words.terms)
    groups = words.terms.groups[found.terms]
    roles = words.roles[groups]
    ends = found.starts + found.lengths
    dense = read.texts.properties[found.starts] & characters.UNSPACED != 0
    documents, places = map(np.ascontiguousarray, (found.documents, found.starts))  # columns of a table, at times
    attacks, excused = _attacks(documents, places, ends, roles, read.sentences[found.starts], dense)
    starts = read.places[found.starts]
    return Terms(found.documents, starts, read.places[ends - 1] + 1, roles, groups, found.terms, attacks, excused)


def joined(parts: Sequence[Terms]) -> Terms:
    """Return the terms of several groups of documents as those of all."""
    names = [field.name for field in fields(Terms)]
    empty = {name: np.zeros(0, np.float64 if name in ("attacks", "excused") else np.int64) for name in names}
    found = {name: np.concatenate([empty[name], *(getattr(part, name) for part in parts)]) for name in names}
    return Terms(**found)


@compiled
def _attacks(
    documents: Array, starts: Array, ends: Array, roles: Array, sentences: Array, dense: Array
) -> tuple[Array, Array]:
    """Return what each term adds to the attacks of its document, and what it does not add for its context."""
    attacks, excused = np.zeros(len(starts)), np.zeros(len(starts))
    first, had_group, before = 0, False, -1
    while first < len(starts):
        last = first + 1
        while last < min(len(starts), first + MOST) and _in_one(documents, sentences, first, last):
            last += 1
        follows = before >= 0 and documents[before] == documents[first] and sentences[first] - sentences[before] <= 1
        seen = np.zeros(16, np.int64)
        for i in range(first, last):
            seen[min(roles[i], 15)] += 1
        named = seen[GROUP] > 0
        meant = named or (follows and had_group and seen[THEY] > 0)
        added, held = _of_sentence(starts, ends, roles, dense, first, last, meant, seen, attacks)
        reported = seen[REPORT] > 0 or _reports_beside(documents, sentences, roles, first, last)
        share = REPORTED if reported else 1.0
        for i in range(first, last):
            excused[i] = attacks[i] * (1 - share)
            attacks[i] *= share
        excused[first] += held
        had_group = named or (meant and added > 0)
        before, first = last - 1, last
    return attacks, excused


@inner
def _in_one(documents: Array, sentences: Array, first: int, last: int) -> bool:
    return bool(documents[last] == documents[first] and sentences[last] == sentences[first])


@inner
def _of_sentence(
    starts: Array,
    ends: Array,
    roles: Array,
    dense: Array,
    first: int,
    last: int,
    meant: bool,
    seen: Array,
    found: Array,
) -> tuple[float, float]:
    """Write what the terms of a sentence add up to, at most 1; return that, and whether an attack is denied."""
    held, count = 0.0, 0
    slurs = SLURS * (REPORTED if seen[OWN] else 1.0)
    for i in range(first, last):
        if meant and (roles[i] == ATTACK or (roles[i] == HARM and seen[INTENT])):
            if _denied(starts, ends, roles, dense, first, last, i, False):
                held = 1.0
            else:
                found[i] = 1.0
        elif roles[i] == RIGHT and meant and seen[DENY]:
            if _denied(starts, ends, roles, dense, first, last, i, True):
                found[i] = 1.0
        elif roles[i] == SLUR:
            found[i] = 1.0 if meant and seen[ATTACK] else slurs
        count += found[i] > 0
    highest = 0.0
    for i in range(first, last):
        highest = max(highest, found[i])
    if count:
        groups = seen[GROUP] if meant else 0
        for i in range(first, last):
            if found[i] > 0 or (groups and roles[i] == GROUP):
                found[i] = highest / (count + groups)
    return highest, 0.0 if highest > 0 else held


@inner
def _denied(starts: Array, ends: Array, roles: Array, dense: Array, first: int, last: int, i: int, near: bool) -> bool:
    """Whether a negation of the sentence is within reach of a term, and denies no right that is nearer to it."""
    for k in range(first, last):
        if roles[k] != DENY:
            continue
        reach = DENSE_REACH if dense[k] else REACH
        gap = starts[i] - ends[k] if k < i else starts[k] - ends[i]
        if gap > reach:
            continue
        taken = False
        for r in range(k + 1, last):
            if not near and roles[r] == RIGHT and r < i and starts[r] - ends[k] <= reach:
                taken = True
        if not taken:
            return True
    return False


@inner
def _reports_beside(documents: Array, sentences: Array, roles: Array, first: int, last: int) -> bool:
    """Whether the sentence before or behind says that this is said, or wrong."""
    i = first - 1
    while i >= max(0, first - MOST) and documents[i] == documents[first] and sentences[first] - sentences[i] <= 1:
        if roles[i] == REPORT:
            return True
        i -= 1
    i = last
    while (
        i < min(len(roles), last + MOST) and documents[i] == documents[first] and sentences[i] - sentences[first] <= 1
    ):
        if roles[i] == REPORT:
            return True
        i += 1
    return False


@dataclass(frozen=True)
class Kinds:
    """Documents x kinds: how often terms of each occur, how many of them are different; and documents: the context."""

    counts: Places
    distinct: Places
    context: Places


def different(places: Places, terms: Places, size: int) -> Places:
    """Return how many different terms there are at each of the places."""
    every = int(terms.max(initial=0)) + 1
    return np.bincount(np.unique(places * every + terms) // every, minlength=size)


def kinds_in(found: Terms, size: int) -> Kinds:
    """Return what terms of kinds, and of contexts, there are in a batch of as many documents."""
    offset, number = len(lexicon.ROLES), len(lexicon.kinds())
    of_kind = found.roles >= offset
    places = found.documents[of_kind] * number + found.roles[of_kind] - offset
    counts = np.bincount(places, minlength=size * number).reshape(size, number)
    distinct = different(places, found.terms[of_kind], size * number).reshape(size, number)
    context = np.bincount(found.documents[found.roles == lexicon.CONTEXT], minlength=size)
    return Kinds(counts, distinct, context)
