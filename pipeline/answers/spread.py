"""Where the values of a signal lie in a run, in all languages or in one, and the documents near a value."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.sample import Place
from pipeline.answers.signal_rows import Names, every_signal_rows, signal_columns, signal_rows
from pipeline.stages.base import FinishedStage
from shards.arrays import Array, Mask, Places
from shards.receipts import UNKNOWN_LANGUAGE


@dataclass(frozen=True)
class Spread:
    """The values of a signal, one for each document that was measured."""

    key: str
    values: Array  # float32, NaN where it is undefined; none of a signal that is a word
    words: Counter[str]  # how often each of a signal that is a word
    tasks: Places  # of which task each document is
    rows: Places  # and its row in `signals/`

    def near(self, value: float, most: int) -> tuple[Places, Places]:
        """Return the places of the documents whose values are nearest to a value: below it, and from it on."""
        below, above = np.flatnonzero(self.values < value), np.flatnonzero(self.values >= value)
        return below[_least(value - self.values[below], most)], above[_least(self.values[above] - value, most)]

    def within(self, low: float, high: float) -> Places:
        """Return the places of the documents whose values lie between two, both included, the least first."""
        here = np.flatnonzero((self.values >= low) & (self.values <= high))
        return here[np.argsort(self.values[here], kind="stable")]


def _least(distances: Array, most: int) -> Places:
    """Return the places of the least, in order; of those alike the first."""
    places = np.arange(len(distances))
    if len(distances) > most:
        edge = np.partition(distances, most - 1)[most - 1]
        nearer, alike = np.flatnonzero(distances < edge), np.flatnonzero(distances == edge)
        places = np.concatenate([nearer, alike[: most - len(nearer)]])
    return places[np.argsort(distances[places], kind="stable")]


def spread(run: FinishedRun, key: str, language: str | None = None) -> Spread:
    """Return the values of a signal in documents of a language; None: of all."""
    documents = run.stage("documents")
    parts: list[tuple[Array, Places, Places]] = []
    words: Counter[str] = Counter()
    for index, (column, asked) in enumerate(_columns(documents, key, language)):
        chosen = np.flatnonzero(asked & np.asarray(pc.is_valid(column), np.bool_))
        values = column.take(pa.array(chosen))
        if pa.types.is_string(column.type):
            for one in pc.value_counts(values).to_pylist():
                words[one["values"]] += one["counts"]
        else:
            parts.append(
                (values.to_numpy().astype(np.float32), np.full(len(chosen), index, np.int32), chosen.astype(np.int32))
            )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.zeros(0)] * 3
    return Spread(key, columns[0], words, *columns[1:])


def _columns(documents: FinishedStage, key: str, language: str | None) -> Iterator[tuple[pa.ChunkedArray, Mask]]:
    """Yield the values of a signal in each task, and which of its documents are in a language; None: all."""
    if language is None:
        for task in documents.tasks:
            column = signal_columns(documents, task.key, [key])[key]
            yield column, np.ones(len(column), np.bool_)
        return
    languages = Names()
    spoken = languages.number(None if language == UNKNOWN_LANGUAGE else language)
    for rows in every_signal_rows(documents, [key], Names(), languages):
        yield rows.signals[key], rows.languages == spoken


def places(run: FinishedRun, measured: Spread, chosen: Places) -> list[Place]:
    """Return where documents of a spread lie."""
    documents = run.stage("documents")
    by_task: dict[int, list[Place]] = {}
    for task in np.unique(measured.tasks[chosen]).tolist():
        rows = signal_rows(documents, task, [], Names(), Names())
        by_task[task] = [
            Place(0, rows.ids[row].as_py(), int(rows.shard[row]), int(rows.row[row]))
            for row in measured.rows[chosen[measured.tasks[chosen] == task]].tolist()
        ]
    return [by_task[task].pop(0) for task in measured.tasks[chosen].tolist()]
