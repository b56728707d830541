"""Crawl the documentation site of the development data pack, with this crawler and with plain Scrapy, in one run.

    python -m tests.benchmarks.crawl ../shared/data/site [--hosts d-i.debian.org] [--seeds 6] [--rounds 5]

All crawl the same servers on loopback addresses over TLS, one connection to a host and no delay, robots.txt obeyed,
each in a process of its own, in turns. Plain Scrapy follows its own LinkExtractor and keeps nothing; this crawler
writes WARC, index and evidence. Plain Scrapy stands there as it comes, and with its one setting that counts here
(CONCURRENT_ITEMS: by default it starts 100 asyncio tasks per response). Pages are counted by the servers' own access
log, and so is politeness; what was fetched is compared with the pack's truth.
"""

import argparse
import asyncio
import datetime
import gzip
import json
import mimetypes
import os
import resource
import ssl
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pipeline.crawl.partition import save  # noqa: E402
from pipeline.crawl.rounds import first_frontier, partitions  # noqa: E402
from pipeline.crawl.rows import read_rows  # noqa: E402
from pipeline.crawl.settings import Crawl  # noqa: E402
from pipeline.crawl.urls import canonical  # noqa: E402

OURS = "this crawler"
PLAIN = """
import json, sys, time
from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
sys.path.insert(0, {root!r})
from pipeline.crawl.settings import Crawl

class Plain(Spider):
    name = "plain"
    allowed_domains = {hosts!r}
    start_urls = {seeds!r}
    links = LinkExtractor(allow_domains={hosts!r})
    count = 0
    def parse(self, response):
        Plain.count += 1
        if Plain.count >= {pages!r}:
            self.crawler.engine.close_spider(self, "enough")
        for link in self.links.extract_links(response) if hasattr(response, "text") else ():
            yield response.follow(link)

process = CrawlerProcess({{
    "CRAWL": Crawl.model_validate_json({crawl!r}), "TWISTED_DNS_RESOLVER": "pipeline.crawl.addresses.GuardedResolver",
    "ROBOTSTXT_OBEY": True, "LOG_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0,
    "TELNETCONSOLE_ENABLED": False, "RETRY_TIMES": 1, "CONCURRENT_ITEMS": {items!r},
}})
process.crawl(Plain)
process.start()
"""


def certificate(directory: Path, hosts: list[str]) -> tuple[Path, Path]:
    """Return chain and key for the hosts; the chain is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    signed = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    chain, secret = directory / "chain.pem", directory / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*plain))
    return chain, secret


class Site:
    """The hosts of the site, each on an address of its own, with an access log."""

    def __init__(self, root: Path, hosts: list[str], tls: tuple[Path, Path]) -> None:
        self.root, self.hosts, self.tls = root, hosts, tls
        self.addresses: dict[str, list[str]] = {}
        self.log: list[tuple[str, str, float, float]] = []
        self._open: dict[str, int] = {}
        self.fetched: dict[str, set[tuple[str, str]]] = {}  # by crawler: the pages of its last run
        self.most_at_once: dict[str, int] = {}
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.tls))
        for number, host in enumerate(self.hosts, 2):
            for port, secure in ((443, context), (80, None)):

                def connected(reader: Any, writer: Any, host: str = host, secure: Any = secure) -> Any:
                    return self._answer(reader, writer, host, secure is not None)

                server = await asyncio.start_server(connected, f"127.88.0.{number}", 0, ssl=secure)
                address, bound = server.sockets[0].getsockname()
                self.addresses[f"{host}:{port}"] = [f"{address}:{bound}"]
        self._ready.set()
        await asyncio.Event().wait()

    async def _answer(self, reader: Any, writer: Any, host: str, secure: bool) -> None:
        try:
            while line := await reader.readline():
                began = time.monotonic()
                while (await reader.readline()).strip():
                    pass
                path = line.split()[1].decode().partition("?")[0]
                self._open[host] = self._open.get(host, 0) + 1
                self.most_at_once[host] = max(self.most_at_once.get(host, 0), self._open[host])
                writer.write(self._response(host, path) if secure else _moved(host, path))
                await writer.drain()
                self._open[host] -= 1
                self.log.append((host, path, began, time.monotonic()))
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def _response(self, host: str, path: str) -> bytes:
        file = self.root / "hosts" / host / path.lstrip("/")
        if not file.is_file():
            return b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot found"
        body = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "text/html"  # index.html.ja.utf8 and the like
        return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind.encode(), len(body), body)


def _moved(host: str, path: str) -> bytes:
    return f"HTTP/1.1 301 Moved\r\nLocation: https://{host}{path}\r\nContent-Length: 0\r\n\r\n".encode()


def timed(command: list[str], **more: Any) -> tuple[float, float]:
    """Run a command and return wall and CPU seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--hosts", nargs="*", default=["d-i.debian.org", "httpd.apache.org", "www.debian.org"])
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        with (
            pa.input_stream(str(options.site / "site.tar.zst"), compression="zstd") as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            tar.extractall(directory, filter="data")
        site = Site(directory, options.hosts, certificate(directory, options.hosts))
        seeds = [url for url in (options.site / "seeds.txt").read_text().split() if url.split("/")[2] in options.hosts]
        seeds = seeds[:: max(1, len(seeds) // options.seeds)]  # evenly over the hosts
        crawl = Crawl.model_validate(
            {
                "contact": "benchmark@example.org",
                "seeds": [{"url": url, "sitemaps": False, "pages": options.pages} for url in seeds],
                "partitions": 1,
                "evidence": [],
                "politeness": {"delay": 0, "latency": 0},
                "test_network": {
                    "networks": ["127.88.0.0/16"],
                    "hosts": site.addresses,
                    "authority": str(directory / "chain.pem"),
                },
            }
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        plain, tuned = (
            PLAIN.format(
                root=str(ROOT),
                hosts=options.hosts,
                seeds=seeds,
                pages=options.pages,
                crawl=crawl.model_dump_json(),
                items=items,
            )
            for items in (100, 1)
        )
        rates: dict[str, list[tuple[float, float]]] = {}
        versions = f"scrapy {version('scrapy')}, twisted {version('twisted')}, Python {sys.version.split()[0]}"
        print(f"{versions}; {', '.join(options.hosts)}\n")
        print("| crawler | answers | pages | wall s | CPU s | pages/s | pages/CPU-s | most at once to a host |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for number in range(options.rounds):
            (partition,) = partitions(crawl, first_frontier(crawl), "benchmark")
            out = directory / f"out-{number}"
            out.mkdir()
            save(out / "input.jsonl.gz", crawl, partition)
            commands = {
                "plain Scrapy": ["-c", plain],
                "plain Scrapy, CONCURRENT_ITEMS 1": ["-c", tuned],
                OURS: ["-m", "pipeline.crawl", str(out)],
            }
            if options.only_ours:
                commands = {OURS: commands[OURS]}
            for name in commands if number % 2 == 0 else reversed(commands):
                spent = timed([sys.executable, *commands[name]], env=environment, stderr=subprocess.DEVNULL)
                rates.setdefault(name, []).append(row(name, site, *spent))
        summary(rates)
        print(f"\nthe same pages by all: {len({frozenset(pages) for pages in site.fetched.values()}) == 1}")
        compare(options.site, options.hosts, out)


def row(name: str, site: Site, wall: float, cpu: float) -> tuple[float, float]:
    """Print a run and return its pages per second and per CPU second."""
    site.fetched[name] = {
        (host, path) for host, path, _, _ in site.log if (site.root / "hosts" / host / path.lstrip("/")).is_file()
    }
    pages = len(site.fetched[name])
    figures = (len(site.log), pages, f"{wall:.1f}", f"{cpu:.1f}", f"{pages / wall:.0f}", f"{pages / cpu:.0f}")
    print(f"| {name} | {' | '.join(map(str, figures))} | {max(site.most_at_once.values())} |", flush=True)
    site.log.clear()
    site.most_at_once.clear()
    return pages / wall, pages / cpu


def summary(rates: dict[str, list[tuple[float, float]]]) -> None:
    """Print the medians with their ranges, and how many times each of the others this crawler is, run by run."""
    print("\n| crawler | pages/s | pages/CPU-s | this crawler, times: pages/s | pages/CPU-s |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, runs in rates.items():
        own = [spread([run[kind] for run in runs], 0) for kind in (0, 1)]
        times = [[mine[kind] / run[kind] for mine, run in zip(rates[OURS], runs, strict=True)] for kind in (0, 1)]
        print(f"| {name} | {' | '.join(own)} | {' | '.join(spread(each, 2) for each in times)} |")


def spread(values: list[float], digits: int) -> str:
    """Return median, least and most."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def compare(data: Path, hosts: list[str], out: Path) -> None:
    """Print how the pages that were fetched relate to those that are known to be reachable or broken."""
    with gzip.open(data / "site_index.jsonl.gz", "rt") as lines:
        index = [json.loads(line) for line in lines]
    with gzip.open(data / "broken_links.jsonl.gz", "rt") as lines:
        broken = {json.loads(line)["url"] for line in lines}
    mine = [each for each in index if each["url"].split("/")[2] in hosts]
    reachable = {each["url"] for each in mine if each["reachable"]}
    rows = {each["url"]: each for each in read_rows(out / "pages.jsonl.gz") if each["kind"] == "page"}
    fetched = {url for url, each in rows.items() if each["outcome"] == "fetched"}
    asked = {url for url in broken if url.split("/")[2] in hosts}
    ends = Counter(_end(rows, url) for url in asked)
    report = json.loads((out / "report.json").read_text())
    print(f"\nreachable {len(reachable)}, fetched {len(fetched)}", end="; ")
    print(f"missed {sorted(reachable - fetched)[:5]}, beyond the truth {sorted(fetched - reachable)[:5]}")
    print(f"broken links {len(asked)}, that end as {dict(ends)}")
    print(sorted(url for url in asked if _end(rows, url) != "missing")[:20])
    print({name: report[name] for name in ("pages", "reasons", "refused_links", "left", "bytes")})
    print(dict(sorted(report["languages"].items())))


def _end(rows: dict[str, Any], reference: str) -> str:
    """Return how a broken link ended, by way of the redirect from http to https."""
    url = canonical(reference) or reference
    if rows.get(url, {}).get("outcome") == "redirect":
        url = url.replace("http://", "https://", 1)
    row = rows.get(url)
    return (
        f"{row['outcome']}.{row.get('reason')}"
        if row and row["outcome"] != "missing"
        else "missing"
        if row
        else "never asked"
    )


if __name__ == "__main__":
    main()
