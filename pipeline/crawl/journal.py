"""The journal of a task: one JSON line per attempt, written after the WARC records that it speaks of.

url kind seed depth hops attempt origin        the link
at outcome reason                              `retry` is an outcome here; of a link that was denied, there is no more
status seconds bytes retry busy failed retry_after … stored
                                               what the order of things depends on (pipeline.crawl.frontier)
date type digest etag modified record file offset length original, and signals of a page
                                               where an answer was recorded (pipeline.crawl.outcomes)
warc       {family: [number, size]}            and how far the WARC files reach then

The last attempt at a link says in between what it brought. Links, lists and terms are those that were news.

robots     found, or rules and terms           where it was redirected to; pipeline.crawl.robots, [reference, …]
evidence   found, or note                      pipeline.crawl.rights_files
list       lists and found                     [[reference, hops], …], [[url, kind, seed, depth, hops, origin], …]
page       found; where its text was read, language, lists and terms too

A restart reads it: what is recorded in it has happened, what is not has not.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from pipeline.crawl.frontier import Answered
from pipeline.crawl.links import Kind, Link
from pipeline.crawl.outcomes import Outcome, Recorded, UrlResult
from pipeline.crawl.rights_files import RightsFile
from pipeline.crawl.robots import Rules
from pipeline.crawl.rows import Row
from pipeline.crawl.warc import Position

Attempted: TypeAlias = Outcome | Literal["retry"]


class ListReference(NamedTuple):
    """A sitemap or a feed as a page, a robots.txt or another list names it. A pair in JSON."""

    reference: str
    hops: int = 0  # redirects that led here


class Leads(NamedTuple):
    """Where an answer leads; what was not looked for is null."""

    found: tuple[Link, ...] | None = None
    lists: tuple[ListReference, ...] | None = None
    terms: tuple[str, ...] | None = None  # references to RSL documents


NOWHERE = Leads()


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt ended, and what it brought."""

    outcome: Attempted
    reason: str | None = None
    recorded: Recorded | None = None
    signals: tuple[str, ...] | None = None  # of a page: what it reserves
    language: str | None = None  # of a page that was read; null too where that could not be told
    leads: Leads = NOWHERE
    rules: Rules | None = None
    note: RightsFile | None = None

    @classmethod
    def from_json(cls, row: Row) -> "Settled":
        """Return what a line says of it."""
        signals, found, lists, terms = (row.get(name) for name in ("signals", "found", "lists", "terms"))
        leads = Leads(
            found=None if found is None else tuple(_link(*each) for each in found),
            lists=None if lists is None else tuple(ListReference(*each) for each in lists),
            terms=None if terms is None else tuple(terms),
        )
        return cls(
            outcome=row["outcome"],
            reason=row["reason"],
            recorded=Recorded.from_json(row),
            signals=None if signals is None else tuple(signals),
            language=row.get("language"),
            leads=leads,
            rules=Rules.from_json(row["rules"]) if "rules" in row else None,
            note=RightsFile.from_json(row["note"]) if "note" in row else None,
        )

    def leading(self, leads: Leads) -> "Settled":
        """Return the same with other leads. Not by `replace`, which takes twice as long, once for every page."""
        return Settled(
            self.outcome, self.reason, self.recorded, self.signals, self.language, leads, self.rules, self.note
        )

    def brought(self, kind: Kind) -> Row:
        """Return the part of a line that depends on the kind of link."""
        found, lists, terms = self.leads
        links = found and [_found(link) for link in found]
        row: Row
        match kind:
            case "robots":
                row = {"found": links, "rules": self.rules and self.rules.to_json(), "terms": terms}
            case "evidence":
                row = {"found": links, "note": self.note and self.note.to_json()}
            case "list":
                row = {"lists": lists, "found": links}
            case "page" if lists is None:
                row = {"signals": self.signals, "found": links}
            case "page":
                row = {"language": self.language, "found": links, "lists": lists, "terms": terms}
                return row if self.signals is None else {"signals": self.signals, **row}
        return {name: value for name, value in row.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    link: Link  # as read from the file, without what is known of it
    at: float
    settled: Settled
    status: int | None = None
    answered: Answered | None = None  # null where the link was denied
    warc: Position | None = None

    @classmethod
    def from_json(cls, row: Row) -> "Entry":
        """Return what `to_json` gave."""
        warc = row.get("warc")
        return cls(
            link=Link.from_json(row),
            at=row["at"],
            settled=Settled.from_json(row),
            status=row.get("status"),
            answered=_answered(row) if "seconds" in row else None,
            warc=None if warc is None else {family: (number, size) for family, (number, size) in warc.items()},
        )

    def to_json(self) -> Row:
        """Return the line."""
        row = {
            "url": self.link.url,
            "kind": self.link.kind,
            "seed": self.link.seed,
            "depth": self.link.depth,
            "hops": self.link.hops,
            "attempt": self.link.attempt,
            "origin": self.link.origin,
            "at": self.at,
            "outcome": self.settled.outcome,
            "reason": self.settled.reason,
        }
        if self.answered is None:
            return row
        row |= {
            "status": self.status,
            "seconds": self.answered.seconds,
            "bytes": self.answered.bytes,
            "retry": self.answered.retry,
            "busy": self.answered.busy,
            "failed": self.answered.failed,
            "retry_after": self.answered.retry_after,
        }
        if self.settled.recorded is not None:
            row |= self.settled.recorded.to_json()
        row |= self.settled.brought(self.link.kind)
        if self.warc is not None:
            row["warc"] = self.warc
        row["stored"] = self.answered.stored
        return row

    def result(self) -> UrlResult | None:
        """Return the last word on the URL, unless there is to be another attempt."""
        settled = self.settled
        if settled.outcome == "retry":
            return None
        return UrlResult(
            url=self.link.url,
            kind=self.link.kind,
            seed=self.link.seed,
            depth=self.link.depth,
            outcome=settled.outcome,
            reason=settled.reason,
            status=self.status,
            bytes=self.answered.bytes if self.answered else None,
            language=settled.language,
            recorded=settled.recorded,
            signals=settled.signals,
        )


def _found(link: Link) -> tuple[str | int, ...]:
    return (link.url, link.kind, link.seed, link.depth, link.hops, link.origin)


def _link(url: str, kind: Kind, seed: int, depth: int, hops: int, origin: str) -> Link:
    return Link(url, kind, seed, depth, hops, origin=origin)


def _answered(row: Row) -> Answered:
    return Answered(
        seconds=row["seconds"],
        bytes=row["bytes"],
        stored=row["stored"],
        retry=row["retry"],
        busy=row["busy"],
        failed=row["failed"],
        retry_after=row["retry_after"],
    )


class Journal:
    """An append-only file of entries."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, entry: Entry) -> None:
        """Write a line in one call; a process that is killed leaves it whole, or cut short at the end of the file."""
        data = json.dumps(entry.to_json(), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def sync(self) -> None:
        """Hand the journal to the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read(path: Path) -> Iterator[Entry]:
    """Yield the entries of a journal, whole ones only."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            yield Entry.from_json(json.loads(line))


def cut(path: Path, entries: int) -> None:
    """Shorten a journal to its first entries."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        size = sum(len(line) for line, _ in zip(lines, range(entries), strict=False))
    os.truncate(path, size)
