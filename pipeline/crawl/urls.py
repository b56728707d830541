"""What the crawler asks of a canonical URL: its host, owner, origin, path and place in an index."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shards.addresses import canonical

if TYPE_CHECKING:
    from tldextract import TLDExtract

__all__ = ["canonical", "host", "origin", "path", "registrable_domain", "surt"]


@cache
def _suffixes() -> "TLDExtract":
    """Return the list of suffixes that came with the package: the result must not depend on the day, nor a network."""
    from tldextract import TLDExtract  # brings `requests`, and settings are read without it

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=65_536)
def registrable_domain(host: str) -> str:
    """Return the part of a host name that one owner registered; an address or a bare suffix is its own."""
    parts = _suffixes()(host)
    if parts.suffix or parts.ipv4 or parts.ipv6:
        return str(parts.top_domain_under_public_suffix) or host
    return ".".join(host.rsplit(".", 2)[-2:])  # a top-level domain that is not listed is a suffix like any other


def host(url: str) -> str:
    """Return the host name of a canonical URL, without its port."""
    name = url.split("/", 3)[2]
    if name.startswith("["):
        return name[1 : name.index("]")]
    return name.partition(":")[0]


def origin(url: str) -> str:
    """Return scheme, host and port of a canonical URL: what one robots.txt speaks for."""
    return "/".join(url.split("/", 3)[:3])


def path(url: str) -> str:
    """Return path and query of a canonical URL."""
    return "/" + url.split("/", 3)[3]


def surt(url: str) -> str:
    """Return the key under which an index sorts the URL: `org,example)/path?query`."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    if not name.replace(".", "").isdigit() and ":" not in name:
        name = ",".join(reversed(name.removeprefix("www.").split(".")))
    port = f":{parts.port}" if parts.port else ""
    query = f"?{'&'.join(sorted(parts.query.lower().split('&')))}" if parts.query else ""
    return f"{name}{port}){parts.path.lower() or '/'}{query}"
