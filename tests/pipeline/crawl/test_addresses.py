"""Only public addresses are connected to, and those of the test network."""

import pytest

from pipeline.crawl import addresses
from pipeline.crawl.addresses import GuardedResolver, Resolver, permitted
from pipeline.crawl.settings import TestNetwork

NETWORK = TestNetwork.model_validate(
    {"networks": ["127.5.0.0/16"], "hosts": {"a.test": ["127.5.0.1:81"], "b.test": ["127.6.0.1", "10.0.0.1"]}}
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_public_is_never_permitted(address: str) -> None:
    assert not permitted(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_permitted(address: str) -> None:
    assert permitted(address)


def test_a_test_network_permits_its_own_addresses_and_no_others() -> None:
    assert permitted("127.5.0.1", NETWORK)
    assert not permitted("127.6.0.1", NETWORK)
    assert not permitted("169.254.169.254", NETWORK)


class Receiver:
    def __init__(self) -> None:
        self.addresses: list[tuple[str, int]] = []
        self.complete = False

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 - the interface
        pass

    def addressResolved(self, address: object) -> None:  # noqa: N802 - the interface
        self.addresses.append((address.host, address.port))  # type: ignore[attr-defined]

    def resolutionComplete(self) -> None:  # noqa: N802 - the interface
        self.complete = True


class Rebinding:
    """A reactor whose name server answers with a public address first and a private one the next time."""

    def __init__(self) -> None:
        self.nameResolver: Resolver = self
        self.answers = ["8.8.8.8", "127.0.0.1", "192.168.0.7"]

    def resolveHostName(  # noqa: N802 - the interface
        self,
        receiver: addresses.Receiver,
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        *_: object,
        **__: object,
    ) -> None:
        from twisted.internet.address import IPv4Address

        receiver.resolutionBegan(self)
        receiver.addressResolved(IPv4Address("TCP", self.answers.pop(0), portNumber))
        receiver.resolutionComplete()

    def installNameResolver(self, resolver: Resolver) -> None: ...  # noqa: N802 - the interface


def test_a_name_that_is_rebound_to_a_private_address_resolves_to_nothing() -> None:
    resolver = GuardedResolver(Rebinding(), None)
    given = []
    for _ in range(3):
        receiver = Receiver()
        resolver.resolveHostName(receiver, "rebind.test", 80)
        assert receiver.complete
        given.append(receiver.addresses)
    assert given == [[("8.8.8.8", 80)], [], []]
    assert resolver.forbidden == {"rebind.test"}


def test_a_name_of_the_test_network_stands_for_its_address_and_port() -> None:
    resolver = GuardedResolver(Rebinding(), NETWORK)
    named, outside = Receiver(), Receiver()
    resolver.resolveHostName(named, "a.test", 80)
    resolver.resolveHostName(outside, "b.test", 80)
    assert named.addresses == [("127.5.0.1", 81)]
    assert outside.addresses == []
