"""Hosts, and folders of hosts, by how many of their pages are of the domain: pure functions over addresses.

    of OpenWebMath (arXiv:2310.06786) and DeepSeekMath (arXiv:2402.03300): domains of which more than a tenth was found,
    and below them paths, are shown to people

A share is smoothed by the share of all pages, which counts as ten pages, so that one page of one is no host.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_PRIOR = 10  # pages that the share of all pages counts for
SHOWN = 5  # addresses of a place that a person is shown


@dataclass(frozen=True)
class Page:
    """A page: its address, and how probable it is of the domain."""

    url: str
    probability: float


@dataclass(frozen=True)
class Place:
    """A host, or a folder of one (`example.org/law/`): its pages, those of the domain, their share, the likeliest."""

    name: str
    pages: int
    found: int
    share: float
    shown: tuple[str, ...]


def names(url: str) -> tuple[str, str]:
    """Return the host of an address, and the host with its first folder."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    folder = parts.path.split("/")[1] if parts.path.count("/") > 1 else ""
    return host, f"{host}/{folder}/" if folder else f"{host}/"


def within(url: str, place: str) -> bool:
    """Return whether an address lies in a place."""
    return place in names(url)


def listed(pages: Sequence[Page], holds: float, share: float, fewest: int) -> list[Place]:
    """Return the places that people should see, those with the most pages of the domain first.

    A host is one if its pages are; of any other host, the folders of which that holds.
    """
    base = sum(page.probability >= holds for page in pages) / max(len(pages), 1)
    by_host: defaultdict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_host[names(page.url)[0]].append(page)
    found = [place for host, own in by_host.items() for place in _places(host, own, base, holds, share, fewest)]
    return sorted(found, key=lambda place: (-place.found, place.name))


def _places(host: str, pages: Sequence[Page], base: float, holds: float, share: float, fewest: int) -> Iterator[Place]:
    whole = _place(host, pages, base, holds)
    if whole.found >= fewest and whole.share >= share:
        yield whole
        return
    by_folder: defaultdict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_folder[names(page.url)[1]].append(page)
    for folder, own in by_folder.items():
        place = _place(folder, own, base, holds)
        if place.found >= fewest and place.share >= share:
            yield place


def _place(name: str, pages: Sequence[Page], base: float, holds: float) -> Place:
    found = sorted(
        (page for page in pages if page.probability >= holds), key=lambda page: (-page.probability, page.url)
    )
    smoothed = (len(found) + _PRIOR * base) / (len(pages) + _PRIOR)
    return Place(name, len(pages), len(found), round(smoothed, 3), tuple(page.url for page in found[:SHOWN]))
