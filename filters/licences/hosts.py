"""Licences of whole sites: one in a frame (footer, sidebar) is the site's only if the site's pages agree.

A site is a host, or a part of one that strangers share (`filters.licences.sites`).

Counts are taken per shard, added up in any order, and judged; nothing here depends on how the pages were split.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from filters.licences.decide import Decision, weights
from filters.licences.finding import RESERVED
from filters.licences.sites import site_of
from filters.licences.verdicts import restrictiveness, verdict_of

ENOUGH_PAGES = 5
ENOUGH_SHARE = 0.8
FEWEST_PAGES = 2  # one page agrees with itself
CONTRADICTED_SHARE = 0.05  # of the pages that say anything: guest articles happen on honest sites


@dataclass
class HostCounts:
    """What the pages of one host say: how often each licence, of the site and of the page itself."""

    pages: int = 0
    site: Counter[str] = field(default_factory=Counter)
    document: Counter[str] = field(default_factory=Counter)

    def add(self, scope: str | None, license: str, pages: int = 1) -> None:
        """Count pages that state a licence: of the whole site if that is the scope, else of themselves."""
        (self.site if scope == "site" else self.document)[license] += pages

    def __add__(self, other: "HostCounts") -> "HostCounts":
        return HostCounts(self.pages + other.pages, self.site + other.site, self.document + other.document)


@dataclass(frozen=True)
class HostVerdict:
    """The licence that a host's pages agree on, or null, and why."""

    license: str | None
    reason: str


def counted(pages: Iterable[tuple[str | None, str | None, str | None]]) -> dict[str, HostCounts]:
    """Return the counts of pages, each with its address, its licence and what that speaks of."""
    counts: dict[str, HostCounts] = {}
    for url, license, scope in pages:
        if host := site_of(url):
            entry = counts.setdefault(host, HostCounts())
            entry.pages += 1
            if license is not None:
                entry.add(scope, license)
    return counts


def added(parts: Iterable[Mapping[str, HostCounts]]) -> dict[str, HostCounts]:
    """Return the sum of counts, hosts in order."""
    total: dict[str, HostCounts] = {}
    for part in parts:
        for host, counts in part.items():
            total[host] = total.get(host, HostCounts()) + counts
    return dict(sorted(total.items()))


def judged(counts: HostCounts) -> HostVerdict:
    """Judge one host.

    The site's licence must be stated on 5 pages or on 80 % of at least 2, be the only one stated of the site, and not
    be contradicted by what pages say of themselves: a stricter licence, or all rights reserved.
    """
    named = counts.site.copy()
    reserved = named.pop(RESERVED, 0)
    if not named:
        return HostVerdict(None, "no page states a licence of the site")
    license, often = min(named.items(), key=lambda item: (-item[1], item[0]))
    if len(named) > 1:
        return HostVerdict(None, f"pages state different licences: {', '.join(sorted(named))}")
    strictness = restrictiveness(verdict_of(license))
    against = reserved + sum(
        n for other, n in counts.document.items() if restrictiveness(verdict_of(other)) > strictness
    )
    if against > CONTRADICTED_SHARE * (often + against):
        return HostVerdict(None, f"{against} pages say otherwise")
    if often >= ENOUGH_PAGES or (counts.pages >= FEWEST_PAGES and often >= ENOUGH_SHARE * counts.pages):
        return HostVerdict(license, f"stated on {often} of {counts.pages} pages")
    return HostVerdict(None, f"stated on only {often} of {counts.pages} pages")


def confirmed(decision: Decision, verdict: HostVerdict | None) -> Decision:
    """Return the decision, believed more where it is the site's licence and the one its host's pages agree on."""
    if verdict is None or verdict.license is None or (decision.scope, decision.license) != ("site", verdict.license):
        return decision
    return replace(decision, confidence=max(decision.confidence, weights().site_consistent))
