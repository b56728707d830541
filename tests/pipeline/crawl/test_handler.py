"""The connection itself: who is at the other end, and how much it may say before it says something."""

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from pipeline.crawl.addresses import ForbiddenAddressError
from pipeline.crawl.exchange import Exchange
from pipeline.crawl.handler import _factory
from pipeline.crawl.settings import Limits, TestNetwork


class Asking:
    """A request as Twisted's client passes it to a connection."""

    absoluteURI = b"http://a.test/x"  # noqa: N815 - the interface
    persistent = False
    method = b"GET"

    def writeTo(self, transport: Any) -> Any:  # noqa: N802 - the interface
        from twisted.internet.defer import succeed

        transport.writeSequence([b"GET /x HTTP/1.1\r\n", b"Host: a.test\r\n\r\n"])
        return succeed(None)


def connected(peer: str, **limits: int) -> tuple[Any, StringTransport, dict[bytes, Exchange]]:
    exchanges: dict[bytes, Exchange] = {}
    network = TestNetwork.model_validate({"networks": ["127.5.0.0/16"]})
    protocol = _factory(exchanges, Limits(**limits), network)(lambda _: None, "a test").buildProtocol(None)
    transport = StringTransport(peerAddress=IPv4Address("TCP", peer, 80))
    protocol.makeConnection(transport)
    return protocol, transport, exchanges


@pytest.mark.parametrize("peer", ["10.0.0.1", "127.0.0.1", "169.254.169.254"])
def test_nothing_is_sent_to_a_peer_that_is_not_permitted_however_it_was_reached(peer: str) -> None:
    protocol, transport, exchanges = connected(peer)
    failures: list[Any] = []
    protocol.request(Asking()).addErrback(failures.append)
    assert failures[0].check(ForbiddenAddressError)
    assert transport.value() == b""
    assert exchanges == {}


def test_what_is_sent_and_received_is_kept_byte_for_byte() -> None:
    protocol, transport, exchanges = connected("127.5.0.1")
    answers: list[Any] = []
    protocol.request(Asking()).addCallback(answers.append)
    data = b"HTTP/1.1 200 OK\r\nX-Odd:   y \r\nContent-Length: 2\r\n\r\nhi"
    for start in range(0, len(data), 7):
        protocol.dataReceived(data[start : start + 7])
    (exchange,) = exchanges.values()
    assert bytes(exchange.sent) == transport.value() == b"GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n"
    assert bytes(exchange.received) == data
    assert exchange.address == "127.5.0.1"
    assert answers[0].code == 200


@pytest.mark.parametrize(
    ("head", "broken"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 11, "headers"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 1_001, "header_bytes"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5, None),
    ],
)
def test_a_head_beyond_its_limits_ends_the_connection(head: bytes, broken: str | None) -> None:
    protocol, transport, exchanges = connected("127.5.0.1", headers=10, header_bytes=1_000)
    protocol.request(Asking()).addErrback(lambda _: None)
    protocol.dataReceived(head)
    (exchange,) = exchanges.values()
    assert exchange.broken == broken
    assert transport.disconnecting is (broken is not None) or transport.disconnected is (broken is not None)
