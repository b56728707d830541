"""Opt-outs that travel with a page: `X-Robots-Tag`, meta robots, TDMRep and `Content-Usage` headers."""

from collections.abc import Iterator, Sequence

from filters.licences.finding import Finding
from filters.licences.page import Page

NO_TRAINING = frozenset({"noai", "noml"})
MEDIA_ONLY = frozenset({"noimageai"})
WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
ROBOTS = frozenset({"robots", "googlebot", "bingbot", "gptbot", "ccbot", "claudebot", "google-extended"})


def header_opt_outs(headers: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Yield the reservations in a response's headers."""
    for name, value in headers:
        if name.lower() == "x-robots-tag" and (directives := _addressed_to_all(value)) & (NO_TRAINING | MEDIA_ONLY):
            yield _finding("x_robots_tag", value, "http", directives)


def page_opt_outs(page: Page) -> Iterator[Finding]:
    """Yield the reservations in a page's metadata."""
    for node in page.tree.css("meta[name][content]"):
        name = (node.attributes.get("name") or "").strip().lower()
        content = node.attributes.get("content") or ""
        directives = {token.strip().lower() for token in content.split(",")}
        if name in ROBOTS and directives & (NO_TRAINING | MEDIA_ONLY):
            yield _finding("meta_robots", f"{name}: {content}", "head", directives)


def _addressed_to_all(value: str) -> set[str]:
    """Return the directives of one header line; `agent: directives` speaks to that agent, but a reservation is one."""
    head, colon, rest = value.partition(":")
    if colon and head.strip().lower() not in WITH_VALUE and "," not in head:
        value = rest
    return {token.strip().lower() for token in value.split(",")}


def _finding(kind: str, value: str, where: str, directives: set[str]) -> Finding:
    return Finding(kind, value, where, "reservation" if directives & NO_TRAINING else "media")
