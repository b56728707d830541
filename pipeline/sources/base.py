"""What a source is: it turns files into rows of `PAGE`, one per record, in tasks that are the same in every run.

A row is a document with its text, a page with its payload, or a record that cannot be read, with the reason in
`rejected_by`. A record that is no document (a WARC request, say) gives no row and is counted by type instead.
"""

import contextlib
import gzip
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, TypeAlias

import pyarrow as pa
from pydantic import BaseModel, Field

from pipeline.authorisation import Authorisation
from pipeline.errors import ConfigError, PipelineError, ShardError, SourceError
from pipeline.media_types import compression
from pipeline.retries import retried
from pipeline.sources.names import File, Names, divided, whereabouts
from shards import files, globs, web
from shards.schema import PAGE, Subject, batch_of, document_id

logger = logging.getLogger(__name__)

Row: TypeAlias = dict[str, Any]
Skipped: TypeAlias = Counter[str]  # records that are no documents, by type

_GONE, _AGAIN = (404, 410), (408, 425, 429)  # statuses: there is no such file; ask again
_FIRST_REFUSAL, _FIRST_FAILURE = 400, 500  # for good; of the server, which may pass
LIST_SUFFIXES = (".paths", ".paths.gz")


class Split(BaseModel, frozen=True, extra="forbid"):
    """A piece of one file: what one task reads. The records that begin in it are read to their end.

    `file` is where it is opened, `name` what it is called within its source. `start` and `end` count bytes, or row
    groups where the format has them; None is the beginning or end of the file.
    """

    file: str
    name: str
    start: int | None = None
    end: int | None = None


class Source(BaseModel, frozen=True, extra="forbid"):
    """A collection: where its files are, what is declared of them, and how their records are read.

    A subclass has a `kind` (a Literal, the YAML key) and `read`. It overrides `pieces` if its files can be divided.
    """

    kind: str
    # the name of the collection: part of the id of every document, and in the column `source`
    name: str = Field(min_length=1)
    # files, folders and globs: local, s3://, gs:// or https://; NAME.paths.gz lists files, a line each
    paths: tuple[str, ...] = Field(min_length=1)
    prefix: str = ""  # prepended to each line of a list of files: https://data.commoncrawl.org/, s3://commoncrawl/
    contributor: str | None = None  # the organisation or person that supplied the collection
    # the licence of every document that states none of its own: an SPDX expression or a LicenseRef
    license: str | None = None
    license_url: str | None = Field(
        None, pattern=r"^https?://\S+$"
    )  # the address of the licence text, for a licence without an SPDX id
    # the use that is permitted (operator, purpose, region, time), for authorised public data and contracts
    authorisation: Authorisation | None = None
    legal_basis: str | None = None  # the basis of the licence, such as a contract number; part of the evidence
    domain: Subject | None = "general"  # the subject of the documents, unless a field of a record says it
    # the language of the documents, ISO 639-3 and ISO 15924: zho_Hans; the step `language` decides it anew
    language: str | None = None

    suffixes: ClassVar[tuple[str, ...]] = ()  # of the files a folder or glob means; none means all
    signature: ClassVar[bytes] = b""  # in the first kilobytes of a file, decompressed: a regular expression
    libraries: ClassVar[tuple[str, ...]] = ()  # the packages whose version decides what a record becomes

    @property
    def gives_pages(self) -> bool:
        """Whether it gives pages, out of which the step `extract` takes the text."""
        return False

    def measures(self) -> tuple[str, ...]:
        """Return the signals that rows have in `measured`, as `signals/` names them: `kind.name`."""
        return ()

    def splits(self) -> list[Split]:
        """Return the tasks: every byte of every file in exactly one, in an order that depends on names alone.

        Raises
        ------
        ConfigError
            when a pattern names no file.
        """
        by_name = {file.name: splits for file, splits in self.listed(Names())}
        return [split for name in sorted(by_name) for split in by_name[name]]

    def listed(self, names: Names) -> Iterator[tuple[File, list[Split]]]:
        """Yield every file of the source with its tasks, in the order in which the paths come to them."""
        seen: set[str] = set()
        for pattern in self.paths:
            for file, size in self._files(pattern, names):
                if whereabouts(file.uri) not in seen:
                    seen.add(whereabouts(file.uri))
                    # unmeasured: asking 90,000 objects for their size takes hours
                    yield file, [part(file)] if size is None else self.pieces(file, size)

    def pieces(self, file: File, size: int) -> list[Split]:
        """Return the tasks of one file of so many bytes, in order."""
        return [part(file)]

    def columns(self, file: str) -> list[str] | None:
        """Return the names of what the records of a file hold; None where names are of no use to `fields`.

        Raises
        ------
        ShardError
            when the file cannot be read.
        """
        return None

    def begins(self) -> bytes:
        """Return what the first kilobytes of a file of this kind hold, as a regular expression; empty: anything."""
        return self.signature

    def located(self, name: str) -> str:
        """Return where the file that provenance names is opened.

        Raises
        ------
        ShardError
            when the source has no such file.
        """
        for split in self.splits():
            if split.name == name:
                return split.file
        raise ShardError(f"{self.name}: no file is named {name}")

    def read(self, split: Split, skipped: Skipped | None = None) -> Iterator[Row]:
        """Yield a row for every document that begins in the split, and count in `skipped` what is none.

        Raises
        ------
        ShardError
            when the file cannot be read at all.
        SourceError
            when the network fails.
        """
        raise TypeError(f"{type(self).__name__} reads nothing: override `read`")

    def place(
        self, name: str, digest: str, *, offset: int | None = None, row: int | None = None, length: int | None = None
    ) -> Row:
        """Return the `PROVENANCE` of a record in the file that is called so within the source."""
        return {
            "source": self.name,
            "file": name,
            "offset": offset,
            "row": row,
            "length": length,
            "digest": digest,
        }

    def row(self, source_id: str, provenance: Mapping[str, Any], text: str = "", **columns: Any) -> Row:
        """Return a row with what is declared of the collection filled in; a column given here goes before it."""
        row: Row = {
            "id": document_id(self.name, source_id),
            "text": text,
            "source": self.name,
            "source_id": source_id,
            "contributor": self.contributor,
            "domain": self.domain,
            "language": self.language,
            "provenance": provenance,
        }
        if self.license is not None or self.license_url is not None:
            row["license"] = self.license
            row["license_url"] = self.license_url
            row["evidence"] = [self.declared()]
        row |= columns
        row["domains"] = [row["domain"]] if row["domain"] is not None else None
        return row

    def rejected(self, reason: str, source_id: str, provenance: Mapping[str, Any], **columns: Any) -> Row:
        """Return the row of a record that gives no document: `<kind>.<reason>` says why."""
        return self.row(source_id, provenance, rejected_by=f"{self.kind}.{reason}", **columns)

    def guarded(self, made: Callable[[], Row], source_id: str, provenance: Mapping[str, Any]) -> Row:
        """Return the row that is made of a record; one on which something raises is rejected as `crashed`."""
        try:
            return made()
        except PipelineError:
            raise
        except Exception:
            logger.warning("%s.crashed: %s", self.kind, provenance, exc_info=True)
            return self.rejected("crashed", source_id, provenance)

    def declared(self) -> dict[str, str | None]:
        """Return the evidence for the licence that the config declares."""
        return evidence(self.license or self.license_url or "", self.legal_basis or "config")

    def _files(self, pattern: str, names: Names) -> Iterator[tuple[File, int | None]]:
        if pattern.endswith(LIST_SUFFIXES):
            if self.prefix:
                names.enter(divided(self.prefix, self.prefix)[0])
            for uri in read_list(pattern, self.prefix):
                yield File(uri, names.name(*divided(uri, self.prefix))), None
            return
        for info in retried(lambda: self._expanded(pattern), self.name):
            names.enter(info.folder)
            if info.uri == pattern or info.uri.lower().endswith(self.suffixes or ("",)):
                yield File(info.uri, names.name(info.folder, info.path)), info.size

    def _expanded(self, pattern: str) -> list[files.FileInfo]:
        try:
            return globs.expand([pattern])
        except FileNotFoundError as error:
            meant = missing(pattern) if files.scheme(pattern) in web.WEB else None
            if isinstance(meant, SourceError):
                raise meant from error
            raise ConfigError(f"{self.name}: paths: {error}") from error
        except reading_errors() as error:
            raise SourceError(f"{self.name}: paths: {error}") from error


def evidence(value: str, where: str, *, kind: str = "source", digest: str | None = None) -> dict[str, str | None]:
    """Return a licence signal that speaks of the document: its value and the place where it stands."""
    return {"kind": kind, "value": value, "where": where, "subject": "document", "digest": digest}


def batches(rows: Iterable[Row], max_rows: int = 1024, max_bytes: int = 8 << 20) -> Iterator[pa.RecordBatch]:
    """Yield the rows as batches of `PAGE` that are small in rows and in bytes; a row is never divided.

    Every step has a cost for each batch, and for each language in it. Pages fill a batch by their bytes, texts by rows.
    """
    held: list[Row] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row["text"]) + len(row.get("payload") or b"")
        if len(held) >= max_rows or size >= max_bytes:
            yield _batch(held)
            held, size = [], 0
    if held:
        yield _batch(held)


def _batch(rows: list[Row]) -> pa.RecordBatch:
    """Return rows as a batch; of one with a value that no column can hold, only what names it, rejected."""
    try:
        return batch_of(rows, PAGE)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        if len(rows) > 1:
            (table,) = pa.Table.from_batches([_batch([row]) for row in rows]).combine_chunks().to_batches()
            return table
    named = {name: rows[0].get(name) for name in ("id", "source", "source_id", "provenance")}
    return batch_of([{**named, "text": "", "rejected_by": "source.crashed"}], PAGE)


def part(file: File, start: int | None = None, end: int | None = None) -> Split:
    """Return a file, or a part of it, as what one task reads."""
    return Split(file=file.uri, name=file.name, start=start, end=end)


def byte_ranges(file: File, size: int, bytes_per_task: int) -> list[Split]:
    """Return the file in equal ranges of at most so many bytes, or whole if it is no larger."""
    count = -(-size // bytes_per_task)
    if count <= 1:
        return [part(file)]
    bounds = [size * index // count for index in range(count + 1)]
    return [part(file, bounds[index], bounds[index + 1]) for index in range(count)]


def read_list(uri: str, prefix: str) -> list[str]:
    """Return the files that a list names, one a line; a name without a scheme stands below the prefix."""
    content = retried(lambda: _content(uri), uri)
    content = gzip.decompress(content) if compression(content) == "gzip" else content
    lines = (line.strip() for line in content.decode().splitlines())
    return [line if files.scheme(line) else prefix + line for line in lines if line and not line.startswith("#")]


def _content(uri: str) -> bytes:
    with opened(uri) as source:
        return bytes(source.read())


def reading_errors() -> tuple[type[Exception], ...]:
    """Return what reading a file may raise. Evaluated in an `except`, that is when something was raised."""
    from aiohttp import ClientError  # a tenth of a second, which planning and local files do without

    return (OSError, EOFError, ClientError)


@contextlib.contextmanager
def opened(uri: str) -> Iterator[pa.NativeFile]:
    """Open a file; what goes wrong with it within the block is a `ShardError`, or a `SourceError` if it is remote."""
    try:
        with files.open_input(uri) as source:
            yield source
    except FileNotFoundError as error:
        raise missing(uri) from error
    except reading_errors() as error:
        raise failure(uri, error) from error


def missing(uri: str) -> ShardError | SourceError:
    """Return what it means that a file is not found: it was listed, or there when the run was planned.

    On the web only 404 and 410 say that there is none; fsspec takes every other failure for the same. A local file that
    is gone may be back: a mount that is away for a moment looks like this.
    """
    if files.scheme(uri) not in web.WEB:
        local = files.scheme(uri) in (None, "file")
        return SourceError(f"{uri}: no such file") if local else ShardError(f"{uri}: no such file")
    try:
        status, seconds = web.status(uri)
    except reading_errors() as error:
        return SourceError(f"{uri}: {_said(error)}")
    if status in _GONE:
        return ShardError(f"{uri}: no such file")
    if _FIRST_REFUSAL <= status < _FIRST_FAILURE and status not in _AGAIN:
        return ShardError(f"{uri}: the server answered {status}")
    said = f"the server answered {status}" if status >= _FIRST_REFUSAL else "the server did not answer at first"
    return SourceError(f"{uri}: {said}", seconds)


def _said(error: Exception) -> str:
    """Return what an error of the network says; of redirects without an end aiohttp says no word."""
    from aiohttp import TooManyRedirects

    return "the server redirects without an end" if isinstance(error, TooManyRedirects) else str(error)


def failure(uri: str, error: Exception) -> ShardError | SourceError:
    """Return what an error means: of the system (`errno`) or the network, it may pass; else the file is damaged."""
    if files.scheme(uri) in web.WEB and getattr(error, "status", None) is not None:
        return missing(uri)
    damaged = files.scheme(uri) in (None, "file") and getattr(error, "errno", None) is None
    return ShardError(f"{uri}: {error}") if damaged else SourceError(f"{uri}: {error}")


def as_date(value: Any) -> date | None:
    """Return a date, read from a date or the beginning of an ISO 8601 string; a missing month or day is the first."""
    if not value:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    parts = str(value or "").strip()[:10].replace("/", "-").split("-")
    with contextlib.suppress(ValueError):
        return date(*(int(part) for part in [*parts, "1", "1"][:3]))
    return None
