"""What a finished task leaves beside its WARC files: pages, index, links for others, hosts, a report.

pages.jsonl.gz   a row for every URL that was dealt with: how it ended, its digest, validators, record and signals
index.cdxj       where each response and revisit stands in the WARC files, by SURT and time
out.jsonl.gz     links to other partitions
left.jsonl.gz    links that this round did not come to
hosts.jsonl.gz   robots.txt, evidence and the time of rest of every host
report.json      the receipt, written last: a task without it is not finished
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.crawl import journal, urls
from pipeline.crawl.budgets import Budget
from pipeline.crawl.journal import Entry
from pipeline.crawl.links import Left
from pipeline.crawl.outcomes import Recorded, UrlResult
from pipeline.crawl.partition import KnownHost
from pipeline.crawl.partition_crawl import JOURNAL, PartitionCrawl
from pipeline.crawl.progress import PROGRESS
from pipeline.crawl.reports import TaskReport, WarcFile, replace_text
from pipeline.crawl.rows import write_rows

_WITHOUT_PAGE = frozenset({"failed", "error", "left", "denied"})  # outcomes that the report gives with their reason


def finish(task: PartitionCrawl, directory: Path) -> TaskReport:
    """Write the files of a finished task and return its report."""
    task.close()
    asked = _Asked()
    results = _results(asked.counted(journal.read(directory / JOURNAL)))
    write_rows(directory / "pages.jsonl.gz", (result.to_json() for result in results))
    replace_text(directory / "index.cdxj", "".join(sorted(_index(results))))
    out = sorted(task.out, key=lambda link: (link.kind, link.url))
    write_rows(directory / "out.jsonl.gz", (link.place() for link in out))
    left = task.frontier.left()
    write_rows(directory / "left.jsonl.gz", (each.to_json() for each in left))
    write_rows(directory / "hosts.jsonl.gz", (host.to_json() for host in _hosts(task)))
    report = _report(task, asked, results, left, _files(directory))
    report.write(directory)
    (directory / JOURNAL).unlink()
    (directory / PROGRESS).unlink(missing_ok=True)
    return report


class _Asked:
    """What was asked for: requests and bytes by host, pages and bytes by seed."""

    def __init__(self) -> None:
        self.hosts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.spent: defaultdict[int, Budget] = defaultdict(Budget)

    def counted(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Count the entries that pass."""
        for entry in entries:
            answered = entry.answered
            received, stored = (answered.bytes, answered.stored) if answered else (0, False)
            self.hosts[urls.host(entry.link.url)].update(bytes=received, requests=int(answered is not None))
            if entry.link.kind in ("page", "list"):
                self.spent[entry.link.seed] = self.spent[entry.link.seed].plus(Budget(int(stored), received))
            yield entry


def _results(entries: Iterable[Entry]) -> list[UrlResult]:
    """Return the last word on every URL, in order."""
    results: dict[tuple[str, str, str], UrlResult] = {}
    for entry in entries:
        result = entry.result()
        if result is not None:
            results[result.kind, result.url, entry.link.origin] = result
    return [results[key] for key in sorted(results)]


def _index(results: Iterable[UrlResult]) -> Iterator[str]:
    for result in results:
        if result.recorded is not None:
            yield _cdxj(result, result.recorded)


def _cdxj(result: UrlResult, recorded: Recorded) -> str:
    url = result.url
    stamp = "".join(character for character in recorded.date if character.isdigit())
    fields = {
        "url": url,
        "mime": "warc/revisit" if recorded.revisit else recorded.type or "unk",
        "status": str(result.status),
        "digest": recorded.original.payload_digest,
        "length": str(recorded.length),
        "offset": str(recorded.offset),
        "filename": recorded.file,
    }
    return f"{urls.surt(url)} {stamp} {json.dumps(fields, ensure_ascii=False)}\n"


def _hosts(task: PartitionCrawl) -> Iterator[KnownHost]:
    known, files = task.frontier.rules, task.rights_files
    origins_of: defaultdict[str, list[str]] = defaultdict(list)
    for origin in sorted(known):
        origins_of[urls.host(origin + "/")].append(origin)
    for name, host in sorted(task.frontier.hosts.items()):
        origins = origins_of[name]
        yield KnownHost(
            host=name,
            ready_at=host.ready_at,
            rules={origin: known[origin] for origin in origins if not known[origin].unreachable},
            evidence={origin: tuple(files[origin]) for origin in origins if origin in files},
        )


def _report(
    task: PartitionCrawl, asked: _Asked, results: Sequence[UrlResult], left: Sequence[Left], files: Sequence[WarcFile]
) -> TaskReport:
    failures = [
        (urls.host(each.url), f"{each.outcome}.{each.reason}") for each in results if each.outcome in _WITHOUT_PAGE
    ]
    pages = [each for each in results if each.kind == "page"]
    for each in pages:
        asked.hosts[urls.host(each.url)][each.outcome] += 1
    for host, reason in failures:
        asked.hosts[host][reason] += 1
    return TaskReport(
        name=task.partition.name,
        requests=sum(figures["requests"] for figures in asked.hosts.values()),
        bytes=sum(figures["bytes"] for figures in asked.hosts.values()),
        pages=Counter(each.outcome for each in pages),
        status=Counter(str(each.status) for each in results if each.status is not None),
        reasons=Counter(reason for _, reason in failures),
        languages=Counter(each.language or "und" for each in pages if each.has_page),
        refused_links=task.frontier.refused,
        spent=asked.spent,
        hosts=asked.hosts,
        left=Counter(each.why for each in left),
        out=len(task.out),
        files=tuple(files),
    )


def _files(directory: Path) -> list[WarcFile]:
    files = []
    for path in sorted(directory.glob("*/*.warc.gz")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        name = str(path.relative_to(directory))
        files.append(WarcFile(name=name, bytes=path.stat().st_size, sha256=digest))
    return files
