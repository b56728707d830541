"""`python -m pipeline.crawl DIRECTORY`: crawl the partition whose `input.jsonl.gz` lies there, in a process of its own.

Twisted's reactor runs once per process, and a crawl that breaks its process should break no other.
"""

import logging
import sys
import time
from pathlib import Path

from scrapy.crawler import CrawlerProcess

from pipeline.crawl.output import finish
from pipeline.crawl.partition import load
from pipeline.crawl.settings import Crawl
from pipeline.crawl.spider import CrawlSpider
from pipeline.crawl.task import Task

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
            "Accept-Encoding": "gzip, deflate, br",  # no zstd: a WARC in it is read by fewer tools; decoded if it comes
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


def main(directory: Path) -> int:
    """Crawl until nothing is left, write the outputs, and return the exit code."""
    crawl, partition = load(directory / "input.jsonl.gz")
    task = Task(crawl, partition, directory, time.time())
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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger().handlers[0].addFilter(
        lambda record: record.name.startswith("pipeline") or record.levelno >= logging.ERROR
    )
    sys.exit(main(Path(sys.argv[1])))
