"""Block lists of domains and addresses, allow lists, and words in addresses (Penedo et al. 2023, appendix G.1).

The RefinedWeb Dataset for Falcon LLM. https://arxiv.org/abs/2306.01116
The formats of lists are those of `url_lists`; none is shipped.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from filters.base import Filter, OneOf, Range, Signals
from filters.documents import Documents
from filters.licences.sites import LONGEST_HOST
from filters.lists.addresses import block_lists, list_files
from shards.addresses import ascii_host

UNLISTED = "none"
LONGEST_PAGE = 2000  # characters of an address that a list may name


class Url(Filter):
    """Keep documents whose address is on no block list. A document without an address passes."""

    name: Literal["url"] = "url"
    reads_text: ClassVar[bool] = False
    blocked_domain: Range = Range(max=0)  # 1 if the host or a domain above it is listed
    blocked_url: Range = Range(max=0)  # 1 if the address, or one above it in the path, is listed
    blocked_words: Range = Range(max=0)  # the number of listed words in the address
    category: OneOf = OneOf()  # the category of the list that contains the address; `none` if no list does
    block_lists: tuple[Path, ...] = ()  # files of domains and addresses, or folders in the layout of UT1
    words: Path | None = None  # a file with one word per line
    allowed_domains: Path | None = None  # a file with one domain per line; these and their subdomains always pass

    def resources(self) -> Sequence[Path]:
        files = [file for _, file in list_files(self.block_lists)]
        return [path for path in [*files, self.words, self.allowed_domains] if path is not None]

    def measure(self, documents: Documents) -> Signals:
        lists, words = block_lists(self.block_lists), _entries(self.words)
        addresses = [self._parts(url or "") for url in documents.batch.column("url").to_pylist()]
        names = [name.encode(errors="replace") for domains, pages, _ in addresses for name in (*domains, *pages)]
        numbers = iter(lists.category(names).tolist())
        found = np.zeros((3, len(documents)), np.int64)
        categories: list[str] = []
        for row, (domains, pages, address) in enumerate(addresses):
            on = [[n for n in islice(numbers, len(part)) if n >= 0] for part in (domains, pages)]
            found[:, row] = bool(on[0]), bool(on[1]), len(_words(address) & words) if words else 0
            categories.append(next((lists.names[number] for part in on for number in part), UNLISTED))
        domain, page, listed = found
        return {
            "blocked_domain": domain,
            "blocked_url": page,
            "blocked_words": listed,
            "category": pa.array(categories, pa.string()),
        }

    def _parts(self, url: str) -> tuple[list[str], list[str], str]:
        """Return the host and the domains above it, the page and those above it, and the address in which words count.

        All are empty where the domain is allowed.
        """
        host, path = _host_and_path(url)
        domains, pages = _domains_and_pages(host, path)
        if not _entries(self.allowed_domains).isdisjoint(domains):
            return [], [], ""
        return domains, pages, host + path


@cache
def _entries(path: Path | None) -> frozenset[str]:
    """Return the lines of a short list."""
    if path is None:
        return frozenset()
    lines = (line.strip().lower() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return frozenset(line if line.isascii() or "." not in line else ascii_host(line) or line for line in lines)


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.lower())
        name = parts.hostname or ""
        return ascii_host(name) or name.rstrip("."), parts.path.rstrip("/")
    except ValueError:  # a bracket that opens no IPv6 address
        return "", ""


def names_above(url: str) -> list[str]:
    """Return what a list may name an address by: its host, the domains above it, the page and those above it."""
    domains, pages = _domains_and_pages(*_host_and_path(url))
    return [*domains, *pages]


def _domains_and_pages(host: str, path: str) -> tuple[list[str], list[str]]:
    page = (host.removeprefix("www.") + path)[:LONGEST_PAGE]
    pages = _above(page, "/", from_right=False) if path else ()
    return list(_above(host[-LONGEST_HOST:], ".", from_right=True)), [name for name in pages if "/" in name]


def _above(name: str, separator: str, *, from_right: bool) -> Iterator[str]:
    """Yield the name and what stands above it: b.org for a.b.org, b.org/c for b.org/c/d."""
    while name:
        yield name
        _, found, below = name.partition(separator) if from_right else name.rpartition(separator)[::-1]
        name = below if found else ""


def _words(address: str) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in address).split())
