"""Comparison keys of URLs, equal for URLs by which a server sends the same page. No URL is changed.

Folded away: scheme, `www.`, case and default port of the host, user and password, fragment, tracking parameters and
session ids, the order of parameters, escapes that need not be, dot segments, empty queries and a closing slash.
"""

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

import pyarrow as pa

from dedup.exact import digest_keys
from dedup.shingles import Hashes

# What advertising and mail systems append, and session ids; never what selects a page.
TRACKING = re.compile(
    r"utm_\w+|gclid|gbraid|wbraid|dclid|fbclid|msclkid|yclid|twclid|igshid|mc_[ce]id|_ga|_gl|_hs(enc|mi)|spm"
    r"|phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken",
    re.IGNORECASE,
)
SESSION_IN_PATH = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
UNRESERVED = "!$&'()*+,;=:@/~-._"
DEFAULT_PORTS = {"http": 80, "https": 443}


def url_keys(urls: pa.Array) -> Hashes:
    """Return the key of each address, [documents, 2], as `dedup.exact` compares them; null and unreadable have none."""
    return digest_keys(pa.array([comparison_form(url) for url in urls.to_pylist()], pa.string()))


def host(url: str | None) -> str | None:
    """Return the host of an address as it is compared, or null if it has none that can be read."""
    form = comparison_form(url)
    return form.split("/", 1)[0] if form else None


def comparison_form(url: str | None) -> str | None:
    """Return what two addresses of one page have in common: host, port, path, query; or null."""
    try:
        parts = urlsplit((url or "").strip())
        name, port = parts.hostname, parts.port
        if parts.scheme not in DEFAULT_PORTS or not name:
            return None
        name = name.rstrip(".").removeprefix("www.")
        name = name if name.isascii() else name.encode("idna").decode()
    except ValueError:  # a port or an IPv6 address that is none, a label that IDNA forbids
        return None
    netloc = name if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(sorted(pair for pair in pairs if not TRACKING.fullmatch(pair[0])))
    fragment = parts.fragment if parts.fragment.startswith("!") else ""  # a page of its own, to those who wrote it
    return netloc + _path(parts.path) + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _path(path: str) -> str:
    kept: list[str] = []
    for segment in quote(unquote_to_bytes(SESSION_IN_PATH.sub("", path)), safe=UNRESERVED).split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)
