"""Which addresses may be connected to: public ones, and those of a named test network.

The check is made on the address itself, once when a name has been resolved and once more on the connected socket, so
that neither a redirect nor a name server that changes its mind leads into a private network.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from twisted.internet.address import IPv4Address as TCPv4
from twisted.internet.address import IPv6Address as TCPv6
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from pipeline.crawl.settings import TestNetwork

_NAT64 = IPv6Network("64:ff9b::/96")
# Public by number, but answered by the cloud that the crawler runs in: Azure's wire server.
_METADATA = frozenset({IPv4Address("168.63.129.16")})


def permitted(address: str, test_network: TestNetwork | None = None) -> bool:
    """Return whether the crawler may connect to the address."""
    number = ip_address(address.partition("%")[0])
    if test_network is not None and any(
        number in network for network in test_network.networks if network.version == number.version
    ):
        return True
    return all(_public(each) for each in (number, *_carried(number)))


def _public(number: IPv4Address | IPv6Address) -> bool:
    return number.is_global and not number.is_multicast and not number.is_reserved and number not in _METADATA


def _carried(number: IPv4Address | IPv6Address) -> Sequence[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(number, IPv4Address):
        return ()
    carried = [number.ipv4_mapped, number.sixtofour, *(number.teredo or ())]
    if number in _NAT64:
        carried.append(IPv4Address(int(number) & 0xFFFF_FFFF))
    return [each for each in carried if each is not None]


class ForbiddenAddressError(Exception):
    """A name stands for no address that may be connected to."""


@implementer(IHostnameResolver)
class GuardedResolver:
    """A reactor's name resolver that gives out permitted addresses only."""

    def __init__(self, reactor: Any, test_network: TestNetwork | None) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._network = test_network
        self._names = test_network.hosts if test_network else {}
        self.forbidden: set[str] = set()  # names that had addresses, none of them permitted

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """Return the resolver for a crawl: Scrapy's way to make one."""
        return cls(reactor, crawler.settings["CRAWL"].test_network)

    def install_on_reactor(self) -> None:
        """Let every connection of this process ask this resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - the interface's names
        self,
        receiver: Any,
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        guard = _Guard(receiver, hostName, self)
        for name in (f"{hostName}:{portNumber}", hostName):
            if name in self._names:
                return guard.answer(self._names[name], portNumber)
        return self._resolver.resolveHostName(guard, hostName, portNumber, *args, **kwargs)

    def admits(self, address: Any) -> bool:
        """Return whether a resolved address may be given out."""
        return permitted(address.host, self._network)


@implementer(IResolutionReceiver)
class _Guard:
    def __init__(self, receiver: Any, name: str, resolver: GuardedResolver) -> None:
        self._receiver = receiver
        self._resolver = resolver
        self._name = name
        self._seen = self._given = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 - the interface's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self._seen += 1
        if self._resolver.admits(address):
            self._given += 1
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._seen and not self._given:
            self._resolver.forbidden.add(self._name)
        self._receiver.resolutionComplete()

    def answer(self, addresses: Sequence[str], port: int) -> Any:
        resolution = _Resolution(self._name)
        self.resolutionBegan(resolution)
        for each in addresses:
            address, _, own_port = each.rpartition(":") if each.count(":") == 1 else (each, "", "")
            kind = TCPv6 if ":" in address else TCPv4
            self.addressResolved(kind("TCP", address, int(own_port or port)))
        self.resolutionComplete()
        return resolution


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing is under way: the answer came from the config."""
