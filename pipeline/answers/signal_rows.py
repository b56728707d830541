"""What a run measured, with the language of each document and where it lies: `signals/` beside the documents' shards.

A row for each document that came to a step which measures, in the order of `signals/`.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.licences.sites import host_of
from pipeline.errors import QuestionError
from pipeline.stages.base import FinishedStage
from shards import files
from shards.arrays import Array, Mask, Places

ROLES = ("kept", "rejected")  # shards of documents of a task, in the order of `pipeline.answers.documents`
AHEAD = 3  # tasks whose shards are unpacked by other threads while the one before them is looked at


class Names:
    """Numbers for words that columns are full of, the same in all shards; 0 stands for null."""

    def __init__(self) -> None:
        self.words: list[str | None] = [None]
        self._numbers: dict[str | None, int] = {None: 0}

    def __len__(self) -> int:
        return len(self.words)

    def number(self, word: str | None) -> int:
        """Return the number of a word."""
        if word not in self._numbers:
            self._numbers[word] = len(self.words)
            self.words.append(word)
        return self._numbers[word]

    def of(self, column: pa.ChunkedArray) -> Array:
        """Return the number of each value."""
        encoded = column.combine_chunks().dictionary_encode()
        numbers: Array = np.array([*map(self.number, encoded.dictionary.to_pylist()), 0], np.int32)
        places = pc.fill_null(encoded.indices, len(numbers) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(numbers[places], np.int32)


class Origins:
    """Numbers for the pairs of a source and a host, each with a URL that stands for all of them."""

    def __init__(self) -> None:
        self.words: list[tuple[str | None, str | None]] = []
        self._numbers: dict[tuple[str | None, str | None], int] = {}

    def of(self, sources: Sequence[str | None], urls: Sequence[str | None]) -> Array:
        """Return the number of each document's origin."""
        return np.array([self._number(*pair) for pair in zip(sources, urls, strict=True)], np.int32)

    def _number(self, source: str | None, url: str | None) -> int:
        pair = source, host_of(url)
        if pair not in self._numbers:
            self._numbers[pair] = len(self.words)
            self.words.append((source, url))
        return self._numbers[pair]


@dataclass(frozen=True)
class SignalRows:
    """Documents that were measured."""

    ids: pa.Array
    reasons: Array  # numbers of `rejected_by`: 0 of what the stage kept
    languages: Array  # numbers
    shard: Places  # where each lies, as `pipeline.answers.documents` numbers shards
    row: Places
    flagged: Mask
    flagged_by: pa.Array  # lists of reasons
    origins: Array  # numbers, if they were asked for
    signals: pa.Table  # the columns that were asked for

    def __len__(self) -> int:
        return len(self.reasons)

    def only(self, rows: Mask) -> "SignalRows":
        """Return those for which `rows` is true."""
        return self.take(np.flatnonzero(rows))

    def take(self, rows: Places) -> "SignalRows":
        """Return those at the places."""
        chosen = pa.array(rows)
        columns = (getattr(self, field.name) for field in fields(self))
        return SignalRows(*(each[rows] if isinstance(each, np.ndarray) else each.take(chosen) for each in columns))

    @staticmethod
    def joined(parts: Sequence["SignalRows"]) -> "SignalRows":
        """Return the rows of several, one after the other."""
        return SignalRows(*(_joined([getattr(part, field.name) for part in parts]) for field in fields(SignalRows)))

    def flagged_but_for(self, moved: Iterable[tuple[str, Mask]]) -> Mask:
        """Return which are flagged by another bound than these, each of which speaks of some of the documents."""
        rows = pc.list_parent_indices(self.flagged_by).to_numpy()
        if not len(rows):
            return np.zeros(len(self), np.bool_)
        reasons = pc.list_flatten(self.flagged_by)
        others = np.ones(len(rows), np.bool_)
        for key, scope in moved:
            others &= ~(np.asarray(pc.equal(reasons, key), np.bool_) & scope[rows])
        return np.bincount(rows[others], minlength=len(self)).astype(np.bool_)


def _joined(parts: Sequence[Array | pa.Array | pa.Table]) -> Array | pa.Array | pa.Table:
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return pa.concat_tables(parts).combine_chunks() if isinstance(parts[0], pa.Table) else pa.concat_arrays(parts)


def signal_columns(documents: FinishedStage, task: str, columns: Sequence[str]) -> pa.Table:
    """Return columns of what a task measured.

    Raises
    ------
    QuestionError
        when it has not measured one of them: a filter has gained a signal since.
    """
    uri = documents.uri(task, "signals")
    if missing := sorted(set(columns) - set(files.schema_of(uri).names)):
        raise QuestionError(
            f"{uri}: {missing[0]} was not measured; the same `yuliao run` with this version measures it"
        )
    return files.read_table(uri, columns)


@dataclass(frozen=True)
class _Tables:
    """What is read of a task: its signals, and of its documents what is asked about them."""

    signals: pa.Table
    kept: pa.Table
    rejected: pa.Table


def _read(documents: FinishedStage, index: int, columns: Sequence[str], origins: Origins | None) -> _Tables:
    key = documents.tasks[index].key
    wanted = ["id", "language", "flagged_by", *(["source", "url"] if origins else [])]
    return _Tables(
        signal_columns(documents, key, ["id", "rejected_by", *columns]),
        *(files.read_table(documents.uri(key, role), wanted) for role in ROLES),
    )


def signal_rows(
    documents: FinishedStage,
    index: int,
    columns: Sequence[str],
    reasons: Names,
    languages: Names,
    origins: Origins | None = None,
) -> SignalRows:
    """Return the documents of the task with an index that were measured, with columns of `signals/`."""
    return _rows(_read(documents, index, columns, origins), index, reasons, languages, origins)


def every_signal_rows(
    documents: FinishedStage,
    columns: Sequence[str],
    reasons: Names,
    languages: Names,
    origins: Origins | None = None,
) -> Iterator[SignalRows]:
    """Yield, task by task in their order, the documents that were measured, with columns of `signals/`."""
    with ThreadPoolExecutor(AHEAD) as pool:
        tables = deque(
            pool.submit(_read, documents, index, columns, origins) for index in range(min(AHEAD, len(documents.tasks)))
        )
        for index in range(len(documents.tasks)):
            read = tables.popleft().result()
            if index + AHEAD < len(documents.tasks):
                tables.append(pool.submit(_read, documents, index + AHEAD, columns, origins))
            yield _rows(read, index, reasons, languages, origins)


def _rows(tables: _Tables, index: int, reasons: Names, languages: Names, origins: Origins | None) -> SignalRows:
    signals, kept = tables.signals, tables.kept
    every = pa.concat_tables([kept, tables.rejected]).combine_chunks()
    ids = signals["id"].combine_chunks()
    place = pc.index_in(ids, every["id"].combine_chunks()).to_numpy(zero_copy_only=False).astype(np.int64)
    is_rejected = place >= kept.num_rows
    flagged_by = every["flagged_by"].combine_chunks().take(pa.array(place))
    flagged = np.asarray(pc.fill_null(pc.list_value_length(flagged_by), 0)) > 0
    return SignalRows(
        ids,
        reasons.of(signals["rejected_by"]),
        languages.of(every["language"])[place],
        2 * index + is_rejected,
        np.where(is_rejected, place - kept.num_rows, place),
        flagged,
        flagged_by,
        origins.of(*(every[name].to_pylist() for name in ("source", "url")))[place]
        if origins
        else np.zeros(len(ids), np.int32),
        signals.drop_columns(["id", "rejected_by"]),
    )
