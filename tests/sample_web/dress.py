"""A page in its host's clothes: navigation, banners, comments, and the licence as this page states it."""

import html
import json
import string
from collections.abc import Iterator, Mapping
from typing import Any

from tests.sample_web.markup import block_html, blocks
from tests.sample_web.sources import Host, SampleWebError, Source

COMMENTED = ("article", "trap", "exact_duplicate", "near_duplicate", "mirror_hant", "truncated")


def dressed(url: str, host: Host, source: Source, neighbours: list[Source]) -> str:
    """The page in its host's template: navigation, banners, comments and all."""
    words = host.languages[source.language or host.language]
    shown = {
        "title": html.escape(source.title or host.name),
        "author": html.escape(source.author or ""),
        "published": source.published or "",
    }
    charset = host.charset.substitute(charset=source.charset_meta) if source.charset_meta else ""
    metadata = host.metadata.substitute(shown) if source.author else ""
    slots = {
        "lang": words["lang"],
        "site": host.name,
        "url": url,
        "charset": charset,
        "head": "\n".join(filter(None, [metadata, license_head(source, url), source.head])),
        "byline": string.Template(words["byline"]).substitute(shown) if source.author else "",
        "body": "\n".join(block_html(part, host.paragraphs, host.table) for part in blocks(source.body)),
        "notice": license_notice(source, words),
        "comments": "\n".join(comments(host, words, source, neighbours)),
        "related": "\n".join(related(host, source, neighbours)),
        **shown,
        **words["labels"],
    }
    try:
        return host.template.substitute(slots)
    except KeyError as missing:
        raise SampleWebError(f"{host.name}: template.html asks for {missing}; add it to host.yaml") from None


def comments(host: Host, words: Mapping[str, Any], source: Source, neighbours: list[Source]) -> Iterator[str]:
    """Two readers' remarks, in turn from those the host keeps for this language."""
    pool = words.get("comments", [])
    if source.kind in COMMENTED and pool:
        start = 2 * neighbours.index(source)
        for by, remark in (pool[start % len(pool)], pool[(start + 1) % len(pool)]):
            yield host.comment.substitute(by=html.escape(by), remark=html.escape(remark))


def related(host: Host, source: Source, neighbours: list[Source]) -> Iterator[str]:
    """Links to the next four articles of this host in the same language."""
    position = neighbours.index(source)
    others = [
        other
        for other in neighbours[position + 1 :] + neighbours[:position]
        if other.language == source.language and other.kind in (*COMMENTED, "spam")
    ]
    for other in others[:4]:
        yield host.related.substitute(path=html.escape(other.path), title=html.escape(other.title or ""))


def license_url(spdx: str) -> str:
    """The address of a Creative Commons licence, from its SPDX identifier."""
    if spdx == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    name, version = spdx.removeprefix("CC-").rsplit("-", 1)
    return f"https://creativecommons.org/licenses/{name.lower()}/{version}/"


def license_name(spdx: str) -> str:
    """The name people write: CC BY-SA 4.0."""
    if spdx == "CC0-1.0":
        return "CC0 1.0"
    name, version = spdx.removeprefix("CC-").rsplit("-", 1)
    return f"CC {name} {version}"


def license_notice(source: Source, words: Mapping[str, Any]) -> str:
    """The sentence about rights that a reader sees under the article."""
    if source.license is None:
        return ""
    if source.license == "LicenseRef-AllRightsReserved":
        return str(source.notice or words["reserved"])
    if source.license_where not in ("text", "a-rel-license"):
        return ""
    name = license_name(source.license)
    if source.license_where == "a-rel-license":
        name = f'<a rel="license" href="{license_url(source.license)}">{name}</a>'
    return str(source.notice or words["licensed"]).replace("{name}", name)


def license_head(source: Source, url: str) -> str:
    """The licence as machines are told it, in the head of the page."""
    if source.license is None or source.license_where not in ("link-rel", "meta", "json-ld"):
        return ""
    address = license_url(source.license)
    if source.license_where == "link-rel":
        return f'<link rel="license" href="{address}">'
    if source.license_where == "meta":
        return f'<meta name="{source.license_form or "dcterms.license"}" content="{address}">'
    article: dict[str, Any] = {
        "@type": source.license_form if source.license_form not in (None, "@graph") else "Article",
        "headline": source.title,
        "author": {"@type": "Person", "name": source.author},
        "datePublished": source.published,
        "mainEntityOfPage": url,
        "license": address,
    }
    if source.license_form == "@graph":
        site = {"@type": "WebSite", "@id": f"{url}#site", "url": "/"}
        data = {"@context": "https://schema.org", "@graph": [site, article]}
    else:
        data = {"@context": "https://schema.org"} | article
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
