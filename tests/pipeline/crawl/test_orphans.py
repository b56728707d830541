"""Nobody asks a host who should have stopped, and no host is asked by two."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.crawl.partition import save
from pipeline.crawl.rounds import first_frontier, partitions
from tests.pipeline.crawl.web import Request, Web, page, respond, robots

pytestmark = pytest.mark.processes


ROOT = Path(__file__).resolve().parents[3]
SIZE = 400
PATIENCE = 60  # seconds, of a busy machine
WORKER = """
import sys
from pathlib import Path
from pipeline.crawl.partition import load
from pipeline.crawl.rounds import crawl_partition
crawl_partition(*load(Path(sys.argv[1]) / "input.jsonl.gz"), Path(sys.argv[1]))
"""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    def slowly(request: Request) -> bytes:
        time.sleep(0.01)
        number = int(request.path[1:]) if request.path[1:].isdecimal() else SIZE
        if number < SIZE:
            return page(f"{number} <a href=/{2 * number + 1}>l</a><a href=/{2 * number + 2}>r</a>")
        return robots("") if request.path == "/robots.txt" else respond("", "404 Not Found")

    with Web({"a.test": slowly}, first=110) as web:
        settings = web.settings([{"url": "http://a.test/0", "sitemaps": False}], partitions=1)
        (partition,) = partitions(settings, first_frontier(settings), "orphans")
        save(tmp_path / "input.jsonl.gz", settings, partition)
        yield web


def started(*command: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.DEVNULL)


def within_patience(wanted: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not wanted() and time.monotonic() < end:
        time.sleep(0.01)
    return wanted()


def test_a_crawler_ends_with_the_worker_that_began_it(tmp_path: Path, web: Web) -> None:
    worker = started("-c", WORKER, str(tmp_path))
    assert within_patience(lambda: len(web.log) > 20)
    (crawler,) = psutil.Process(worker.pid).children()
    worker.kill()
    worker.wait()
    assert within_patience(lambda: not crawler.is_running() or crawler.status() == psutil.STATUS_ZOMBIE)
    assert len(web.log) < SIZE, "it went on to the end"
    assert not (tmp_path / "report.json").exists()


def test_of_two_crawlers_of_one_partition_the_second_waits_and_finds_it_done(tmp_path: Path, web: Web) -> None:
    first, second = (started("-m", "pipeline.crawl", str(tmp_path)) for _ in range(2))
    assert [first.wait(PATIENCE), second.wait(PATIENCE)] == [0, 0]
    asked = [request.path for request in web.log]
    assert len(asked) == len(set(asked)) > SIZE
