"""What a filter is: it measures signals and declares a bound for each.

One name is the YAML key, the pydantic field, the signal column and the rejection reason, so that a reason cannot lie:
a field `mean_word_length: Range` of the filter named `gopher_quality` bounds the signal `mean_word_length`, which is
written to the column `gopher_quality.mean_word_length` and rejects in exactly those words.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, FiniteFloat, model_validator

from filters.documents import Documents
from filters.evidence import Pieces

Signal: TypeAlias = npt.NDArray[Any] | pa.Array
Signals: TypeAlias = Mapping[str, Signal]
Columns: TypeAlias = Mapping[str, pa.Array]


class Range(BaseModel, frozen=True, extra="forbid"):
    """A closed interval. NaN, a signal without a value, lies outside unless `undefined` says to keep it.

    Nothing passes by accident: a signal that a language does not have (words of a script without spaces have no
    length) is null in the signals, and its default bound says `undefined: keep` in so many words.
    """

    min: FiniteFloat | None = None  # the smallest value that passes; a smaller one breaks the bound; null: any
    max: FiniteFloat | None = None  # the largest value that passes; a larger one breaks the bound; null: any
    undefined: Literal["reject", "keep"] = "reject"  # whether a document without a value (NaN) is kept or rejected
    # what happens to a document outside the bound: `reject`, or `flag`, which keeps it out of the release but
    # beside it
    action: Literal["reject", "flag"] = "reject"

    @model_validator(mode="after")
    def _not_empty(self) -> "Range":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is greater than max {self.max}: nothing could pass")
        return self

    def broken(self, values: Signal) -> npt.NDArray[np.bool_]:
        """Return, per value, whether it lies outside."""
        numbers = np.asarray(values, dtype=np.float64)
        inside = np.ones(len(numbers), dtype=np.bool_)
        if self.min is not None:
            inside &= numbers >= self.min
        if self.max is not None:
            inside &= numbers <= self.max
        if self.undefined == "keep":
            inside |= np.isnan(numbers)
        return ~inside

    def __str__(self) -> str:
        if self.min is None and self.max is None:
            return "any"
        low = "-inf" if self.min is None else f"{self.min:g}"
        high = "inf" if self.max is None else f"{self.max:g}"
        return f"[{low}, {high}]" + (" or undefined" if self.undefined == "keep" else "") + _flags(self)


class OneOf(BaseModel, frozen=True, extra="forbid"):
    """The values that pass; written in YAML as a plain list. No list lets all pass; null passes no list.

    A document outside is rejected, or, with `action: flag`, goes on with the reason in `flagged_by`, and is kept out of
    the release until a configuration of `publish` lets that reason in.
    """

    values: tuple[str, ...] | None = None  # the values that pass; null: every value
    # what happens to a document with another value: `reject`, or `flag`, which keeps it out of the release but
    # beside it
    action: Literal["reject", "flag"] = "reject"

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return value if isinstance(value, dict | OneOf) else {"values": value}

    def broken(self, values: Signal) -> npt.NDArray[np.bool_]:
        """Return, per value, whether it is not among those that pass."""
        if self.values is None:
            return np.zeros(len(values), dtype=np.bool_)
        allowed = set(self.values)
        return np.fromiter((value not in allowed for value in _strings(values)), np.bool_, len(values))

    def __str__(self) -> str:
        return "any" if self.values is None else "{" + ", ".join(self.values) + "}" + _flags(self)


Bound: TypeAlias = Range | OneOf


def _flags(bound: Bound) -> str:
    return ", else flagged" if bound.action == "flag" else ""


def _strings(values: Signal) -> Iterator[str | None]:
    yield from values.to_pylist() if isinstance(values, pa.Array) else values.tolist()


class Filter(BaseModel, frozen=True, extra="forbid"):
    """A frozen set of bounds and the measurement they apply to.

    A subclass has a `name` (a Literal, the YAML key), one field per signal, of type `Range` or `OneOf`, any other
    settings, and `measure`. A filter that also decides document columns (language, licence) overrides `annotate`.
    Whatever it does, it does per document: the result for one never depends on the others in the batch.
    """

    name: str
    needs_payload: ClassVar[bool] = False  # reads the page's bytes, so it must stand before `extract`
    reads_text: ClassVar[bool] = True  # and so, of pages, must stand behind `extract`
    names_language: ClassVar[bool] = False  # fills `language`: chains of single languages begin behind it
    every_language: ClassVar[bool] = False  # stands behind the chain of a language, too, if that does not name it
    finds_licences: ClassVar[bool] = False  # fills `license`, on which the stage `rights` has the last word

    @property
    def names_known_languages(self) -> bool:
        """Whether what it fills `language` with is in `filters.languages`; those of another model may not be."""
        return False

    @property
    def admits_unlicensed(self) -> bool:
        """Whether it finds licences and lets a document pass of which none is known."""
        return False

    @property
    def bounds_change_text(self) -> bool:
        """Whether a bound decides what is taken out of a text, and so what is measured behind this filter."""
        return False

    @property
    def bounds_vary(self) -> bool:
        """Whether `bounds_for` tells one document's bounds from another's."""
        return False

    @classmethod
    def signals(cls) -> tuple[str, ...]:
        """Return the names of the signals, in the order in which their bounds are applied."""
        return tuple(name for name, info in cls.model_fields.items() if info.annotation in (Range, OneOf))

    def bounds(self) -> Mapping[str, Bound]:
        """Return the bound of every signal, in order."""
        return {name: getattr(self, name) for name in self.signals()}

    def bounds_for(self, source: str | None, url: str | None) -> dict[str, Bound]:
        """Return the bounds that hold for a document, where they depend on where it is from."""
        return dict(self.bounds())

    def broken(self, documents: Documents, signals: Signals) -> Mapping[str, npt.NDArray[np.bool_]]:
        """Return, per signal, in order, which documents break its bound."""
        return {name: bound.broken(signals[name]) for name, bound in self.bounds().items()}

    def check_sources(self, names: Set[str]) -> None:
        """Raise ValueError if the settings name a source that is not among those of the configuration."""

    def resources(self) -> Sequence[Path]:
        """Return the files (models, word lists) whose contents decide the result along with the settings."""
        return ()

    def tallied(self) -> Mapping[str, Sequence[str]]:
        """Return the signals whose values a run counts for its card, with the values of which 0 is told too."""
        return {}

    def measure(self, documents: Documents) -> Signals:
        """Return one value per document for every signal."""
        raise TypeError(f"{type(self).__name__} measures nothing: override `measure` or `annotate`")

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        """Return the pieces of a single document that account for its signals, for those that have some."""
        return {}

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        """Return the signals, and the document columns that this filter decides."""
        return self.measure(documents), {}
