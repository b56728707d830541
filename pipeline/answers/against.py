"""Two runs or releases beside each other: what moved, in reasons, languages and signals, and which documents.

format       1
before, after    `pipeline.answers.report`, `about`
reasons      documents rejected for each reason, and kept, before and after; the greatest change first
languages    documents that came in and that were kept, before and after
signals      the values of both in the same bins, the bounds, the shares beyond them; those that moved most first
moves        documents that both have, by what became of them before and after; those that only one has;
                 of a release and a run, those that are kept
compared     one in so many documents was compared, drawn by its id
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from pipeline.answers.documents import KEPT, Documents, documents_at
from pipeline.answers.histograms import Histogram, Limits, counted, scaled_edges
from pipeline.answers.report import About, about_place
from pipeline.answers.sample import Place, Specimen, specimens_at
from pipeline.answers.settings import settings_of
from pipeline.answers.signals import Bounds, Measured, bounds_of, broken_by, is_number, limits_of, measured, numbers

MOST = 2_000_000  # documents of a run that are compared one by one
ABSENT = "absent"  # among the fates: the other one does not have the document
SHOWN_MOVES, SHOWN = 12, 3  # moves of which documents are shown, and how many


@dataclass(frozen=True)
class Change:
    """Documents of one fate, before and after."""

    fate: str
    before: int
    after: int


@dataclass(frozen=True)
class LanguageChange:
    """Documents in one language, before and after."""

    language: str
    before: int
    kept_before: int
    after: int
    kept_after: int


@dataclass(frozen=True)
class SignalChange:
    """A signal in both, counted in the same bins."""

    name: str
    limits_before: Limits
    limits_after: Limits
    beyond_before: float | None  # share of the values that break the bound of their language; None: none is bounded
    beyond_after: float | None
    before: Histogram
    after: Histogram

    @property
    def distance(self) -> float:
        """Half the sum of the differences of the shares of all bins: 0 the same, 1 nothing in common."""
        one, two = (np.array(each.counts) / max(each.values, 1) for each in (self.before, self.after))
        return float(np.abs(one - two).sum() / 2)

    @property
    def moved(self) -> bool:
        """Whether anything is another."""
        same = (self.limits_before, self.beyond_before) == (self.limits_after, self.beyond_after)
        return not same or self.before != self.after


@dataclass(frozen=True)
class Move:
    """Documents of one fate before and another after; `absent`: the other one does not have them."""

    before: str
    after: str
    documents: int
    shown: tuple[Specimen, ...] = ()


@dataclass(frozen=True)
class Against:
    """What moved."""

    before: About
    after: About
    reasons: tuple[Change, ...]
    languages: tuple[LanguageChange, ...]
    signals: tuple[SignalChange, ...]
    moves: tuple[Move, ...]
    compared: int  # one in so many

    def as_json(self) -> dict[str, JsonValue]:
        """Return it for programs."""
        return {
            "format": 1,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "reasons": [asdict(one) for one in self.reasons],
            "languages": [asdict(one) for one in self.languages],
            "signals": [_signal(one) for one in self.signals],
            "moves": [_move(one) for one in self.moves],
            "compared": self.compared,
        }


def _signal(one: SignalChange) -> dict[str, JsonValue]:
    return {
        "name": one.name,
        "bound_before": str(one.limits_before),
        "bound_after": str(one.limits_after),
        "beyond_before": one.beyond_before,
        "beyond_after": one.beyond_after,
        "values_before": one.before.values,
        "values_after": one.after.values,
        "distance": one.distance,
        "edges": list(one.before.edges),
        "counts_before": list(one.before.counts),
        "counts_after": list(one.after.counts),
    }


def _move(one: Move) -> dict[str, JsonValue]:
    ids: list[JsonValue] = [specimen.journey.document["id"] for specimen in one.shown]
    return {"before": one.before, "after": one.after, "documents": one.documents, "shown": ids}


def against(before: str, after: str) -> Against:
    """Return what moved from one run or release to another; signals only between runs.

    Raises
    ------
    QuestionError
        when a place leads to neither.
    """
    one, two = documents_at(before), documents_at(after)
    compared = _one_in(max(sum(counts.total() for counts in each.fates().values()) for each in (one, two)))
    names = _told_apart(before, after)
    abouts = [about_place(each) for each in (one, two)]
    if abouts[0].name == abouts[1].name:
        abouts = [replace(about, name=name) for about, name in zip(abouts, names, strict=True)]
    return Against(
        abouts[0],
        abouts[1],
        tuple(_reasons(one.fates(), two.fates())),
        tuple(_languages(one.fates(), two.fates())),
        tuple(_signals(one, two)),
        tuple(_moves(one, two, compared)),
        compared,
    )


def _told_apart(before: str, after: str) -> tuple[str, str]:
    """Return the ends of two paths, from the last folder that differs."""
    parts = [place.rstrip("/").split("/") for place in (before, after)]
    alike = 0
    for one, other in zip(*map(reversed, parts), strict=False):
        if one != other:
            break
        alike += 1
    one, other = ("/".join(each[-alike - 1 :]) for each in parts)
    return one, other


def _one_in(documents: int) -> int:
    """Return one in how many documents is compared: a power of 16, which is a digit of an id."""
    every = 1
    while documents > MOST * every:
        every *= 16
    return every


def _reasons(before: Mapping[str, Counter[str]], after: Mapping[str, Counter[str]]) -> list[Change]:
    fates = {*before, *after}
    changes = [Change(fate, *(each[fate].total() if fate in each else 0 for each in (before, after))) for fate in fates]
    return sorted(changes, key=lambda one: (one.fate != KEPT, -abs(one.after - one.before), one.fate))


def _languages(before: Mapping[str, Counter[str]], after: Mapping[str, Counter[str]]) -> list[LanguageChange]:
    whole = [sum(each.values(), Counter[str]()) for each in (before, after)]
    kept = [each.get(KEPT, Counter[str]()) for each in (before, after)]
    changes = [
        LanguageChange(tag, whole[0][tag], kept[0][tag], whole[1][tag], kept[1][tag]) for tag in {*whole[0], *whole[1]}
    ]
    return sorted(changes, key=lambda one: (-abs(one.kept_after - one.kept_before), -one.after, one.language))


def _signals(before: Documents, after: Documents) -> list[SignalChange]:
    if before.run is None or after.run is None:
        return []
    values = [measured(run) for run in (before.run, after.run)]
    bounds = [bounds_of(settings_of(run)) for run in (before.run, after.run)]
    names = [name for name in values[1].names if name in values[0].names]
    changes = [
        _signal_change(name, values, bounds)
        for name in names
        if is_number(values[0].table[name]) and is_number(values[1].table[name])
    ]
    return sorted((one for one in changes if one.moved), key=lambda one: (-one.distance, one.name))


def _signal_change(name: str, samples: Sequence[Measured], bounds: Sequence[Bounds]) -> SignalChange:
    columns = [numbers(each.table[name]) for each in samples]
    limits = [limits_of(each.general.get(name)) for each in bounds]
    marks = [edge for each in limits for edge in (each.min, each.max) if edge is not None]
    edges = scaled_edges(np.concatenate(columns), marks)
    shares = [_beyond(*each, name) for each in zip(samples, bounds, strict=True)]
    drawn = [counted(column, edges) for column in columns]
    return SignalChange(name, limits[0], limits[1], shares[0], shares[1], drawn[0], drawn[1])


def _beyond(sample: Measured, bounds: Bounds, name: str) -> float | None:
    broken = broken_by(sample.table, name, bounds)
    bounded = any(str(limits_of(each.get(name))) for each in (bounds.general, *bounds.own.values()))
    return float(np.count_nonzero(broken)) / len(broken) if bounded and len(broken) else None


def _moves(before: Documents, after: Documents, compared: int) -> Iterator[Move]:
    """Yield the moves, those with the most documents first; documents that both have, and had, are none."""
    only_kept = before.run is None or after.run is None  # a release has nothing else
    tables = [_compared_fates(each, compared, only_kept=only_kept) for each in (before, after)]
    joined = tables[0].join(
        tables[1], "id", join_type="full outer", left_suffix="_before", right_suffix="_after", use_threads=False
    )
    for side in ("before", "after"):
        place = joined.column_names.index(f"fate_{side}")
        joined = joined.set_column(place, f"fate_{side}", joined[f"fate_{side}"].fill_null(ABSENT))
    moved = joined.filter(pc.not_equal(joined["fate_before"], joined["fate_after"]))
    groups = moved.group_by(["fate_before", "fate_after"], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    groups.sort(key=lambda row: (-row["count_all"], row["fate_before"], row["fate_after"]))
    settings = [settings_of(each.run) if each.run else None for each in (before, after)]
    for number, group in enumerate(groups):
        shown: tuple[Specimen, ...] = ()
        if number < SHOWN_MOVES:
            which = int(group["fate_after"] != ABSENT)
            drawn = _drawn(moved, group["fate_before"], group["fate_after"], ("before", "after")[which])
            shown = tuple(specimens_at((before, after)[which], drawn, settings[which]))
        yield Move(group["fate_before"], group["fate_after"], group["count_all"], shown)


def _drawn(moved: pa.Table, before: str, after: str, side: str) -> list[tuple[str, Place]]:
    """Return where some documents of a move lie on one side: those with the least ids, which are hashes."""
    here = pc.and_(pc.equal(moved["fate_before"], before), pc.equal(moved["fate_after"], after))
    rows = moved.filter(here).sort_by("id").slice(0, SHOWN).to_pylist()
    return [("", Place(at, row["id"], row[f"shard_{side}"], row[f"row_{side}"])) for at, row in enumerate(rows)]


def _compared_fates(documents: Documents, compared: int, *, only_kept: bool) -> pa.Table:
    """Return what became of every document that is compared, once each: `id`, `fate`, and where it lies."""
    prefix = "0" * (compared.bit_length() // 4)
    tables = []
    for index, shard in enumerate(documents.shards):
        first = 0
        for table in shard.read(("id", "rejected_by")):
            rows = np.arange(first, first + table.num_rows)
            first += table.num_rows
            fates = table["rejected_by"].fill_null(KEPT).cast(pa.string())
            made = pa.table({"id": table["id"], "fate": fates, "shard": np.full(len(rows), index), "row": rows})
            made = made.filter(pc.equal(made["fate"], KEPT)) if only_kept else made
            tables.append(made.filter(pc.starts_with(made["id"], prefix)) if prefix else made)
    whole = pa.concat_tables(tables)
    once = whole.group_by("id", use_threads=False).aggregate([("fate", "first"), ("shard", "first"), ("row", "first")])
    return once.rename_columns(["id", "fate", "shard", "row"])
