"""A crawl without a network: answers from a table, a clock that jumps, the same task that a real crawl runs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.crawl.exchange import Exchange
from pipeline.crawl.outcomes import ending
from pipeline.crawl.output import finish
from pipeline.crawl.partition import Partition, number_of
from pipeline.crawl.rounds import Run
from pipeline.crawl.settings import Crawl
from pipeline.crawl.task import Task
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

    def step(self, task: Task) -> bool:
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

    def run(self, task: Task, directory: Path) -> dict[str, Any]:
        """Crawl to the end and write the outputs."""
        while self.step(task):
            pass
        return finish(task, directory)

    def rounds(self) -> Run:
        """A way to run the tasks of a round in this process, for `rounds.crawl`."""

        def run(crawl: Crawl, planned: Any, place: Path) -> list[dict[str, Any]]:
            reports = []
            for each in planned:
                directory = place / f"{each.number:03d}"
                directory.mkdir(parents=True)
                reports.append(self.run(Task(crawl, each, directory, self.now), directory))
            return reports

        return run


def settings(seeds: list[Any], **more: Any) -> Crawl:
    """Settings without waiting, evidence or sitemaps unless they are asked for."""
    seeds = [{"url": seed, "sitemaps": False} if isinstance(seed, str) else seed for seed in seeds]
    politeness = {"delay": 0, "latency": 0, "retries": 1, **more.pop("politeness", {})}
    base: dict[str, Any] = {"contact": "a@b.example", "evidence": [], "test_network": {"networks": ["127.77.0.0/16"]}}
    return Crawl.model_validate({**base, "seeds": seeds, "politeness": politeness, "partitions": 1, **more})


def begin(crawl: Crawl, directory: Path, links: Any = None, now: float = START) -> Task:
    """The one task of a crawl with one partition, in a directory that may hold what an earlier try left."""
    from pipeline.crawl.rounds import first_frontier, partitions

    directory.mkdir(parents=True, exist_ok=True)
    (partition,) = partitions(crawl, links or first_frontier(crawl), "test")
    assert isinstance(partition, Partition)
    assert all(number_of(link.url, 1) == 0 for link in partition.links)
    return Task(crawl, partition, directory, now)


Drive = Callable[[Crawl, Pages], dict[str, Any]]
