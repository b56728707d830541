"""Which addresses may be connected to: public ones, and those of a named test network.

The check is made on the address itself, once when a name has been resolved and once more on the connected socket, so
that neither a redirect nor a name server that changes its mind leads into a private network.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from scrapy.crawler import Crawler
from twisted.internet.address import IPv4Address as TCPv4
from twisted.internet.address import IPv6Address as TCPv6
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from pipeline.crawl.settings import TestNetwork

# IANA's special-purpose address registries. Written out because what Python calls global differs between its versions.
_RESERVED = tuple(
    map(
        IPv4Network,
        [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            "168.63.129.16/32",
        ],  # the last is public by number, but answered by the cloud (Azure's wire server)
    )
)
_UNICAST = IPv6Network("2000::/3")
_RESERVED_6 = tuple(map(IPv6Network, ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]))
_NAT64 = IPv6Network("64:ff9b::/96")


def permitted(address: str, test_network: TestNetwork | None = None) -> bool:
    """Return whether the crawler may connect to the address."""
    number = ip_address(address.partition("%")[0])
    named = test_network.networks if test_network is not None else ()
    return any(number in network for network in named if network.version == number.version) or _public(number)


def _public(number: IPv4Address | IPv6Address) -> bool:
    if isinstance(number, IPv6Address):
        carried = number.ipv4_mapped or (IPv4Address(int(number) & 0xFFFF_FFFF) if number in _NAT64 else None)
        if carried is None:
            return number in _UNICAST and not any(number in network for network in _RESERVED_6)
        number = carried
    return not any(number in network for network in _RESERVED)


class ForbiddenAddressError(Exception):
    """A name stands for no address that may be connected to."""


# What is used of Twisted's interfaces, which zope declares and no type checker reads.
class Address(Protocol):
    @property
    def host(self) -> str: ...


class Receiver(Protocol):
    def resolutionBegan(self, resolution: object, /) -> object: ...  # noqa: N802 - the interface's names

    def addressResolved(self, address: Address, /) -> object: ...  # noqa: N802

    def resolutionComplete(self) -> object: ...  # noqa: N802


class Resolver(Protocol):
    def resolveHostName(  # noqa: N802
        self,
        receiver: Receiver,
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        *args: object,
        **kwargs: object,
    ) -> object: ...


class Reactor(Protocol):
    @property
    def nameResolver(self) -> Resolver: ...  # noqa: N802

    def installNameResolver(self, resolver: Resolver, /) -> object: ...  # noqa: N802


@implementer(IHostnameResolver)
class GuardedResolver:
    """A reactor's name resolver that gives out permitted addresses only."""

    def __init__(self, reactor: Reactor, test_network: TestNetwork | None) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._network = test_network
        self._names = test_network.hosts if test_network else {}
        self.forbidden: set[str] = set()  # names that had addresses, none of them permitted

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Reactor) -> "GuardedResolver":
        """Return the resolver for a crawl: Scrapy's way to make one."""
        return cls(reactor, crawler.settings["CRAWL"].test_network)

    def install_on_reactor(self) -> None:
        """Let every connection of this process ask this resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - the interface's names
        self,
        receiver: Receiver,
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        *args: object,
        **kwargs: object,
    ) -> object:
        guard = _Guard(receiver, hostName, self)
        for name in (f"{hostName}:{portNumber}", hostName):
            if name in self._names:
                return guard.answer(self._names[name], portNumber)
        return self._resolver.resolveHostName(guard, hostName, portNumber, *args, **kwargs)

    def admits(self, address: Address) -> bool:
        """Return whether a resolved address may be given out."""
        return permitted(address.host, self._network)


@implementer(IResolutionReceiver)
class _Guard:
    def __init__(self, receiver: Receiver, name: str, resolver: GuardedResolver) -> None:
        self._receiver = receiver
        self._resolver = resolver
        self._name = name
        self._seen = self._given = 0

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 - the interface's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Address) -> None:  # noqa: N802
        self._seen += 1
        if self._resolver.admits(address):
            self._given += 1
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._seen and not self._given:
            self._resolver.forbidden.add(self._name)
        self._receiver.resolutionComplete()

    def answer(self, addresses: Sequence[str], port: int) -> "_Resolution":
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
