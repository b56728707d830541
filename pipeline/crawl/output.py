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
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.crawl import journal, urls
from pipeline.crawl.frontier import Frontier
from pipeline.crawl.partition import write_rows
from pipeline.crawl.settings import Crawl
from pipeline.crawl.task import PROGRESS, Task

REPORT = "report.json"
_PLACE = ("url", "kind", "seed", "depth", "hops", "origin")
_KEPT = (
    "url", "kind", "seed", "depth", "outcome", "reason", "status", "type", "language", "digest", "etag", "modified",
    "date", "record", "file", "offset", "length", "original", "signals", "bytes",
)  # fmt: skip


def finish(task: Task, directory: Path) -> dict[str, Any]:
    """Write the files of a finished task and return its report."""
    task.close()
    rows = _rows(directory / "journal.jsonl")
    write_rows(directory / "pages.jsonl.gz", rows)
    _replace(directory / "index.cdxj", "".join(sorted(_cdxj(row) for row in rows if row.get("record"))))
    write_rows(
        directory / "out.jsonl.gz",
        [
            {name: getattr(link, name) for name in _PLACE}
            for link in sorted(task.out, key=lambda each: (each.kind, each.url))
        ],
    )
    left = [
        {name: getattr(link, name) for name in (*_PLACE, "known")} | {"why": why} for link, why in task.frontier.left()
    ]
    write_rows(directory / "left.jsonl.gz", left)
    write_rows(directory / "hosts.jsonl.gz", _hosts(task.frontier, task.evidence))
    report = report_of(journal.read(directory / "journal.jsonl"), rows, task.frontier.refused)
    report |= {
        "name": task.partition.name,
        "left": dict(Counter(row["why"] for row in left)),
        "out": len(task.out),
        "files": _files(directory),
    }
    _replace(directory / REPORT, json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True))
    (directory / "journal.jsonl").unlink()
    (directory / PROGRESS).unlink(missing_ok=True)
    return report


def _rows(path: Path) -> list[dict[str, Any]]:
    """Return the last word on every URL, in order."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for entry in journal.read(path):
        if entry["outcome"] != "retry":
            rows[entry["kind"], entry["url"], entry["origin"]] = {
                name: entry[name] for name in _KEPT if entry.get(name) is not None
            }
    return [rows[key] for key in sorted(rows)]


def _cdxj(row: Mapping[str, Any]) -> str:
    stamp = "".join(character for character in row["date"] if character.isdigit())
    revisit = row["original"][0] != row["record"]
    fields = {
        "url": row["url"],
        "mime": "warc/revisit" if revisit else row.get("type") or "unk",
        "status": str(row["status"]),
        "digest": row["original"][2],
        "length": str(row["length"]),
        "offset": str(row["offset"]),
        "filename": row["file"],
    }
    return f"{urls.surt(row['url'])} {stamp} {json.dumps(fields, ensure_ascii=False)}\n"


def _hosts(frontier: Frontier, evidence: Mapping[str, list[dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    for name, host in sorted(frontier.hosts.items()):
        origins = sorted(origin for origin in frontier.rules if urls.host(origin + "/") == name)
        yield {
            "host": name,
            "ready_at": host.ready_at,
            "rules": {
                origin: frontier.rules[origin].as_json() for origin in origins if not frontier.rules[origin].unreachable
            },
            "evidence": {origin: evidence[origin] for origin in origins if origin in evidence},
        }


def report_of(
    entries: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]], refused: Mapping[str, int]
) -> dict[str, Any]:
    """Return the figures of a task: what was asked, what came, what was denied, per host and in all."""
    hosts: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    spent: dict[str, list[int]] = {}
    for entry in entries:
        figures = Counter({"bytes": entry.get("bytes", 0), "requests": int(entry["outcome"] != "denied")})
        total.update(figures)
        hosts.setdefault(urls.host(entry["url"]), Counter()).update(figures)
        if entry["kind"] in ("page", "list"):
            seed = spent.setdefault(str(entry["seed"]), [0, 0])
            seed[0] += bool(entry.get("stored"))
            seed[1] += entry.get("bytes", 0)
    outcomes: Counter[str] = Counter()
    status: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for row in rows:
        host = hosts[urls.host(row["url"])]
        if row["kind"] == "page":
            outcomes[row["outcome"]] += 1
            host[row["outcome"]] += 1
            if row["outcome"] in ("fetched", "unchanged"):
                languages[row.get("language", "und")] += 1
        if row["outcome"] in ("failed", "error", "left", "denied"):
            failures[f"{row['outcome']}.{row.get('reason')}"] += 1
            host[f"{row['outcome']}.{row.get('reason')}"] += 1
        if "status" in row:
            status[str(row["status"])] += 1
    return {
        "requests": total["requests"],
        "bytes": total["bytes"],
        "pages": dict(outcomes),
        "status": dict(status),
        "reasons": dict(failures),
        "languages": dict(languages),
        "refused_links": dict(refused),
        "spent": spent,
        "hosts": {name: dict(figures) for name, figures in sorted(hosts.items())},
    }


def _files(directory: Path) -> list[dict[str, Any]]:
    files = []
    for path in sorted(directory.glob("*/*.warc.gz")):
        with path.open("rb") as file:
            files.append(
                {
                    "name": str(path.relative_to(directory)),
                    "bytes": path.stat().st_size,
                    "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
                }
            )
    return files


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def write_report(
    here: Path, crawl: Crawl, rounds: Sequence[Path], left: Mapping[str, int], changed: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Sum up the reports of all tasks, write the report of the crawl last, and return it."""
    reports = [
        json.loads(path.read_text(encoding="utf-8")) for place in rounds for path in sorted(place.glob(f"*/{REPORT}"))
    ]
    report: dict[str, Any] = {"crawl": crawl.digest, "rounds": len(rounds), "left": left, "tasks": len(reports)}
    for name in ("requests", "bytes"):
        report[name] = sum(each[name] for each in reports)
    for name in ("pages", "status", "reasons", "languages", "refused_links"):
        report[name] = dict(sum((Counter(each[name]) for each in reports), Counter()).most_common())
    hosts: dict[str, Counter[str]] = {}
    for each in reports:
        for host, figures in each["hosts"].items():
            hosts.setdefault(host, Counter()).update(figures)
    report["hosts"] = {host: dict(figures) for host, figures in sorted(hosts.items())}
    report["files"] = [
        {**file, "name": str(path.parent.relative_to(here) / file["name"])}
        for place in rounds
        for path in sorted(place.glob(f"*/{REPORT}"))
        for file in json.loads(path.read_text(encoding="utf-8"))["files"]
    ]
    if changed is not None:
        report["changes"] = {name: len(found) if name != "unchanged" else found[0] for name, found in changed.items()}
        _replace(here / "changes.json", json.dumps(changed, ensure_ascii=False, indent=1))
    _replace(here / REPORT, json.dumps(report, ensure_ascii=False, indent=1))
    return report
