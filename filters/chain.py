"""A chain of filters over a batch of documents: every signal measured, the first broken bound named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from filters.base import Filter, Signal
from filters.documents import Documents


@dataclass(frozen=True)
class Judgement:
    """What a chain found: the documents with `rejected_by` filled in, and every signal that was measured.

    `signals` maps `filter.signal` to one value per document; `broken` names, per document, every bound that rejects it.
    """

    documents: pa.RecordBatch
    signals: Mapping[str, pa.Array]
    broken: pa.Array


def judge(filters: Sequence[Filter], batch: pa.RecordBatch) -> Judgement:
    """Apply the filters in order to documents that are all still kept.

    Every filter measures every document, so that a bound can be refitted from the signals without a recompute; the
    text is segmented once for all of them. A document is rejected by the first bound it breaks, and flagged by each of
    those whose action is to flag.
    """
    documents = Documents(batch)
    reasons: list[list[str]] = [[] for _ in range(batch.num_rows)]
    flags: list[list[str]] = [flagged or [] for flagged in batch.column("flagged_by").to_pylist()]
    measured: dict[str, pa.Array] = {}
    for filter in filters:
        signals, columns = filter.annotate(documents)
        _check(filter, signals, batch.num_rows)
        bounds = filter.bounds()
        for name, broken in filter.broken(documents, signals).items():
            for row in np.flatnonzero(broken):
                found = flags if bounds[name].action == "flag" else reasons
                found[row].append(f"{filter.name}.{name}")
        measured |= {f"{filter.name}.{name}": _column(values) for name, values in signals.items()}
        documents = documents.with_columns(columns) if columns else documents
    decided = {
        "flagged_by": pa.array([flagged or None for flagged in flags], pa.list_(pa.string())),
        "rejected_by": pa.array([broken[0] if broken else None for broken in reasons], pa.string()),
    }
    documents = documents.with_columns(decided)
    return Judgement(documents.batch, measured, pa.array(reasons, pa.list_(pa.string())))


def _check(filter: Filter, signals: Mapping[str, Signal], size: int) -> None:
    missing = set(filter.signals()) - set(signals)
    if missing:
        raise ValueError(f"{filter.name} did not measure {sorted(missing)}")
    for name, values in signals.items():
        if len(values) != size:
            raise ValueError(f"{filter.name}.{name}: {len(values)} values for {size} documents")


def _column(values: Signal) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    return pa.array(np.asarray(values, dtype=np.float32), from_pandas=False)
