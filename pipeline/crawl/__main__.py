"""`python -m pipeline.crawl DIRECTORY`: crawl the partition whose `input.jsonl.gz` lies there, in a process of its own.

Twisted's reactor runs once per process, and a crawl that breaks its process should break no other. With `--watched` it
ends when its standard input does: a worker that is killed leaves nobody behind who goes on asking. Whoever takes its
place waits for the lock, so that no host is ever asked by two.
"""

import contextlib
import fcntl
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from scrapy.crawler import CrawlerProcess

from pipeline.crawl.output import finish
from pipeline.crawl.partition import INPUT, load
from pipeline.crawl.partition_crawl import PartitionCrawl
from pipeline.crawl.reports import REPORT
from pipeline.crawl.rounds import WATCHED
from pipeline.crawl.settings import Crawl
from pipeline.crawl.spider import CrawlSpider

logger = logging.getLogger(__name__)
LOG = "crawl.log"
STOPPED = 3  # the exit code of a task that was asked to stop: what it has is written, what is left is not done


def engine_settings(crawl: Crawl) -> dict[str, object]:
    """Return what Scrapy is told: to fetch, and to leave every decision to the frontier."""
    handler = "pipeline.crawl.handler.CrawlHandler"
    middlewares = "scrapy.downloadermiddlewares"
    off = (
        "offsite.OffsiteMiddleware robotstxt.RobotsTxtMiddleware httpauth.HttpAuthMiddleware retry.RetryMiddleware "
        "redirect.MetaRefreshMiddleware redirect.RedirectMiddleware httpcompression.HttpCompressionMiddleware "
        "cookies.CookiesMiddleware httpproxy.HttpProxyMiddleware stats.DownloaderStats httpcache.HttpCacheMiddleware"
    )
    spidermiddlewares = (
        "httperror.HttpErrorMiddleware referer.RefererMiddleware urllength.UrlLengthMiddleware depth.DepthMiddleware "
        "metacopy.MetaCopyDetectionMiddleware"
    )
    return {
        "CRAWL": crawl,
        "USER_AGENT": crawl.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",  # what comes as br or zstd is read, but warcio reads no WARC with them
        },
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler, "data": None, "file": None, "ftp": None, "s3": None},
        "DOWNLOADER_MIDDLEWARES": {f"{middlewares}.{name}": None for name in off.split()},
        "SPIDER_MIDDLEWARES": {f"scrapy.spidermiddlewares.{name}": None for name in spidermiddlewares.split()},
        "EXTENSIONS": {f"scrapy.extensions.{name}": None for name in _EXTENSIONS},
        "SCHEDULER": "pipeline.crawl.spider.Ready",
        "TWISTED_DNS_RESOLVER": "pipeline.crawl.addresses.GuardedResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_TIMEOUT": crawl.limits.seconds,
        "DOWNLOAD_MAXSIZE": crawl.limits.body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_DELAY_JITTER": 0,
        "CONCURRENT_ITEMS": 1,  # Scrapy starts as many asyncio tasks per response, and the spider yields nothing
        "CONCURRENT_REQUESTS": crawl.politeness.hosts,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.politeness.connections,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "STATS_DUMP": False,
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
    }


_EXTENSIONS = [
    "corestats.CoreStats",
    "logcount.LogCount",
    "telnet.TelnetConsole",
    "memusage.MemoryUsage",
    "memdebug.MemoryDebugger",
    "closespider.CloseSpider",
    "feedexport.FeedExporter",
    "logstats.LogStats",
    "spiderstate.SpiderState",
    "throttle.AutoThrottle",
    "remote_control.RemoteControl",
]


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the directory of a task; wait for the process that holds it now."""
    with (directory / INPUT).open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.warning("%s: waits for another process that crawls here", directory)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def end_with_input() -> None:
    """End this process when its standard input ends, as if it were killed: what is written is whole."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(STOPPED)

    threading.Thread(target=wait, daemon=True).start()


def main(directory: Path) -> int:
    """Crawl until nothing is left, write the outputs, and return the exit code."""
    with alone(directory):
        return 0 if (directory / REPORT).exists() else crawled(directory)


def crawled(directory: Path) -> int:
    """Crawl a partition that nobody else crawls, and return the exit code."""
    crawl, partition = load(directory / INPUT)
    task = PartitionCrawl(crawl, partition, directory, time.time())
    process = CrawlerProcess(engine_settings(crawl))
    process.crawl(CrawlSpider, task=task)
    process.start()
    if task.broken is not None:
        raise task.broken
    if not task.frontier.finished(time.time()):
        task.close()
        return STOPPED
    finish(task, directory)
    return 0


if __name__ == "__main__":
    place = Path(sys.argv[1])
    handlers = (logging.StreamHandler(), logging.FileHandler(place / LOG))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", handlers=handlers)
    for each in handlers:
        each.addFilter(
            lambda record: record.name.startswith(("pipeline", "__main__")) or record.levelno >= logging.ERROR
        )
    if WATCHED in sys.argv:
        end_with_input()
    sys.exit(main(place))
