"""URLs as the crawler compares them: one spelling for one resource, as the URL standard has it."""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import ada_url

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Parameters that name the visit and not the page. Those that a site may use for content (`ref`, `source`, `id`) stay.
_VISIT = re.compile(
    r"(?:utm_\w+|mtm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|igshid|mc_[ce]id|_ga|_gl|"
    r"phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|sessionid|session_id|sid(?==[0-9a-f]{16}))(?:=.*)?",
    re.IGNORECASE,
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical(reference: str, base: str | None = None, longest: int = 2_000) -> str | None:
    """Return the URL that a reference leads to, or None where it leads nowhere that can be crawled.

    Parsed by the URL standard; then no fragment, no credentials, no visit parameters, and percent-encoding only where
    it is needed (RFC 3986, 6.2.2.2). What would select another resource (order of parameters, double slashes) stays.
    """
    try:
        url = ada_url.join_url(base, reference.strip()) if base else ada_url.URL(reference.strip()).href
    except (ValueError, UnicodeError):
        return None
    if not url.startswith(("http://", "https://")):
        return None
    url = url.partition("#")[0]
    if "@" in url.split("/", 3)[2]:
        return None
    if ";" in url:
        url = _PATH_SESSION.sub("", url)
    head, mark, query = url.partition("?")
    if mark:
        kept = [pair for pair in query.split("&") if pair and not _VISIT.fullmatch(pair)]
        url = f"{head}?{'&'.join(kept)}" if kept or query == "" else head
    url = url.removesuffix("?")
    if "%" in url:
        url = _ESCAPE.sub(_unescape, url)
    return url if len(url) <= longest else None


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()


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
