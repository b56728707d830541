"""What a later crawl found different: pages added, changed and gone, and rights that were reserved since."""

from collections.abc import Iterable, Mapping
from typing import Any

_HAD = frozenset({"fetched", "unchanged"})


def changes(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Compare the pages of two crawls.

    `gone` (404, 410, or no longer served as a page), `denied` (robots.txt forbids it now) and `reserved` (a signal that
    was not there before) are candidates for take-down. `unsettled` could not be asked: the host failed or time ran out.
    """
    old = {page["url"]: page for page in before if page["kind"] == "page" and page["outcome"] in _HAD}
    new: dict[str, Mapping[str, Any]] = {page["url"]: page for page in after if page["kind"] == "page"}
    found: dict[str, list[Any]] = {name: [] for name in ("added", "changed", "gone", "denied", "unsettled", "reserved")}
    unchanged = 0
    for url in sorted(old | new):
        kind = _kind(old.get(url), new.get(url))
        if kind == "unchanged":
            unchanged += 1
        elif kind is not None:
            found[kind].append(url)
        fresh = sorted(set(new.get(url, {}).get("signals") or ()) - set(old.get(url, {}).get("signals") or ()))
        if url in old and fresh:
            found["reserved"].append({"url": url, "signals": fresh})
    return {**found, "unchanged": [unchanged]}


def _kind(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str | None:
    if new is None or new["outcome"] in ("error", "failed"):
        return None if old is None else "unsettled"
    if new["outcome"] in _HAD:
        if old is None:
            return "added"
        return "unchanged" if old.get("digest") == new.get("digest") else "changed"
    if old is None:
        return None
    return "denied" if new["outcome"] == "denied" else "gone"
