"""Opt-outs that travel with a page: `X-Robots-Tag`, meta robots, TDMRep and `Content-Usage`."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from filters.licences.addresses import license_of_url
from filters.licences.finding import Finding, finding
from filters.licences.markup import LINK_PARAMETER, LINK_VALUE
from filters.licences.markup import RSL as RSL_TYPE
from filters.licences.page import HtmlPage
from filters.optouts.files import Preference, aipref, rsl, rsl_standard, tdm_value

NO_TRAINING = frozenset({"noai", "noml"})
MEDIA_ONLY = frozenset({"noimageai"})
WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
SEARCH_ENGINES = frozenset({"robots", "googlebot", "bingbot", "baiduspider", "yandex"})


def header_preferences(headers: Sequence[tuple[str, str]], agents: Sequence[str]) -> Iterator[Preference]:
    """Yield what a response's headers say; `agents` are the names to which a directive may be addressed."""
    for name, value in headers:
        match name.lower():
            case "x-robots-tag":
                agent, directives = robots_directives(value)
                if agent is None or _addressed(agent, agents):
                    yield from _robots("x_robots_tag", directives, value, "http")
            case "tdm-reservation":
                yield Preference("tdmrep", tdm_value(value), f"{name}: {value}", "http")
            case "content-usage":
                yield Preference("content_usage", aipref(value), value, "http")
            case "link":
                for link in LINK_VALUE.finditer(value):
                    parameters = {key.lower(): quoted or bare for key, quoted, bare in LINK_PARAMETER.findall(link[2])}
                    if parameters.get("type") == RSL_TYPE:
                        yield Preference("rsl", "unknown", link[1], "http")


def page_preferences(page: HtmlPage, agents: Sequence[str]) -> Iterator[Preference]:
    """Yield what a page's own metadata says."""
    if not page.marks & {"noai", "noml", "noimageai", "tdm-", "tdm:", "rsl+xml"}:
        return
    for node in page.tree.css("meta[name][content]"):
        attributes = node.attributes
        name, content = (attributes.get("name") or "").strip().lower(), attributes.get("content") or ""
        if name in SEARCH_ENGINES or _addressed(name, agents):
            directives = {token.strip().lower() for token in content.split(",")}
            yield from _robots("meta_robots", directives, f"{name}: {content}", "head")
        elif name in ("tdm-reservation", "tdm:reservation"):
            yield Preference("tdmrep", tdm_value(content), f"{name}: {content}", "head")
    for node in page.tree.css(f'link[type="{RSL_TYPE}" i]'):
        yield Preference("rsl", "unknown", node.attributes.get("href") or "", "head")
    for node in page.tree.css(f'script[type="{RSL_TYPE}" i]'):
        if terms := rsl(node.text().strip(), page.url or "", "head"):
            yield terms


def rsl_terms(page: HtmlPage) -> Iterator[Finding]:
    """Yield the public licence that terms in the page name as their standard: a grant; other terms are an offer."""
    for node in page.tree.css(f'script[type="{RSL_TYPE}" i]') if "rsl+xml" in page.marks else ():
        if (address := rsl_standard(node.text().strip(), page.url or "")) and (named := license_of_url(address)):
            yield finding("rsl", address, page.place(node).where, "document", named)


def robots_directives(value: str) -> tuple[str | None, set[str]]:
    """Split one `X-Robots-Tag` line into the agent it speaks to, if it names one, and its directives."""
    head, colon, rest = value.partition(":")
    if colon and "," not in head and head.strip().lower() not in WITH_VALUE:
        return head.strip().lower(), {token.strip().lower() for token in rest.split(",")}
    return None, {token.strip().lower() for token in value.split(",")}


def _addressed(name: str, agents: Sequence[str]) -> bool:
    return name in SEARCH_ENGINES or name in _lower(tuple(agents))


@lru_cache(maxsize=16)
def _lower(agents: tuple[str, ...]) -> frozenset[str]:
    return frozenset(agent.lower() for agent in agents)


def _robots(mechanism: str, directives: set[str], raw: str, where: str) -> Iterator[Preference]:
    if directives & NO_TRAINING:
        yield Preference(mechanism, "n", raw, where)
    elif directives & MEDIA_ONLY:
        yield Preference(mechanism, "unknown", raw, where)
