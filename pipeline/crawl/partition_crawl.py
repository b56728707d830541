"""One partition in one round: every answer is settled, that is written to the WARC, then to the journal, then followed.

What a settled answer does to the frontier is the same whether it has just come or is read from the journal, so that a
task that was killed goes on where it was.
"""

import logging
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from pipeline.crawl import journal, urls
from pipeline.crawl.endings import Ending
from pipeline.crawl.exchange import Answer, Exchange
from pipeline.crawl.frontier import Answered, Frontier
from pipeline.crawl.journal import Entry, Journal, Leads, Settled
from pipeline.crawl.links import Link
from pipeline.crawl.outcomes import KEPT
from pipeline.crawl.partition import Partition, number_of
from pipeline.crawl.politeness import retry_after
from pipeline.crawl.progress import HostProgress, write_progress
from pipeline.crawl.record import Recorder
from pipeline.crawl.rights_files import RightsFile
from pipeline.crawl.robots import Rules
from pipeline.crawl.settings import Crawl
from pipeline.crawl.settling import Settler
from pipeline.crawl.warc import Archive, Position, warcinfo

logger = logging.getLogger(__name__)
JOURNAL = "journal.jsonl"
_SYNC = 50  # attempts between two calls to sync: what a power cut, not a kill, may cost


class PartitionCrawl:
    """The state of one task: what is to be done, what was done, and the files that know."""

    def __init__(self, crawl: Crawl, partition: Partition, directory: Path, now: float) -> None:
        self.crawl = crawl
        self.partition = partition
        deadline = now + crawl.limits.round_seconds
        self.frontier = Frontier(crawl, deadline, partition.budgets, partition.seen, partition.suppressed)
        self.archive = Archive(directory, partition.name, _information(crawl, partition), crawl.limits.warc_bytes)
        self.rights_files: dict[str, list[RightsFile]] = {}  # by origin
        self.out: dict[Link, None] = {}  # what leaves the partition
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)  # by host: attempts by outcome, for those who watch
        self.broken: Exception | None = None  # what ended the task before its time
        self._directory = directory
        self._settler = Settler(crawl, Recorder(crawl, self.archive), self.frontier, self.rights_files)
        self._unsynced = 0
        self._begin(now)
        self._resume(directory / JOURNAL)
        self._journal = Journal(directory / JOURNAL)

    def _begin(self, now: float) -> None:
        for host in self.partition.hosts:
            self.frontier.remember(host.host, host.ready_at, host.rules, now)
            self.rights_files |= {origin: list(files) for origin, files in host.evidence.items()}
        for link in self.partition.links:
            self.frontier.add(link, now)

    def _resume(self, path: Path) -> None:
        """Follow what the journal has, as far as the WARC files reach; what is behind that is done again."""
        known = {link.url: link.known for link in self.partition.links if link.known is not None}
        reached: Position = {}
        whole = 0
        for entry in journal.read(path):
            if entry.warc is not None:
                if not self.archive.holds(entry.warc):
                    logger.warning("%s: the WARC ends before entry %d; what follows is done again", path, whole)
                    break
                reached = entry.warc
            link = entry.link
            if entry.settled.outcome == "retry" and link.url in known:  # it is queued once more
                link = replace(link, known=known[link.url])
            if entry.answered is None:
                self.frontier.settle(link)
            else:
                self._follow(link, entry.settled, entry.answered, entry.at)
            whole += 1
        self.archive.rewind(reached)
        journal.cut(path, whole)
        if whole:
            logger.info("%s: goes on after %d attempts", path.parent.name, whole)

    # ---- settling

    def settle(self, link: Link, exchange: Exchange | None, answer: Answer | None, end: Ending, now: float) -> None:
        """Write down how an attempt ended, and draw the consequences."""
        failed = answer is None or end.outcome == "failed"
        if end.retry and link.attempt < self.crawl.politeness.retries:
            settled = Settled("retry", end.reason)
        else:
            try:
                settled = self._settler.settle(link, exchange, answer, end, now)
            except OSError:
                raise  # the disk, not the page
            except Exception as error:  # a page that breaks a library is a row with a reason, not the end of the task
                logger.exception("%s", link.url)
                settled, failed = _crashed(link, answer, error, now), True
        answered = Answered(
            seconds=now - exchange.started if exchange else 0.0,
            bytes=len(exchange.received) if exchange else 0,
            stored=link.kind == "page" and settled.outcome in KEPT,
            retry=end.retry,
            busy=end.busy,
            failed=failed,
            retry_after=retry_after(answer.header("retry-after"), now) if answer and end.outcome == "error" else None,
        )
        position = None
        if settled.recorded is not None:
            self.archive.flush()
            position = self.archive.position
        settled = self._follow(link, settled, answered, now)
        self._write(Entry(link, now, settled, answer.status if answer else None, answered, position))

    # ---- consequences: the same now and when the journal is read

    def _follow(self, link: Link, settled: Settled, answered: Answered, now: float) -> Settled:
        """Tell the frontier; return what was settled with its leads reduced to those that were news."""
        self.counts[urls.host(link.url)][settled.outcome] += 1
        self.frontier.done(link, answered, now)
        if settled.rules is not None:
            self.frontier.learn(link.origin, settled.rules, now)
        if settled.note is not None:
            self.rights_files.setdefault(link.origin, []).append(settled.note)
        if answered.stored and settled.recorded is not None and settled.recorded.digest:
            self.frontier.fetched(link.url, settled.recorded.digest)
        if not any(settled.leads):
            return settled
        links, lists, terms = settled.leads
        lists = lists and tuple(
            each for each in lists if self.frontier.add_list(each.reference, link.url, now, each.hops)
        )
        origin = link.origin or urls.origin(link.url)
        terms = terms and tuple(each for each in terms if self._add_terms(each, origin, link.seed, now))
        links = links and tuple(each for each in links if self._add(each, now))
        return settled.leading(Leads(links, lists, terms))

    def _add(self, link: Link, now: float) -> bool:
        if link.kind == "robots" or number_of(link.url, self.crawl.partitions) == self.partition.number:
            return self.frontier.add(link, now)
        news = link not in self.out
        self.out[link] = None
        return news

    def _add_terms(self, reference: str, origin: str, seed: int, now: float) -> bool:
        link = self.frontier.terms(reference, origin, seed)
        return link is not None and self._add(link, now)

    # ---- what is written

    def write_denials(self) -> None:
        """Write down the links that were taken back unasked."""
        denied, self.frontier.denied = self.frontier.denied, []
        for link, reason in denied:
            self.counts[urls.host(link.url)]["denied"] += 1
            self._write(Entry(link, 0.0, Settled("denied", reason)))

    def tell(self) -> None:
        """Log how far the task has come, and write down how far with each host."""
        total: Counter[str] = sum(self.counts.values(), Counter())
        hosts = sorted(self.frontier.hosts.values(), key=lambda host: host.name)
        resting = [host.name for host in hosts if host.resting]
        logger.info(
            "%s: %s; %d hosts, %d under way%s",
            self.partition.name,
            ", ".join(f"{count} {outcome}" for outcome, count in total.most_common()),
            len(hosts),
            sum(len(host.flying) for host in hosts),
            f"; resting: {', '.join(resting[:5])}" if resting else "",
        )
        progress = {
            host.name: HostProgress(
                attempts=self.counts[host.name],
                waiting=sum(map(len, host.queues)),
                ready_at=host.ready_at,
                rests=host.resting,
            )
            for host in hosts
        }
        write_progress(self._directory, progress)

    def close(self) -> None:
        """Give the WARC files their final names."""
        self.write_denials()
        self.archive.close()
        self._journal.sync()
        self._journal.close()

    def _write(self, entry: Entry) -> None:
        self._unsynced += 1
        if self._unsynced >= _SYNC:
            self.archive.flush(sync=True)
        self._journal.append(entry)
        if self._unsynced >= _SYNC:
            self._journal.sync()
            self._unsynced = 0


def _crashed(link: Link, answer: Answer | None, error: Exception, now: float) -> Settled:
    reason = f"crash.{type(error).__name__}"
    rules = Rules(link.url, answer.status if answer else None, now, None, reason) if link.kind == "robots" else None
    return Settled("failed", reason, rules=rules)


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
