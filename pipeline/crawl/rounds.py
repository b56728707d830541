"""A crawl in rounds: one task per partition, then the links that left a partition are handed to the one they belong to.

    DIRECTORY/0000/round-00/003/   what a task leaves (pipeline.crawl.output)
    DIRECTORY/0000/report.json     of the crawl, written last: without it the crawl is not finished and goes on
    DIRECTORY/0001/                the same pages asked for again, with what is known of them

Every step reads files and writes files, so that a crawl that was killed goes on where it was.
"""

import json
import logging
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pipeline.crawl import partition as files
from pipeline.crawl.changes import changes
from pipeline.crawl.frontier import Link
from pipeline.crawl.outcomes import Outcome
from pipeline.crawl.output import REPORT, write_report
from pipeline.crawl.partition import Partition, number_of
from pipeline.crawl.scope import Scope
from pipeline.crawl.settings import Crawl
from pipeline.crawl.task import PROGRESS
from pipeline.errors import ConfigError, PipelineError

logger = logging.getLogger(__name__)
Run: TypeAlias = Callable[[Crawl, Sequence[Partition], Path], list[dict[str, Any]]]
WATCHED = "--watched"  # the crawling process ends with its standard input, that is with the process that began it
KNOWN = ("digest", "etag", "modified", "original", "type", "language", "signals")
STAYS = frozenset({"fetched", "unchanged"})


def first_frontier(crawl: Crawl, pages: Iterable[Mapping[str, Any]] = (), left: Iterable[Link] = ()) -> list[Link]:
    """Return the links that a crawl begins with: its seeds, every page that an earlier crawl has, and those it left."""
    scope = Scope(crawl.seeds)
    known = {page["url"]: page for page in pages if page["kind"] == "page" and page["outcome"] in STAYS}
    links: dict[str, Link] = {}
    for number, seed in enumerate(crawl.seeds):
        links.setdefault(seed.url, Link(seed.url, seed=number, known=_known(known.get(seed.url))))
    old = [Link(url, seed=page["seed"], depth=page["depth"], known=_known(page)) for url, page in known.items()]
    for link in (*old, *(link for link in left if link.kind == "page")):
        places = scope.seeds_of(link.url)  # the seeds may have changed since
        if places:
            links.setdefault(link.url, replace(link, seed=link.seed if link.seed in places else places[0]))
    return sorted(links.values(), key=_order)


def partitions(
    crawl: Crawl,
    frontier: Iterable[Link],
    name: str = "",
    spent: Mapping[int, tuple[int, int]] | None = None,
    earlier: Mapping[int, tuple[Sequence[Mapping[str, Any]], frozenset[str]]] | None = None,
) -> list[Partition]:
    """Return the tasks of a round. What is left of a seed's budget is divided among the partitions that wait for it."""
    links: dict[int, list[Link]] = defaultdict(list)
    for link in frontier:
        links[number_of(link.url, crawl.partitions)].append(link)
    waiting = Counter(seed for group in links.values() for seed in _seeds(group))
    used = spent or {}
    budgets = {number: _left(crawl, number, used.get(number, (0, 0)), share) for number, share in waiting.items()}
    planned = []
    for number, group in sorted(links.items()):
        hosts, seen = (earlier or {}).get(number, ((), frozenset()))
        mine = {seed: budgets[seed] for seed in sorted(_seeds(group))}
        planned.append(
            Partition(f"{name}-{number:03d}", number, tuple(sorted(group, key=_order)), mine, tuple(hosts), seen)
        )
    return planned


def crawl_partition(crawl: Crawl, partition: Partition, directory: Path) -> dict[str, Any]:
    """Crawl one partition in a process of its own and return its report; run again, it goes on where it was."""
    if not (directory / REPORT).exists():
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / "input.jsonl.gz").exists():
            files.save(directory / "input.jsonl.gz", crawl, partition)
        root = str(Path(files.__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
        command = [sys.executable, "-m", "pipeline.crawl", str(directory), WATCHED]
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:  # noqa: S603
            code = process.wait()
        if code or not (directory / REPORT).exists():
            raise PipelineError(f"{directory}: the crawl ended with code {code}; run it again and it goes on")
    return dict(json.loads((directory / REPORT).read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Exchanged:
    """What one round hands to the next."""

    links: tuple[Link, ...] = ()
    moving: int = 0  # links that wait for their turn only; the others wait for a host that rests
    over_budget: int = 0  # links whose seed has spent its pages or bytes
    spent: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # by seed


def exchange(crawl: Crawl, rounds: Sequence[Path]) -> Exchanged:
    """Return the links for the next round, and what the seeds have spent, from the directories of the rounds so far."""
    links: dict[tuple[str, str], Link] = {}
    resting: set[tuple[str, str]] = set()
    for task in _tasks(rounds[-1:]):
        for row in files.read_rows(task / "left.jsonl.gz"):
            link = Link(**{name: value for name, value in row.items() if name != "why"})
            links.setdefault((link.kind, link.url), link)
            if row["why"] == "rest":
                resting.add((link.kind, link.url))
    arriving: dict[str, Link] = {}
    for task in _tasks(rounds[-1:]):
        for row in files.read_rows(task / "out.jsonl.gz"):
            link = Link(**row)
            best = arriving.get(link.url, link)
            arriving[link.url] = min(best, link, key=_order)
    seen = {row["url"] for task in _tasks(rounds) for row in files.read_rows(task / "pages.jsonl.gz")}
    for url, link in arriving.items():
        if url not in seen:
            links.setdefault((link.kind, url), link)
    spent = _spent(rounds)
    open_ = {number for number in range(len(crawl.seeds)) if min(_left(crawl, number, spent.get(number, (0, 0)), 1))}
    wanted = {key: link for key, link in links.items() if link.seed in open_ or link.kind == "evidence"}
    return Exchanged(
        tuple(sorted(wanted.values(), key=_order)), len(wanted.keys() - resting), len(links) - len(wanted), spent
    )


def crawl(settings: Crawl, directory: Path, *, refresh: bool = False, run: Run | None = None) -> dict[str, Any]:
    """Crawl in rounds until nothing is left, the rounds are used up or nothing moves, and return the report.

    A finished crawl is looked up; with `refresh`, its pages are asked for again. `run` may send the tasks elsewhere.
    """
    number = max((int(path.name) for path in directory.glob("[0-9][0-9][0-9][0-9]")), default=0)
    here = directory / f"{number:04d}"
    if refresh and (here / REPORT).exists():
        number, here = number + 1, directory / f"{number + 1:04d}"
    elif (here / REPORT).exists():
        _same(settings, here)
        return dict(json.loads((here / REPORT).read_text(encoding="utf-8")))
    here.mkdir(parents=True, exist_ok=True)
    _same(settings, here)
    before = _standing(directory, number)
    rounds: list[Path] = []
    left = _unfinished(directory / f"{number - 1:04d}") if number else []
    begin = first_frontier(settings, before, left)
    state = Exchanged(tuple(begin), len(begin))
    while state.moving and len(rounds) < settings.rounds:
        name = f"{settings.digest}-{number:04d}-{len(rounds):02d}"
        place = here / f"round-{len(rounds):02d}"
        planned = partitions(settings, state.links, name, state.spent, _earlier(rounds))
        logger.info("round %d: %d links in %d partitions", len(rounds), len(state.links), len(planned))
        (run or in_turn)(settings, planned, place)
        rounds.append(place)
        state = exchange(settings, rounds)
    files.write_rows(here / "left.jsonl.gz", (asdict(link) for link in state.links))
    left_over = {"waiting": len(state.links), "over_budget": state.over_budget}
    return write_report(here, settings, rounds, left_over, changes(before, _pages([here])) if number else None)


def progress(place: Path) -> str:
    """Return how far the tasks of a round have come, in a line: those under way by what they last wrote down."""
    tasks = [path.parent for path in place.glob("*/input.jsonl.gz")]
    done = [task for task in tasks if (task / REPORT).exists()]
    outcomes: Counter[str] = Counter()
    resting: list[str] = []
    for task in tasks:
        report = _read(task / REPORT)
        outcomes.update(report.get("pages", {}))
        for host, figures in () if report else _read(task / PROGRESS).items():
            outcomes.update({name: count for name, count in figures.items() if name in get_args(Outcome)})
            resting += [host] * figures["rests"]
    said = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    names = f"; resting: {', '.join(sorted(resting)[:5])}" if resting else ""
    return f"{place.name}: {len(done)} of {len(tasks)} tasks done; {said or 'nothing answered yet'}{names}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def in_turn(settings: Crawl, planned: Sequence[Partition], place: Path) -> list[dict[str, Any]]:
    """Run the tasks of a round one after the other; those that fail are named when the others are done."""
    reports, failed = [], []
    for each in planned:
        try:
            reports.append(crawl_partition(settings, each, place / f"{each.number:03d}"))
        except PipelineError as error:
            failed.append(str(error))
    if failed:
        raise PipelineError("; ".join(failed))
    return reports


def _same(settings: Crawl, here: Path) -> None:
    path = here / "crawl.json"
    text = settings.model_dump_json(indent=1)
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise ConfigError(f"{here}: was begun with other settings ({path}); crawl into another directory, or refresh")


def _left(crawl: Crawl, seed: int, spent: tuple[int, int], shares: int) -> tuple[int, int]:
    pages, size = crawl.seeds[seed].pages - spent[0], crawl.seeds[seed].bytes - spent[1]
    return max(0, -(-pages // shares)), max(0, -(-size // shares))


def _seeds(links: Iterable[Link]) -> set[int]:
    return {link.seed for link in links if link.kind != "evidence"}  # which takes nothing from a seed's budget


def _order(link: Link) -> tuple[int, int, str]:
    return (link.depth, link.seed, link.url)


def _known(page: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: page[name] for name in KNOWN if name in page} if page else None


def _tasks(rounds: Iterable[Path]) -> list[Path]:
    return [report.parent for place in rounds for report in sorted(place.glob(f"[0-9]*/{REPORT}"))]


def _pages(crawls: Iterable[Path]) -> Iterable[dict[str, Any]]:
    for here in crawls:
        for task in _tasks(sorted(here.glob("round-*"))):
            yield from files.read_rows(task / "pages.jsonl.gz")


def _standing(directory: Path, number: int) -> list[dict[str, Any]]:
    """Return the last thing known of every page before a crawl; that a host did not answer once changes nothing."""
    known: dict[str, dict[str, Any]] = {}
    for earlier in range(number):
        for page in _pages([directory / f"{earlier:04d}"]):
            if page["kind"] == "page" and page["outcome"] not in ("error", "failed"):
                known[page["url"]] = page
    return list(known.values())


def _unfinished(earlier: Path) -> list[Link]:
    """Return the links that an earlier crawl did not come to, or that failed: nothing would lead to them again."""
    left = [Link(**row) for row in files.read_rows(earlier / "left.jsonl.gz")]
    failed = [page for page in _pages([earlier]) if page["kind"] == "page" and page["outcome"] in ("error", "failed")]
    return left + [Link(page["url"], seed=page["seed"], depth=page["depth"]) for page in failed]


def _spent(rounds: Sequence[Path]) -> dict[int, tuple[int, int]]:
    spent: dict[int, tuple[int, int]] = {}
    for task in _tasks(rounds):
        for seed, (pages, size) in json.loads((task / REPORT).read_text(encoding="utf-8"))["spent"].items():
            before = spent.get(int(seed), (0, 0))
            spent[int(seed)] = (before[0] + pages, before[1] + size)
    return spent


def _earlier(rounds: Sequence[Path]) -> dict[int, tuple[list[dict[str, Any]], frozenset[str]]]:
    hosts: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    seen: dict[int, set[str]] = defaultdict(set)
    for task in _tasks(rounds):
        number = int(task.name)
        hosts[number] |= {row["host"]: row for row in files.read_rows(task / "hosts.jsonl.gz")}
        seen[number] |= {row["url"] for row in files.read_rows(task / "pages.jsonl.gz")}
    return {number: (list(hosts[number].values()), frozenset(seen[number])) for number in hosts}
