"""What a later crawl found different: pages added, changed and gone, and rights that were reserved since."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.crawl.outcomes import KEPT, UNANSWERED, UrlResult
from pipeline.crawl.rows import Row

Change: TypeAlias = Literal["added", "changed", "gone", "denied", "unsettled", "unchanged"]


@dataclass(frozen=True, slots=True)
class Reserved:
    """A page of both crawls that has signals which it had not."""

    url: str
    signals: tuple[str, ...]

    def to_json(self) -> Row:
        """Return it as `changes.json` has it."""
        return {"url": self.url, "signals": self.signals}


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between two crawls, in URLs.

    `gone` (404, 410, or no longer served as a page), `denied` (robots.txt forbids it now) and `reserved` (a signal that
    was not there before) are candidates for take-down. `unsettled` could not be asked: the host failed or time ran out.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    unchanged: int = 0

    def to_json(self) -> Row:
        """Return what `changes.json` has."""
        return {
            "added": self.added,
            "changed": self.changed,
            "gone": self.gone,
            "denied": self.denied,
            "unsettled": self.unsettled,
            "reserved": [each.to_json() for each in self.reserved],
            "unchanged": [self.unchanged],
        }

    def counts(self) -> dict[str, int]:
        """Return how many there are of each."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "gone": len(self.gone),
            "denied": len(self.denied),
            "unsettled": len(self.unsettled),
            "reserved": len(self.reserved),
            "unchanged": self.unchanged,
        }


def changes(before: Iterable[UrlResult], after: Iterable[UrlResult]) -> Changes:
    """Compare the pages of two crawls."""
    old = {page.url: page for page in before if page.has_page}
    new = {page.url: page for page in after if page.kind == "page"}
    urls: dict[Change, list[str]] = {}
    reserved = []
    for url in sorted(old | new):
        change = _change(old.get(url), new.get(url))
        if change is not None:
            urls.setdefault(change, []).append(url)
        fresh = _signals(new.get(url)) - _signals(old.get(url))
        if url in old and fresh:
            reserved.append(Reserved(url, tuple(sorted(fresh))))
    return Changes(
        added=tuple(urls.get("added", ())),
        changed=tuple(urls.get("changed", ())),
        gone=tuple(urls.get("gone", ())),
        denied=tuple(urls.get("denied", ())),
        unsettled=tuple(urls.get("unsettled", ())),
        reserved=tuple(reserved),
        unchanged=len(urls.get("unchanged", ())),
    )


def _change(old: UrlResult | None, new: UrlResult | None) -> Change | None:
    if new is None or new.outcome in UNANSWERED:
        return None if old is None else "unsettled"
    if new.outcome in KEPT:
        if old is None:
            return "added"
        return "unchanged" if old.digest == new.digest else "changed"
    if old is None:
        return None
    return "denied" if new.outcome == "denied" else "gone"


def _signals(page: UrlResult | None) -> set[str]:
    return set(page.signals or ()) if page else set()
