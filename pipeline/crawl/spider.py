"""One partition's crawl inside Scrapy: the frontier says what and when, Scrapy fetches, the task settles."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol, cast

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Headers, Response
from twisted.python.failure import Failure

from pipeline.crawl.endings import ending, why
from pipeline.crawl.exchange import Exchange
from pipeline.crawl.frontier import host_of
from pipeline.crawl.handler import EXCHANGE
from pipeline.crawl.links import Link
from pipeline.crawl.partition_crawl import PartitionCrawl
from pipeline.crawl.record import conditions

logger = logging.getLogger(__name__)
_PROGRESS = 10.0  # seconds


class _Timer(Protocol):
    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class _Reactor(Protocol):
    """What is used of Twisted's reactor, whose interface zope declares and no type checker reads."""

    def callLater(self, delay: float, act: Callable[..., object], /, *args: object) -> _Timer: ...  # noqa: N802

    def stop(self) -> object: ...


class Ready(BaseScheduler):
    """Scrapy's scheduler, reduced to what the frontier has released; Scrapy stays up until the frontier is finished."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._spider: CrawlSpider | None = None

    def open(self, spider: Spider) -> None:
        assert isinstance(spider, CrawlSpider)
        self._spider = spider

    def has_pending_requests(self) -> bool:
        return bool(self._requests) or (self._spider is not None and not self._spider.finished())

    def enqueue_request(self, request: Request) -> bool:
        self._requests.append(request)
        return True

    def next_request(self) -> Request | None:
        return self._requests.pop(0) if self._requests else None


class CrawlSpider(Spider):
    """Asks for what the frontier names and settles what comes back."""

    name = "crawl"

    def __init__(self, task: PartitionCrawl) -> None:
        super().__init__()
        self.task = task
        self.frontier = task.frontier
        self._timer: _Timer | None = None
        self._told = time.monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: object, **kwargs: object) -> "CrawlSpider":
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.headers_received, signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[None]:
        self._safely(self.pump)
        return
        yield  # Scrapy wants an iterator

    def finished(self) -> bool:
        """Return whether this task has nothing more to do."""
        return self.frontier.finished(time.time())

    # ---- asking

    def pump(self) -> None:
        """Release every link whose time has come, and come back when the next one's has."""
        if not self.crawler.engine.running:
            return  # asked to stop: what is under way is settled, nothing more is begun
        now = time.time()
        while link := self.frontier.take(now):
            self.crawler.engine.crawl(self._request(link))
        self.task.write_denials()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        wakes = self.frontier.wakes(now)
        if wakes is not None:
            self._timer = _reactor().callLater(max(0.0, wakes - now), self._safely, self.pump)
        self._tell()

    def _request(self, link: Link) -> Request:
        return Request(
            link.url,
            callback=self.answered,
            errback=self.failed,
            headers=conditions(link.known),
            dont_filter=True,
            meta={"link": link, "download_slot": host_of(link)},
        )

    def headers_received(self, headers: Headers, body_length: int, request: Request, spider: Spider) -> None:
        """Stop a page whose media type its seed does not want before its body has come."""
        link: Link = request.meta["link"]
        media_type = (headers.get(b"Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
        if link.kind == "page" and media_type and media_type not in self.task.crawl.seeds[link.seed].types:
            raise StopDownload(fail=False)

    # ---- settling

    def answered(self, response: Response) -> None:
        """Settle a response that came whole, or was stopped."""
        assert response.request is not None
        self._settle(response.request, None)

    def failed(self, failure: Failure) -> None:
        """Settle an attempt that broke."""
        self._settle(failure.request, failure.value)  # type: ignore[attr-defined]

    def _settle(self, request: Request, error: BaseException | None) -> None:
        link: Link = request.meta["link"]
        exchange: Exchange | None = request.meta.get(EXCHANGE)
        answer = exchange.answer() if exchange else None
        end = ending(answer, None if error is None else why(error, exchange))
        if error is not None and end.reason == type(error).__name__:
            logger.warning("%s: %s: %s", link.url, type(error).__name__, error)  # a way to break that has no name yet
        self._safely(lambda: self.task.settle(link, exchange, answer, end, time.time()))
        self._safely(self.pump)

    def _safely(self, act: Callable[[], None]) -> None:
        """Do it; a fault of ours or of the disk ends the task, as nobody would ever wake it again."""
        try:
            act()
        except Exception as error:
            if self.task.broken is None:
                self.task.broken = error
                _reactor().stop()

    def _tell(self) -> None:
        if time.monotonic() - self._told > _PROGRESS:
            self._told = time.monotonic()
            self.task.tell()


def _reactor() -> _Reactor:
    from twisted.internet import reactor  # there is none before Scrapy has chosen it

    return cast("_Reactor", reactor)
