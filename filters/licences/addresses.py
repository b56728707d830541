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
SAMPLING_PATH = re.compile(
    r"/licenses/(?P<kind>nc-sampling\+|sampling\+|sampling|devnations)(?:/(?P<version>\d\.\d))?(?=[/.,;:)\]]|$)"
)
SAMPLING = {
    "nc-sampling+": "NC-Sampling-Plus",
    "sampling+": "Sampling-Plus",
    "sampling": "Sampling",
    "devnations": "DevNations",
}
# Copies of a page at `web.archive.org/web/2016…/http://…`, and links in them that the archive has rewritten.
ARCHIVES = frozenset(
    {
        "archive.fo",
        "archive.is",
        "archive.li",
        "archive.md",
        "archive.org",
        "archive.ph",
        "archive.today",
        "archive.vn",
        "arquivo.pt",
        "haw.nsk.hr",
        "perma.cc",
        "vefsafn.is",
        "wayback.archive-it.org",
        "wayback.archive.org",
        "wayback.vefsafn.is",
        "wayback.webarchiv.cz",
        "web-beta.archive.org",
        "web.archive.bibalex.org",
        "web.archive.org",
        "web.archive.org.au",
        "webarchive.loc.gov",
        "webarchive.nationalarchives.gov.uk",
        "webarchive.nla.gov.au",
        "webarchive.org.uk",
        "webarchive.parliament.uk",
        "webharvest.gov",
    }
)
ARCHIVED_PATH = re.compile(
    r"/(?:[\w.-]+/)*?(?:\d{4,14}(?:[a-z]{2}_)?/(?=\w)|(?=https?:/))(?P<address>.+)", re.IGNORECASE
)
REWRITTEN = re.compile(
    r"/[\w-]+/\d{4,14}(?:[a-z]{2}_)?/(?P<address>https?:/.+)", re.IGNORECASE
)  # without the archive's host
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
    address = address.strip()
    parts = _parts(address)
    if parts is None:
        rewritten = REWRITTEN.fullmatch(address)
        return license_of_url(_once_more(rewritten["address"])) if rewritten else None
    host = (parts.hostname or "").rstrip(".")
    written = re.sub(r"//+", "/", parts.path)  # whether its case matters is for the host to say
    path = unquote(written).lower()
    if host in CREATIVE_COMMONS:
        return _creative_commons(path)
    if host.removeprefix("www.") in ARCHIVES:
        archived = ARCHIVED_PATH.fullmatch(parts.path)
        return license_of_url(_once_more(archived["address"])) if archived else None
    for prefix, spdx in _others().get(host.removeprefix("www."), ()):
        if path.startswith(prefix) or path + "/" == prefix:
            return Named(spdx, f"https://{host}{written}")
    return None


def _once_more(address: str) -> str:
    """Return the address that an archive keeps; on its way one of two slashes may be lost."""
    return re.sub(r"^(https?:)/+", r"\1//", address)


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
        if match["version"] is None and not re.match(
            r"(?:/?$|/?(?:deed|legalcode|rdf)|/?[.,;:)\]]+$)", path[match.end() :]
        ):
            return Named("LicenseRef-CC", None)  # more is said than is understood
        elements = [element for element in ELEMENTS if element in match["elements"].split("-")]
        license = creative_commons(elements, match["version"], match["port"]).license
        return Named(license, f"https://creativecommons.org{match[0]}/")
    if match := SAMPLING_PATH.match(path):
        license = "-".join(filter(None, ("LicenseRef-CC", SAMPLING[match["kind"]], match["version"])))
        return Named(license, f"https://creativecommons.org{match[0]}/")
    if match := PUBLIC_DOMAIN_PATH.match(path):
        if match["tool"] == "zero":
            return Named("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
        if match["tool"] == "mark":
            return Named("CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/")
        return Named("CC-PDDC", f"https://creativecommons.org{match[0]}/")
    return None


def creative_commons(elements: list[str], version: str | None, port: str | None = None) -> Named:
    """Return the licence with these elements; what SPDX does not list, without a version for one, gets a LicenseRef."""
    name = "-".join(["CC", *(element.upper() for element in elements)])
    address = "/".join(["https://creativecommons.org/licenses", "-".join(elements), *filter(None, (version, port)), ""])
    full = "-".join([name, *filter(None, (version, (port or "").upper()))])
    return Named(full if version and full.lower() in licences() else f"LicenseRef-{full}", address)
