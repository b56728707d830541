"""How each URL ended, in one word and a reason: the rows of `pages.jsonl.gz`.

fetched       a page with a payload, kept
unchanged     304, or the payload of an earlier crawl again
redirect      to another URL, which is a link like any other
missing       404 or 410: gone, if it was known
refused       any other 4xx: not for us
left          answered, but not wanted (reason: type, language, bomb, status)
error         5xx or 429, after every retry
failed        no whole answer, after every retry (reason: timeout, dns, address, tls, connection, …); a
              robots.txt that leads to what is no web address (location)
denied        never asked for (reason: robots, trap, address, location)

A row has these, without those that are null:

url kind seed depth                 the link
outcome reason
status bytes                        of the last answer: its code, and what was received, headers included
language                            of a page: the primary tag
date type digest etag modified      of an answer with a record
record file offset length           where that is
original                            [id, date, digest] of the record that has the payload
signals                             of a page: what it reserves
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pipeline.crawl.links import Kind, Known
from pipeline.crawl.rows import Row, read_rows
from pipeline.crawl.warc import Original

Outcome: TypeAlias = Literal[
    "fetched", "unchanged", "redirect", "missing", "refused", "left", "error", "failed", "denied"
]
KEPT: frozenset[Outcome] = frozenset({"fetched", "unchanged"})  # a page of the crawl
UNANSWERED: frozenset[Outcome] = frozenset({"error", "failed"})  # this time: it says nothing of the page


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an answer's records say of it, and where they are."""

    date: str
    type: str
    digest: str | None  # of the payload as decoded, hex; null where that was not read
    etag: str | None
    modified: str | None
    record: str
    file: str
    offset: int
    length: int
    original: Original

    @property
    def revisit(self) -> bool:
        """Whether the payload is in the record of an earlier crawl."""
        return self.original.id != self.record

    @classmethod
    def from_json(cls, row: Row) -> "Recorded | None":
        """Return what a row says of records, or None where it says nothing."""
        if "record" not in row:
            return None
        return cls(
            date=row["date"],
            type=row["type"],
            digest=row.get("digest"),
            etag=row.get("etag"),
            modified=row.get("modified"),
            record=row["record"],
            file=row["file"],
            offset=row["offset"],
            length=row["length"],
            original=Original(*row["original"]),
        )

    def to_json(self) -> Row:
        """Return the columns of a row."""
        return {
            "date": self.date,
            "type": self.type,
            "digest": self.digest,
            "etag": self.etag,
            "modified": self.modified,
            "record": self.record,
            "file": self.file,
            "offset": self.offset,
            "length": self.length,
            "original": self.original,
        }


@dataclass(frozen=True, slots=True)
class UrlResult:
    """The last word on a URL."""

    url: str
    kind: Kind
    seed: int
    depth: int
    outcome: Outcome
    reason: str | None = None
    status: int | None = None
    bytes: int | None = None
    language: str | None = None
    recorded: Recorded | None = None
    signals: tuple[str, ...] | None = None

    @classmethod
    def from_json(cls, row: Row) -> "UrlResult":
        """Return what `to_json` gave."""
        signals = row.get("signals")
        return cls(
            url=row["url"],
            kind=row["kind"],
            seed=row["seed"],
            depth=row["depth"],
            outcome=row["outcome"],
            reason=row.get("reason"),
            status=row.get("status"),
            bytes=row.get("bytes"),
            language=row.get("language"),
            recorded=Recorded.from_json(row),
            signals=None if signals is None else tuple(signals),
        )

    def to_json(self) -> Row:
        """Return a row of `pages.jsonl.gz`."""
        row = {
            "url": self.url,
            "kind": self.kind,
            "seed": self.seed,
            "depth": self.depth,
            "outcome": self.outcome,
            "reason": self.reason,
            "status": self.status,
            "bytes": self.bytes,
            "language": self.language,
            **(self.recorded.to_json() if self.recorded else {}),
            "signals": self.signals,
        }
        return {name: value for name, value in row.items() if value is not None}

    @property
    def has_page(self) -> bool:
        """Whether the crawl has a page from here."""
        return self.kind == "page" and self.outcome in KEPT

    @property
    def digest(self) -> str | None:
        """The digest of the payload, where there is a record of one."""
        return self.recorded.digest if self.recorded else None

    def known(self) -> Known:
        """Return what a later crawl has to know of the URL."""
        had = self.recorded
        if had is None:
            return Known(language=self.language, signals=self.signals)
        return Known(had.digest, had.etag, had.modified, had.original, had.type, self.language, self.signals)


def read_results(path: Path) -> Iterator[UrlResult]:
    """Yield the rows of a `pages.jsonl.gz`."""
    return map(UrlResult.from_json, read_rows(path))


def urls_of(path: Path) -> Iterator[str]:
    """Yield the URLs of a `pages.jsonl.gz`, without the rest of its rows."""
    return (row["url"] for row in read_rows(path))
