"""What one answered link leaves in the WARC files: request, response or revisit, and the metadata of a page."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.crawl.exchange import Answer, Exchange
from pipeline.crawl.links import Known, Link
from pipeline.crawl.outcomes import Recorded
from pipeline.crawl.pages import Signal
from pipeline.crawl.rights_files import RightsFile, preferences
from pipeline.crawl.robots import Rules
from pipeline.crawl.settings import Crawl
from pipeline.crawl.warc import Archive, Original, digest, iso, write_exchange, write_metadata

# By reason: what the WARC standard calls it (5.13).
_TRUNCATED = {"body_bytes": "length", "timeout": "time", "length": "disconnect", "connection": "disconnect"}
_NOTHING = Known()


@dataclass(frozen=True)
class Recorder:
    """Writes the records of a task's exchanges."""

    crawl: Crawl
    archive: Archive

    def exchange(
        self,
        link: Link,
        exchange: Exchange,
        answer: Answer,
        sha: str | None = None,
        *,
        broken: str | None = None,
        bare: bool = False,
    ) -> Recorded:
        """Write request and response, or the revisit of what an earlier crawl has; return what a row says of them.

        `sha` is the digest of the payload where that was read, `broken` why the answer is not whole. `bare` leaves out
        the body: what decodes to a bomb is nobody's reading.
        """
        known = link.known or _NOTHING
        same = answer.status == 304 or (sha is not None and sha == known.digest)
        earlier = known.original if same and broken is None else None
        files = self.archive[_family(link, answer, whole=broken is None and not bare)]
        files.rotate()
        date = iso(exchange.started)
        body = b"" if bare else answer.body
        payload_digest = digest(body) if earlier is None else earlier.payload_digest
        written = write_exchange(
            files,
            link.url,
            date,
            exchange.address,
            bytes(exchange.sent),
            answer.head,
            body,
            payload_digest,
            truncated="unspecified" if bare else _TRUNCATED.get(broken or ""),
            original=earlier,
            not_modified=answer.status == 304,
            salt=str(link.attempt),
        )
        before = known if earlier is not None else _NOTHING  # what a revisit does not repeat
        return Recorded(
            date=date,
            type=answer.media_type or before.type or "",
            digest=sha if before.digest is None else before.digest,
            etag=answer.header("etag") or before.etag,
            modified=answer.header("last-modified") or before.modified,
            record=written.id,
            file=written.file,
            offset=written.offset,
            length=written.length,
            original=earlier or Original(written.id, date, payload_digest),
        )

    def note(
        self,
        link: Link,
        recorded: Recorded,
        rules: Rules | None,
        files: Sequence[RightsFile],
        signals: Sequence[Signal],
    ) -> tuple[str, ...]:
        """Write the metadata record of a page, and return its signals in short."""
        ruling = rules.ruling(self.crawl.agent, link.url) if rules else None
        note = {
            "agent": self.crawl.user_agent,
            "seed": self.crawl.seeds[link.seed].url,
            "depth": link.depth,
            "payload": {"sha256": recorded.digest},
            "robots": ruling and ruling.to_json(),
            "preferences": preferences(self.crawl.agent, link.url, rules, files),
            "evidence": [file.note() for file in files],
            "signals": [signal.to_json() for signal in signals],
        }
        text = json.dumps(note, ensure_ascii=False, sort_keys=True)
        family = self.archive[recorded.file.partition("/")[0]]
        write_metadata(family, link.url, recorded.date, recorded.record, text, str(link.attempt))
        short = {f"{signal.kind}: {signal.value[:200]}" for signal in signals}
        if ruling:
            short |= {f"robots: {agent}" for agent in ruling.denied_agents}
            short |= {f"robots: {line.text[:200]}" for line in ruling.reserving}
        return tuple(sorted(short))


def _family(link: Link, answer: Answer, *, whole: bool) -> str:
    if link.kind != "page":
        return "site"
    return "pages" if whole and answer.status in (200, 203, 304) else "diagnostics"


def sha256(data: bytes) -> str:
    """Return the digest by which payloads are compared: of the entity as decoded, hex."""
    return hashlib.sha256(data).hexdigest()


def conditions(known: Known | None) -> dict[str, str]:
    """Return the headers that ask for a page only if it has changed."""
    if known is None or known.original is None:
        return {}
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in headers.items() if value}
