"""How an attempt at a URL ended, read from its answer or from what broke; see pipeline.crawl.outcomes for the words."""

from dataclasses import dataclass

from OpenSSL import SSL
from scrapy import exceptions
from service_identity import VerificationError
from twisted.internet import error as tx
from twisted.web.client import ResponseFailed

from pipeline.crawl.addresses import ForbiddenAddressError
from pipeline.crawl.exchange import Answer, Exchange
from pipeline.crawl.outcomes import Outcome

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_FINAL = frozenset({"address", "tls", "headers", "header_bytes", "body_bytes", "scheme", "not_http"})
# In the order in which they are looked for: what is said first is what broke first.
_REASONS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("address", (ForbiddenAddressError,)),
    ("tls", (SSL.Error, VerificationError)),
    ("dns", (exceptions.CannotResolveHostError, tx.DNSLookupError)),
    ("timeout", (exceptions.DownloadTimeoutError, tx.TimeoutError)),
    ("connection", (exceptions.DownloadConnectionRefusedError, tx.ConnectError)),
    ("length", (exceptions.ResponseDataLossError,)),
    ("body_bytes", (exceptions.DownloadCancelledError,)),
    ("scheme", (exceptions.UnsupportedURLSchemeError, exceptions.NotSupported)),
    ("connection", (tx.ConnectionClosed, exceptions.DownloadFailedError)),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """An outcome, and whether another attempt may end otherwise."""

    outcome: Outcome
    reason: str | None = None
    retry: bool = False
    busy: bool = False


def ending(answer: Answer | None, broken: str | None) -> Ending:
    """Return how an attempt ended whose answer is at hand, or that broke for a reason."""
    if broken is not None:
        return Ending("failed", broken, retry=broken not in _FINAL)
    if answer is None:
        return Ending("failed", "not_http")
    status = answer.status
    if status in REDIRECTS:
        return Ending("redirect")
    if status == 304:
        return Ending("unchanged")
    if status == 200 or status == 203:
        return Ending("fetched")
    if status in (404, 410):
        return Ending("missing", str(status))
    if status == 429 or status >= 500:
        return Ending("error", str(status), retry=True, busy=status in _BUSY)
    if status >= 400:
        return Ending("refused", str(status))
    return Ending("left", "status")


def why(error: BaseException, exchange: Exchange | None) -> str:
    """Return the reason for which an attempt broke."""
    if exchange is not None and exchange.broken is not None:
        return exchange.broken
    causes = list(_causes(error))
    for reason, kinds in _REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    return type(error).__name__


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        if isinstance(error, ResponseFailed):
            for failure in error.reasons:
                causes += _causes(failure.value)
        error = error.__cause__
    return causes
