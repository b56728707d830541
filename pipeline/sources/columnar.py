"""Tables of columns: read in a child process, which dies of a file in its worker's place.

The child decompresses and decodes; what it has read comes back as Arrow's own bytes, about four million of them at a
time, and is checked again before a value of it is looked at. A file, or a group of its rows, that takes too long or too
much memory, or that the library cannot bear, is damaged, and what stands behind it is read on.
"""

import io
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from pipeline import errors
from pipeline.errors import PipelineError, ShardError
from pipeline.sandbox import Died, Sandbox, framed, unframed
from pipeline.sources.base import failure, opened
from pipeline.sources.fields import Table
from shards import files

ROWS = 256  # in a batch
ANSWER = 4 << 20  # bytes of batches in an answer, about: what it costs to ask is then nothing

_FILE_MAGIC = b"ARROW1"


class Damaged(Exception):  # noqa: N818 - what is so
    """Some rows of a file cannot be read; the message says why, and does not name the file."""


class Shape(NamedTuple):
    """The columns of a file, and how many rows each of its groups has; of an Arrow file no groups are told."""

    names: list[str]
    groups: list[int]


class Columnar(Table):
    """A source of tables that a child process reads."""

    # CPU seconds that a few megabytes of a file may take; a group of rows that takes more is damaged
    cpu_seconds: int = Field(60, ge=1)
    # bytes of memory of the process that reads the files; a group of rows that needs more is damaged
    memory_bytes: int = 8 << 30

    def shape(self, uri: str) -> Shape:
        """Return the shape of a file; a `ShardError` if it is no such table."""
        try:
            reply, _ = self._asked(uri, ask="shape")
        except Damaged as error:
            raise ShardError(f"{uri}: not a table of {self.kind}: {error}") from error
        return Shape(reply["names"], reply["groups"])

    def columns(self, file: str) -> list[str]:
        """Return the names of the columns."""
        return self.shape(file).names

    def batches(self, uri: str, columns: Sequence[str], group: int = 0) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a group, or of an Arrow file, up to where they can be read.

        Raises
        ------
        Damaged
            where they cannot be read on.
        """
        first = True
        while True:
            reply, content = self._asked(uri, ask="batches", columns=list(columns), group=group, first=first)
            try:
                yield from pa.ipc.open_stream(content) if content else ()
            except (pa.ArrowException, OSError) as error:  # a damaged batch can be written, and then not read
                raise Damaged(str(error)) from error
            if reply.get("damage") is not None:
                raise Damaged(reply["damage"])
            if reply["end"]:
                return
            first = False

    def _asked(self, uri: str, **question: Any) -> tuple[Any, bytes]:
        place = uri if files.scheme(uri) else os.path.abspath(uri)  # where the child works is another matter
        asked = framed({"kind": self.kind, "uri": place, **question})
        try:
            answer = _child(self.memory_bytes).ask(asked, self.cpu_seconds)
        except Died as death:
            raise Damaged(f"its reader died: {death.reason}") from death
        reply: Any
        reply, content = unframed(answer)
        if reply.get("error") is not None:
            raise getattr(errors, reply["error"])(reply["said"].replace(place, uri))
        if reply.get("damage") is not None and not content:
            raise Damaged(reply["damage"])
        return reply, content


@lru_cache(maxsize=1)
def _child(memory_bytes: int) -> Sandbox:
    return Sandbox("pipeline.sources.columnar:answer", 60, memory_bytes)


def answer(message: bytes) -> bytes:
    """Return, in the child, what a question about a file comes to; the first question is empty."""
    if not message:
        return b""
    asked: Any = unframed(message)[0]
    try:
        if asked["ask"] == "shape":  # the first question about a file, which may be another one than when it was read
            _reader.cache_clear()
            with damage_named(asked["uri"]):
                return framed(_reader(asked["kind"], asked["uri"]).shape()._asdict())
        return _reader(asked["kind"], asked["uri"]).answer(asked["columns"], asked["group"], first=asked["first"])
    except PipelineError as error:
        return framed({"error": type(error).__name__, "said": str(error)})
    except Damaged as error:
        return framed({"damage": str(error)})


@contextmanager
def damage_named(uri: str) -> Iterator[None]:
    """Raise `Damaged` for what a library raises of a file, and what `opened` raises where a store does not answer."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:  # the last for the name of a column
        remote = files.scheme(uri) not in (None, "file") and isinstance(error, OSError)
        if remote or getattr(error, "errno", None) is not None:
            raise failure(uri, error) from error
        raise Damaged(str(error)) from error


@lru_cache(maxsize=1)
def _reader(kind: str, uri: str) -> "_Reader":
    with damage_named(uri):
        return _READERS[kind](uri)


class _Reader(ABC):
    """A file that is open in the child, and the batches of it that are still to come."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._held_open = opened(uri)
        self.file = self._held_open.__enter__()  # until another file is asked for
        self._batches: Iterator[pa.RecordBatch] = iter(())

    @abstractmethod
    def shape(self) -> Shape: ...

    @abstractmethod
    def rows(self, columns: list[str], group: int) -> Iterator[pa.RecordBatch]: ...

    def answer(self, columns: list[str], group: int, *, first: bool) -> bytes:
        """Return the next batches, with whether they are the last, and why, if that is damage."""
        held: list[pa.RecordBatch] = []
        end, damage = False, None
        try:
            with damage_named(self._uri):
                self._batches = self.rows(columns, group) if first else self._batches
                while not end and sum(batch.nbytes for batch in held) < ANSWER:
                    batch = next(self._batches, None)
                    end = batch is None
                    held += [] if batch is None else [batch]
        except Damaged as error:
            damage = str(error)
        sink = io.BytesIO()
        if held:
            with pa.ipc.new_stream(sink, held[0].schema) as stream:
                for batch in held:
                    stream.write_batch(batch)
        return framed({"end": end, "damage": damage}, sink.getvalue())


class _Parquet(_Reader):
    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self._table = pq.ParquetFile(self.file)

    def shape(self) -> Shape:
        metadata = self._table.metadata
        groups = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        return Shape(list(self._table.schema_arrow.names), groups)

    def rows(self, columns: list[str], group: int) -> Iterator[pa.RecordBatch]:
        batches: Iterator[pa.RecordBatch] = self._table.iter_batches(ROWS, [group], columns, use_threads=False)
        return batches


class _Arrow(_Reader):
    def shape(self) -> Shape:
        return Shape(list(self._opened().schema.names), [])

    def rows(self, columns: list[str], group: int) -> Iterator[pa.RecordBatch]:
        for batch in self._all():
            chosen = batch.select(columns)
            yield from (chosen.slice(start, ROWS) for start in range(0, chosen.num_rows, ROWS))

    def _all(self) -> Iterator[pa.RecordBatch]:
        table = self._opened()
        if isinstance(table, pa.RecordBatchStreamReader):
            yield from table
        else:
            yield from map(table.get_batch, range(table.num_record_batches))

    def _opened(self) -> pa.RecordBatchStreamReader | pa.RecordBatchFileReader:
        if self.file.read_at(len(_FILE_MAGIC), 0) == _FILE_MAGIC:
            return pa.ipc.open_file(self.file)
        self.file.seek(0)
        return pa.ipc.open_stream(self.file)


_READERS: dict[str, type[_Reader]] = {"parquet": _Parquet, "arrow": _Arrow}
