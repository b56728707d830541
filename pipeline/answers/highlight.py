"""Where in a text a signal comes from: the pieces that its filter marks, which add up to what was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from filters.base import Filter
from filters.documents import Documents
from pipeline.answers.measurement import Measurement


@dataclass(frozen=True)
class Highlight:
    """A signal and the pieces of the text, as its filter saw it, that account for its value."""

    measurement: Measurement
    text: str
    spans: tuple[tuple[int, int], ...]
    adds_up: bool  # if not, the text is not the one that was measured


def highlights(filter: Filter, batch: pa.RecordBatch, measured: Sequence[Measurement]) -> Iterator[Highlight]:
    """Yield where the signals of a filter come from, of a batch of one document, for those that have a place."""
    pieces = filter.evidence(Documents(batch))
    for measurement in measured:
        evidence = pieces.get(measurement.name.partition(".")[2])
        if evidence is not None and isinstance(measurement.value, float):
            adds_up = bool(np.isclose(evidence.value, measurement.value, rtol=1e-4, equal_nan=True))  # float32
            spans = zip(evidence.starts.tolist(), evidence.ends.tolist(), strict=True)
            yield Highlight(measurement, batch.column("text")[0].as_py(), tuple(spans), adds_up)
