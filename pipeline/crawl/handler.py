"""Scrapy's HTTP/1.1 download handler with its bytes kept, its addresses checked and its heads bounded.

Twisted speaks HTTP; this module listens at the point where TLS has been undone. The peer's address is checked before
the first byte is sent.
"""

import time
from collections.abc import Callable
from typing import Protocol, cast

from OpenSSL import crypto
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.internet import ssl
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import ITransport
from twisted.protocols.basic import LineReceiver
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web._newclient import Request as TwistedRequest
from twisted.web.client import URI, BrowserLikePolicyForHTTPS
from twisted.web.iweb import IPolicyForHTTPS, IResponse
from zope.interface import implementer

from pipeline.crawl import urls
from pipeline.crawl.addresses import Address, ForbiddenAddressError, GuardedResolver, permitted
from pipeline.crawl.exchange import Exchange
from pipeline.crawl.settings import Crawl, Limits, TestNetwork

_HOSTS = 4_096  # whose TLS options are remembered
EXCHANGE = "exchange"  # the key of `Request.meta` under which the exchange is found


class CrawlHandler(HTTP11DownloadHandler):
    """Fetches what the spider asks for and leaves the exchange in the request's `meta`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings: Crawl = crawler.settings["CRAWL"]
        self._exchanges: dict[bytes, Exchange] = {}
        self._pool._factory = _factory(self._exchanges, settings.limits, settings.test_network)
        policy = cast("_Policy", self._contextFactory)
        if settings.test_network is not None and settings.test_network.authority is not None:
            policy = _trusting(settings.test_network.authority.read_bytes())
        self._contextFactory = cast("IPolicyForHTTPS", _Remembered(policy))

    async def download_request(self, request: Request) -> Response:
        key = _key(request.url.encode())
        self._exchanges.pop(key, None)
        try:
            return await super().download_request(request)
        except Exception as error:
            from twisted.internet import reactor  # there is none before Scrapy has chosen it

            resolver = getattr(reactor, "nameResolver", None)
            if isinstance(resolver, GuardedResolver) and urls.host(request.url) in resolver.forbidden:
                raise ForbiddenAddressError(request.url) from error
            raise
        finally:
            request.meta[EXCHANGE] = self._exchanges.pop(key, None)


def _key(url: bytes) -> bytes:
    return bytes(URI.fromBytes(url).toBytes())  # type: ignore[no-untyped-call]


def _trusting(pem: bytes) -> BrowserLikePolicyForHTTPS:
    authority = ssl.trustRootFromCertificates(
        [ssl.Certificate(crypto.load_certificate(crypto.FILETYPE_PEM, pem))]  # type: ignore[no-untyped-call]
    )
    return BrowserLikePolicyForHTTPS(authority)  # type: ignore[no-untyped-call]


class _Policy(Protocol):
    """What is used of `IPolicyForHTTPS`, which zope declares and no type checker reads; so are the others here."""

    def creatorForNetloc(self, hostname: bytes, port: int) -> object: ...  # noqa: N802 - the interface's name


@implementer(IPolicyForHTTPS)
class _Remembered:
    """A TLS policy asked once per host: Twisted asks for every request, also on a connection that stands."""

    def __init__(self, policy: _Policy) -> None:
        self._policy = policy
        self._creators: dict[tuple[bytes, int], object] = {}

    def creatorForNetloc(self, hostname: bytes, port: int) -> object:  # noqa: N802 - the interface's name
        if (hostname, port) not in self._creators:
            if len(self._creators) >= _HOSTS:
                self._creators.clear()
            self._creators[hostname, port] = self._policy.creatorForNetloc(hostname, port)
        return self._creators[hostname, port]


def _factory(
    exchanges: dict[bytes, Exchange], limits: Limits, test_network: TestNetwork | None
) -> type[_LenientHTTP11ClientFactory]:
    class Factory(_LenientHTTP11ClientFactory):
        def buildProtocol(self, addr: object) -> "_Listening":  # noqa: N802 - the interface's name
            return _Listening(self._quiescentCallback, exchanges, limits, test_network)

    return Factory


class _Listening(_LenientHTTP11ClientProtocol):
    """A connection that keeps what passes through it."""

    def __init__(
        self,
        quiescent: Callable[[HTTP11ClientProtocol], object],
        exchanges: dict[bytes, Exchange],
        limits: Limits,
        test_network: TestNetwork | None,
    ) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call]
        self._exchanges = exchanges
        self._limits = limits
        self._test_network = test_network
        self._exchange = Exchange(0.0)
        self._in_head = True

    def request(self, request: TwistedRequest) -> Deferred[IResponse]:
        transport = cast("_Transport", self.transport)
        peer = transport.getPeer().host
        if not permitted(peer, self._test_network):
            transport.abortConnection()
            return fail(ForbiddenAddressError(peer))
        exchange = Exchange(time.time(), address=peer)
        self._exchanges[_key(request.absoluteURI)] = self._exchange = exchange
        self._in_head = True
        self.transport = cast("ITransport", _Tee(transport, exchange.sent))
        try:
            return super().request(request)
        finally:
            self.transport = cast("ITransport", transport)

    def dataReceived(self, bytes: bytes) -> None:  # noqa: A002, N802 - the interface's names
        exchange = self._exchange
        exchange.received += bytes
        if self._in_head and exchange.broken is None:
            exchange.broken = self._broken_head(exchange.received)
        if exchange.broken is not None:
            assert self.transport is not None
            self.transport.abortConnection()
            return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]

    def _broken_head(self, received: bytearray) -> str | None:
        end = received.find(b"\r\n\r\n")
        self._in_head = end < 0
        head = received if end < 0 else received[:end]
        if head.count(b"\n") > self._limits.headers:  # first, so that the reason does not depend on how bytes arrive
            return "headers"
        too_long = len(head) > self._limits.header_bytes or max(map(len, head.split(b"\n"))) > LineReceiver.MAX_LENGTH
        return "header_bytes" if too_long else None


class _Transport(Protocol):
    def write(self, data: bytes, /) -> object: ...

    def getPeer(self) -> Address: ...  # noqa: N802 - the interface's names

    def abortConnection(self) -> object: ...  # noqa: N802


class _Tee:
    """A transport that keeps a copy of what is written to it."""

    def __init__(self, transport: "_Transport", sent: bytearray) -> None:
        self._transport = transport
        self._sent = sent

    def write(self, data: bytes) -> None:
        self._sent += data
        self._transport.write(data)

    def writeSequence(self, lines: list[bytes]) -> None:  # noqa: N802 - the interface's name
        self.write(b"".join(lines))

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)
