"""What one task gets: the links of some registrable domains, what is known of their hosts, and a share of the budgets.

On disk it is `input.jsonl.gz`, one line per link, host or known URL after a line with the rest.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.crawl import urls
from pipeline.crawl.frontier import Link
from pipeline.crawl.settings import Crawl


@dataclass(frozen=True)
class Partition:
    """The work of one task."""

    name: str  # of its WARC files
    number: int
    links: tuple[Link, ...]
    budgets: Mapping[int, tuple[int, int]]  # by seed: pages and bytes
    hosts: tuple[Mapping[str, Any], ...] = ()  # what earlier rounds know: host, ready_at, rules and evidence by origin
    seen: frozenset[str] = field(default=frozenset())  # URLs that earlier rounds have dealt with


def number_of(url: str, partitions: int) -> int:
    """Return the partition that a URL belongs to: that of its registrable domain."""
    return _number(urls.registrable_domain(urls.host(url)), partitions)


@lru_cache(maxsize=65_536)
def _number(domain: str, partitions: int) -> int:
    return int.from_bytes(hashlib.sha256(domain.encode()).digest()[:8]) % partitions


def save(path: Path, crawl: Crawl, partition: Partition) -> None:
    """Write a partition, with the settings that it is for."""
    budgets = {str(seed): budget for seed, budget in partition.budgets.items()}
    head = {
        "crawl": crawl.model_dump(mode="json"),
        "name": partition.name,
        "number": partition.number,
        "budgets": budgets,
    }
    rows: list[Mapping[str, Any]] = [head, *({"link": asdict(link)} for link in partition.links)]
    write_rows(
        path, [*rows, *({"host": host} for host in partition.hosts), *({"seen": url} for url in sorted(partition.seen))]
    )


def load(path: Path) -> tuple[Crawl, Partition]:
    """Return what `save` wrote."""
    rows = read_rows(path)
    head = next(rows)
    links, hosts, seen = [], [], set()
    for row in rows:
        if "link" in row:
            links.append(Link(**row["link"]))
        elif "host" in row:
            hosts.append(row["host"])
        else:
            seen.add(row["seen"])
    budgets = {int(seed): (pages, size) for seed, (pages, size) in head["budgets"].items()}
    partition = Partition(head["name"], head["number"], tuple(links), budgets, tuple(hosts), frozenset(seen))
    return Crawl.model_validate(head["crawl"]), partition


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write gzipped JSON lines, whole or not at all; the same rows give the same bytes."""
    temporary = path.with_name(path.name + ".tmp")
    with (
        temporary.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as file,
    ):
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n")
    temporary.replace(path)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of gzipped JSON lines."""
    with gzip.open(path, "rb") as file:
        for line in file:
            yield json.loads(line)
