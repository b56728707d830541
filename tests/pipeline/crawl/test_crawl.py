"""Real crawls of real servers on loopback: each host at an address of its own, some of them hostile."""

import contextlib
import datetime
import gzip
import hashlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.config import RaySettings
from pipeline.crawl.__main__ import STOPPED
from pipeline.crawl.partition import save
from pipeline.crawl.reports import CrawlReport
from pipeline.crawl.rounds import crawl, first_frontier, partitions
from pipeline.crawl.rows import read_rows
from pipeline.crawl.settings import Crawl
from pipeline.dispatch import RETRIES
from pipeline.errors import PipelineError
from pipeline.runner import OnRay
from pipeline.sources.warc import Warc
from tests.pipeline.crawl.test_partition_crawl import check_warcs
from tests.pipeline.crawl.web import Request, Web, page, respond, robots
from tests.sample_web.serve import VIRTUAL, serving
from tests.sample_web.web import pages as sample_pages

ROOT = Path(__file__).resolve().parents[3]


def pages(directory: Path, number: int = 0) -> dict[str, dict[str, Any]]:
    tasks = sorted((directory / f"{number:04d}").glob("round-*/*/pages.jsonl.gz"))
    return {row["url"]: row for task in tasks for row in read_rows(task) if row["kind"] == "page"}


def dripping(request: Request) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    for number in range(100):
        yield b"X-%d: y\r\n" % number
        time.sleep(0.3)


def slow_body(request: Request) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n"
    for _ in range(100):
        yield b"x"
        time.sleep(0.3)


def endless(request: Request) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    while True:
        yield b"<p>more</p>" * 10_000


def many_headers(request: Request) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(100_000):
        yield b"X-%d: y\r\n" % number


def only(answer: Any) -> Any:
    """A site whose robots.txt is fine and whose pages are not."""

    def site(request: Request) -> Any:
        if request.path == "/robots.txt":
            return robots("")
        return answer(request) if callable(answer) else answer

    return site


def rules_at(location: str) -> Callable[[Request], bytes]:
    """A site whose robots.txt is said to be somewhere else."""
    elsewhere = respond(status="301 Moved", location=location)
    return lambda request: elsewhere if request.path == "/robots.txt" else page("home")


def flaky() -> Callable[[Request], bytes]:
    """A site whose page is there when it is asked for again."""
    answers = iter([respond("", "503 Busy", retry_after="1")])
    return only(lambda _: next(answers, page("at last")))


HOSTILE = {
    "drip.test": (only(dripping), "failed", "timeout"),
    "slow.test": (only(slow_body), "failed", "timeout"),
    "endless.test": (only(endless), "failed", "body_bytes"),
    "big.test": (only(respond(b"x" * 300_000)), "failed", "body_bytes"),
    "headers.test": (only(many_headers), "failed", "headers"),
    "wide.test": (only(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), "failed", "header_bytes"),
    "bomb.test": (only(respond(gzip.compress(b"0" * 20_000_000), content_encoding="gzip")), "left", "bomb"),
    "loop.test": (only(respond(status="302 Found", location="/")), "redirect", None),
    "error.test": (only(respond("", "500 Oops")), "error", "500"),
    "reset.test": (only(None), "failed", "connection"),
    "short.test": (
        only(respond("<p>short").replace(b"Length: 8", b"Length: 80") + b"\r\nconnection: close"),
        "failed",
        "length",
    ),
    "long.test": (only(respond("<p>long, and then some").replace(b"Length: 22", b"Length: 7")), "fetched", None),
    "ssh.test": (only(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "failed", None),
    "liar.test": (
        only(respond("<p>Привет".encode("cp1251"), content_type="text/html; charset=utf-16")),
        "fetched",
        None,
    ),
    "flaky.test": (flaky(), "fetched", None),
    "closed.test": (lambda request: respond("", "500 Oops"), None, None),
    "inside.test": (only(page("secret")), "denied", "address"),
    "rules-of-a-file.test": (rules_at("file:///etc/passwd"), "denied", "location"),
    "rules-inside.test": (rules_at("http://127.0.0.1:1/robots.txt"), "denied", "address"),
    "away.test": (only(respond(status="301 Moved", location="http://127.0.0.1:1/admin")), "redirect", None),
    "good.test": (
        {
            "/robots.txt": robots("User-agent: *\nCrawl-delay: 0.4"),
            "/": page("<a href=/1>1</a><a href=/2>2</a><a href=http://inside.test/>i</a>"),
        }
        | {"/1": page("one"), "/2": page("two")},
        "fetched",
        None,
    ),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Path, CrawlReport]]:
    directory = tmp_path_factory.mktemp("hostile")
    with Web({host: site for host, (site, _, _) in HOSTILE.items()}) as web:
        outside = {**{host: [at] for host, at in web.addresses.items()}, "inside.test": ["127.99.0.1:80"]}
        settings = web.settings(
            [
                {"url": f"http://{host}/", "sitemaps": False, "reach": "domain", "hosts": ["127.0.0.1"]}
                for host in HOSTILE
            ],
            network={"hosts": outside},
            partitions=1,
            limits={"seconds": 2, "body_bytes": 200_000, "decoded_bytes": 5_000_000},
        )
        yield web, directory, crawl(settings, directory)


@pytest.mark.parametrize("host", [host for host, (_, outcome, _) in HOSTILE.items() if outcome])
def test_a_hostile_server_costs_a_bounded_amount_and_ends_in_a_named_outcome(hostile: Any, host: str) -> None:
    row = pages(hostile[1])[f"http://{host}/"]
    _, outcome, reason = HOSTILE[host]
    assert row["outcome"] == outcome, row
    assert reason is None or row["reason"] == reason


def test_what_was_received_from_hostile_servers_is_in_valid_warcs(hostile: Any) -> None:
    check_warcs(hostile[1])


def test_no_connection_is_made_to_an_address_outside_the_test_network(hostile: Any) -> None:
    web, directory, _ = hostile
    assert web.paths("inside.test") == []
    assert pages(directory)["http://127.0.0.1:1/admin"]["reason"] == "address"  # where a redirect led


@pytest.mark.parametrize("host", ["rules-of-a-file.test", "rules-inside.test"])
def test_an_origin_whose_robots_lead_where_nobody_may_go_is_asked_for_nothing_else(hostile: Any, host: str) -> None:
    web, *_ = hostile
    assert set(web.paths(host)) == {"/robots.txt"}


def test_an_origin_whose_robots_fail_is_asked_for_nothing_else(hostile: Any) -> None:
    web, directory, report = hostile
    assert set(web.paths("closed.test")) == {"/robots.txt"}
    assert "http://closed.test/" not in pages(directory)
    assert report.left.waiting == 1


def test_hosts_are_asked_one_request_at_a_time_and_no_faster_than_they_wish(hostile: Any) -> None:
    web = hostile[0]
    visits = [request for request in web.log if request.host == "good.test"]
    assert [visit.path for visit in visits] == ["/robots.txt", "/", "/1", "/2"]
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(visits[1:])]
    assert min(gaps) >= 0.38
    busy = [request for request in web.log if request.host == "flaky.test" and request.path == "/"]
    assert busy[1].at - busy[0].at >= 0.95  # Retry-After: 1


def test_every_request_says_who_asks_and_carries_no_secrets(hostile: Any) -> None:
    for request in hostile[0].log:
        assert request.headers["user-agent"] == "YuliaoBot/0.1 (+crawler@example.org)"
        assert not {"cookie", "authorization", "referer", "proxy-authorization"} & request.headers.keys()


def test_the_report_says_what_happened_by_host(hostile: Any) -> None:
    report = hostile[2]
    assert report.pages["failed"] >= 8
    assert report.reasons["failed.timeout"] == 2
    assert report.hosts["good.test"]["fetched"] == 3
    assert report.languages["en"] >= 3


# As a robots.txt may spell a path, and a link to a page there.
ESCAPED = {
    "/%7Ejoe/": "/~joe/1",
    "/~ann/": "/%7eann/1",
    "/my files/": "/my%20files/1",
    "/your%20files/": "/your files/1",
    "/star-%2A": "/star-*",
    "/price-%24": "/price-$",
    "/%e7%a7%81": "/私/1",
    "/有/": "/%E6%9C%89/1",
    "/%62%61%7A": "/baz",
    "/list?next=https://a.test/x": "/list?next=https%3A%2F%2Fa.test%2Fx",
    "/{curly}|": "/{curly}|1",
}


def test_what_a_robots_txt_forbids_is_not_asked_for_however_it_and_the_links_are_spelt(tmp_path: Path) -> None:
    free = ["/joe/1", "/my/1", "/star-x", "/price-", "/b%2Faz"]
    site = {path: page("free") for path in ("/joe/1", "/my/1", "/star-x", "/price-")}
    links = "".join(f'<a href="{link}">x</a>' for link in [*ESCAPED.values(), *free])
    rules = "".join(f"Disallow: {rule}\n" for rule in ESCAPED)
    site |= {"/robots.txt": robots(f"User-agent: *\n{rules}"), "/": page(links)}
    with Web({"a.test": site}) as web:
        crawl(web.settings([{"url": "http://a.test/", "sitemaps": False}]), tmp_path)
        assert sorted(web.paths("a.test")) == sorted(["/robots.txt", "/", *free])
    found = pages(tmp_path)
    denied = [url for url, row in found.items() if row["outcome"] == "denied"]
    assert len(denied) == len(ESCAPED)
    assert {found[url]["reason"] for url in denied} == {"robots"}


def certificate(directory: Path, *names: str, signed_by: Any = None) -> Any:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    issuer, signer = (signed_by[0].subject, signed_by[1]) if signed_by else (name, key)
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=signed_by is None, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    chain, secret = directory / f"{names[0]}.pem", directory / f"{names[0]}.key"
    chain.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*plain))
    return built, key, (str(chain), str(secret))


def test_tls_is_verified(tmp_path: Path) -> None:
    authority = certificate(tmp_path, "authority.test")
    good = certificate(tmp_path, "good.test", signed_by=authority)
    wrong_name = certificate(tmp_path, "other.test", signed_by=authority)
    self_signed = certificate(tmp_path, "self.test")
    sites = [("good.test", good), ("wrong.test", wrong_name), ("self.test", self_signed)]
    site = {"/robots.txt": robots(""), "/": page("hello")}
    with (
        Web({sites[0][0]: site}, certificate=good[2], first=40) as first,
        Web({sites[1][0]: site}, certificate=wrong_name[2], first=41) as second,
        Web({sites[2][0]: site}, certificate=self_signed[2], first=42) as third,
    ):
        addresses = {host: [at] for web in (first, second, third) for host, at in web.addresses.items()}
        settings = first.settings(
            [{"url": f"https://{host}/", "sitemaps": False} for host, _ in sites],
            network={"hosts": addresses, "authority": authority[2][0]},
            partitions=1,
        )
        report = crawl(settings, tmp_path / "out")
    assert [url for url, row in pages(tmp_path / "out").items() if row["outcome"] == "fetched"] == [
        "https://good.test/"
    ]
    assert report.reasons["failed.tls"] == 2
    assert second.log == third.log == []


@pytest.mark.processes
def test_stopped_or_killed_and_run_again_no_page_is_stored_twice_and_none_is_lost(tmp_path: Path) -> None:
    size = 120
    site = {"/robots.txt": robots("")}
    site |= {f"/{n}": page(f"{n} <a href=/{2 * n + 1}>l</a><a href=/{2 * n + 2}>r</a>") for n in range(size)}

    def slowly(request: Request) -> bytes:
        time.sleep(0.004)
        return site.get(request.path, respond("", "404 Not Found"))

    with Web({"a.test": slowly, "b.test": slowly}, first=50) as web:
        seeds = [{"url": f"http://{host}/0", "sitemaps": False} for host in web.sites]
        settings = web.settings(seeds, partitions=1)
        (partition,) = partitions(settings, first_frontier(settings), "killed")
        save(tmp_path / "input.jsonl.gz", settings, partition)
        command = [sys.executable, "-m", "pipeline.crawl", str(tmp_path)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        for stop_after, how in ((40, signal.SIGTERM), (120, signal.SIGKILL)):
            process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
            while len(web.log) < stop_after and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(how)
            assert process.wait() == (STOPPED if how == signal.SIGTERM else -signal.SIGKILL)
            assert not (tmp_path / "report.json").exists()
        subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True)
    rows = [row for row in read_rows(tmp_path / "pages.jsonl.gz") if row["kind"] == "page"]
    fetched = [row["url"] for row in rows if row["outcome"] == "fetched"]
    assert sorted(fetched) == sorted(f"http://{host}/{n}" for host in web.sites for n in range(size))
    check_warcs(tmp_path)
    lines = (tmp_path / "index.cdxj").read_text().splitlines()
    stored = [json.loads(line.split(" ", 2)[2])["url"] for line in lines]
    assert len(stored) == len(set(stored))
    asked = [(request.host, request.path) for request in web.log]
    # What a host was answering at the moment of the kill is asked for once more: one request per host at most.
    assert len(asked) - len(set(asked)) <= len(web.sites)
    for host in web.sites:  # one request at a time, says the server
        visits = [request for request in web.log if request.host == host]
        assert all(earlier.done <= later.at for earlier, later in itertools.pairwise(visits))


def test_a_later_crawl_reports_what_was_added_changed_gone_denied_and_reserved(tmp_path: Path) -> None:
    texts = {
        "/": "home",
        "/same": "same",
        "/tagged": "tagged",
        "/changes": "old",
        "/goes": "bye",
        "/shut": "s",
        "/quiet": "q",
    }
    links = "".join(f"<a href={path}>{path}</a>" for path in texts)
    state: dict[str, Any] = {"robots": ""}

    def site(request: Request) -> bytes:
        if request.path == "/robots.txt":
            return robots(state["robots"])
        if request.path not in texts:
            return respond("", "404 Not Found")
        body = page(texts[request.path] + (links if request.path == "/" else ""), **state.get(request.path, {}))
        if request.path == "/tagged":
            if request.headers.get("if-none-match") == '"v1"':
                return b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n'
            return body.replace(b"\r\n\r\n", b'\r\nETag: "v1"\r\n\r\n', 1)
        return body

    with Web({"a.test": site}, first=60) as web:
        settings = web.settings([{"url": "http://a.test/", "sitemaps": False}], partitions=1)
        first = crawl(settings, tmp_path)
        asked = len(web.log)
        assert crawl(settings, tmp_path) == first
        assert len(web.log) == asked  # a finished crawl is looked up
        texts["/changes"] = "new"
        texts["/added"] = "added"
        del texts["/goes"]
        links += "<a href=/added>a</a>"
        state |= {"robots": "User-agent: *\nDisallow: /shut", "/quiet": {"x_robots_tag": "noai"}}
        second = crawl(settings, tmp_path, refresh=True)
    changed = json.loads((tmp_path / "0001" / "changes.json").read_text())
    assert {
        name: [each.removeprefix("http://a.test") for each in changed[name]]
        for name in ("added", "changed", "gone", "denied")
    } == {
        "added": ["/added"],
        "changed": ["/", "/changes"],
        "gone": ["/goes"],
        "denied": ["/shut"],
    }
    assert {"url": "http://a.test/quiet", "signals": ["x_robots_tag: noai"]} in changed["reserved"]
    assert second.changes is not None
    assert second.changes["unchanged"] == 3
    (warc,) = tmp_path.glob("0001/round-00/*/pages/*.warc.gz")
    text = gzip.decompress(warc.read_bytes())
    assert text.count(b"WARC-Type: revisit") == 3
    assert text.count(b"revisit/server-not-modified") == 1
    check_warcs(tmp_path)


def test_the_sample_web_is_crawled_whole_and_read_back_as_pages(tmp_path: Path) -> None:
    truth: dict[str, bytes] = {}
    for each in sample_pages():
        truth.setdefault(f"http://{each.host}{each.path}", each.body if each.status == 200 else b"")
    with serving() as bases:
        hosts = {host: [base.removeprefix("http://")] for host, base in bases.items() if host != VIRTUAL}
        settings = Crawl.model_validate(
            {
                "contact": "crawler@example.org",
                "seeds": [f"http://{host}/" for host in hosts],
                "partitions": 1,
                "politeness": {"delay": 0, "latency": 0},
                "test_network": {"networks": ["127.0.0.0/8"], "hosts": hosts},
            }
        )
        report = crawl(settings, tmp_path)
    rows = {url: row for url, row in pages(tmp_path).items() if row["outcome"] == "fetched"}
    wanted = {url for url, body in truth.items() if body and not re.search("/private/|/search|[.]png$", url)}
    assert wanted - rows.keys() == set()
    assert not any("/private/" in url for url in rows)
    read: dict[str, bytes] = {}
    for file in report.files:
        source = Warc(name="crawl", paths=(str(tmp_path / "0000" / file.name),))
        for split in source.splits():
            read |= {row["url"]: row["payload"] for row in source.read(split) if row.get("payload")}
    assert {url: read[url] for url in wanted} == {url: truth[url] for url in wanted}
    check_warcs(tmp_path)


@pytest.fixture(scope="module")
def on_ray() -> Iterator[OnRay]:
    with OnRay(RaySettings(num_cpus=2)) as executor:
        yield executor


@pytest.mark.processes
def test_on_ray_the_same_pages_are_fetched(tmp_path: Path, on_ray: OnRay) -> None:
    with serving() as bases:
        hosts = {host: [base.removeprefix("http://")] for host, base in bases.items() if host != VIRTUAL}
        settings = Crawl.model_validate(
            {
                "contact": "crawler@example.org",
                "seeds": [f"http://{host}/" for host in list(hosts)[:4]],
                "partitions": 2,
                "politeness": {"delay": 0, "latency": 0},
                "test_network": {"networks": ["127.0.0.0/8"], "hosts": hosts},
            }
        )
        crawl(settings, tmp_path / "loop")
        crawl(settings, tmp_path / "ray", run=on_ray.crawl_round)
    outcomes = [{url: row["outcome"] for url, row in pages(tmp_path / name).items()} for name in ("loop", "ray")]
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) > 20


class Killer(threading.Thread):
    """Kills, with no warning, whoever crawls: Ray's workers and the processes that they began, in turn."""

    def __init__(self, web: Web, every: int) -> None:
        super().__init__(daemon=True)
        self.web, self.every, self.next = web, every, len(web.log) + every
        self.killed = {"worker": 0, "crawler": 0}
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.002):
            if len(self.web.log) >= self.next:
                worker = self.killed["worker"] <= self.killed["crawler"] and self.killed["worker"] < RETRIES
                if self.kill("worker" if worker else "crawler"):
                    self.next = len(self.web.log) + self.every

    def kill(self, whom: str) -> bool:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                command = process.cmdline()
                if command[:1] == ["ray::crawl"] if whom == "worker" else command[1:3] == ["-m", "pipeline.crawl"]:
                    process.kill()
                    self.killed[whom] += 1
                    return True
        return False


@pytest.mark.processes
def test_with_workers_and_crawlers_killed_on_ray_two_crawls_store_every_page_once(
    tmp_path: Path, on_ray: OnRay
) -> None:
    size = 40
    site = {f"/{n}": f"{n} <a href=/{2 * n + 1}>l</a><a href=/{2 * n + 2}>r</a>" for n in range(size)}

    def tagged(request: Request) -> bytes:
        time.sleep(0.004)
        if request.path not in site:
            return robots("") if request.path == "/robots.txt" else respond("", "404 Not Found")
        tag = f'"{hashlib.sha256(site[request.path].encode()).hexdigest()[:8]}"'
        same = request.headers.get("if-none-match") == tag
        return b"HTTP/1.1 304 Not Modified\r\n\r\n" if same else page(site[request.path], etag=tag)

    hosts = ["a.test", "b.test"]
    with Web(dict.fromkeys(hosts, tagged), first=80) as web:
        settings = web.settings([{"url": f"http://{host}/0", "sitemaps": False} for host in hosts])
        for refresh in (False, True):
            before = len(web.log)
            wanted = [f"http://{host}/{n}" for host in hosts for n in range(size if refresh else 2 * size + 1)]
            killer = Killer(web, every=len(wanted) // 3)
            killer.start()
            for attempt in itertools.count():
                with contextlib.suppress(PipelineError):
                    crawl(settings, tmp_path, refresh=refresh and not attempt, run=on_ray.crawl_round)
                    break
            killer.over.set()
            killer.join()
            assert min(killer.killed.values()) > 0
            stored = [
                url
                for path in sorted((tmp_path / f"{int(refresh):04d}").rglob("index.cdxj"))
                for line in path.read_text().splitlines()
                if (url := json.loads(line.split(" ", 2)[2])["url"]) and not url.endswith("/robots.txt")
            ]
            assert sorted(stored) == sorted(wanted)
            asked = Counter((request.host, request.path) for request in web.log[before:])
            assert sum(asked.values()) - len(asked) <= sum(killer.killed.values()) * len(hosts)
            site |= {"/5": "changed " + site["/5"]}
        for host in hosts:  # one request at a time, says the server, whoever was killed
            visits = [request for request in web.log if request.host == host]
            assert all(earlier.done <= later.at for earlier, later in itertools.pairwise(visits))
    changes = CrawlReport.read(tmp_path / "0001").changes
    assert changes is not None
    assert changes["unsettled"] == 0
    assert (changes["changed"], changes["unchanged"]) == (len(hosts), len(hosts) * (size - 1))
    check_warcs(tmp_path)
    warcs = b"".join(gzip.decompress(path.read_bytes()) for path in tmp_path.glob("0001/round-*/*/pages/*.warc.gz"))
    assert warcs.count(b"revisit/server-not-modified") == len(hosts) * (size - 1)
