"""Endless spaces of URLs, seen before they are walked: calendars, session ids, parameters that multiply.

Some traps show in one URL, the others in what a shape has brought so far. A shape is the URL with its digits and the
values of its query blanked out: `/calendar/0/0?view=`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from pipeline.crawl import urls
from pipeline.crawl.settings import Traps

_DIGITS = re.compile(r"\d+")
_HEX = re.compile(r"(?<![0-9a-zA-Z])(?=[0-9a-f]*\d)[0-9a-f-]{12,}(?![0-9a-zA-Z])", re.IGNORECASE)
# A year and a month (and a day), with nothing to follow but digits: an archive page, not an article.
_CALENDAR = re.compile(
    r"(?:^|[/=&?_-])(?:1[89]|2\d)\d\d[/_-]?(?:0?[1-9]|1[0-2])(?:[/_-]?\d{1,2})?(?=$|[/&?#])|[?&](?:year|month|day|date|week|mois|jahr|monat)="
)


def shape(url: str) -> str:
    """Return the URL with digits as 0, long hexadecimal runs as x, and without the values of its query."""
    place, _, query = url.partition("?")
    keys = sorted({pair.partition("=")[0] for pair in query.split("&")}) if query else []
    return _DIGITS.sub("0", _HEX.sub("x", place)) + (
        "?" + "&".join(_DIGITS.sub("0", key) for key in keys) if keys else ""
    )


def obvious_trap(url: str, traps: Traps) -> str | None:
    """Return why the URL alone shows that it leads nowhere, or None."""
    path, _, query = urls.path(url).partition("?")
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > traps.segments:
        return "segments"
    if query.count("&") >= traps.parameters:
        return "parameters"
    if len(segments) >= traps.repeats and max(Counter(segments).values()) >= traps.repeats:
        return "repeats"
    return None


@dataclass
class Shapes:
    """What each shape has brought so far, and whether another URL of it is worth asking for."""

    traps: Traps
    _admitted: Counter[str] = field(default_factory=Counter)
    _fetched: Counter[str] = field(default_factory=Counter)
    _payloads: dict[str, set[str]] = field(default_factory=dict)

    def trap(self, url: str) -> str | None:
        """Return why another URL of this shape is not worth asking for, or None; those admitted are counted."""
        reason = obvious_trap(url, self.traps)
        if reason:
            return reason
        name = shape(url)
        if self._admitted[name] >= (most := self._most(url)):
            return "calendar" if most == self.traps.per_calendar else "shape"
        if self.barren(url):
            return "same_payload"
        self._admitted[name] += 1
        return None

    def barren(self, url: str) -> bool:
        """Return whether the query shape of the URL has shown the same few payloads again and again."""
        name = shape(url)
        fetched = self._fetched[name]
        return fetched >= self.traps.sample and len(self._payloads[name]) < fetched * self.traps.distinct

    def fetched(self, url: str, payload: str) -> None:
        """Note the payload that a URL brought; only shapes with a query are judged by it."""
        if "?" in url:
            name = shape(url)
            self._fetched[name] += 1
            seen = self._payloads.setdefault(name, set())
            if len(seen) < self.traps.sample * 40:  # beyond, it has shown what it is
                seen.add(payload[:16])

    def _most(self, url: str) -> int:
        if _CALENDAR.search(urls.path(url)):
            return self.traps.per_calendar
        return self.traps.per_query_shape if "?" in url else self.traps.per_shape
