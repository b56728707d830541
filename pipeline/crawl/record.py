"""What one answered link leaves behind: WARC records, and the row that the index and the next crawl read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from filters.optouts.decide import ai_agents
from filters.optouts.files import Preference, ai_txt, robots_preferences, rsl_of, tdmrep
from pipeline.crawl.exchange import Answer, Exchange
from pipeline.crawl.frontier import Link
from pipeline.crawl.pages import Signal
from pipeline.crawl.robots import Rules
from pipeline.crawl.settings import Crawl
from pipeline.crawl.warc import Archive, Original, Written, digest, iso, write_exchange, write_metadata

_LONGEST = 2_000  # characters of what one mechanism says of a page
_TERMS = 65_536  # of RSL, which cut short says nothing
# By reason: what the WARC standard calls it (5.13).
_TRUNCATED = {"body_bytes": "length", "timeout": "time", "length": "disconnect", "connection": "disconnect"}


@dataclass(frozen=True)
class Recorder:
    """Writes the records of a task's exchanges."""

    crawl: Crawl
    archive: Archive

    def exchange(
        self, link: Link, exchange: Exchange, answer: Answer, sha: str | None, *, broken: str | None, bare: bool = False
    ) -> dict[str, Any]:
        """Write request and response, or the revisit of what an earlier crawl has; return the columns of the row.

        `bare` leaves out the body: what decodes to a bomb is nobody's reading.
        """
        known = link.known or {}
        same = answer.status == 304 or (sha is not None and sha == known.get("digest"))
        original = _original(known) if same and broken is None and known else None
        files = self.archive[_family(link, answer, whole=broken is None and not bare)]
        files.rotate()
        date = iso(exchange.started)
        body = b"" if bare else answer.body
        payload_digest = digest(body) if original is None else original.payload_digest
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
            original=original,
            not_modified=answer.status == 304,
            salt=str(link.attempt),
        )
        return _row(link, answer, date, written, sha, original or Original(written.id, date, payload_digest))

    def note(
        self,
        link: Link,
        row: Mapping[str, Any],
        rules: Rules | None,
        evidence: list[dict[str, Any]],
        signals: list[Signal],
    ) -> list[str]:
        """Write the metadata record of a page, and return its signals in short."""
        robots = rules.evidence(self.crawl.agent, link.url) if rules else None
        note = {
            "agent": self.crawl.user_agent,
            "seed": self.crawl.seeds[link.seed].url,
            "depth": link.depth,
            "payload": {"sha256": row["digest"]},
            "robots": robots,
            "preferences": preferences(self.crawl.agent, link.url, rules, evidence),
            "evidence": [{name: value for name, value in each.items() if name != "text"} for each in evidence],
            "signals": [signal.as_json() for signal in signals],
        }
        text = json.dumps(note, ensure_ascii=False, sort_keys=True)
        write_metadata(
            self.archive[row["file"].partition("/")[0]], link.url, row["date"], row["record"], text, str(link.attempt)
        )
        short = [f"{signal.kind}: {signal.value[:200]}" for signal in signals]
        if robots:
            short += [f"robots: {agent}" for agent in robots["denied_agents"]]
            short += [f"robots: {line['text'][:200]}" for line in robots["reserving"]]
        return sorted(set(short))


def preferences(
    agent: str, url: str, rules: Rules | None, evidence: Sequence[Mapping[str, Any]]
) -> list[dict[str, str | None]]:
    """Return what robots.txt, tdmrep.json, ai.txt and RSL documents say of a page: mechanism, words, place and digest.

    What is said to any agent of models is kept; which of it counts is for the rights filter to say.
    """
    found: list[tuple[Preference | None, str | None]] = []
    if rules is not None and rules.body is not None:
        said = rules.evidence(agent, url)
        found += [(each, said["digest"]) for each in robots_preferences(rules.robots, agent, url, ai_agents(), 1)]
    for each in evidence:
        if text := each.get("text"):
            found.append((_said(each["url"], text, url), each["digest"]))
    return [
        {"mechanism": each.mechanism, "raw": _words(each), "where": each.where, "digest": hexadecimal}
        for each, digest in found
        if each is not None
        for hexadecimal in [digest and digest.removeprefix("sha256:")]
    ]


def _words(said: Preference) -> str:
    return said.raw[: _TERMS if said.mechanism == "rsl" else _LONGEST]


def _said(file: str, text: str, url: str) -> Preference | None:
    match file.rpartition("/")[2]:
        case "tdmrep.json":
            return tdmrep(text, url)
        case "ai.txt":
            return ai_txt(text)
    terms = rsl_of(text, url)
    return Preference("rsl", "unknown", terms, file) if terms else None


def _row(
    link: Link, answer: Answer, date: str, written: Written, sha: str | None, original: Original
) -> dict[str, Any]:
    known = (link.known or {}) if original.id != written.id else {}
    return {
        "date": date,
        "status": answer.status,
        "type": answer.media_type or known.get("type", ""),
        "digest": known.get("digest", sha),
        "etag": answer.header("etag") or known.get("etag"),
        "modified": answer.header("last-modified") or known.get("modified"),
        "record": written.id,
        "file": written.file,
        "offset": written.offset,
        "length": written.length,
        "original": [original.id, original.date, original.payload_digest],  # where the payload is
    }


def _family(link: Link, answer: Answer, *, whole: bool) -> str:
    if link.kind != "page":
        return "site"
    return "pages" if whole and answer.status in (200, 203, 304) else "diagnostics"


def _original(known: Mapping[str, Any]) -> Original | None:
    return Original(*known["original"]) if known.get("original") else None


def sha256(data: bytes) -> str:
    """Return the digest by which payloads are compared: of the entity as decoded, hex."""
    return hashlib.sha256(data).hexdigest()


def conditions(known: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the headers that ask for a page only if it has changed."""
    if not known or not known.get("original"):
        return {}
    headers = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
    return {name: value for name, value in headers.items() if value}
