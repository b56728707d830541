"""The authors of a document in one spelling, whatever its format: each name once, in order, with `; ` between.

A comma stands within names as well ("Doe, Jane", "John Doe, Jr."), so it cannot part them.
"""

from collections.abc import Iterable

from shards.schema import storable

SEPARATOR = "; "
OTHERS = "et al."
LONGEST = 10_000  # characters of all names: 500 of them, as large collaborations have


def joined(names: Iterable[str | None]) -> str | None:
    """Return the names as the column `author` has them; None if there are none.

    Repeated are those that differ in case and white space only. What is longer than `LONGEST` ends in `et al.`.
    """
    once: dict[str, str] = {}
    for name in names:
        plain = " ".join(storable(name or "").split())
        if plain:
            once.setdefault(plain.casefold(), plain)
    kept: list[str] = []
    left = LONGEST
    for name in once.values():
        left -= len(name) + len(SEPARATOR)
        if left < 0:
            kept.append(OTHERS)
            break
        kept.append(name)
    return SEPARATOR.join(kept) or None
