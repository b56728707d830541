"""Block lists of domains and URLs, allow lists, and words in addresses (Penedo et al. 2023, appendix G.1).

The RefinedWeb Dataset for Falcon LLM. https://arxiv.org/abs/2306.01116
Lists have the layout of the UT1 collection: a folder per category, with a file `domains` and a file `urls`, one a line.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import numpy as np

from filters.base import Filter, Range, Signals
from filters.documents import Documents


class Url(Filter, frozen=True):
    """Keep documents whose address is on no block list. A document without an address passes."""

    name: Literal["url"] = "url"
    blocked_domain: Range = Range(max=0)  # 1 if the host or a domain above it is listed
    blocked_url: Range = Range(max=0)  # 1 if the address, or one above it in the path, is listed
    blocked_words: Range = Range(max=0)  # how many words of the address are listed
    block_lists: tuple[Path, ...] = ()  # folders with `domains` and `urls`
    words: Path | None = None  # a word a line
    allowed_domains: Path | None = None  # a domain a line: these and those below them always pass

    def resources(self) -> Sequence[Path]:
        files = [folder / name for folder in self.block_lists for name in ("domains", "urls")]
        return [path for path in [*files, self.words, self.allowed_domains] if path is not None and path.exists()]

    def measure(self, documents: Documents) -> Signals:
        domains = frozenset[str]().union(*(_entries(folder / "domains") for folder in self.block_lists))
        urls = frozenset[str]().union(*(_entries(folder / "urls") for folder in self.block_lists))
        words, allowed = _entries(self.words), _entries(self.allowed_domains)
        found = np.zeros((3, len(documents)), np.int64)
        for row, url in enumerate(documents.batch.column("url").to_pylist()):
            host, path = _host_and_path(url or "")
            parents = _above(host, ".", from_right=True)
            if not parents & allowed:
                pages = _above(host.removeprefix("www.") + path, "/", from_right=False)
                found[:, row] = bool(parents & domains), bool(pages & urls), len(_words(host + path) & words)
        return {"blocked_domain": found[0], "blocked_url": found[1], "blocked_words": found[2]}


@cache
def _entries(path: Path | None) -> frozenset[str]:
    """Return the lines of a list; of UT1's files only `urls` may be missing, as it is for some categories."""
    if path is None or (path.name == "urls" and not path.exists()):
        return frozenset()
    return frozenset(line.strip().lower() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.lower())
        return (parts.hostname or "").rstrip("."), parts.path.rstrip("/")
    except ValueError:  # a bracket that opens no IPv6 address
        return "", ""


def _above(name: str, separator: str, *, from_right: bool) -> frozenset[str]:
    """Return the name and what stands above it: b.org for a.b.org, b.org/c for b.org/c/d."""
    parts = name.split(separator)
    ends = range(len(parts))
    return frozenset(separator.join(parts[i:] if from_right else parts[: i + 1]) for i in ends) - {""}


def _words(address: str) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in address).split())
