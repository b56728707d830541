"""Licences by their addresses: the host must be exact and the path must begin with the licence.

Neither `facebook.com/sharer?u=…creativecommons.org/licenses/by/4.0/` nor `notcreativecommons.org/licenses/by/4.0/`
is one.
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import RootModel

from filters.licences.verdicts import licences
from shards.tables import table

TABLE = Path(__file__).with_name("addresses.yaml")

CREATIVE_COMMONS = frozenset({"creativecommons.org", "www.creativecommons.org"})

LICENSE_PATH = re.compile(
    r"/licenses/(?P<elements>by|sa|nd|nc|by-sa|by-nd|by-nc|nc-sa|by-nc-sa|by-sa-nc|by-nc-nd|by-nd-nc|nd-nc|nc-nd)"
    r"(?:/(?P<version>\d\.\d)(?:/(?P<port>igo|scotland|[a-z]{2}))?)?(?=[/.,;:)\]]|$)"
)
PUBLIC_DOMAIN_PATH = re.compile(
    r"/publicdomain/(?P<tool>zero|mark|certification)(?:/(?P<version>1\.0)(?:/(?P<port>[a-z]{2}))?)?(?=[/.,;:)\]]|$)"
    r"|/licenses/(?P<old>publicdomain)(?=[/.,;:)\]]|$)"
)
ELEMENTS = ("by", "nc", "nd", "sa")  # CC 1.0 wrote ND before NC; SPDX has one order


class Named(NamedTuple):
    """A licence that an address or a phrase names."""

    license: str
    url: str | None


class LicenceAddresses(RootModel[dict[str, dict[str, str]]], frozen=True):
    """What `addresses.yaml` holds: by host, the SPDX ids of paths, or of what begins with them."""


@cache
def _others() -> dict[str, list[tuple[str, str]]]:
    """Return the paths of each host with their SPDX ids, the longest first."""
    hosts = table(TABLE, LicenceAddresses).root
    return {host: sorted(paths.items(), key=lambda item: (-len(item[0]), item[0])) for host, paths in hosts.items()}


@lru_cache(maxsize=1 << 14)  # a site's pages link to the same places
def license_of_url(address: str) -> Named | None:
    """Return the licence that an absolute, protocol-relative or bare address names, or null."""
    parts = _parts(address.strip())
    if parts is None:
        return None
    host = (parts.hostname or "").rstrip(".")
    written = re.sub(r"//+", "/", parts.path)  # whether its case matters is for the host to say
    path = unquote(written).lower()
    if host in CREATIVE_COMMONS:
        return _creative_commons(path)
    for prefix, spdx in _others().get(host.removeprefix("www."), ()):
        if path.startswith(prefix) or path + "/" == prefix:
            return Named(spdx, f"https://{host}{written}")
    return None


def _parts(address: str) -> SplitResult | None:
    if "." not in address or len(address) > 2000:
        return None
    if address.startswith("//"):
        address = "https:" + address
    elif re.match(r"(?:www\.)?[a-z.]+\.[a-z]{2,}/", address, re.IGNORECASE):
        address = "https://" + address
    try:
        parts = urlsplit(address)
        return parts if parts.scheme.lower() in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _creative_commons(path: str) -> Named | None:
    if match := LICENSE_PATH.match(path):
        elements = [element for element in ELEMENTS if element in match["elements"].split("-")]
        license = creative_commons(elements, match["version"], match["port"]).license
        return Named(license, f"https://creativecommons.org{match[0]}/")
    if match := PUBLIC_DOMAIN_PATH.match(path):
        if match["tool"] == "zero":
            return Named("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
        if match["tool"] == "mark":
            return Named("CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/")
        return Named("CC-PDDC", f"https://creativecommons.org{match[0]}/")
    return None


def creative_commons(elements: list[str], version: str | None, port: str | None = None) -> Named:
    """Return the licence with these elements; one without a version, or one that SPDX does not list, gets a LicenseRef.

    Of a port without an SPDX id, the unported id is kept, and the port in the address.
    """
    name = "-".join(["CC", *(element.upper() for element in elements)])
    address = "/".join(["https://creativecommons.org/licenses", "-".join(elements), *filter(None, (version, port)), ""])
    full = "-".join([name, *filter(None, (version, (port or "").upper()))])
    listed = next((known for known in (full, f"{name}-{version}") if version and known.lower() in licences()), None)
    return Named(listed or f"LicenseRef-{full}", address)
