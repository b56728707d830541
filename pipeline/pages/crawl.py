"""The report of a crawl as a page: what was asked for, what came, what was denied, by host."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.crawl.reports import REPORT, CrawlReport
from pipeline.pages.frame import Section, page
from pipeline.pages.html import Html, definitions, element, joined, shortened
from pipeline.pages.tables import BAR, COUNT, Cell, Column, first_rows
from pipeline.pages.words import Words
from pipeline.words import number
from shards import files

COUNTS = ("pages", "status", "reasons", "languages", "refused_links", "changes")  # of the report, by name


def crawl_in(place: str) -> Path | None:
    """Return the folder of the crawl that a path leads to, or of the newest below it that has ended, if any."""
    folder = Path(place)
    if files.scheme(place) is not None or not folder.is_dir():
        return None
    ended = [path.parent for path in (folder / REPORT, *_below(folder / "crawl"), *_below(folder)) if path.is_file()]
    return ended[-1] if ended else None


def _below(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"[0-9]*/{REPORT}"))


def crawl_page(report: CrawlReport, name: str, words: Words) -> str:
    """Return the page of a finished crawl; every number on it is one of its `report.json`."""
    sections = [
        Section("about", words("crawl.about"), _about(report, words)),
        *(Section(f"{key}-section", words(f"crawl.{key}"), _counts(report, key, words)) for key in COUNTS),
        Section("hosts-section", words("crawl.hosts"), joined(_hosts(report.hosts, words))),
    ]
    return page(f"{name} · Yuliao", words, [one for one in sections if one.content])


def _about(report: CrawlReport, words: Words) -> Html:
    figures = {
        "requests": report.requests,
        "bytes": report.bytes,
        "rounds": report.rounds,
        "tasks": report.tasks,
        "files": len(report.files),
        "waiting": report.left.waiting,
        "over_budget": report.left.over_budget,
    }
    pairs = [
        (words(f"crawl.of.{key}"), element("data", number(value), value=value, data_key=key))
        for key, value in figures.items()
    ]
    return definitions(pairs)


def _counts(report: CrawlReport, key: str, words: Words) -> Html:
    counts: Mapping[str, int] = getattr(report, key) or {}
    whole = sum(counts.values())
    rows: list[dict[str, Cell]] = [
        {"name": shortened(name), "count": count, "share": count / whole if whole else None}
        for name, count in Counter(counts).most_common()
    ]
    columns = [
        Column("name", words("crawl.name")),
        Column("count", words("crawl.count"), COUNT),
        Column("share", words("column.share"), BAR),
    ]
    return joined(first_rows(columns, rows, words(f"crawl.{key}"), key, words))


def _hosts(hosts: Mapping[str, Mapping[str, int]], words: Words) -> Iterator[Html]:
    """Yield a table of the hosts of which most came, with every figure that one of them has."""
    names = list(dict.fromkeys(name for figures in hosts.values() for name in figures))
    first = "bytes" if "bytes" in names else names[0] if names else ""
    order = sorted(hosts, key=lambda host: (-hosts[host].get(first, 0), host))
    rows: list[dict[str, Cell]] = [{"host": host, **hosts[host]} for host in order]
    columns = [Column("host", words("column.hosts")), *(Column(name, name, COUNT) for name in names)]
    yield from first_rows(columns, rows, words("crawl.hosts"), "hosts", words)
