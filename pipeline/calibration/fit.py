"""Fit the bounds of a chain to a language: pure functions over tables of signals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash
from pydantic import BaseModel, Field

from filters.base import Filter, Range
from pipeline.calibration.pools import relatives
from pipeline.calibration.quantiles import Pool, bootstrapped, upper_bounds
from pipeline.calibration.units import Worth, converted, counted, factor, of_n_grams, possible
from shards.arrays import Floats

ROUNDS = 200  # of the bootstrap
INTERVAL = (5.0, 95.0)  # percentiles
NOT_MET = "; no document of the web sample lies beyond"  # which a few thousand cannot promise of the web


class Method(BaseModel, frozen=True, extra="forbid"):
    """How bounds are fitted."""

    retention: float = Field(0.99, gt=0.5, lt=1, description="of the reference, that each bound alone keeps")
    retentions: dict[str, float] = Field({}, description="of single signals: where a little more of it buys a lot")
    k: float = Field(20, ge=0, description="a language's n documents weigh n / (n + k); its relatives the rest")
    per_group: int = Field(10, ge=1, description="of one host or article so many documents count at most")
    per_language: int = Field(100, ge=1, description="of one relative so many documents count at most")
    tighten_from: int | None = Field(
        None, ge=1, description="documents of its own from which a language may get a stricter bound than the chain's"
    )
    web_from: int = Field(300, ge=1, description="web documents from which a language's own decide if a bound is met")


@dataclass(frozen=True)
class SignalTable:
    """The signals of documents, in the base language's measure; NaN where undefined or where a sample has no say."""

    languages: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]
    signals: Mapping[str, Floats]

    def of(self, language: str) -> "SignalTable":
        """Return the rows of a language."""
        here = self.languages == language
        return SignalTable(self.languages[here], self.groups[here], {name: v[here] for name, v in self.signals.items()})

    def of_each(self) -> dict[str, "SignalTable"]:
        """Return the rows of every language."""
        return {str(language): self.of(str(language)) for language in np.unique(self.languages)}


@dataclass(frozen=True)
class FittedBound:
    """One side of one bound, and the numbers that made it, in the language's own measure."""

    signal: str  # `filter.signal`
    side: str  # min, max
    value: float | None  # None: no bound
    decision: str  # as it was, converted, loosened, tightened, lent, with `NOT_MET`; or why there is none
    start: float  # the chain's bound, converted
    estimate: float | None  # the quantile of the mixture
    interval: tuple[float, float] | None
    n: float  # documents of the language, those of one group capped
    groups: int
    pool: float  # documents of its relatives, capped
    lender: str  # the relatives with the greatest weight in it; whose bound it is if the language has no documents
    kept_reference: float | None
    kept_web: float | None


@dataclass(frozen=True)
class Fitted:
    """A chain for a language, and how each of its bounds came about."""

    language: str
    filters: tuple[Filter, ...]
    bounds: tuple[FittedBound, ...]


@dataclass(frozen=True)
class _Own:
    """What documents of one language say of one signal: values in ascending order."""

    values: Floats
    weights: Floats
    groups: npt.NDArray[np.int64]  # numbered alike for all languages

    @property
    def n(self) -> float:
        return float(self.weights.sum())


_NOBODY = _Own(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))


def fit(
    chain: Sequence[Filter],
    languages: Sequence[str],
    reference: SignalTable,
    web: SignalTable,
    worth: Mapping[str, Worth],
    method: Method,
    seed: str,
) -> list[Fitted]:
    """Return the chain with its bounds fitted to every one of the languages. `seed` is the digest of the data."""
    by_language, web_by_language = reference.of_each(), web.of_each()
    numbers = {str(group): number for number, group in enumerate(np.unique(reference.groups))}
    bounds: dict[str, list[FittedBound]] = {language: [] for language in languages}
    for filter in chain:
        for name, bound in filter.bounds().items():
            if not isinstance(bound, Range):
                continue
            key = f"{filter.name}.{name}"
            own = {tag: _own(table, key, method.per_group, numbers) for tag, table in by_language.items()}
            for language in languages:
                here = web_by_language.get(language)
                seen = (
                    here.signals[key] if here is not None and len(here.groups) >= method.web_from else web.signals[key]
                )
                mine = here.signals[key] if here is not None else np.zeros(0)
                if (top := getattr(filter, "top", None)) is not None and name == filter.signals()[0]:
                    bounds[language].append(_best(key, top, seen, mine, own.get(language, _NOBODY)))
                    continue
                for side, start in (("min", bound.min), ("max", bound.max)):
                    if start is not None:
                        bounds[language].append(
                            _bound(key, side, start, language, own, (seen, mine), worth[language], method, seed)
                        )
    return [
        Fitted(language, tuple(_replaced(filter, bounds[language], worth[language]) for filter in chain), tuple(found))
        for language, found in bounds.items()
    ]


def _best(key: str, top: float, web: Floats, mine: Floats, reference: _Own) -> FittedBound:
    """Return the bound above which so great a share of the web sample lies: the language's, if it has enough."""
    known = web[~np.isnan(web)]
    value = rounded(key, float(np.quantile(known, 1 - top)), -1.0) if len(known) else None
    return FittedBound(
        signal=key,
        side="min",
        value=value,
        decision=f"the best {top:.0%} of {len(known)} web documents",
        start=0.0,
        estimate=None,
        interval=None,
        n=reference.n,
        groups=len(np.unique(reference.groups)),
        pool=0.0,
        lender="",
        kept_reference=_kept(reference.values, value, -1.0, reference.weights),
        kept_web=_kept(mine, value, -1.0),
    )


def _own(table: SignalTable, key: str, per_group: int, numbers: Mapping[str, int]) -> _Own:
    values = table.signals[key]
    here = ~np.isnan(values)
    values = values[here]
    groups = np.array([numbers[str(group)] for group in table.groups[here]], np.int64)
    order = np.argsort(values, kind="stable")
    weights = _capped(np.ones(len(values)), groups, per_group)
    return _Own(values[order], weights[order], groups[order])


def _capped(weights: Floats, groups: npt.NDArray[np.int64], most: float) -> Floats:
    """Return the weights with those of each group together at most so much."""
    totals = np.bincount(groups, weights)
    return np.asarray(weights * np.minimum(1.0, most / np.maximum(totals, 1e-9))[groups], np.float64)


def _pool(
    key: str, language: str, found: Mapping[str, _Own], weight: float, sign: float, method: Method
) -> tuple[Pool, float, str]:
    """Return what the relatives say, of the given weight altogether, how many their documents are, who weighs most."""
    speaking = [tag for tag, own in found.items() if own.n]
    circles = relatives(language, speaking, by_spacing=of_n_grams(key))
    values, weights, documents, shares = [np.zeros(0)], [np.zeros(0)], 0.0, {"": 0.0}
    for place, (name, members) in enumerate(circles):
        circle = [found[member] for member in sorted(members)]
        counts = [member.weights * min(1.0, method.per_language / member.n) for member in circle]
        groups = np.concatenate([member.groups for member in circle])
        own = _capped(np.concatenate(counts), groups, method.per_group)  # a host is one host in any language
        size = float(own.sum())
        share = weight if place == len(circles) - 1 else weight * size / (size + method.k)
        values += [sign * member.values for member in circle]
        weights.append(own * (share / size))
        weight -= share
        documents += size
        shares[name] = share
    return Pool.of(np.concatenate(values), np.concatenate(weights)), documents, max(shares, key=shares.__getitem__)


def _bound(
    key: str,
    side: str,
    start: float,
    language: str,
    own: Mapping[str, _Own],
    web: tuple[Floats, Floats],
    worth: Worth,
    method: Method,
    seed: str,
) -> FittedBound:
    """Decide one side of one bound. A `min` is fitted as the `max` of the negated values."""
    sign, unit = (1.0 if side == "max" else -1.0), factor(key, worth)
    mine = own.get(language, _NOBODY)
    share = mine.n / (mine.n + method.k) if mine.n else 0.0
    pool, relatives_n, lender = _pool(key, language, own, 1 - share, sign, method)
    estimate, interval = None, None
    if mine.n or relatives_n:
        if not relatives_n:
            share = 1.0
        tail = 1 - method.retentions.get(key, method.retention)
        found = sign * _estimates(mine, pool, share, sign, tail, f"{seed}{language}{key}{side}")
        estimate = found[0] * unit
        low, high = np.percentile(found[1:], INTERVAL) if len(found) > 1 else (found[0], found[0])
        interval = (float(low * unit), float(high * unit))
    may_tighten = method.tighten_from is not None and mine.n >= method.tighten_from
    fitted, decision = _decided(key, sign, start * unit, estimate, may_tighten, unit)
    if decision == "loosened" and not mine.n:
        decision = "lent"
    value = fitted if _can_fire(key, sign, fitted) else None
    if value is None:
        decision = "none: every possible value lies inside"
    elif not (sign * web[0] * unit > sign * value).any():
        decision += NOT_MET
    return FittedBound(
        signal=key,
        side=side,
        value=value,
        decision=decision,
        start=start * unit,
        estimate=None if estimate is None else float(estimate),
        interval=interval,
        n=mine.n,
        groups=len(np.unique(mine.groups)),
        pool=relatives_n,
        lender=lender,
        kept_reference=_kept(mine.values * unit, value, sign, mine.weights),
        kept_web=_kept(web[1] * unit, value, sign),
    )


def _estimates(mine: _Own, pool: Pool, share: float, sign: float, tail: float, seed: str) -> Floats:
    """Return the bound for the sample itself, then for each of the bootstrapped ones; of the signed values."""
    if not mine.n:
        return upper_bounds(np.zeros(0), np.zeros((1, 0)), pool, tail)
    order = slice(None, None, 1 if sign > 0 else -1)
    values, groups = sign * mine.values[order], mine.groups[order]
    _, groups = np.unique(groups, return_inverse=True)
    weights = bootstrapped(mine.weights[order], groups, xxhash.xxh3_64_intdigest(seed.encode()), ROUNDS)
    return upper_bounds(values, weights * (share / weights.sum(axis=1, keepdims=True)), pool, tail)


def _decided(
    key: str, sign: float, start: float, estimate: float | None, may_tighten: bool, unit: float
) -> tuple[float, str]:
    given = rounded(key, start, sign)
    as_it_was = "as it was" if unit == 1 else "converted"
    if estimate is None:
        return given, as_it_was
    fitted = rounded(key, estimate, sign)
    if sign * fitted > sign * given:
        return fitted, "loosened"
    return (fitted, "tightened") if may_tighten and fitted != given else (given, as_it_was)


def _can_fire(key: str, sign: float, value: float) -> bool:
    low, high = possible(key)
    return value < high if sign > 0 else value > low


def _kept(values: Floats, value: float | None, sign: float, weights: Floats | None = None) -> float | None:
    here = ~np.isnan(values)
    if not here.any():
        return None
    inside = np.ones(int(here.sum()), np.bool_) if value is None else sign * values[here] <= sign * value
    return float(np.average(inside, weights=None if weights is None else weights[here]))


def rounded(key: str, value: float, sign: float) -> float:
    """Return the value with three digits (or whole, where it counts), never stricter than it was."""
    if value == 0 or not math.isfinite(value):
        return value
    digits = 0 if counted(key) and abs(value) < 1000 else 2 - math.floor(math.log10(abs(value)))
    scale = 10.0**digits
    steps = value * scale
    whole = round(steps)
    if abs(steps - whole) > 1e-6:
        whole = math.ceil(steps) if sign > 0 else math.floor(steps)
    return round(whole / scale, max(digits, 0))


def _replaced(filter: Filter, bounds: Sequence[FittedBound], worth: Worth) -> Filter:
    found: dict[str, Range] = {}
    for bound in bounds:
        owner, name = bound.signal.split(".", 1)
        if owner == filter.name:
            old = found.get(name) or getattr(filter, name)
            found[name] = old.model_copy(update={bound.side: bound.value})
    told = {"top": None} if getattr(filter, "top", None) is not None else {}  # a score now
    return converted(filter, worth).model_copy(update=found | told)
