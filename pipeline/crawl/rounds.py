"""A crawl in rounds: one task per partition, then the links that left a partition are handed to the one they belong to.

    DIRECTORY/0000/round-00/003/   what a task leaves (pipeline.crawl.output)
    DIRECTORY/0000/report.json     of the crawl, written last: without it the crawl is not finished and goes on
    DIRECTORY/0000/left.jsonl.gz   links that the crawl did not come to
    DIRECTORY/0001/                the same pages asked for again, with what is known of them

Every step reads files and writes files, so that a crawl that was killed goes on where it was.
"""

import logging
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from pipeline.crawl import partition as inputs
from pipeline.crawl.budgets import Budget, share
from pipeline.crawl.changes import changes
from pipeline.crawl.links import Left, Link
from pipeline.crawl.outcomes import UNANSWERED, UrlResult, read_results, urls_of
from pipeline.crawl.partition import INPUT, KnownHost, Partition, number_of
from pipeline.crawl.reports import REPORT, CrawlReport, LeftOver, TaskReport, finished_tasks, write_report
from pipeline.crawl.rows import read_rows, write_rows
from pipeline.crawl.scope import Scope
from pipeline.crawl.settings import Crawl
from pipeline.errors import ConfigError, PipelineError
from pipeline.extract.suppressed import read_list
from pipeline.stopping import end_if_asked
from pipeline.takedown.notes import SUPPRESSED

logger = logging.getLogger(__name__)
Run: TypeAlias = Callable[[Crawl, Sequence[Partition], Path], None]  # runs the tasks of a round
WATCHED = "--watched"  # the crawling process ends with its standard input, that is with the process that began it


def first_frontier(crawl: Crawl, pages: Iterable[UrlResult] = (), left: Iterable[Link] = ()) -> list[Link]:
    """Return the links that a crawl begins with: its seeds, every page that an earlier crawl has, and those it left."""
    scope = Scope(crawl.seeds)
    known = {page.url: page for page in pages if page.has_page}
    links: dict[str, Link] = {}
    for number, seed in enumerate(crawl.seeds):
        page = known.get(seed.url)
        links.setdefault(seed.url, Link(seed.url, seed=number, known=page.known() if page else None))
    old = [Link(url, seed=page.seed, depth=page.depth, known=page.known()) for url, page in known.items()]
    for link in (*old, *(link for link in left if link.kind == "page")):
        places = scope.seeds_of(link.url)  # the seeds may have changed since
        if places:
            links.setdefault(link.url, replace(link, seed=link.seed if link.seed in places else places[0]))
    return sorted(links.values(), key=_order)


@dataclass(frozen=True)
class Earlier:
    """What earlier rounds know of a partition."""

    hosts: tuple[KnownHost, ...] = ()
    seen: frozenset[str] = frozenset()  # URLs that were dealt with


def partitions(
    crawl: Crawl,
    frontier: Iterable[Link],
    name: str = "",
    spent: Mapping[int, Budget] | None = None,
    earlier: Mapping[int, Earlier] | None = None,
    suppressed: frozenset[bytes] = frozenset(),
) -> list[Partition]:
    """Return the tasks of a round. What is left of a seed's budget is divided among the partitions that wait for it."""
    links: dict[int, list[Link]] = defaultdict(list)
    for link in frontier:
        links[number_of(link.url, crawl.partitions)].append(link)
    waiting = Counter(seed for group in links.values() for seed in _seeds(group))
    used, known = spent or {}, earlier or {}
    budgets = {seed: share(crawl.seeds[seed], used.get(seed, Budget()), shares) for seed, shares in waiting.items()}
    return [
        Partition(
            name=f"{name}-{number:03d}",
            number=number,
            links=tuple(sorted(group, key=_order)),
            budgets={seed: budgets[seed] for seed in sorted(_seeds(group))},
            hosts=known.get(number, Earlier()).hosts,
            seen=known.get(number, Earlier()).seen,
            suppressed=suppressed,
        )
        for number, group in sorted(links.items())
    ]


def crawl_partition(crawl: Crawl, partition: Partition, directory: Path) -> TaskReport:
    """Crawl one partition in a process of its own and return its report; run again, it goes on where it was."""
    if not (directory / REPORT).exists():
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / INPUT).exists():
            inputs.save(directory / INPUT, crawl, partition)
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
        command = [sys.executable, "-m", "pipeline.crawl", str(directory), WATCHED]
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:  # noqa: S603
            code = process.wait()
        if code or not (directory / REPORT).exists():
            raise PipelineError(f"{directory}: the crawl ended with code {code}; run it again and it goes on")
    return TaskReport.read(directory)


@dataclass(frozen=True)
class Exchanged:
    """What one round hands to the next."""

    links: tuple[Link, ...] = ()
    moving: int = 0  # links that wait for their turn only; the others wait for a host that rests
    over_budget: int = 0  # links whose seed has spent its pages or bytes
    spent: Mapping[int, Budget] = field(default_factory=dict)  # by seed


def exchange(crawl: Crawl, rounds: Sequence[Path]) -> Exchanged:
    """Return the links for the next round, and what the seeds have spent, from the directories of the rounds so far."""
    links: dict[tuple[str, str], Link] = {}
    resting: set[tuple[str, str]] = set()
    last = finished_tasks(rounds[-1:])
    for left in (Left.from_json(row) for task in last for row in read_rows(task / "left.jsonl.gz")):
        key = (left.link.kind, left.link.url)
        links.setdefault(key, left.link)
        if left.why == "rest":
            resting.add(key)
    arriving: dict[str, Link] = {}
    for link in (Link.from_json(row) for task in last for row in read_rows(task / "out.jsonl.gz")):
        arriving[link.url] = min(arriving.get(link.url, link), link, key=_order)
    seen = {url for task in finished_tasks(rounds) for url in urls_of(task / "pages.jsonl.gz")}
    for url, link in arriving.items():
        if url not in seen:
            links.setdefault((link.kind, url), link)
    spent = _spent(rounds)
    open_ = {number for number, seed in enumerate(crawl.seeds) if min(share(seed, spent.get(number, Budget()))) > 0}
    wanted = {key: link for key, link in links.items() if link.seed in open_ or link.kind == "evidence"}
    return Exchanged(
        links=tuple(sorted(wanted.values(), key=_order)),
        moving=len(wanted.keys() - resting),
        over_budget=len(links) - len(wanted),
        spent=spent,
    )


def crawl(settings: Crawl, directory: Path, *, refresh: bool = False, run: Run | None = None) -> CrawlReport:
    """Crawl in rounds until nothing is left, the rounds are used up or nothing moves, and return the report.

    A finished crawl is looked up; with `refresh`, its pages are asked for again. `run` may send the tasks elsewhere.
    """
    number = max((int(path.name) for path in directory.glob("[0-9][0-9][0-9][0-9]")), default=0)
    here = directory / f"{number:04d}"
    if refresh and (here / REPORT).exists():
        number, here = number + 1, directory / f"{number + 1:04d}"
    elif (here / REPORT).exists():
        _same(settings, here)
        return CrawlReport.read(here)
    here.mkdir(parents=True, exist_ok=True)
    _same(settings, here)
    before = _standing(directory, number)
    rounds: list[Path] = []
    left = _unfinished(directory / f"{number - 1:04d}") if number else []
    begin = first_frontier(settings, before, left)
    state = Exchanged(tuple(begin), len(begin))
    while state.moving and len(rounds) < settings.rounds:
        end_if_asked()
        name = f"{settings.digest}-{number:04d}-{len(rounds):02d}"
        place = here / f"round-{len(rounds):02d}"
        taken_down = read_list(str(directory.parent / SUPPRESSED))  # in each round, as one may be meanwhile
        planned = partitions(settings, state.links, name, state.spent, _earlier(rounds), taken_down.keys)
        logger.info("round %d: %d links in %d partitions", len(rounds), len(state.links), len(planned))
        (run or in_turn)(settings, planned, place)
        rounds.append(place)
        state = exchange(settings, rounds)
    write_rows(here / "left.jsonl.gz", (link.to_json() for link in state.links))
    left_over = LeftOver(waiting=len(state.links), over_budget=state.over_budget)
    return write_report(here, settings, rounds, left_over, changes(before, _pages(here)) if number else None)


def in_turn(settings: Crawl, planned: Sequence[Partition], place: Path) -> None:
    """Run the tasks of a round one after the other; those that fail are named when the others are done."""
    failed = []
    for each in planned:
        end_if_asked()
        try:
            crawl_partition(settings, each, place / f"{each.number:03d}")
        except PipelineError as error:
            failed.append(str(error))
    if failed:
        raise PipelineError("; ".join(failed))


def _same(settings: Crawl, here: Path) -> None:
    path = here / "crawl.json"
    text = settings.model_dump_json(indent=1)
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise ConfigError(f"{here}: was begun with other settings ({path}); crawl into another directory, or refresh")


def _seeds(links: Iterable[Link]) -> set[int]:
    return {link.seed for link in links if link.kind != "evidence"}  # which takes nothing from a seed's budget


def _order(link: Link) -> tuple[int, int, str]:
    return (link.depth, link.seed, link.url)


def _pages(here: Path) -> Iterator[UrlResult]:
    for task in finished_tasks(sorted(here.glob("round-*"))):
        yield from (result for result in read_results(task / "pages.jsonl.gz") if result.kind == "page")


def _standing(directory: Path, number: int) -> list[UrlResult]:
    """Return the last thing known of every page before a crawl; that a host did not answer once changes nothing."""
    known: dict[str, UrlResult] = {}
    for earlier in range(number):
        known |= {page.url: page for page in _pages(directory / f"{earlier:04d}") if page.outcome not in UNANSWERED}
    return list(known.values())


def _unfinished(earlier: Path) -> list[Link]:
    """Return the links that an earlier crawl did not come to, or that failed: nothing would lead to them again."""
    left = [Link.from_json(row) for row in read_rows(earlier / "left.jsonl.gz")]
    failed = [page for page in _pages(earlier) if page.outcome in UNANSWERED]
    return left + [Link(page.url, seed=page.seed, depth=page.depth) for page in failed]


def _spent(rounds: Sequence[Path]) -> dict[int, Budget]:
    spent: defaultdict[int, Budget] = defaultdict(Budget)
    for task in finished_tasks(rounds):
        for seed, budget in TaskReport.read(task).spent.items():
            spent[seed] = spent[seed].plus(budget)
    return dict(spent)


def _earlier(rounds: Sequence[Path]) -> dict[int, Earlier]:
    hosts: dict[int, dict[str, KnownHost]] = defaultdict(dict)
    seen: dict[int, set[str]] = defaultdict(set)
    for task in finished_tasks(rounds):
        number = int(task.name)
        hosts[number] |= {host.host: host for host in map(KnownHost.from_json, read_rows(task / "hosts.jsonl.gz"))}
        seen[number] |= set(urls_of(task / "pages.jsonl.gz"))
    return {number: Earlier(tuple(hosts[number].values()), frozenset(seen[number])) for number in hosts}
