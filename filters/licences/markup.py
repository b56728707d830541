"""Licences in headers, links and metadata: `Link`, `<link>`, `<meta>`, `rel=license`, microdata and RDFa."""

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from filters.licences.finding import RESERVED, Finding, Subject, finding
from filters.licences.names import folded, license_of_name
from filters.licences.page import HtmlPage
from filters.licences.phrases import is_reserved

LINK_VALUE = re.compile(r"<([^>]*)>((?:\s*;\s*[^,;=\s]+(?:\s*=\s*(?:\"[^\"]*\"|[^,;\s]*))?)*)")
LINK_PARAMETER = re.compile(r";\s*([^,;=\s]+)\s*=\s*(?:\"([^\"]*)\"|([^,;\s]*))")
RSL = "application/rsl+xml"

LICENSE_META = re.compile(
    r"^(?:license|licence|og:license|og:licence|dc(?:terms)?[.:](?:rights|license|licence|rights\.license)|"
    r"dc\.rights\.license|dcterms\.rights\.license|citation_license|citation_licence|rights|copyright|cc:license|"
    r"eprints\.rights|wb_license|article:license|rights-standard)$"
)
LICENSE_PROPERTY = re.compile(r"(?:^|[/#:.])(?:license|licence)$|(?:^|[:/])(?:rights|licencse)$")
IMAGE = re.compile(r"\.(?:jpe?g|png|gif|svg|webp|tiff?|mp[34]|ogg|ogv|webm|wav)(?:$|[?#])", re.IGNORECASE)
MEDIA_TYPE = re.compile(r"(?:image|photograph|video|audio|sound|stillimage|movingimage)(?:object)?$", re.IGNORECASE)

RDF_COMMENT = re.compile(
    r"<(?:\w+:)?Work[^>]*rdf:about=[\"'](?P<about>[^\"']*)[\"'][^>]*>(?:(?!</(?:\w+:)?Work>).){0,3000}?"
    r"<(?:\w+:)?license[^>]*rdf:resource=[\"'](?P<license>[^\"']*)[\"']",
    re.DOTALL,
)


def http_links(headers: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Yield the licences of the response's `Link` headers (RFC 8288); one with an `anchor` speaks of something else."""
    for name, value in headers:
        if name.lower() != "link":
            continue
        for link in LINK_VALUE.finditer(value):
            parameters = {key.lower(): quoted or bare for key, quoted, bare in LINK_PARAMETER.findall(link[2])}
            if "license" not in parameters.get("rel", "").lower().split() or parameters.get("type") == RSL:
                continue
            subject: Subject = "mention" if "anchor" in parameters else "document"
            yield finding("http_link", link[0], "http", subject, license_of_name(link[1]))


def markup(page: HtmlPage) -> Iterator[Finding]:
    """Yield the licences that the page's markup states for machines."""
    yield from _links(page)
    yield from _meta(page)
    yield from _properties(page)
    yield from _rdf(page)


def _links(page: HtmlPage) -> Iterator[Finding]:
    if not page.marks & {"licen", "copyright"}:
        return
    for node in page.tree.css('link[rel~="license" i], link[rel~="licence" i], link[rel~="copyright" i]'):
        attributes = node.attributes
        if (attributes.get("type") or "").lower() != RSL and (href := attributes.get("href")):
            yield Finding(
                "link_rel", href, page.place(node).where, "document", *(license_of_name(href) or (None, None))
            )


def _meta(page: HtmlPage) -> Iterator[Finding]:
    if not page.marks & {"licen", "copyright", "rights"}:
        return
    for node in page.tree.css("meta[content]"):
        attributes = node.attributes
        name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
        content = attributes.get("content") or ""
        if not LICENSE_META.match(name) or not content.strip():
            continue
        named = license_of_name(content)
        if named is None and is_reserved(folded(content)):
            yield Finding("reserved", f"{name}: {content}", "head", "document", RESERVED)
        else:
            yield finding("meta", f"{name}: {content}", "head", "document", named)


def _properties(page: HtmlPage) -> Iterator[Finding]:
    """Microdata (`itemprop`) and RDFa (`property`, `rel` with a prefix)."""
    if not page.marks & {"itemprop", "property"} and ":licen" not in page.html:
        return
    for node in page.tree.css('[itemprop*="licen" i], [property*="licen" i], [rel*="licen" i], [property*="rights" i]'):
        if node.tag == "meta" and node.attributes.get("property") in ("og:license", "cc:license"):
            continue
        for attribute, kind in (("itemprop", "microdata"), ("property", "rdfa"), ("rel", "rdfa")):
            for token in (node.attributes.get(attribute) or "").split():
                if LICENSE_PROPERTY.search(token.lower()) and not (attribute == "rel" and ":" not in token):
                    yield _property(page, node, kind)


def _property(page: HtmlPage, node: LexborNode, kind: str) -> Finding:
    attributes = node.attributes
    value = next((v for n in ("resource", "href", "content", "src") if (v := attributes.get(n))), None)
    value = value or node.text(deep=True).strip()[:300]
    place = page.place(node)
    subject = owner(page, node) or place.subject
    return finding(kind, value, place.where, subject, license_of_name(value))


def owner(page: HtmlPage, node: LexborNode) -> Subject | None:
    """Return what the nearest enclosing RDFa or microdata item is, or null if there is none."""
    current: LexborNode | None = node
    while current is not None and current.tag not in ("html", "-undef"):
        attributes = current.attributes
        about = attributes.get("about")
        kind = attributes.get("typeof") or attributes.get("itemtype") or ""
        if about is not None or kind:
            return _item(page, about, kind)
        current = current.parent
    return None


def _item(page: HtmlPage, about: str | None, kind: str) -> Subject | None:
    types = [name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in kind.split()]
    if any(MEDIA_TYPE.match(name) for name in types) or (about and IMAGE.search(about)):
        return "media"
    if "dataset" in types:
        return "dataset"
    if {"softwaresourcecode", "softwareapplication"} & set(types):
        return "software"
    if "comment" in types:
        return "comment"
    if "website" in types:
        return "site"
    if about is not None and not about.startswith("#") and not page.is_itself(about):
        return "section"
    return None


def _rdf(page: HtmlPage) -> Iterator[Finding]:
    """The RDF that the first Creative Commons chooser put into an HTML comment or an SVG."""
    for work in RDF_COMMENT.finditer(page.html) if "rdf:about" in page.marks else ():
        subject: Subject = "document" if work["about"] == "" else "unknown"
        if work["about"] and page.is_itself(work["about"]) and page.url:
            subject = "document"
        yield Finding(
            "rdf_comment", work["license"], "body", subject, *(license_of_name(work["license"]) or (None, None))
        )
