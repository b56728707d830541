"""Links: which URL is to be asked for, why, and what an earlier crawl knows of it. They are rows of these files:

input.jsonl.gz      {link: {url, kind, seed, depth, hops, attempt, origin, known}}
left.jsonl.gz       {url, kind, seed, depth, hops, attempt, origin, known}    of a crawl
left.jsonl.gz       {url, kind, seed, depth, hops, origin, known, why}        of a task
out.jsonl.gz        {url, kind, seed, depth, hops, origin}
journal.jsonl       found: [[url, kind, seed, depth, hops, origin], …]

`known` is null, or {digest, etag, modified, original, type, language, signals} without those that are null.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.crawl.rows import Row
from pipeline.crawl.warc import Original

Kind: TypeAlias = Literal["robots", "evidence", "list", "page"]
Why: TypeAlias = Literal["rest", "budget", "time"]
RANKS: tuple[Kind, ...] = ("robots", "evidence", "list", "page")


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier crawl found at a URL."""

    digest: str | None = None  # of the payload
    etag: str | None = None
    modified: str | None = None
    original: Original | None = None  # the record that has the payload
    type: str | None = None
    language: str | None = None
    signals: tuple[str, ...] | None = None

    @classmethod
    def from_json(cls, row: Row) -> "Known":
        """Return what `to_json` gave."""
        original, signals = row.get("original"), row.get("signals")
        return cls(
            digest=row.get("digest"),
            etag=row.get("etag"),
            modified=row.get("modified"),
            original=None if original is None else Original(*original),
            type=row.get("type"),
            language=row.get("language"),
            signals=None if signals is None else tuple(signals),
        )

    def to_json(self) -> Row:
        """Return what is known, without what is not."""
        row = {
            "digest": self.digest,
            "etag": self.etag,
            "modified": self.modified,
            "original": self.original,
            "type": self.type,
            "language": self.language,
            "signals": self.signals,
        }
        return {name: value for name, value in row.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Link:
    """A URL to be asked for, and why."""

    url: str
    kind: Kind = "page"
    seed: int = 0
    depth: int = 0
    hops: int = 0  # redirects that led here
    attempt: int = 0
    origin: str = ""  # for robots and evidence: whom it speaks for; an RSL document may lie elsewhere
    known: Known | None = None

    @classmethod
    def from_json(cls, row: Row) -> "Link":
        """Return the link that a row of any of the files speaks of."""
        known = row.get("known")
        return cls(
            url=row["url"],
            kind=row["kind"],
            seed=row["seed"],
            depth=row["depth"],
            hops=row["hops"],
            attempt=row.get("attempt", 0),
            origin=row["origin"],
            known=None if known is None else Known.from_json(known),
        )

    def to_json(self) -> Row:
        """Return the whole link."""
        return {**self.place(), "attempt": self.attempt, "known": self.known and self.known.to_json()}

    def place(self) -> Row:
        """Return what names the link, and how it was reached."""
        return {
            "url": self.url,
            "kind": self.kind,
            "seed": self.seed,
            "depth": self.depth,
            "hops": self.hops,
            "origin": self.origin,
        }


@dataclass(frozen=True, slots=True)
class Left:
    """A link that was not asked for, and why: its host rests, the budget of its seed is spent, or time ran out."""

    link: Link
    why: Why

    @classmethod
    def from_json(cls, row: Row) -> "Left":
        """Return what `to_json` gave."""
        return cls(Link.from_json(row), row["why"])

    def to_json(self) -> Row:
        """Return a row of the `left.jsonl.gz` of a task."""
        return {**self.link.place(), "known": self.link.known and self.link.known.to_json(), "why": self.why}
