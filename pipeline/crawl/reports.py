"""The figures of a task and of a crawl: each `report.json` is written last, as a receipt of all that lies beside it."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from pipeline.crawl.budgets import Budget
from pipeline.crawl.changes import Changes
from pipeline.crawl.settings import Crawl

REPORT = "report.json"


class WarcFile(BaseModel, frozen=True):
    """A WARC file, by its name below the folder of the report."""

    bytes: int
    name: str
    sha256: str


class TaskReport(BaseModel, frozen=True):
    """What a task asked for, what came, what was denied: by host and in all."""

    name: str
    requests: int
    bytes: int  # received, headers included
    pages: Mapping[str, int]  # by outcome
    status: Mapping[str, int]  # URLs by the code of their last answer
    reasons: Mapping[str, int]  # URLs without a usable answer, by `outcome.reason`
    languages: Mapping[str, int]  # kept pages by primary tag
    refused_links: Mapping[str, int]  # links that were not taken, by reason
    spent: Mapping[int, Budget]  # by seed
    hosts: Mapping[str, Mapping[str, int]]
    left: Mapping[str, int]  # links that this round did not come to, by why
    out: int  # links to other partitions
    files: tuple[WarcFile, ...]

    @classmethod
    def read(cls, directory: Path) -> "TaskReport":
        """Return the report of a finished task."""
        return cls.model_validate_json((directory / REPORT).read_bytes())

    def write(self, directory: Path) -> None:
        """Write the report: with that, the task is finished."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
        replace_text(directory / REPORT, text)


class LeftOver(BaseModel, frozen=True):
    """Links that a crawl did not come to."""

    waiting: int
    over_budget: int  # their seed has spent its pages or bytes


class CrawlReport(BaseModel, frozen=True):
    """The sum of the reports of a crawl's tasks."""

    crawl: str  # the digest of its settings
    rounds: int
    left: LeftOver
    tasks: int
    requests: int
    bytes: int
    pages: Mapping[str, int]
    status: Mapping[str, int]
    reasons: Mapping[str, int]
    languages: Mapping[str, int]
    refused_links: Mapping[str, int]
    hosts: Mapping[str, Mapping[str, int]]
    files: tuple[WarcFile, ...]
    changes: Mapping[str, int] | None = None  # of a crawl that had one before it

    @classmethod
    def read(cls, directory: Path) -> "CrawlReport":
        """Return the report of a finished crawl."""
        return cls.model_validate_json((directory / REPORT).read_bytes())

    def write(self, directory: Path) -> None:
        """Write the report: with that, the crawl is finished."""
        text = json.dumps(self.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=1)
        replace_text(directory / REPORT, text)


def finished_tasks(rounds: Sequence[Path]) -> list[Path]:
    """Return the directories of the tasks that are finished, round by round."""
    return [report.parent for place in rounds for report in sorted(place.glob(f"[0-9]*/{REPORT}"))]


def write_report(
    here: Path, crawl: Crawl, rounds: Sequence[Path], left: LeftOver, changed: Changes | None
) -> CrawlReport:
    """Sum up the reports of all tasks, write the report of the crawl last, and return it."""
    reports = {task: TaskReport.read(task) for task in finished_tasks(rounds)}
    hosts: dict[str, Counter[str]] = {}
    for each in reports.values():
        for host, figures in each.hosts.items():
            hosts.setdefault(host, Counter()).update(figures)
    report = CrawlReport(
        crawl=crawl.digest,
        rounds=len(rounds),
        left=left,
        tasks=len(reports),
        requests=sum(each.requests for each in reports.values()),
        bytes=sum(each.bytes for each in reports.values()),
        pages=_sum(each.pages for each in reports.values()),
        status=_sum(each.status for each in reports.values()),
        reasons=_sum(each.reasons for each in reports.values()),
        languages=_sum(each.languages for each in reports.values()),
        refused_links=_sum(each.refused_links for each in reports.values()),
        hosts={host: dict(figures) for host, figures in sorted(hosts.items())},
        files=tuple(
            file.model_copy(update={"name": str(task.relative_to(here) / file.name)})
            for task, each in reports.items()
            for file in each.files
        ),
        changes=changed.counts() if changed is not None else None,
    )
    if changed is not None:
        replace_text(here / "changes.json", json.dumps(changed.to_json(), ensure_ascii=False, indent=1))
    report.write(here)
    return report


def _sum(figures: Iterable[Mapping[str, int]]) -> dict[str, int]:
    return dict(sum(map(Counter, figures), Counter()).most_common())


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, and hand it to the disk."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
