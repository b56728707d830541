"""Web addresses as all of the project compares them: one spelling for one resource, as the URL standard has it.

Hosts are ASCII (UTS 46, as browsers), without a closing dot; nothing that names the visit; percent-encoding only where
it is needed (RFC 3986, 6.2.2.2), so that `/a%2Fb` stays another resource than `/a/b`.
"""

import re

import ada_url

# Parameters that name the visit and not the page. Those that a site may use for content (`ref`, `source`, `id`) stay.
VISIT = re.compile(
    r"(?:utm_\w+|mtm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|igshid|mc_[ce]id|_ga|_gl|_hs(?:enc|mi)|spm|"
    r"phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|sessionid|session_id|sid(?==[0-9a-f]{16}))(?:=.*)?",
    re.IGNORECASE,
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CLOSING_DOTS = re.compile(r"^(https?://(?:[^/?#@]*@)?[^/?#@:]*[^/?#@:.])\.+(?=[:/?#]|$)")


def canonical(reference: str, base: str | None = None, longest: int = 2_000) -> str | None:
    """Return the URL that a reference leads to, or None where it leads nowhere that can be crawled.

    Parsed by the URL standard; then no fragment, no closing dot, no visit parameters, no needless escapes. One with
    credentials leads nowhere. What would select another resource (order of parameters, double slashes) stays.
    """
    try:
        url = ada_url.join_url(base, reference.strip()) if base else ada_url.URL(reference.strip()).href
    except (ValueError, UnicodeError):
        return None
    if not url.startswith(("http://", "https://")):
        return None
    url = url.partition("#")[0]
    authority = url.split("/", 3)[2]
    if "@" in authority:
        return None
    if authority.partition(":")[0].endswith("."):
        url = _CLOSING_DOTS.sub(r"\1", url)
    if ";" in url:
        url = _PATH_SESSION.sub("", url)
    head, mark, query = url.partition("?")
    if mark:
        kept = [pair for pair in query.split("&") if pair and not VISIT.fullmatch(pair)]
        url = f"{head}?{'&'.join(kept)}" if kept or query == "" else head
    url = url.removesuffix("?")
    if "%" in url:
        url = _ESCAPE.sub(_unescape, url)
    return url if len(url) <= longest else None


def without_credentials(url: str) -> str:
    """Return an address without the name and the password in it, as it is if it cannot be read."""
    try:
        parsed = ada_url.URL(url.strip())
    except (ValueError, UnicodeError):
        return url
    if not (parsed.username or parsed.password):
        return url
    parsed.username = parsed.password = ""
    return str(parsed.href)


def ascii_host(name: str) -> str | None:
    """Return a host's name in ASCII, without a closing dot; None for what is no host."""
    if name.isascii() and name.replace("-", "").replace(".", "").isalnum() and not name[-1:].isdigit():
        return name.lower().rstrip(".")
    try:
        return str(ada_url.URL(f"http://{name}/").hostname).rstrip(".") or None
    except (ValueError, UnicodeError):
        return None


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()
