"""One partition in one round: every answer is settled, that is written to the WARC, then to the journal, then followed.

What a settled answer does to the frontier is the same whether it has just come or is read from the journal, so that a
task that was killed goes on where it was.
"""

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.crawl import journal, languages, urls
from pipeline.crawl.exchange import Answer, BombError, Exchange, gunzipped
from pipeline.crawl.frontier import Answered, Frontier, Link
from pipeline.crawl.journal import Journal
from pipeline.crawl.lists import read_list
from pipeline.crawl.outcomes import Ending
from pipeline.crawl.pages import HTML, Signal, header_signals, header_terms, read_page
from pipeline.crawl.partition import Partition, number_of
from pipeline.crawl.politeness import retry_after
from pipeline.crawl.record import Recorder, sha256
from pipeline.crawl.robots import Rules
from pipeline.crawl.settings import Crawl
from pipeline.crawl.warc import Archive, warcinfo

logger = logging.getLogger(__name__)
PROGRESS = "progress.json"  # by host, while the task runs
_SYNC = 50  # attempts between two calls to sync: what a power cut, not a kill, may cost
_EVIDENCE_TEXT = 64 << 10  # characters of tdmrep.json or ai.txt that are read
_ROBOTS_HOPS = 5  # RFC 9309, 2.3.1.2
_OF_THE_TEXT = ("meta_", "link_rel_license", "rsl")  # signals that a 304 does not repeat


class Task:
    """The state of one task: what is to be done, what was done, and the files that know."""

    def __init__(self, crawl: Crawl, partition: Partition, directory: Path, now: float) -> None:
        self.crawl = crawl
        self.partition = partition
        self.frontier = Frontier(crawl, now + crawl.limits.round_seconds, partition.budgets, partition.seen)
        self.archive = Archive(directory, partition.name, _information(crawl, partition), crawl.limits.warc_bytes)
        self.evidence: dict[str, list[dict[str, Any]]] = {}  # by origin
        self.out: dict[Link, None] = {}  # what leaves the partition
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)  # by host: attempts by outcome, for those who watch
        self._directory = directory
        self._record = Recorder(crawl, self.archive)
        self.broken: Exception | None = None  # what ended the task before its time
        self._unsynced = 0
        self._begin(now)
        self._resume(directory / "journal.jsonl")
        self._journal = Journal(directory / "journal.jsonl")

    def _begin(self, now: float) -> None:
        for host in self.partition.hosts:
            rules = {origin: Rules.from_json(value) for origin, value in host["rules"].items()}
            self.frontier.remember(host["host"], host["ready_at"], rules, now)
            self.evidence |= host["evidence"]
        for link in self.partition.links:
            self.frontier.add(link, now)

    def _resume(self, path: Path) -> None:
        position: dict[str, tuple[int, int]] = {}
        whole = 0
        for entry in journal.read(path):
            if "warc" in entry and not self.archive.holds(entry["warc"]):
                logger.warning("%s: the WARC ends before entry %d; what follows is done again", path, whole)
                break
            position = entry.get("warc", position)
            whole += 1
        self.archive.rewind(position)
        journal.cut(path, whole)
        for entry in journal.read(path):
            self._follow(entry, Link(**{name: entry[name] for name in _LINK}))
        if whole:
            logger.info("%s: goes on after %d attempts", path.parent.name, whole)

    # ---- settling

    def settle(self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float) -> None:
        """Write down how an attempt ended, and draw the consequences."""
        again = end.retry and link.attempt < self.crawl.politeness.retries
        entry: dict[str, Any] = {name: getattr(link, name) for name in _LINK}
        entry |= {
            "at": now,
            "outcome": "retry" if again else end.outcome,
            "reason": end.reason,
            "status": answer.status if answer else None,
            "seconds": now - exchange.started if exchange else 0.0,
            "bytes": len(exchange.received) if exchange else 0,
            "retry": end.retry,
            "busy": end.busy,
            "failed": answer is None or end.outcome == "failed",
            "retry_after": retry_after(answer.header("retry-after"), now)
            if answer and end.outcome == "error"
            else None,
        }
        if not again:
            try:
                entry |= self._settled(link, exchange, answer, end, now)
            except OSError:
                raise  # the disk, not the page
            except Exception as error:  # a page that breaks a library is a row with a reason, not the end of the task
                logger.exception("%s", link.url)
                entry |= {"outcome": "failed", "reason": f"crash.{type(error).__name__}", "failed": True}
                if link.kind == "robots":
                    entry["rules"] = Rules(link.url, entry["status"], now, None, entry["reason"]).as_json()
        if "record" in entry:
            self.archive.flush()
            entry["warc"] = self.archive.position
        entry |= self._consequences(entry, link)
        self._write(entry)

    def _settled(
        self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float
    ) -> dict[str, Any]:
        whole = answer is not None and end.outcome != "failed"
        match link.kind:
            case "robots":
                return self._robots(link, exchange, answer if whole else None, end, now)
            case "evidence":
                return self._evidence(link, exchange, answer if whole else None, end, now)
        if exchange is None or answer is None:
            return {}
        if link.kind == "list":
            return self._list(link, exchange, answer, end)
        return self._page(link, exchange, answer, end)

    def _robots(
        self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float
    ) -> dict[str, Any]:
        row = self._record.exchange(link, exchange, answer, None, broken=None) if exchange and answer else {}
        if answer and end.outcome == "redirect" and link.hops < _ROBOTS_HOPS:
            target = urls.canonical(answer.header("location") or "", link.url)
            if target:
                return {**row, "found": [[target, "robots", link.seed, link.depth, link.hops + 1, link.origin]]}
        body = None
        if answer and 200 <= answer.status < 300:
            try:
                body = answer.payload(self.crawl.limits.decoded_bytes, self.crawl.limits.ratio)[
                    : self.crawl.limits.robots_bytes
                ]
            except BombError:
                end = replace(end, outcome="failed", reason="bomb")
        unreachable = (end.reason or end.outcome) if end.outcome in ("error", "failed") else None
        rules = Rules(link.url, answer.status if answer else None, now, body, unreachable, row.get("record"))
        terms = rules.terms(self.crawl.agent) if body else []
        return {**row, "outcome": end.outcome, "reason": end.reason, "rules": rules.as_json(), "terms": terms}

    def _evidence(
        self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float
    ) -> dict[str, Any]:
        note: dict[str, Any] = {"url": link.url, "status": None, "fetched_at": int(now), "digest": None, "record": None}
        row: dict[str, Any] = {}
        if exchange and answer:
            payload = self._payload(answer)
            row = self._record.exchange(
                link, exchange, answer, None if payload is None else sha256(payload), broken=None
            )
            named = link.url not in (link.origin + path for path in self.crawl.evidence)
            if named and end.outcome == "redirect" and link.hops < self.crawl.limits.redirects:
                target = urls.canonical(answer.header("location") or "", link.url)
                found = [[target, "evidence", link.seed, 0, link.hops + 1, link.origin]] if target else []
                return {**row, "found": found}
            note |= {
                "status": answer.status,
                "digest": row["digest"] and f"sha256:{row['digest']}",
                "record": row["record"],
                "text": payload.decode("utf-8", "replace")[:_EVIDENCE_TEXT]
                if payload and answer.status == 200
                else None,
            }
        return {**row, "note": note}

    def _list(self, link: Link, exchange: Exchange, answer: Answer, end: Ending) -> dict[str, Any]:
        row = self._record.exchange(
            link, exchange, answer, None, broken=end.reason if end.outcome == "failed" else None
        )
        if end.outcome == "redirect" and link.hops < self.crawl.limits.redirects:
            return {**row, "lists": [[answer.header("location") or "", link.hops + 1]]}
        if end.outcome != "fetched":
            return row
        try:
            data = gunzipped(self._payload(answer) or b"", self.crawl.limits.decoded_bytes, self.crawl.limits.ratio)
        except BombError:
            return {**row, "outcome": "left", "reason": "bomb"}
        listed = read_list(data, self.crawl.limits.listed)
        return {
            **row,
            "lists": [[url, 0] for url in listed.lists],
            "found": self._placed(listed.pages, link.url, link.seed, 1),
        }

    def _page(self, link: Link, exchange: Exchange, answer: Answer, end: Ending) -> dict[str, Any]:
        unwanted = bool(answer.media_type) and answer.media_type not in self.crawl.seeds[link.seed].types
        if end.outcome == "fetched" and unwanted:
            return {"outcome": "left", "reason": "type"}
        if end.outcome == "failed":
            return self._record.exchange(link, exchange, answer, None, broken=end.reason)
        if end.outcome in ("fetched", "unchanged"):
            return self._text(link, exchange, answer)
        row = self._record.exchange(link, exchange, answer, None, broken=None, bare=unwanted)
        row["signals"] = self._note(link, row, header_signals(answer))
        if end.outcome == "redirect":
            if link.hops >= self.crawl.limits.redirects:
                return {**row, "outcome": "left", "reason": "redirects"}
            found = self._placed([answer.header("location") or ""], link.url, link.seed, link.depth)
            row["found"] = [
                [url, kind, seed, depth, link.hops + 1, origin] for url, kind, seed, depth, _, origin in found
            ]
        return row

    def _text(self, link: Link, exchange: Exchange, answer: Answer) -> dict[str, Any]:
        payload = self._payload(answer)
        if payload is None:
            row = self._record.exchange(link, exchange, answer, None, broken=None, bare=True)
            return {**row, "outcome": "left", "reason": "bomb"}
        seed, signals, page = self.crawl.seeds[link.seed], header_signals(answer), None
        if answer.status == 304:
            if not link.known:
                return {"outcome": "left", "reason": "status"}
        elif (answer.media_type or "text/html") in HTML:
            page = read_page(link.url, answer, payload, self.crawl.limits.links)
            signals += page.signals
        language = page.language if page else (link.known or {}).get("language")
        if page is None and answer.status != 304:
            language = languages.of_text(payload.decode("utf-8", "replace"))
        found = self._placed(page.links, page.base, link.seed, link.depth + 1) if page else []
        terms = [urls.canonical(each, link.url) or "" for each in header_terms(answer)]
        terms += [urls.canonical(each, page.base) or "" for each in page.terms] if page else []
        lists = [[urls.canonical(url, page.base) or "", 0] for url in page.feeds] if page and seed.sitemaps else []
        follow = {"language": language, "found": found, "lists": lists, "terms": terms}
        if answer.status != 304 and not languages.kept(language, seed.languages):
            reason = "language" if page and page.declared else "language_of_text"
            return {**follow, "outcome": "left", "reason": reason}
        row = self._record.exchange(
            link, exchange, answer, None if answer.status == 304 else sha256(payload), broken=None
        )
        row["signals"] = self._note(link, row, signals)
        if answer.status == 304:
            row["signals"] = sorted({*row["signals"], *_of_the_text(link.known or {})})
        unchanged = row["original"][0] != row["record"]
        return {**row, **follow, "outcome": "unchanged" if unchanged else "fetched"}

    # ---- consequences: the same now and when the journal is read

    def _consequences(self, entry: dict[str, Any], link: Link) -> dict[str, Any]:
        """Apply an entry to the frontier; return its links again, reduced to those that were news."""
        entry["stored"] = link.kind == "page" and entry["outcome"] in ("fetched", "unchanged")
        return self._follow(entry, link)

    def _follow(self, entry: Mapping[str, Any], link: Link) -> dict[str, Any]:
        now = entry["at"]
        if entry["outcome"] == "denied":
            self.frontier.settle(link)
            return {}
        self.counts[urls.host(link.url)][entry["outcome"]] += 1
        self.frontier.done(link, Answered(**{name: entry[name] for name in _ANSWERED}), now)
        if "rules" in entry:
            self.frontier.learn(link.origin, Rules.from_json(entry["rules"]), now)
        if "note" in entry:
            self.evidence.setdefault(link.origin, []).append(entry["note"])
        if entry["stored"] and entry.get("digest"):
            self.frontier.fetched(link.url, entry["digest"])
        followed: dict[str, Any] = {}
        if "lists" in entry:
            followed["lists"] = [
                each for each in entry["lists"] if self.frontier.add_list(each[0], link.url, now, each[1])
            ]
        if "terms" in entry:
            origin = link.origin or urls.origin(link.url)
            followed["terms"] = [each for each in entry["terms"] if self._add_terms(each, origin, link.seed, now)]
        if "found" in entry:
            followed["found"] = [
                each for each in entry["found"] if self._add(Link(**dict(zip(_FOUND, each, strict=True))), now)
            ]
        return followed

    def _add(self, link: Link, now: float) -> bool:
        if link.kind == "robots" or number_of(link.url, self.crawl.partitions) == self.partition.number:
            return self.frontier.add(link, now)
        news = link not in self.out
        self.out[link] = None
        return news

    def _add_terms(self, reference: str, origin: str, seed: int, now: float) -> bool:
        link = self.frontier.terms(reference, origin, seed)
        return link is not None and self._add(link, now)

    def _placed(self, references: Iterable[str], base: str, seed: int, depth: int) -> list[list[Any]]:
        links = (self.frontier.place(reference, base, seed, depth) for reference in references)
        return [
            [link.url, link.kind, link.seed, link.depth, 0, ""]
            for link in links
            if link and not self.frontier.knows(link)
        ]

    # ---- what is written

    def write_denials(self) -> None:
        """Write down the links that were taken back unasked."""
        denied, self.frontier.denied = self.frontier.denied, []
        for link, reason in denied:
            self.counts[urls.host(link.url)]["denied"] += 1
            self._write(
                {name: getattr(link, name) for name in _LINK} | {"at": 0.0, "outcome": "denied", "reason": reason}
            )

    def tell(self) -> None:
        """Log how far the task has come, and write down how far with each host."""
        total: Counter[str] = sum(self.counts.values(), Counter())
        flying = sum(len(host.flying) for host in self.frontier.hosts.values())
        resting = sorted(host.name for host in self.frontier.hosts.values() if host.resting)
        logger.info(
            "%s: %s; %d hosts, %d under way%s",
            self.partition.name,
            ", ".join(f"{count} {outcome}" for outcome, count in total.most_common()),
            len(self.frontier.hosts),
            flying,
            f"; resting: {', '.join(resting[:5])}" if resting else "",
        )
        hosts = {
            name: {
                **self.counts[name],
                "waiting": sum(map(len, host.queues)),
                "ready_at": host.ready_at,
                "rests": host.resting,
            }
            for name, host in sorted(self.frontier.hosts.items())
        }
        (self._directory / "progress.tmp").write_text(json.dumps(hosts, indent=1), encoding="utf-8")
        (self._directory / "progress.tmp").replace(self._directory / PROGRESS)

    def close(self) -> None:
        """Give the WARC files their final names."""
        self.write_denials()
        self.archive.close()
        self._journal.sync()
        self._journal.close()

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._unsynced += 1
        if self._unsynced >= _SYNC:
            self.archive.flush(sync=True)
        self._journal.append(entry)
        if self._unsynced >= _SYNC:
            self._journal.sync()
            self._unsynced = 0

    def _note(self, link: Link, row: Mapping[str, Any], signals: list[Signal]) -> list[str]:
        origin = urls.origin(link.url)
        return self._record.note(link, row, self.frontier.rules.get(origin), self.evidence.get(origin, []), signals)

    def _payload(self, answer: Answer) -> bytes | None:
        try:
            return answer.payload(self.crawl.limits.decoded_bytes, self.crawl.limits.ratio)
        except BombError:
            return None


_LINK = ("url", "kind", "seed", "depth", "hops", "attempt", "origin")
_FOUND = ("url", "kind", "seed", "depth", "hops", "origin")
_ANSWERED = ("seconds", "bytes", "stored", "retry", "busy", "failed", "retry_after")


def _of_the_text(known: Mapping[str, Any]) -> list[str]:
    return [signal for signal in known.get("signals") or () if signal.startswith(_OF_THE_TEXT)]


def _information(crawl: Crawl, partition: Partition) -> str:
    return warcinfo(
        [
            ("software", crawl.user_agent),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            ("operator", crawl.contact),
            ("robots", "obey (RFC 9309)"),
            ("http-header-user-agent", crawl.user_agent),
            ("isPartOf", partition.name),
        ]
    )
