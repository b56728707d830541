"""How many pages and bytes a seed may have, divided among the tasks of a round and counted over all rounds."""

from typing import NamedTuple

from pipeline.crawl.settings import Seed


class Budget(NamedTuple):
    """Pages and bytes: what a seed may still have, or what it has spent. A pair in JSON."""

    pages: int = 0
    bytes: int = 0

    def plus(self, other: "Budget") -> "Budget":
        """Return the sum."""
        return Budget(self.pages + other.pages, self.bytes + other.bytes)


def share(seed: Seed, spent: Budget, shares: int = 1) -> Budget:
    """Return what each of so many tasks may have of what is left of a seed's budget, rounded up."""
    pages, size = seed.pages - spent.pages, seed.bytes - spent.bytes
    return Budget(max(0, -(-pages // shares)), max(0, -(-size // shares)))
