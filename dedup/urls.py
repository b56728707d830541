"""Comparison keys of URLs, equal for URLs by which a server sends the same page. No URL is changed.

Folded away, beside what `shards.addresses` does: scheme, `www.`, credentials, fragment, the order of parameters, double
slashes, empty queries and a closing slash.
"""

import pyarrow as pa

from dedup.exact import digest_keys
from dedup.shingles import Hashes
from shards.addresses import canonical, without_credentials

LONGEST = 100_000  # characters of an address; longer ones have no key


def url_keys(urls: pa.Array) -> Hashes:
    """Return the key of each address, [documents, 2], as `dedup.exact` compares them; null and unreadable have none."""
    return digest_keys(pa.array([comparison_form(url) for url in urls.to_pylist()], pa.string()))


def host(url: str | None) -> str | None:
    """Return the host of an address as it is compared, or null if it has none that can be read."""
    form = comparison_form(url)
    return form.split("/", 1)[0] if form else None


def comparison_form(url: str | None) -> str | None:
    """Return what two addresses of one page have in common: host, port, path, query; or null."""
    normal = canonical(without_credentials(url) if url and "@" in url else url or "", longest=LONGEST)
    if normal is None:
        return None
    address, _, query = normal.partition("//")[2].partition("?")
    authority, _, path = address.partition("/")
    pairs = sorted(filter(None, query.replace("+", "%20").split("&")))
    _, marked, route = (url or "").partition("#!")  # a page of its own, to those who wrote it
    return (
        authority.removeprefix("www.")
        + "/"
        + "/".join(filter(None, path.split("/")))
        + (f"?{'&'.join(pairs)}" if pairs else "")
        + (f"#!{route.strip()}" if marked else "")
    )
