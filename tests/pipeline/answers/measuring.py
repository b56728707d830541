"""Filters and a step that read what they measure out of the text, JSON: `{"early.low": 3, "crash": "late"}`."""

import json
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from filters.base import Columns, Filter, OneOf, Range, Signals
from filters.chain import REASONS, Judgement, Step
from filters.documents import Documents
from shards.schema import with_columns


class Early(Filter):
    """A number and a word."""

    name: Literal["early"] = "early"
    low: Range = Range()
    word: OneOf = OneOf()

    def measure(self, documents: Documents) -> Signals:
        return {
            "low": numbers(self.name, "low", documents),
            "word": pa.array(words("early.word", documents), pa.string()),
        }


class Tongue(Filter):
    """The language, and how sure it is."""

    name: Literal["tongue"] = "tongue"
    names_language: ClassVar[bool] = True
    label: OneOf = OneOf()
    sure: Range = Range()

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        labels = pa.array(words("tongue.label", documents), pa.string())
        return {"label": labels, "sure": numbers(self.name, "sure", documents)}, {"language": labels}


class Late(Filter):
    """Two numbers."""

    name: Literal["late"] = "late"
    low: Range = Range()
    high: Range = Range()

    def measure(self, documents: Documents) -> Signals:
        return {name: numbers(self.name, name, documents) for name in ("low", "high")}


class Later(Filter):
    """Two numbers."""

    name: Literal["later"] = "later"
    low: Range = Range()
    high: Range = Range()

    def measure(self, documents: Documents) -> Signals:
        return {name: numbers(self.name, name, documents) for name in ("low", "high")}


class Always(Filter):
    """A number, in every language that does not name another bound of it."""

    name: Literal["always"] = "always"
    every_language: ClassVar[bool] = True
    low: Range = Range()

    def measure(self, documents: Documents) -> Signals:
        return {"low": numbers(self.name, "low", documents)}


class Divided(Step):
    """What stands behind it does not measure what was rejected before; it rejects some documents itself."""

    name: Literal["divided"] = "divided"

    def run(self, batch: pa.RecordBatch) -> Judgement:
        reasons = [["divided.bad"] if text.get("divided") else [] for text in texts(batch)]
        rejected = pa.array([broken[0] if broken else None for broken in reasons], pa.string())
        return Judgement(with_columns(batch, {"rejected_by": rejected}), {}, pa.array(reasons, REASONS))

    def measures(self) -> Mapping[str, pa.DataType]:
        return {}


def texts(batch: pa.RecordBatch) -> list[dict[str, object]]:
    return [json.loads(text) for text in batch.column("text").to_pylist()]


def words(key: str, documents: Documents) -> list[object]:
    return [text.get(key) for text in texts(documents.batch)]


def numbers(name: str, signal: str, documents: Documents) -> np.ndarray:
    if name in words("crash", documents):
        raise ValueError("asked for")
    return np.array([np.nan if value is None else value for value in words(f"{name}.{signal}", documents)], np.float64)
