"""What a run would have made of its documents with other bounds, from what it measured: nothing is measured anew.

A document is measured up to the part of the steps that rejects it (`pipeline.answers.moves.Course`). One that a moved
bound lets pass is judged by what its part has measured; if more steps stand behind, nobody knows what they would say
of it: it is `unmeasured`, and counted apart. Counted is what the stage `documents` makes of documents; `rights` and
`dedup` judge those that it keeps, among others then. One that would be rejected before its language is named is
counted in the language that this run has found.

Signals are stored as 32-bit floats: a value that is stored as the edge of a bound counts as being on it, so inside.
"""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from filters.base import Bound, Filter, OneOf
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.measurement import as_stored
from pipeline.answers.moves import Course, Move
from pipeline.answers.signal_rows import Names, Origins, SignalRows, every_signal_rows, signal_columns
from pipeline.stages.base import FinishedStage
from pipeline.stages.documents import DocumentsStage
from shards.arrays import Array, Mask
from shards.receipts import UNKNOWN_LANGUAGE

Side: TypeAlias = Literal["kept", "flagged", "rejected", "unmeasured"]
SIDES: tuple[Side, ...] = get_args(Side)
KEPT, FLAGGED, REJECTED, UNMEASURED = range(len(SIDES))
CHANGES = [(before, after) for before in SIDES for after in SIDES if before != after]
UNKNOWN = -1  # in place of the number of a reason


@dataclass(frozen=True, order=True)
class Changed:
    """A document that would change sides."""

    id: str
    language: str
    before: Side
    after: Side
    reason: str | None  # that rejected it
    new_reason: str | None  # that would reject it
    shard: int  # where it lies, as `pipeline.answers.documents` numbers shards
    row: int


@dataclass
class WhatIf:
    """What the stage `documents` made of its documents, and what it would make of them."""

    moves: tuple[Move, ...]
    kept: Counter[str]  # by language, those that are flagged included: as the receipts of a run have it
    rejected: dict[str, Counter[str]]  # by reason and language
    now_kept: Counter[str]
    now_rejected: Mapping[str, Counter[str]]
    unmeasured: Counter[str] = field(default_factory=Counter)  # by language
    sides: dict[tuple[Side, Side], Counter[str]] = field(default_factory=dict)  # before and after: by language
    examples: list[Changed] = field(default_factory=list)  # of each change of sides those with the least ids


GATHERED = 1_000_000  # documents that a moved bound lets pass, which are judged together


def what_if(run: FinishedRun, stage: DocumentsStage, moves: Sequence[Move], examples: int = 10) -> WhatIf:
    """Return what the stage `documents` of a run would make of its documents with moved bounds."""
    documents = run.stage("documents")
    reasons, languages = Names(), Names()
    question, tally = (
        _Question(stage, moves, reasons, languages),
        _Tally(documents, moves, reasons, languages, examples),
    )
    passed: list[SignalRows] = []
    measured = every_signal_rows(documents, question.columns, reasons, languages, question.origins)
    for index, rows in enumerate(measured):
        after, flagged, free = question.first_look(rows)
        tally.add(rows, after, flagged, ~free)
        if free.any():
            signals = signal_columns(documents, documents.tasks[index].key, question.around)
            passed.append(replace(rows.only(free), signals=signals.filter(pa.array(free)), flagged=flagged[free]))
        if passed and (sum(map(len, passed)) > GATHERED or index == len(documents.tasks) - 1):
            rows = SignalRows.joined(passed)
            tally.add(rows, *question.second_look(rows), np.ones(len(rows), np.bool_))
            passed = []
    return tally.answer()


def broken(bound: Bound, values: pa.ChunkedArray) -> Mask:
    """Return which values lie outside of a bound, as stored."""
    if isinstance(bound, OneOf):
        if bound.values is None:
            return np.zeros(len(values), np.bool_)
        inside = pc.is_in(values, pa.array(bound.values, pa.string()))
        return ~np.asarray(pc.fill_null(inside, False), np.bool_)
    return as_stored(bound).broken(values.to_numpy())


def _can_break(bound: Bound) -> bool:
    return bound.values is not None if isinstance(bound, OneOf) else (bound.min, bound.max) != (None, None)


class _Question:
    """Moved bounds, and the steps around them."""

    def __init__(self, stage: DocumentsStage, moves: Sequence[Move], reasons: Names, languages: Names) -> None:
        self._stage, self._reasons, self._languages = stage, reasons, languages
        self._courses: dict[str | None, Course] = {}
        self._filters = {(move.language, move.after.name): move.after for move in moves}
        self._tags = {move.name: self._judged_by(move) for move in moves}
        self._moves = sorted(moves, key=self._order)
        self._passed: dict[tuple[str, str | None, int], Mask] = {}
        self.columns = list(dict.fromkeys(move.key for move in moves))
        near = [
            filter for move in moves for tag in self._tags[move.name] for filter in self._around(tag, move.after.name)
        ]
        self.around = list(dict.fromkeys(f"{filter.name}.{name}" for filter in near for name in self._asked_of(filter)))
        self.origins = Origins() if any(filter.bounds_vary for filter in near) else None

    def _course(self, language: str | None) -> Course:
        language = language if language in self._stage.languages else None
        if language not in self._courses:
            self._courses[language] = Course(self._stage, language)
        return self._courses[language]

    def _judged_by(self, move: Move) -> Mapping[str | None, None]:
        """Return the languages whose documents are asked about a bound, in order; None: those without own filters."""
        shared = (tag for tag in self._stage.languages if self._stage.is_shared(move.after.name, tag))
        return dict.fromkeys([move.language] if move.language else [None, *shared])

    def _order(self, move: Move) -> tuple[int, bool, int, int]:
        """Return where a bound is asked about: filters of `steps` that a chain does not name stand behind its own."""
        part, place, signal = self._course(move.language).place_of(move.key)
        return part, move.language is None, place, signal

    def _around(self, language: str | None, name: str) -> list[Filter]:
        """Return the filters that measure all that comes to one of them, as they would be."""
        course = self._course(language)
        own = language if language in self._stage.languages else None
        part = [step for step in course.parts[course.part_of(name)] if isinstance(step, Filter)]
        return [self._filters.get((self._owner(own, step.name), step.name), step) for step in part]

    def _asked_of(self, filter: Filter) -> list[str]:
        """Return the signals of a filter whose bounds can decide: what the others flag is known."""
        moved = filter in self._filters.values()
        return [
            signal
            for signal, bound in filter.bounds().items()
            if (moved or bound.action == "reject") and (filter.bounds_vary or _can_break(bound))
        ]

    def _owner(self, language: str | None, name: str) -> str | None:
        return language if language and not self._stage.is_shared(name, language) else None

    def first_look(self, rows: SignalRows) -> tuple[Array, Mask, Mask]:
        """Return the new reason of each document, whether it is flagged, and which a moved bound now lets pass.

        What becomes of those is for `second_look` to say.
        """
        after, free = rows.reasons.copy(), np.zeros(len(rows), np.bool_)
        scopes = [self._scope(move)[rows.languages] for move in self._moves]
        flagged = rows.flagged_but_for((move.key, scope) for move, scope in zip(self._moves, scopes, strict=True))
        for move, scope in reversed(list(zip(self._moves, scopes, strict=True))):  # the first has the last word
            own = self._reasons.number(move.key)
            mine = scope & (rows.reasons == own)
            asked = mine | (scope & self._preceded(move)[rows.languages, rows.reasons])
            outside = asked & self._broken(move.after, move.signal, rows, asked)
            if move.new.action == "flag":
                flagged |= outside
                free |= mine
            else:
                after[outside] = own
                free |= mine & ~outside
        return after, flagged, free & (after == rows.reasons)

    def second_look(self, rows: SignalRows) -> tuple[Array, Mask]:
        """Return the new reason of documents that a moved bound lets pass, or UNKNOWN, and whether they are flagged."""
        after, flagged = np.zeros(len(rows), np.int32), rows.flagged.copy()
        tags = np.array([word if word in self._stage.languages else "" for word in self._languages.words], np.object_)
        names = np.array([(word or "").partition(".")[0] for word in self._reasons.words], np.object_)
        groups = np.array([tags[rows.languages], names[rows.reasons]])
        for tag, name in sorted(set(zip(*groups.tolist(), strict=True))):
            here = np.flatnonzero((groups[0] == tag) & (groups[1] == name))
            after[here], flagged[here] = self._judged(rows.take(here), tag or None, name)
        return after, flagged

    def _judged(self, rows: SignalRows, language: str | None, name: str) -> tuple[Array, Mask]:
        """Return what the part around a filter makes of documents of a language."""
        course = self._course(language)
        behind = len(course.parts) > course.part_of(name) + 1
        after, flagged = np.full(len(rows), UNKNOWN if behind else 0, np.int32), rows.flagged.copy()
        open_, every = np.ones(len(rows), np.bool_), np.ones(len(rows), np.bool_)
        for filter in self._around(language, name):
            for signal in self._asked_of(filter):
                outside = self._broken(filter, signal, rows, every)
                if filter.bounds()[signal].action == "flag":
                    flagged |= outside
                else:
                    after[outside & open_] = self._reasons.number(f"{filter.name}.{signal}")
                    open_ &= ~outside
        return after, flagged

    def _broken(self, filter: Filter, signal: str, rows: SignalRows, asked: Mask) -> Mask:
        values = rows.signals[f"{filter.name}.{signal}"]
        if not filter.bounds_vary or self.origins is None:
            return broken(filter.bounds()[signal], values)
        outside = np.zeros(len(rows), np.bool_)
        for number in np.unique(rows.origins[asked]).tolist():
            here = np.flatnonzero(asked & (rows.origins == number))
            bound = filter.bounds_for(*self.origins.words[number])[signal]
            outside[here] = broken(bound, values.take(pa.array(here)))
        return outside

    def _scope(self, move: Move) -> Mask:
        """Return, by the number of a language, whether its documents are asked about a bound."""
        return np.array([tag in self._tags[move.name] for tag in self._chains()])

    def _chains(self) -> list[str | None]:
        """Return, by the number of a language, the one whose filters judge its documents; None: those of `steps`."""
        return [word if word in self._stage.languages else None for word in self._languages.words]

    def _preceded(self, move: Move) -> Mask:
        """Return, by the numbers of a language and a reason, whether what it rejects has passed the bound before.

        The reason 0 is of what was kept. Languages that are not asked about the bound have nothing that has passed it.
        """
        tags = self._tags[move.name]
        return np.array([self._passed_by(move.key, tag if tag in tags else move.language) for tag in self._chains()])

    def _passed_by(self, key: str, language: str | None) -> Mask:
        asked = key, language, len(self._reasons)
        if asked not in self._passed:
            course = self._course(language)
            self._passed[asked] = np.array([word is None or course.precedes(key, word) for word in self._reasons.words])
        return self._passed[asked]


class _Tally:
    """Counts what changes."""

    def __init__(
        self, documents: FinishedStage, moves: Sequence[Move], reasons: Names, languages: Names, examples: int
    ) -> None:
        kept: Counter[str] = Counter()
        rejected: dict[str, Counter[str]] = {}
        for receipt in documents.receipts.values():
            kept.update(receipt.kept)
            for reason, counts in receipt.rejected.items():
                rejected.setdefault(reason, Counter()).update(counts)
        then = {reason: Counter(counts) for reason, counts in rejected.items()}
        self._answer = WhatIf(tuple(moves), Counter(kept), then, kept, rejected)
        self._reasons, self._languages, self._examples = reasons, languages, examples
        self._changed: dict[tuple[Side, Side], list[Changed]] = {}

    def add(self, rows: SignalRows, after: Array, flagged: Mask, chosen: Mask) -> None:
        """Count the chosen documents among those with new reasons and flags."""
        was = np.where(rows.reasons > 0, REJECTED, np.where(rows.flagged, FLAGGED, KEPT))
        becomes = np.select([after == UNKNOWN, after > 0, flagged], [UNMEASURED, REJECTED, FLAGGED], KEPT)
        changed = chosen & ((after != rows.reasons) | (was != becomes))
        columns = [
            column[changed].astype(np.int64) for column in (was, becomes, rows.reasons, after + 1, rows.languages)
        ]
        sizes = (len(SIDES), len(SIDES), len(self._reasons), len(self._reasons) + 1, len(self._languages))
        kinds, counts = np.unique(np.ravel_multi_index(columns, sizes), return_counts=True)
        for kind, count in zip(
            zip(*(part.tolist() for part in np.unravel_index(kinds, sizes)), strict=True), counts.tolist(), strict=True
        ):
            self._count(*kind, count=count)
        self._draw(rows, was, becomes, after, changed & (was != becomes))

    def _count(self, was: int, becomes: int, reason: int, after: int, language: int, *, count: int) -> None:
        answer, tag = self._answer, self._languages.words[language] or UNKNOWN_LANGUAGE
        old, new = self._reasons.words[reason], self._reasons.words[after - 1]
        (answer.kept if old is None else answer.rejected[old])[tag] -= count
        if becomes == UNMEASURED:
            answer.unmeasured[tag] += count
        else:
            (answer.kept if new is None else answer.rejected.setdefault(new, Counter()))[tag] += count
        if was != becomes:
            answer.sides.setdefault((SIDES[was], SIDES[becomes]), Counter())[tag] += count

    def _draw(self, rows: SignalRows, was: Array, becomes: Array, after: Array, changed: Mask) -> None:
        """Keep of each change of sides the documents with the least ids, which are hashes: as good as at random."""
        for one in np.unique(was[changed]).tolist():
            for other in np.unique(becomes[changed & (was == one)]).tolist():
                here = np.flatnonzero(changed & (was == one) & (becomes == other))
                ids = rows.ids.take(pa.array(here))
                least = here[pc.select_k_unstable(ids, self._examples, [("", "ascending")]).to_numpy()]
                drawn = self._changed.setdefault((SIDES[one], SIDES[other]), [])
                drawn += (self._told(rows, row, SIDES[one], SIDES[other], int(after[row])) for row in least.tolist())
                drawn[:] = heapq.nsmallest(self._examples, drawn)

    def _told(self, rows: SignalRows, row: int, before: Side, becomes: Side, after: int) -> Changed:
        tag = self._languages.words[rows.languages[row]] or UNKNOWN_LANGUAGE
        new = None if after == UNKNOWN else self._reasons.words[after]
        place = int(rows.shard[row]), int(rows.row[row])
        return Changed(rows.ids[row].as_py(), tag, before, becomes, self._reasons.words[rows.reasons[row]], new, *place)

    def answer(self) -> WhatIf:
        """Return what was counted."""
        answer = self._answer
        answer.kept, answer.unmeasured = +answer.kept, +answer.unmeasured
        answer.rejected = {reason: +counts for reason, counts in answer.rejected.items() if counts.total()}
        answer.sides = dict(sorted(answer.sides.items()))
        answer.examples = [one for _, drawn in sorted(self._changed.items()) for one in sorted(drawn)]
        return answer


def what_if_as_json(answer: WhatIf) -> dict[str, JsonValue]:
    """Return an answer for programs: counts by language, before and after."""
    return {
        "format": 1,
        "moves": [
            {
                "key": move.name,
                "old": move.old.model_dump(mode="json"),
                "new": move.new.model_dump(mode="json"),
                "set": move.assignment,
            }
            for move in answer.moves
        ],
        "now": {"kept": dict(answer.now_kept), "rejected": _nested(answer.now_rejected)},
        "then": {
            "kept": dict(answer.kept),
            "rejected": _nested(answer.rejected),
            "unmeasured": dict(answer.unmeasured),
        },
        "changes": [
            {"before": before, "after": after, "languages": dict(languages)}
            for (before, after), languages in answer.sides.items()
        ],
        "documents": [asdict(one) for one in answer.examples],
    }


def _nested(counts: Mapping[str, Counter[str]]) -> dict[str, JsonValue]:
    return {reason: dict(languages) for reason, languages in sorted(counts.items())}
