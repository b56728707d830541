"""Sites of pages: a host, or the part of a shared host that one person has.

`medium.com/@li` and `medium.com/@wang` are two sites, as are `uni.example/~li` and the rest of that host: what a footer
says on one is said of no other.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel

from shards.tables import table

if TYPE_CHECKING:
    from tldextract import TLDExtract

TABLE = Path(__file__).with_name("sites.yaml")
LONGEST_HOST = 253  # characters of a name (RFC 1035, 2.3.4)


@cache
def _suffixes() -> "TLDExtract":
    from tldextract import TLDExtract  # brings `requests`, and most sites are told without it

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


class SharedHosts(BaseModel, frozen=True, extra="forbid"):
    """What `sites.yaml` holds: hosts by the pieces of the path that name a site, and hosts with sites below them."""

    parts: dict[int, tuple[str, ...]]
    below: frozenset[str]

    @cached_property
    def pieces(self) -> dict[str, int]:
        """How many leading pieces of the path name one site, by host."""
        return {host: count for count, hosts in self.parts.items() for host in hosts}


def host_of(url: str | None) -> str | None:
    """Return the host of a page; `www.` is no other host."""
    parts = _parts(url)
    return _host(parts) if parts else None


def site_of(url: str | None) -> str | None:
    """Return the site that a page is on: a host, with the beginning of the path where strangers share the host."""
    parts = _parts(url)
    host = _host(parts) if parts else None
    if parts is None or host is None:
        return None
    names = [name for name in unquote(parts.path).split("/") if name]
    count = table(TABLE, SharedHosts).pieces.get(host)
    if count is None:
        count = next((place for place, name in enumerate(names, 1) if name.startswith("~") and len(name) > 1), None)
        names = names[:count] if count else []
    elif count:
        names = [name.lower() for name in names[:count]] if len(names) >= count else []
    return "/".join([host, *names])


def sites_above(site: str | None) -> Iterator[str]:
    """Yield a site, then its host if it is a part of one, then the names above."""
    if not site:
        return
    host, slash, _ = site.partition("/")
    if slash:
        yield site
    host = host[-LONGEST_HOST:]  # a page may claim to be on a longer one
    while host:
        yield host
        host = host.partition(".")[2]


def is_shared(host: str) -> bool:
    """Whether strangers have parts of a host, or names below it: a public suffix, a blog host, a forge."""
    shared = table(TABLE, SharedHosts)
    return host in shared.pieces or host in shared.below or not _suffixes()(host).domain


def _parts(url: str | None) -> SplitResult | None:
    try:
        return urlsplit(url) if url else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str | None:
    try:
        return (parts.hostname or "").rstrip(".").removeprefix("www.") or None
    except ValueError:
        return None
