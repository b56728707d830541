"""Snapshots of robots.txt: what sites say today, from WARC files or from JSON Lines (`url`, `text`, `fetched_at`)."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import pyarrow as pa

from filters.licences.sites import host_of
from pipeline.errors import ShardError
from pipeline.sources.base import Split, opened
from pipeline.sources.warc import Warc

ROBOTS = pa.schema(
    [
        ("host", pa.string()),
        ("authority", pa.string()),
        ("fetched_at", pa.timestamp("s", tz="UTC")),
        ("digest", pa.string()),
        ("text", pa.binary()),
    ]
)


class RobotsRow(NamedTuple):
    """A row of ROBOTS."""

    host: str
    authority: str
    fetched_at: datetime | None
    digest: str
    text: bytes


@dataclass(frozen=True)
class Snapshot:
    """The robots.txt of a host and port; what is said over http holds for https too."""

    authority: str
    text: bytes
    fetched_at: datetime | None
    digest: str

    @property
    def host(self) -> str:
        """The host, whatever the port; `www.` is no other host."""
        return host_of(f"//{self.authority}") or ""

    @property
    def row(self) -> RobotsRow:
        """The snapshot as a row."""
        return RobotsRow(self.host, self.authority, self.fetched_at, self.digest, self.text)


def snapshots(uri: str) -> Iterator[Snapshot]:
    """Yield the robots.txt files in a file.

    Raises
    ------
    ShardError
        naming the line that is not what it should be.
    """
    if uri.endswith((".jsonl", ".ndjson")):
        yield from _lines(uri)
        return
    source = Warc(name="robots", paths=(uri,))
    for row in source.read(Split(file=uri, name=uri.rpartition("/")[2])):
        authority = authority_of(row.get("url"))
        if row.get("rejected_by") is None and authority and urlsplit(row["url"]).path == "/robots.txt":
            yield _snapshot(
                authority, row["payload"] if row.get("payload") else row["text"].encode(), row["fetched_at"]
            )


def _lines(uri: str) -> Iterator[Snapshot]:
    with opened(uri) as source:
        lines = source.read().splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            authority, text, moment = authority_of(row["url"]), row["text"], row.get("fetched_at")
            fetched = datetime.fromisoformat(moment) if moment else None
        except (ValueError, KeyError, TypeError) as error:
            raise ShardError(f"{uri}:{number}: expected url, text and fetched_at (ISO 8601): {error!r}") from error
        if authority is None or not isinstance(text, str):
            raise ShardError(f"{uri}:{number}: expected the URL of a robots.txt and its text")
        yield _snapshot(authority, text.encode("utf-8", "replace"), fetched)


def _snapshot(authority: str, text: bytes, fetched_at: datetime | None) -> Snapshot:
    if fetched_at is not None:
        fetched_at = (fetched_at if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC)).replace(microsecond=0)
    return Snapshot(authority, text, fetched_at, hashlib.sha256(text).hexdigest())


def newest(every: Iterable[Snapshot]) -> list[Snapshot]:
    """Return the newest snapshot of each host and port, in the order of their names."""
    latest: dict[str, Snapshot] = {}
    for snapshot in every:
        latest[snapshot.authority] = max(latest.get(snapshot.authority, snapshot), snapshot, key=_age)
    return [latest[name] for name in sorted(latest)]


def _age(snapshot: Snapshot) -> tuple[float, str]:
    return snapshot.fetched_at.timestamp() if snapshot.fetched_at else 0.0, snapshot.digest


def authority_of(url: str | None) -> str | None:
    """Return the host and, where it is not the usual one, the port of an address."""
    try:
        parts = urlsplit(url or "")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    return f"{host}:{port}" if host and port and port not in (80, 443) else host or None
