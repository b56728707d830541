"""Disturbed runs that ask servers, each in a process of its own: a bucket that fails, and sites that are crawled."""

import hashlib
import itertools
import json
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import pytest
import yaml

from shards import stores
from tests.campaign.corpus import Campaign, difference
from tests.campaign.kinds import Disturbed
from tests.campaign.processes import Driver, children, killed, named
from tests.object_store import Bucket, serving
from tests.pipeline.crawl.web import Request, Web, page, respond, robots

HOSTS = ("a.test", "b.test", "c.test")
PAGES = 100  # of a host
RATES = (0.01, 0.03, 0.1)  # of the requests that fail


class Server:
    """A function that serves in a process of its own, and answers what it is asked through a pipe."""

    def __init__(self, serve: Any, *arguments: Any) -> None:
        context = multiprocessing.get_context("fork")
        self._asked, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
        self._process.start()

    def ask(self, what: Any = None) -> Any:
        """Return the answer to a question."""
        self._asked.send(what)
        return self._asked.recv()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


class InBucket(Disturbed):
    """The output is in a bucket that refuses or breaks off some of what it is asked, while the driver is killed."""

    kind = "store"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._server = Server(_bucket, draw.random())
        self._environment = self._server.ask("environment")

    def start(self) -> Driver:
        self._server.ask(self.draw.choice(RATES))
        config = self.trial.config(output="s3://bucket/運行 #1, 100%")
        return Driver("run", str(config), "--local", log=self.trial.log, before=self._before)

    def _before(self) -> None:
        for name in ("AWS_PROFILE", "YULIAO_STORES"):
            os.environ.pop(name, None)
        os.environ |= self._environment
        stores.DELAYS = (0.05, 0.1, 0.2, 0.4)  # seconds: what fails is soon tried again

    def done(self) -> int:
        return int(self._server.ask("done"))

    def strike(self, driver: Driver) -> None:
        self.kill(driver)

    def result(self) -> str:
        found, refused = self._server.ask("digests")
        self.faults["refused"] = refused
        return difference(found, self.campaign.expected)

    def close(self) -> None:
        self._server.close()


def _bucket(asked: Connection, seed: float) -> None:
    with pytest.MonkeyPatch.context() as patch, serving(patch) as bucket:
        bucket.dice = random.Random(seed)
        while True:
            asked.send(_of_bucket(bucket, asked.recv()))


def _of_bucket(bucket: Bucket, what: Any) -> Any:
    if what == "environment":
        return {
            "AWS_ENDPOINT_URL": bucket.address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-test-1",
        }
    with bucket.lock:
        objects = {key.partition("/")[2]: content for key, content in bucket.objects.items()}
    if what == "done":
        return sum("/receipts/" in key for key in objects)
    if what == "digests":
        results = {key: content for key, content in objects.items() if "/receipts/" not in key and "-" in key}
        in_folders = {key: content for key, content in results.items() if "/" in key}
        return {key: hashlib.sha256(content).hexdigest() for key, content in in_folders.items()}, bucket.failed.total()
    bucket.rate = float(what)
    return None


class Crawling(Disturbed):
    """A crawl whose crawlers and driver are killed: every page is stored once, and no host is asked by two."""

    kind = "crawl"

    def __init__(self, campaign: Campaign, name: str, draw: random.Random) -> None:
        super().__init__(campaign, name, draw)
        self._server = Server(_web)
        settings = {"name": "crawl", "output": str(self.trial.output), "crawl": self._server.ask("settings")}
        stages = [{"name": "documents", "sources": [{"kind": "warc", "name": "crawl", "paths": ["x"]}]}]
        stages[0]["steps"] = [{"name": "extract"}]
        self._config = self.trial.folder / "crawl.yaml"
        self._config.write_text(yaml.safe_dump({**settings, "stages": stages}), encoding="utf-8")

    def start(self) -> Driver:
        return Driver("crawl", str(self._config), "--local", log=self.trial.log)

    def done(self) -> int:
        return int(self._server.ask("done")) // 6

    def strike(self, driver: Driver) -> None:
        crawlers = named(children(driver.pid), lambda command: "-m pipeline.crawl" in command)
        if crawlers and self.draw.random() < 0.6:
            killed(crawlers)
            self.kills["crawler"] += 1
        else:
            self.kill(driver)

    def result(self) -> str:
        stored = Counter(
            json.loads(line.split(" ", 2)[2])["url"]
            for path in sorted((self.trial.output / "crawl" / "0000").rglob("index.cdxj"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
        pages = Counter({url: count for url, count in stored.items() if not url.endswith("/robots.txt")})
        wanted = Counter(f"http://{host}/{number}" for host in HOSTS for number in range(2 * PAGES + 1))
        if pages != wanted:
            return f"{len(pages - wanted)} pages too many, {len(wanted - pages)} missing"
        return str(self._server.ask("overlaps"))

    def close(self) -> None:
        self._server.close()


def _web(asked: Connection) -> None:
    with _sites() as web:
        while True:
            what = asked.recv()
            if what == "settings":
                seeds = [{"url": f"http://{host}/0", "sitemaps": False} for host in HOSTS]
                asked.send(web.settings(seeds, partitions=2).model_dump(mode="json", exclude_unset=True))
            elif what == "done":
                asked.send(len(web.log))
            else:
                asked.send(_overlaps(web))


@contextmanager
def _sites() -> Iterator[Web]:
    def answer(request: Request) -> bytes:
        time.sleep(0.01)
        if request.path == "/robots.txt":
            return robots("")
        number = int(request.path[1:])
        if number >= 2 * PAGES + 1:
            return respond("", "404 Not Found")
        links = f"<a href=/{2 * number + 1}>l</a><a href=/{2 * number + 2}>r</a>" if number < PAGES else ""
        return page(f"page {number} {links}")

    with Web(dict.fromkeys(HOSTS, answer), first=140) as web:
        yield web


def _overlaps(web: Web) -> str:
    """Return which host was asked by two at once, if one was."""
    for host in HOSTS:
        visits = [request for request in web.log if request.host == host]
        if any(earlier.done > later.at for earlier, later in itertools.pairwise(visits)):
            return f"{host} was asked by two at once"
    return ""
