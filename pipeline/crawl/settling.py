"""The last answer to a link, read as its kind demands: its records are written, and it is said what it brings.

Nothing is followed here. The frontier is asked which links are in scope and which are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.crawl import languages, urls
from pipeline.crawl.endings import Ending
from pipeline.crawl.exchange import Answer, BombError, Exchange, gunzipped
from pipeline.crawl.frontier import Frontier
from pipeline.crawl.journal import Leads, ListReference, Settled
from pipeline.crawl.links import Known, Link
from pipeline.crawl.lists import read_list
from pipeline.crawl.outcomes import UNANSWERED, Recorded
from pipeline.crawl.pages import HTML, Signal, header_signals, header_terms, read_page, read_text
from pipeline.crawl.record import Recorder, sha256
from pipeline.crawl.rights_files import RightsFile
from pipeline.crawl.robots import Rules
from pipeline.crawl.settings import Crawl

_RIGHTS_TEXT = 64 << 10  # characters of tdmrep.json or ai.txt that are read
_ROBOTS_HOPS = 5  # RFC 9309, 2.3.1.2
_OF_THE_TEXT = ("meta_", "link_rel_license", "rsl")  # signals that a 304 does not repeat


@dataclass(frozen=True)
class Settler:
    """Settles the links of one task."""

    crawl: Crawl
    recorder: Recorder
    frontier: Frontier
    rights_files: Mapping[str, Sequence[RightsFile]]  # by origin

    def settle(self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float) -> Settled:
        """Write the records of a link's last attempt, and return how it ended and what it brought."""
        match link.kind:
            case "robots":
                return self._robots(link, exchange, answer if end.outcome != "failed" else None, end, now)
            case "evidence":
                return self._rights_file(link, exchange, answer if end.outcome != "failed" else None, end, now)
            case "list" if exchange and answer:
                return self._list(link, exchange, answer, end)
            case "page" if exchange and answer:
                return self._page(link, exchange, answer, end)
        return Settled(end.outcome, end.reason)

    def _robots(self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float) -> Settled:
        recorded = self.recorder.exchange(link, exchange, answer) if exchange and answer else None
        if answer and end.outcome == "redirect" and link.hops < _ROBOTS_HOPS:
            location = answer.header("location")
            if location and (target := urls.canonical(location, link.url)):
                onward = Link(target, "robots", link.seed, link.depth, link.hops + 1, origin=link.origin)
                return Settled(end.outcome, end.reason, recorded, leads=Leads(found=(onward,)))
            end = replace(end, outcome="failed", reason="location")
        body = None
        if answer and 200 <= answer.status < 300:
            body = self._payload(answer)
            if body is None:
                end = replace(end, outcome="failed", reason="bomb")
            else:
                body = body[: self.crawl.limits.robots_bytes]
        rules = Rules(
            url=link.url,
            status=answer.status if answer else None,
            fetched_at=now,
            body=body,
            unreachable=(end.reason or end.outcome) if end.outcome in UNANSWERED else None,
            record=recorded.record if recorded else None,
        )
        leads = Leads(terms=tuple(rules.terms(self.crawl.agent)) if body else ())
        return Settled(end.outcome, end.reason, recorded, leads=leads, rules=rules)

    def _rights_file(
        self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float
    ) -> Settled:
        if exchange is None or answer is None:
            return Settled(end.outcome, end.reason, note=RightsFile(link.url, None, int(now)))
        payload = self._payload(answer)
        recorded = self.recorder.exchange(link, exchange, answer, None if payload is None else sha256(payload))
        named = link.url not in (link.origin + path for path in self.crawl.evidence)
        if named and end.outcome == "redirect" and link.hops < self.crawl.limits.redirects:
            target = urls.canonical(answer.header("location") or "", link.url)
            onward = (Link(target, "evidence", link.seed, 0, link.hops + 1, origin=link.origin),) if target else ()
            return Settled(end.outcome, end.reason, recorded, leads=Leads(found=onward))
        note = RightsFile(
            url=link.url,
            status=answer.status,
            fetched_at=int(now),
            digest=recorded.digest and f"sha256:{recorded.digest}",
            record=recorded.record,
            text=payload.decode("utf-8", "replace")[:_RIGHTS_TEXT] if payload and answer.status == 200 else None,
        )
        return Settled(end.outcome, end.reason, recorded, note=note)

    def _list(self, link: Link, exchange: Exchange, answer: Answer, end: Ending) -> Settled:
        broken = end.reason if end.outcome == "failed" else None
        recorded = self.recorder.exchange(link, exchange, answer, broken=broken)
        if end.outcome == "redirect" and link.hops < self.crawl.limits.redirects:
            onward = ListReference(answer.header("location") or "", link.hops + 1)
            return Settled(end.outcome, end.reason, recorded, leads=Leads(lists=(onward,)))
        if end.outcome != "fetched":
            return Settled(end.outcome, end.reason, recorded)
        try:
            data = gunzipped(self._payload(answer) or b"", self.crawl.limits.decoded_bytes, self.crawl.limits.ratio)
        except BombError:
            return Settled("left", "bomb", recorded)
        listed = read_list(data, self.crawl.limits.listed)
        leads = Leads(
            found=self._placed(listed.pages, link.url, link.seed, 1),
            lists=tuple(map(ListReference, listed.lists)),
        )
        return Settled(end.outcome, end.reason, recorded, leads=leads)

    def _page(self, link: Link, exchange: Exchange, answer: Answer, end: Ending) -> Settled:
        unwanted = bool(answer.media_type) and answer.media_type not in self.crawl.seeds[link.seed].types
        match end.outcome:
            case "fetched" if unwanted:
                return Settled("left", "type")
            case "fetched" | "unchanged":
                payload = self._payload(answer)
                if payload is None:
                    return Settled("left", "bomb", self.recorder.exchange(link, exchange, answer, bare=True))
                if answer.status == 304:
                    return self._not_modified(link, exchange, answer)
                return self._text(link, exchange, answer, payload)
            case "failed":
                return Settled("failed", end.reason, self.recorder.exchange(link, exchange, answer, broken=end.reason))
        recorded = self.recorder.exchange(link, exchange, answer, bare=unwanted)
        signals = self._note(link, recorded, header_signals(answer))
        if end.outcome != "redirect":
            return Settled(end.outcome, end.reason, recorded, signals)
        if link.hops >= self.crawl.limits.redirects:
            return Settled("left", "redirects", recorded, signals)
        onward = self._placed([answer.header("location") or ""], link.url, link.seed, link.depth)
        leads = Leads(found=tuple(replace(each, hops=link.hops + 1) for each in onward))
        return Settled(end.outcome, end.reason, recorded, signals, leads=leads)

    def _not_modified(self, link: Link, exchange: Exchange, answer: Answer) -> Settled:
        if link.known is None:
            return Settled("left", "status")  # nobody asked whether it was
        recorded = self.recorder.exchange(link, exchange, answer)
        signals = self._note(link, recorded, header_signals(answer))
        return Settled(
            "unchanged" if recorded.revisit else "fetched",
            recorded=recorded,
            signals=tuple(sorted({*signals, *_of_the_text(link.known)})),
            language=link.known.language,
            leads=Leads(found=(), lists=(), terms=_resolved(header_terms(answer), link.url)),
        )

    def _text(self, link: Link, exchange: Exchange, answer: Answer, payload: bytes) -> Settled:
        seed = self.crawl.seeds[link.seed]
        html = (answer.media_type or "text/html") in HTML
        page = read_page(link.url, answer, payload, self.crawl.limits.links) if html else read_text(link.url, payload)
        leads = Leads(
            found=self._placed(page.links, page.base, link.seed, link.depth + 1),
            lists=tuple(map(ListReference, _resolved(page.feeds, page.base))) if seed.sitemaps else (),
            terms=_resolved(header_terms(answer), link.url) + _resolved(page.terms, page.base),
        )
        if not languages.kept(page.language, seed.languages):
            reason = "language" if page.declared else "language_of_text"
            return Settled("left", reason, language=page.language, leads=leads)
        recorded = self.recorder.exchange(link, exchange, answer, sha256(payload))
        return Settled(
            "unchanged" if recorded.revisit else "fetched",
            recorded=recorded,
            signals=self._note(link, recorded, [*header_signals(answer), *page.signals]),
            language=page.language,
            leads=leads,
        )

    def _placed(self, references: Iterable[str], base: str, seed: int, depth: int) -> tuple[Link, ...]:
        links = (self.frontier.place(reference, base, seed, depth) for reference in references)
        return tuple(link for link in links if link and not self.frontier.knows(link))

    def _note(self, link: Link, recorded: Recorded, signals: Sequence[Signal]) -> tuple[str, ...]:
        origin = urls.origin(link.url)
        files = self.rights_files.get(origin, ())
        return self.recorder.note(link, recorded, self.frontier.rules.get(origin), files, signals)

    def _payload(self, answer: Answer) -> bytes | None:
        """Return what an answer decodes to, or null for a bomb."""
        try:
            return answer.payload(self.crawl.limits.decoded_bytes, self.crawl.limits.ratio)
        except BombError:
            return None


def _resolved(references: Iterable[str], base: str) -> tuple[str, ...]:
    return tuple(urls.canonical(each, base) or "" for each in references)


def _of_the_text(known: Known) -> list[str]:
    return [signal for signal in known.signals or () if signal.startswith(_OF_THE_TEXT)]
