"""Which seed a link belongs to: the one whose page it stands on if that may reach it, else the first that may."""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import urlsplit

from pipeline.crawl import urls
from pipeline.crawl.settings import Seed


class Scope:
    """The seeds of a crawl, asked by URL. A seed is named by its place in the config."""

    def __init__(self, seeds: Sequence[Seed]) -> None:
        self.seeds = seeds

    @cached_property
    def _by_place(self) -> dict[str, list[int]]:
        places = defaultdict(list)
        for number, seed in enumerate(self.seeds):
            name = urls.host(seed.url)
            for place in {urls.registrable_domain(name) if seed.reach == "domain" else name, *seed.hosts}:
                places[place].append(number)
        return dict(places)

    @cached_property
    def _excluded(self) -> list[re.Pattern[str] | None]:
        return [
            re.compile("|".join(f"(?:{each})" for each in seed.exclude)) if seed.exclude else None
            for seed in self.seeds
        ]

    def seeds_of(self, url: str) -> list[int]:
        """Return the seeds that reach the URL, at any depth, in the config's order."""
        return [number for number in self._near_host(urls.host(url)) if self.reaches(number, url)]

    def seeds_at(self, host: str) -> list[int]:
        """Return the seeds that may have pages on a host besides their own one: those for which it is worth looking."""
        near = ((number, self.seeds[number]) for number in self._near_host(host))
        return [number for number, seed in near if seed.reach != "page" and _on(seed, host)]

    def _near_host(self, host: str) -> list[int]:
        return sorted({*self._by_place.get(host, ()), *self._by_place.get(urls.registrable_domain(host), ())})

    def assign(self, url: str, parent: int | None, depth: int) -> tuple[int, int] | None:
        """Return the seed a link belongs to and its depth there, or None where no seed reaches it."""
        if parent is not None and self.reaches(parent, url) and self._near(parent, depth):
            return parent, depth
        for number in self.seeds_of(url):
            if number != parent and self._near(number, 1):
                return number, 1
        return None

    def reaches(self, number: int, url: str) -> bool:
        """Return whether a seed's rules admit the URL."""
        seed, name = self.seeds[number], urls.host(url)
        excluded = self._excluded[number]
        if excluded is not None and excluded.search(url):
            return False
        if name in seed.hosts:
            return True
        match seed.reach:
            case "page":
                return url == seed.url
            case "prefix":
                return _on(seed, name) and urls.path(url).startswith(_prefix(seed))
        return _on(seed, name)

    def _near(self, number: int, depth: int) -> bool:
        most = self.seeds[number].depth
        return most is None or depth <= most


def _on(seed: Seed, host: str) -> bool:
    home = urls.host(seed.url)
    if seed.reach == "domain" and urls.registrable_domain(host) == urls.registrable_domain(home):
        return True
    return host == home or host in seed.hosts


def _prefix(seed: Seed) -> str:
    path = urlsplit(seed.url).path
    return seed.prefix or path[: path.rindex("/") + 1]
