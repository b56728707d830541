"""What one task gets: the links of some registrable domains, what is known of their hosts, and a share of the budgets.

On disk it is `input.jsonl.gz`:

{crawl: SETTINGS, name, number, budgets: {seed: [pages, bytes]}}
{link: …}                                          pipeline.crawl.links
{host: {host, ready_at, rules: {origin: …}, evidence: {origin: […]}}}
                                                   a row of `hosts.jsonl.gz`; pipeline.crawl.robots and rights_files
{seen: URL}
{suppressed: KEY}                                  of an address that was taken down, in hex
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.crawl import urls
from pipeline.crawl.budgets import Budget
from pipeline.crawl.links import Link
from pipeline.crawl.rights_files import RightsFile
from pipeline.crawl.robots import Rules
from pipeline.crawl.rows import Row, read_rows, write_rows
from pipeline.crawl.settings import Crawl

INPUT = "input.jsonl.gz"


@dataclass(frozen=True)
class KnownHost:
    """What earlier rounds know of a host: a row of `hosts.jsonl.gz`."""

    host: str
    ready_at: float  # when it may be asked again
    rules: Mapping[str, Rules]  # by origin
    evidence: Mapping[str, tuple[RightsFile, ...]]  # by origin

    @classmethod
    def from_json(cls, row: Row) -> "KnownHost":
        """Return what `to_json` gave."""
        return cls(
            host=row["host"],
            ready_at=row["ready_at"],
            rules={origin: Rules.from_json(rules) for origin, rules in row["rules"].items()},
            evidence={origin: tuple(map(RightsFile.from_json, files)) for origin, files in row["evidence"].items()},
        )

    def to_json(self) -> Row:
        """Return the row."""
        return {
            "host": self.host,
            "ready_at": self.ready_at,
            "rules": {origin: rules.to_json() for origin, rules in self.rules.items()},
            "evidence": {origin: [file.to_json() for file in files] for origin, files in self.evidence.items()},
        }


@dataclass(frozen=True)
class Partition:
    """The work of one task."""

    name: str  # of its WARC files
    number: int
    links: tuple[Link, ...]
    budgets: Mapping[int, Budget]  # by seed
    hosts: tuple[KnownHost, ...] = ()
    seen: frozenset[str] = field(default=frozenset())  # URLs that earlier rounds have dealt with
    suppressed: frozenset[bytes] = frozenset()  # keys of addresses that were taken down, and are not asked for


def number_of(url: str, partitions: int) -> int:
    """Return the partition that a URL belongs to: that of its registrable domain."""
    return _number(urls.registrable_domain(urls.host(url)), partitions)


@lru_cache(maxsize=65_536)
def _number(domain: str, partitions: int) -> int:
    return int.from_bytes(hashlib.sha256(domain.encode()).digest()[:8]) % partitions


def save(path: Path, crawl: Crawl, partition: Partition) -> None:
    """Write a partition, with the settings that it is for."""
    head: Row = {
        "crawl": crawl.model_dump(mode="json"),
        "name": partition.name,
        "number": partition.number,
        "budgets": {str(seed): budget for seed, budget in partition.budgets.items()},
    }
    links = ({"link": link.to_json()} for link in partition.links)
    hosts = ({"host": host.to_json()} for host in partition.hosts)
    seen = ({"seen": url} for url in sorted(partition.seen))
    suppressed = ({"suppressed": key.hex()} for key in sorted(partition.suppressed))
    write_rows(path, [head, *links, *hosts, *seen, *suppressed])


def load(path: Path) -> tuple[Crawl, Partition]:
    """Return what `save` wrote."""
    rows = read_rows(path)
    head = next(rows)
    links, hosts, seen, suppressed = [], [], set(), set()
    for row in rows:
        if "link" in row:
            links.append(Link.from_json(row["link"]))
        elif "host" in row:
            hosts.append(KnownHost.from_json(row["host"]))
        elif "seen" in row:
            seen.add(row["seen"])
        else:
            suppressed.add(bytes.fromhex(row["suppressed"]))
    budgets = {int(seed): Budget(pages, size) for seed, (pages, size) in head["budgets"].items()}
    partition = Partition(
        head["name"], head["number"], tuple(links), budgets, tuple(hosts), frozenset(seen), frozenset(suppressed)
    )
    return Crawl.model_validate(head["crawl"]), partition
