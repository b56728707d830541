"""A crawl without a network: answers from a table, a clock that jumps, the same task that a real crawl runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.crawl.endings import ending
from pipeline.crawl.exchange import Exchange
from pipeline.crawl.links import Link
from pipeline.crawl.output import finish
from pipeline.crawl.partition import Partition, number_of
from pipeline.crawl.partition_crawl import PartitionCrawl
from pipeline.crawl.reports import TaskReport
from pipeline.crawl.rounds import Run, first_frontier, partitions
from pipeline.crawl.settings import Crawl
from tests.pipeline.crawl.web import respond

START = 1_700_000_000.0
Pages = Mapping[str, bytes | str]  # a response, or the reason for which there is none


class Simulated:
    """Answers links from a table of responses and notes what was asked for, and when."""

    def __init__(self, pages: Pages, latency: float = 0.01) -> None:
        self.pages = pages
        self.latency = latency
        self.asked: list[tuple[float, str]] = []
        self.headers: list[Mapping[str, str]] = []
        self.now = START

    def step(self, task: PartitionCrawl) -> bool:
        """Ask for the next link and settle it; false when there is none."""
        link = task.frontier.take(self.now)
        task.write_denials()
        if link is None:
            wakes = task.frontier.wakes(self.now)
            if wakes is None:
                return False
            self.now = max(self.now, wakes)
            return True
        self.asked.append((self.now, link.url))
        answer = self.pages.get(link.url, respond("", "404 Not Found"))
        broken = answer if isinstance(answer, str) else None
        received = bytearray(answer) if isinstance(answer, bytes) else bytearray()
        exchange = Exchange(self.now, "127.77.0.2", bytearray(b"GET / HTTP/1.1\r\n\r\n"), received)
        self.now += self.latency
        task.settle(link, exchange, exchange.answer(), ending(exchange.answer(), broken), self.now)
        return True

    def run(self, task: PartitionCrawl, directory: Path) -> TaskReport:
        """Crawl to the end and write the outputs."""
        while self.step(task):
            pass
        return finish(task, directory)

    def rounds(self) -> Run:
        """A way to run the tasks of a round in this process, for `rounds.crawl`."""

        def run(crawl: Crawl, planned: Sequence[Partition], place: Path) -> None:
            for each in planned:
                directory = place / f"{each.number:03d}"
                directory.mkdir(parents=True)
                self.run(PartitionCrawl(crawl, each, directory, self.now), directory)

        return run


def settings(seeds: list[Any], **more: Any) -> Crawl:
    """Settings without waiting, evidence or sitemaps unless they are asked for."""
    seeds = [{"url": seed, "sitemaps": False} if isinstance(seed, str) else seed for seed in seeds]
    politeness = {"delay": 0, "latency": 0, "retries": 1, **more.pop("politeness", {})}
    base: dict[str, Any] = {"contact": "a@b.example", "evidence": [], "test_network": {"networks": ["127.77.0.0/16"]}}
    return Crawl.model_validate({**base, "seeds": seeds, "politeness": politeness, "partitions": 1, **more})


def begin(crawl: Crawl, directory: Path, links: Sequence[Link] | None = None, now: float = START) -> PartitionCrawl:
    """The one task of a crawl with one partition, in a directory that may hold what an earlier try left."""
    directory.mkdir(parents=True, exist_ok=True)
    (partition,) = partitions(crawl, links or first_frontier(crawl), "test")
    assert all(number_of(link.url, 1) == 0 for link in partition.links)
    return PartitionCrawl(crawl, partition, directory, now)
